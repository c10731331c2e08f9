/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arms of a comparison, as the user names them. */
#ifndef ANALYSIS_ARMS_H
#define ANALYSIS_ARMS_H

#include "sample.h"

/* All texts of an axis, in the order of tables; labels as they appeared.
 * malloc'ed, the texts are the results'. */
const char **arms_texts(const struct results *r, const char *axis, size_t *nr);

/*
 * Puts the arms that were asked for (values, ended by NULL; NULL: all) in the
 * place of texts, as they are spelled there; the first words of a text will do
 * when no other text begins with them. 0, or EXIT_TROUBLE after saying why.
 */
int arms_choose(const char **texts, size_t *nr, const char *axis,
		char *const *values);

/* These say what is wrong and what there is; EXIT_TROUBLE. text is the only
 * arm, or NULL. */
int arms_unknown_axis(const struct results *r, const char *axis);
int arms_too_few(const struct results *r, const char *axis, const char *text);

#endif
