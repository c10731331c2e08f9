/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of texts: what stands below a picture, and what a page is made of. */
#ifndef ANALYSIS_REPORT_TABLE_H
#define ANALYSIS_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "stats.h"

struct column {
	const char *name;
	bool number; /* set flush right */
};

struct table {
	const struct column *columns; /* not owned */
	size_t nr_columns;
	char **cells; /* row by row; owned */
	size_t nr_cells;
};

#define table_start(t, cols)                                                   \
	do {                                                                   \
		(t)->columns = (cols);                                         \
		(t)->nr_columns = sizeof(cols) / sizeof((cols)[0]);            \
	} while (0)

/* The next cell, from left to right. */
void table_add(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "683 ns", or a dash for NAN. */
void table_add_time(struct table *t, double ns);
/* "1.46 M", or a dash for NAN. */
void table_add_count(struct table *t, double count);
/* "3.41 [3.35, 3.48]", without an interval "3.41 (n = 4)", or a dash. */
void table_add_ratio(struct table *t, const struct interval *i);

size_t table_rows(const struct table *t);
void table_free(struct table *t);

/* A ratio with three digits: "0.98", "12.3", "123". Returns buf. */
char *ratio_text(char *buf, size_t size, double ratio);

/* The same as text; malloc'ed. */
char *interval_text(const struct interval *i);

#endif
