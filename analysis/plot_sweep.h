/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells in a row along an axis of which the file has more than two values. */
#ifndef ANALYSIS_PLOT_SWEEP_H
#define ANALYSIS_PLOT_SWEEP_H

#include "report.h"

#define SWEEP_CURVES   6
#define SWEEP_POINTS   64
#define SWEEP_FLAT_OUT INFINITY /* x of an antagonist without a schedule */

struct sweep_point {
	double x; /* threads, or operations/s; 0: no antagonist */
	const struct cell_sample *cell;
};

struct sweep_curve {
	char *key, *title;
	enum arm arm;
	unsigned int level; /* tells curves of the same arm apart */
	struct sweep_point at[SWEEP_POINTS]; /* by x */
	size_t nr;
};

struct sweep {
	bool threads; /* else rates */
	const struct cell_sample *subject;
	struct sweep_curve *curves;
	size_t nr;
};

/* Is it the same scenario and label? */
bool sweep_same_subject(const struct cell_sample *a,
			const struct cell_sample *b);

/* Fills in the curves of s->subject along threads or rates. sweep_free()
 * afterwards. */
void sweep_find(struct sweep *s, const struct results *r);
void sweep_free(struct sweep *s);

#endif
