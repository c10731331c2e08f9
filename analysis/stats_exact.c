/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exact distributions by dynamic programming, over doubles: every count stays
 * far below 2^1023, and rounding keeps 14 digits.
 *
 * Sources: Hollander & Wolfe, Nonparametric Statistical Methods, 3.1 and 4.1;
 * Streitberg & Roehmel 1986 (shift algorithm, for midranks); R's nmath
 * qsignrank.c and qwilcox.c for the allowance on the quantile.
 */
#include "stats_exact.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "stats.h"

/* P(Z > z), and the z that alpha lies above. */
static double normal_above(double z)
{
	return 0.5 * erfc(z / M_SQRT2);
}

static double normal_quantile_above(double alpha)
{
	double low = -40, high = 40;
	int i;

	for (i = 0; i < 200; i++) {
		double middle = (low + high) / 2;

		if (normal_above(middle) > alpha)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* The least q with weight[0] + .. + weight[q] >= alpha of all, at least 1; and
 * the level that leaves twice P(< q) out. */
static struct critical critical_find(const double *weight, size_t nr,
				     double level)
{
	double all = 0, below = 0, alpha = (1 - level) / 2;
	struct critical c = { .total = (double)(nr - 1) };
	size_t i, q = 0;

	for (i = 0; i < nr; i++)
		all += weight[i];
	while (q < nr - 1 &&
	       (below + weight[q]) / all < alpha - 10 * DBL_EPSILON)
		below += weight[q++];
	if (!q) { /* the widest there is, which may be too short */
		below = weight[0];
		q = 1;
	}
	c.level = 1 - 2 * below / all;
	c.at = c.level >= level - 10 * DBL_EPSILON ? (double)q : 0;
	return c;
}

/* As R's uniroot would find it on the step function of wilcox.test: the step
 * at which the corrected statistic crosses the normal quantile. */
static struct critical critical_normal(double total, double sigma, double level)
{
	double z = normal_quantile_above((1 - level) / 2);
	struct critical c = { .total = total };

	c.at = floor(total / 2 - 0.5 - z * sigma) + 1;
	if (c.at < 1)
		c.at = 0;
	c.level = 1 - 2 * normal_above((total / 2 - c.at + 0.5) / sigma);
	return c;
}

struct critical binomial_critical(size_t n, double level)
{
	double below = 0, alpha = (1 - level) / 2, next, nn = (double)n;
	struct critical c = { .total = nn, .level = NAN };
	double k;

	for (k = 0; k < nn / 2; k++) {
		next = below + exp(lgamma(nn + 1) - lgamma(k + 1) -
				   lgamma(nn - k + 1) - nn * M_LN2);
		if (next > alpha + 10 * DBL_EPSILON)
			break;
		below = next;
	}
	c.at = k; /* P(fewer than k below the median) = below */
	if (k >= 1)
		c.level = 1 - 2 * below;
	return c;
}

struct critical signed_rank_critical(size_t n, double level)
{
	size_t total = n * (n + 1) / 2, rank, s;
	struct critical c;
	double *weight;

	if (!n)
		return (struct critical){ .level = NAN };
	if (n > STATS_EXACT_MAX)
		return critical_normal((double)n * ((double)n + 1) / 2,
				       sqrt((double)n * ((double)n + 1) *
					    (2 * (double)n + 1) / 24),
				       level);
	/* Subsets of 1..n by their sum: each rank is in or out. */
	weight = memory_new(total + 1, sizeof(*weight));
	weight[0] = 1;
	for (rank = 1; rank <= n; rank++)
		for (s = rank * (rank + 1) / 2; s >= rank; s--)
			weight[s] += weight[s - rank];
	c = critical_find(weight, total + 1, level);
	free(weight);
	return c;
}

struct critical mann_whitney_critical(size_t nx, size_t ny, double level)
{
	double x = (double)nx, y = (double)ny;
	size_t total = nx * ny, i, s;
	struct critical c;
	double *weight;

	if (!nx || !ny)
		return (struct critical){ .level = NAN };
	if (nx > STATS_EXACT_MAX || ny > STATS_EXACT_MAX)
		return critical_normal(x * y, sqrt(x * y * (x + y + 1) / 12),
				       level);
	/* The Gaussian binomial coefficient: product over i = 1..nx of
	 * (1 - q^(ny+i)) / (1 - q^i). */
	weight = memory_new(total + 1, sizeof(*weight));
	weight[0] = 1;
	for (i = 1; i <= nx; i++) {
		for (s = total; s >= ny + i; s--)
			weight[s] -= weight[s - ny - i];
		for (s = i; s <= total; s++)
			weight[s] += weight[s - i];
	}
	c = critical_find(weight, total + 1, level);
	free(weight);
	return c;
}

/* The observed sum belongs to both. (With ties the distribution of a sum over
 * unequal sides is not symmetric.) */
static struct tails tails_of(const double *weight, size_t low, size_t high,
			     size_t observed)
{
	struct tails t = { 0, 0 };
	double all = 0;
	size_t s;

	for (s = low; s <= high; s++) {
		all += weight[s];
		t.below += s <= observed ? weight[s] : 0;
		t.above += s >= observed ? weight[s] : 0;
	}
	t.below /= all;
	t.above /= all;
	return t;
}

struct tails signed_rank_tails(const size_t *ranks, size_t n, size_t observed)
{
	size_t total = 0, i, s;
	struct tails t;
	double *weight;

	for (i = 0; i < n; i++)
		total += ranks[i];
	weight = memory_new(total + 1, sizeof(*weight));
	weight[0] = 1;
	for (i = 0; i < n; i++)
		for (s = total; s >= ranks[i]; s--)
			weight[s] += weight[s - ranks[i]];
	t = tails_of(weight, 0, total, observed);
	free(weight);
	return t;
}

struct tails mann_whitney_tails(const size_t *ranks, size_t n, size_t nx,
				size_t observed)
{
	size_t i, k, s, row, low = 0, high = 0;
	struct tails t;
	double *weight;

	/* ranks come in rising order: the least and greatest sum of nx */
	for (i = 0; i < n; i++) {
		low += i < nx ? ranks[i] : 0;
		high += i >= n - nx ? ranks[i] : 0;
	}
	row = high + 1;
	weight = memory_new((nx + 1) * row, sizeof(*weight));
	weight[0] = 1;
	for (i = 0; i < n; i++)
		for (k = i + 1 < nx ? i + 1 : nx; k >= 1; k--)
			for (s = high; s >= ranks[i]; s--)
				weight[k * row + s] +=
					weight[(k - 1) * row + s - ranks[i]];
	t = tails_of(weight + nx * row, low, high, observed);
	free(weight);
	return t;
}
