/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a brief says in figures, as tables for a page or for Markdown. Each
 * fills an empty table; table_free() afterwards. */
#ifndef ANALYSIS_BRIEF_TABLES_H
#define ANALYSIS_BRIEF_TABLES_H

#include "brief.h"
#include "decades.h"
#include "explain.h"

void overview_table(struct table *t, const struct brief *b);
void rows_table(struct table *t, const struct compared_table *rows);
void explain_table(struct table *t, const struct explanation *x);
/* Of one or two sides; two may be NULL. false: no values. */
bool decades_table(struct table *t, const struct hist *one,
		   const struct hist *two);
/* Every cell by itself; group NULL: all. */
void cells_table(struct table *t, const struct results *r, const char *group);

#endif
