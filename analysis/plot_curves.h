/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which curves a picture of tails is made of. */
#ifndef ANALYSIS_PLOT_CURVES_H
#define ANALYSIS_PLOT_CURVES_H

#include "report.h"

#define CURVES_MAX	    6
#define CURVES_ARMS	    (NR_ARMS - 1)
#define CURVES_LEAST_TOTAL  1000 /* fewer make no curve */
#define CURVES_LEAST_BEYOND 10	 /* values that the end of a curve rests on */

struct curve {
	const struct cell_sample *cell;
	const struct hist *hist;
	const char *antagonist; /* its text; "none" */
	char *title;		/* NULL: the lock and the antagonist */
	enum arm arm;
	unsigned int level; /* 0: alone; 1 and up: which antagonist */
};

struct curves { /* of one scenario and label: locks x antagonists */
	struct curve *at;
	size_t nr;
	bool alone_only;
	const char *antagonist; /* of all curves; NULL: of several kinds */
	size_t left;		/* curves that are not drawn */
	size_t order;		/* in the file */
};

/*
 * All pictures that can be made, those with most to see first: of faults, or
 * (victims) of the antagonists' operations. malloc'ed; curves_free()
 * afterwards.
 */
struct curves *curves_find(const struct results *r, bool victims, size_t *nr);
void curves_free(struct curves *all, size_t nr);

/* The axes in which the curves of a picture differ; ended by NULL. */
extern const char *const curves_axes[];

#endif
