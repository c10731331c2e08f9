/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arms of a comparison, as the user names them. */
#ifndef ANALYSIS_ARMS_H
#define ANALYSIS_ARMS_H

#include "cli.h"

/* "AXIS" or "AXIS=A,B" of a command line into malloc'ed words; values is NULL
 * or ended by NULL. What was there before is freed. */
void arms_parse(const char *arg, char **axis, char ***values);

/*
 * Loads the files. *axis NULL becomes "label", and then files whose sessions
 * have one and the same label are told apart by their names; "kernel" becomes
 * "label" too, with the kernel's release in its place. 0, or EXIT_TROUBLE after
 * saying why.
 */
int arms_load(struct results *r, struct cli_file *files, size_t nr,
	      char **axis);

/* All texts of an axis, in the order of tables; labels as they appeared.
 * malloc'ed, the texts are the results'. */
const char **arms_texts(const struct results *r, const char *axis, size_t *nr);

/*
 * The arms that were asked for (values, NULL: all), at least two, as they are
 * spelled in the files; the first words of a text will do when no other text
 * begins with them. 0, or EXIT_TROUBLE after saying what is wrong and what
 * there is. texts is malloc'ed in any case.
 */
int arms_find(const struct results *r, const char *axis, char *const *values,
	      const char ***texts, size_t *nr);

#endif
