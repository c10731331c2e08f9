/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distributions of the two rank statistics under their null hypothesis,
 * for stats.c.
 */
#ifndef ANALYSIS_STATS_EXACT_H
#define ANALYSIS_STATS_EXACT_H

#include <stddef.h>

/*
 * A critical position: with k = at, the k-th least and the k-th greatest of
 * all `total` pairwise values enclose the parameter with `level`. at = 0: no
 * position reaches the level asked for.
 */
struct critical {
	double at, total, level;
};

struct critical binomial_critical(size_t n, double level);
struct critical signed_rank_critical(size_t n, double level);
struct critical mann_whitney_critical(size_t nx, size_t ny, double level);

/*
 * Both tails given the doubled midranks (so integers) of all values: how
 * probable is a sum of at most, and of at least, the observed one? observed is
 * the sum of those that belong to the positive values, or to x, which has nx of
 * the n.
 */
struct tails {
	double below, above;
};

struct tails signed_rank_tails(const size_t *ranks, size_t n, size_t observed);
struct tails mann_whitney_tails(const size_t *ranks, size_t n, size_t nx,
				size_t observed);

#endif
