/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there something beside the arms that could explain a difference?
 *
 * Order: within blocks the arms come in random order. Whether what was measured
 * second is slower is told apart from the arms by that: for each block the
 * mean, over rows, of log(b/a) less what the arms themselves differ by (the
 * middle of the medians of either order), with the sign of the order; then a
 * signed-rank interval over blocks.
 *
 * Shift: separate sessions in which all rows moved alike look like another
 * clock speed or another host, not like a change of one path of the kernel.
 */
#ifndef ANALYSIS_DRIFT_H
#define ANALYSIS_DRIFT_H

#include <stdio.h>

#include <jansson.h>

#include "comparison.h"

#define ORDER_LEVEL 0.99

struct drift {
	struct interval order; /* figure second / first; at ORDER_LEVEL */
	size_t nr_blocks;      /* it rests on */
	bool one_order; /* pairs, and one arm came first in every block */
	bool a_first;	/* ... and it was a */
	bool shifted;
	double shift, least, most; /* the mean ratio, and its ends */
	size_t nr_rows;		   /* that moved */
	double present; /* ratio of the same touch without a fault; or NAN */
};

/* Of the p50_ns of all cells that both arms have. */
void drift_find(struct drift *d, const struct comparison *c);

/* Says what is to be pointed out, if anything. */
void drift_print(FILE *out, size_t width, const struct drift *d,
		 const struct comparison *c);
json_t *drift_json(const struct drift *d);

#endif
