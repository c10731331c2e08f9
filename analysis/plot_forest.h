/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A forest of ratios for plots/locks.gp: groups of rows, two panels. */
#ifndef ANALYSIS_PLOT_FOREST_H
#define ANALYSIS_PLOT_FOREST_H

#include "report.h"

enum {
	FOREST_LINES = 40, /* more make no picture */
	FOREST_PANELS = 2,
};

struct forest {
	struct picture *picture;
	double y;
	size_t nr_heads, nr_lines;
	size_t widest; /* characters of a row's title */
	double low[FOREST_PANELS], high[FOREST_PANELS];
	bool has[FOREST_PANELS]; /* any estimate */
	bool seen[NR_ARMS];
};

struct forest_row {
	const char *title;
	enum arm arm;
	struct interval at[FOREST_PANELS];
};

void forest_begin(struct forest *f, struct picture *p);
/* Is there room for a group of so many rows? */
bool forest_has_room(const struct forest *f, size_t nr_rows);
void forest_head(struct forest *f, const char *title);
void forest_row(struct forest *f, const struct forest_row *row,
		const char *group);
/* panels: the headings. Sets the picture's height. */
void forest_end(struct forest *f, const char *const panels[FOREST_PANELS]);

#endif
