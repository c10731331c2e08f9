/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics over runs. Pure: arrays in, numbers out. Every method names its
 * source and has golden values from R (tests/golden/stats/).
 *
 * Ties and zeros. The intervals are order statistics of all pairwise averages
 * (or differences), zeros and ties among them, at the positions of the exact
 * distribution without ties. They are closed intervals, and such an interval
 * covers with at least its level when there are ties (Noether 1967, JASA 62,
 * 184-188): conservative, never too short. (R gives up exactness there and
 * approximates.) The p-values are those of the conditional distribution, given
 * the midranks that ties share; zeros are left out as in R. Without ties that
 * is R's exact=TRUE.
 *
 * Large n. Up to STATS_EXACT_MAX values a side everything is exact; above it
 * the normal approximation with continuity correction that R uses, with R's
 * correction of the variance for ties in the p-values.
 */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>

#define STATS_EXACT_MAX 50

struct interval {
	double low, estimate, high; /* NAN where it cannot be had */
	double level;		    /* confidence reached, e.g. 0.969, or NAN */
	size_t n;		    /* runs, or pairs, it rests on */
	bool has_interval;	    /* false: too few, see n */
};

/* The least n with which a distribution-free two-sided interval for a median
 * (stats_median_interval, stats_signed_rank) reaches the level: 6 for 0.95, 8
 * for 0.99. For the words "needs 6 pairs, has 4". */
size_t stats_needed(double level);

/* Median of n values; NAN for n = 0. Leaves x as it is. */
double stats_median(const double *x, size_t n);

/* Median with the distribution-free interval between order statistics
 * (Conover, Practical Nonparametric Statistics, 3.2): at least `level`. */
struct interval stats_median_interval(const double *x, size_t n, double level);

/* One-sample Hodges-Lehmann estimate (median of Walsh averages) with the
 * interval of the exact signed-rank distribution (Hollander & Wolfe 3.2; R
 * wilcox.test(x, conf.int=TRUE, exact=TRUE)). Needs stats_needed(level) values
 * for an interval. */
struct interval stats_signed_rank(const double *x, size_t n, double level);

/* Two-sample Hodges-Lehmann shift of x against y (the median of all x - y) with
 * the exact Mann-Whitney interval (Hollander & Wolfe 4.3; R wilcox.test(x, y,
 * conf.int=TRUE)); n is nx + ny. No interval where none reaches the level (4
 * and 4 reach 0.95, 3 and 3 don't). */
struct interval stats_mann_whitney(const double *x, size_t nx, const double *y,
				   size_t ny, double level);

/* Ratio y/x of paired positive values: signed-rank on log(y/x), mapped back by
 * exp. Pairs that are not both positive are left out of n. */
struct interval stats_ratio_paired(const double *x, const double *y, size_t n,
				   double level);

/* The ratio y/x of unpaired ones, by Mann-Whitney on the logs. */
struct interval stats_ratio_unpaired(const double *x, size_t nx,
				     const double *y, size_t ny, double level);

/* Two-sided p-value of the signed-rank test on x against 0; of the
 * Mann-Whitney test on x and y. 1 when nothing but zeros is left, NAN without
 * values. */
double stats_signed_rank_p(const double *x, size_t n);
double stats_mann_whitney_p(const double *x, size_t nx, const double *y,
			    size_t ny);

/* The same on logs: of log(y/x) for pairs, of log y against log x. */
double stats_ratio_paired_p(const double *x, const double *y, size_t n);
double stats_ratio_unpaired_p(const double *x, size_t nx, const double *y,
			      size_t ny);

/*
 * One-sided: small when x lies above 0, x above y, or the ratio y/x above the
 * limit (R wilcox.test(..., alternative="greater"), for ratios on logs with
 * mu=log(limit)). The one-sided bounds that belong to these are the ends of the
 * two-sided intervals of level 1 - 2 alpha.
 */
double stats_signed_rank_above_p(const double *x, size_t n);
double stats_mann_whitney_above_p(const double *x, size_t nx, const double *y,
				  size_t ny);
double stats_ratio_paired_above_p(const double *x, const double *y, size_t n,
				  double limit);
double stats_ratio_unpaired_above_p(const double *x, size_t nx, const double *y,
				    size_t ny, double limit);

/* Benjamini-Hochberg adjustment in place (R p.adjust(p, "BH")); NANs stay and
 * don't count. */
void stats_benjamini_hochberg(double *p, size_t n);

/* Holm's adjustment (1979, Scand. J. Stat. 6, 65-70; R p.adjust(p, "holm")),
 * likewise: keeps the chance of a single false alarm among all of them. */
void stats_holm(double *p, size_t n);

/* Geometric mean of the positive, finite ones of x; *used (may be NULL) is how
 * many these are. NAN when there are none. */
double stats_geometric_mean(const double *x, size_t n, size_t *used);

#endif
