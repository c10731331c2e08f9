/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the witnesses of two arms counted: locks, retries, ... a fault.
 *
 * Without an antagonist there is no noise in most counts, and one witness of
 * each side decides. Some do vary (how often a page is still being read when it
 * is touched): where several witnesses of one side, one for each session, lie
 * apart, a difference between the sides has to exceed that by COUNTS_BEYOND.
 */
#ifndef ANALYSIS_COUNTS_H
#define ANALYSIS_COUNTS_H

#include "sample.h"

/* Counts are equal when they differ by less: a few of 50,000 faults meet
 * something else (an interrupt that faults, a migration). */
#define COUNTS_STEP 0.005

/* How many times the spread within a side the gap between the sides must be. Of
 * normal values without a difference 0.9 % do so with 2 and 2 witnesses, less
 * than 0.01 % with 3 and 3. */
#define COUNTS_BEYOND 5.

enum counted_state {
	COUNTED_SAME,
	COUNTED_DIFFERS,
	COUNTED_VARIES, /* within a side: nothing can be told */
	COUNTED_ABSENT, /* on some side */
};

struct counted {
	const struct cell_sample *a, *b; /* not owned */
	const char *metric;
	double value_a, value_b;   /* medians of the witnesses */
	size_t na, nb;		   /* witnesses that have the figure */
	const char *why_a, *why_b; /* else why not; NULL where they have it */
	enum counted_state state;
};

/* Are counts of these two sides to be equal? Not beside an antagonist, which
 * refuses and delays by chance, nor along an axis by which they differ by
 * design. */
bool counts_comparable(const char *axis, const struct cell_sample *a);

void counted_make(struct counted *row, const struct cell_sample *a,
		  const struct cell_sample *b, const char *metric);

/* "2+2", or "-" of one witness each; malloc'ed. */
char *counted_nr(size_t na, size_t nb);

#endif
