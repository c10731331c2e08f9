/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics over runs. Pure: arrays in, numbers out. Every method names its
 * source and has golden values from R (tests/golden/stats/).
 */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct interval {
	double low, estimate, high; /* NAN where it cannot be had */
	double level;		    /* confidence reached, e.g. 0.969 */
	size_t n;		    /* runs, or pairs, it rests on */
	bool has_interval;	    /* false: too few, see n */
};

/* Median of n values; NAN for n = 0. Leaves x as it is. */
double stats_median(const double *x, size_t n);

/* Median with the distribution-free interval between order statistics
 * (Conover, Practical Nonparametric Statistics, 3.2): at least `level`. */
struct interval stats_median_interval(const double *x, size_t n,
				      double level);

/* One-sample Hodges-Lehmann estimate (median of Walsh averages) with the
 * interval of the exact signed-rank distribution (Hollander & Wolfe 3.2; R
 * wilcox.test(x, conf.int=TRUE, exact=TRUE)), normal with continuity
 * correction for large n. Needs n >= 6 for an interval. */
struct interval stats_signed_rank(const double *x, size_t n, double level);

/* Two-sample Hodges-Lehmann shift of x against y with the exact Mann-Whitney
 * interval (Hollander & Wolfe 4.3; R wilcox.test(x, y, conf.int=TRUE)). */
struct interval stats_mann_whitney(const double *x, size_t nx, const double *y,
				   size_t ny, double level);

/* Ratio y/x of paired positive values: signed-rank on log(y/x), mapped back by
 * exp. Pairs that are not both positive are left out of n. */
struct interval stats_ratio_paired(const double *x, const double *y, size_t n,
				   double level);

/* The same for unpaired ones, by Mann-Whitney on the logs. */
struct interval stats_ratio_unpaired(const double *x, size_t nx,
				     const double *y, size_t ny, double level);

/* Two-sided p-value of the exact signed-rank test on x against 0, and
 * Benjamini-Hochberg adjustment in place (R p.adjust(p, "BH")); NANs stay. */
double stats_signed_rank_p(const double *x, size_t n);
void stats_benjamini_hochberg(double *p, size_t n);

#endif
