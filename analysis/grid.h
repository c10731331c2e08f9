/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of plain text that keeps to a width. The first column is the rows'
 * title, flush left; the others are flush right, and a cell may have an aside
 * after it ("683" and " ±0.3"), flush left, so that figures stand below
 * figures.
 *
 * A row without a title is one more of the row above.
 *
 * A row of nothing but a title is a heading: it may run on over the figures.
 * When a row does not fit into one line, the title gets a line of its own above
 * the figures; when the figures alone do not, each column gets a line.
 */
#ifndef ANALYSIS_GRID_H
#define ANALYSIS_GRID_H

#include <stddef.h>
#include <stdio.h>

struct grid_cell {
	char *text, *aside; /* either may be NULL: empty */
};

struct grid {
	size_t nr_columns;	/* with the title's */
	struct grid_cell *head; /* two rows of nr_columns */
	struct grid_cell *cells;
	size_t nr_cells; /* whole rows, when it is printed */
};

void grid_start(struct grid *g, size_t nr_columns);
void grid_free(struct grid *g);

/* The heading of a column, in two lines; the aside stands in the second.
 * Texts are copied, NULL is empty. */
void grid_head(struct grid *g, size_t column, const char *first,
	       const char *second, const char *aside);

/* The next cell, row by row; takes text and aside over. */
void grid_add(struct grid *g, char *text, char *aside);

void grid_print(FILE *out, size_t width, const struct grid *g);

#endif
