/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The units of a comparison: pairs within blocks, runs, or boots. */
#ifndef ANALYSIS_UNITS_OF_H
#define ANALYSIS_UNITS_OF_H

#include "comparison.h"

struct units {
	bool by_boot; /* set by the caller */
	bool paired;  /* x[i] and y[i] belong together, nx = ny */
	double *x, *y;
	size_t nx, ny;
};

/* Are some of their runs of the same session, so that blocks pair them? */
bool units_paired(const struct cell_sample *a, const struct cell_sample *b);

/* Values of row->a and row->b. */
void units_of_figures(struct units *u, const struct results *r,
		      const struct compared *row, const char *metric);

/* Ratios of each to its own baseline. */
void units_of_slowdowns(struct units *u, const struct results *r,
			const struct compared *row, const char *metric);

/* With boots as units: what a row shows of each arm is the median of these. */
void units_show(const struct units *u, struct compared *row);

void units_free(struct units *u);

/* Sets boots_a, boots_b, one_boot, by_boot and interleaved. */
void boots_count(struct comparison *c, const struct results *r);

#endif
