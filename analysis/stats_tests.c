/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The p-values of stats.h, and what is done with many of them. */
#include "stats.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "stats_exact.h"

/* A value to be ranked, and whether it counts for the statistic. */
struct ranked {
	double size;
	bool counts;
};

static int compare_ranked(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->size;
	double y = ((const struct ranked *)b)->size;

	return (x > y) - (x < y);
}

/*
 * Sorts and gives doubled midranks: equal values share the mean of the ranks
 * that they take up. *observed: the sum of those that count. *ties: the sum of
 * t^3 - t over groups of t equal ones, for the normal approximation.
 */
static size_t *midranks(struct ranked *r, size_t n, size_t *observed,
			double *ties)
{
	size_t *ranks = memory_new(n, sizeof(*ranks)), i, j, k;

	if (n)
		qsort(r, n, sizeof(*r), compare_ranked);
	*observed = 0;
	*ties = 0;
	for (i = 0; i < n; i = j) {
		double t;

		for (j = i; j < n && r[j].size <= r[i].size; j++)
			;
		for (k = i; k < j; k++) {
			ranks[k] = i + 1 + j; /* (first + last) of 1-based */
			*observed += r[k].counts ? ranks[k] : 0;
		}
		t = (double)(j - i);
		*ties += t * t * t - t;
	}
	return ranks;
}

/* Which values of the statistic speak against the hypothesis. */
enum side {
	SIDE_BOTH,
	SIDE_ABOVE
};

static double tails_p(struct tails t, enum side side)
{
	return side == SIDE_ABOVE ? t.above
				  : fmin(1, 2 * fmin(t.below, t.above));
}

/* With R's continuity correction: a half towards the mean, or down. */
static double normal_p(double z, double sigma, enum side side)
{
	if (!(sigma > 0))
		return 1;
	if (side == SIDE_ABOVE)
		return 0.5 * erfc((z - 0.5) / sigma / M_SQRT2);
	z = fmax(0, fabs(z) - 0.5) / sigma;
	return fmin(1, erfc(z / M_SQRT2));
}

static double signed_rank_p(const double *x, size_t n, enum side side)
{
	struct ranked *r = memory_new(n, sizeof(*r));
	size_t i, used = 0, seen = 0, observed, *ranks;
	double ties, p, m;

	for (i = 0; i < n; i++) {
		seen += isfinite(x[i]) != 0;
		if (isfinite(x[i]) && fabs(x[i]) > 0)
			r[used++] = (struct ranked){ fabs(x[i]), x[i] > 0 };
	}
	ranks = midranks(r, used, &observed, &ties);
	m = (double)used;
	if (!used)
		p = seen ? 1 : NAN;
	else if (used <= STATS_EXACT_MAX)
		p = tails_p(signed_rank_tails(ranks, used, observed), side);
	else
		p = normal_p((double)observed / 2 - m * (m + 1) / 4,
			     sqrt(m * (m + 1) * (2 * m + 1) / 24 - ties / 48),
			     side);
	free(ranks);
	free(r);
	return p;
}

double stats_signed_rank_p(const double *x, size_t n)
{
	return signed_rank_p(x, n, SIDE_BOTH);
}

double stats_signed_rank_above_p(const double *x, size_t n)
{
	return signed_rank_p(x, n, SIDE_ABOVE);
}

static double mann_whitney_p(const double *x, size_t nx, const double *y,
			     size_t ny, enum side side)
{
	struct ranked *r = memory_new(nx + ny, sizeof(*r));
	size_t i, n, observed, used = 0, *ranks;
	double a, b, ties, p;

	for (i = 0; i < nx; i++)
		if (isfinite(x[i]))
			r[used++] = (struct ranked){ x[i], true };
	nx = used;
	for (i = 0; i < ny; i++)
		if (isfinite(y[i]))
			r[used++] = (struct ranked){ y[i], false };
	n = used;
	ny = n - nx;
	ranks = midranks(r, n, &observed, &ties);
	a = (double)nx;
	b = (double)ny;
	if (!nx || !ny)
		p = NAN;
	else if (nx <= STATS_EXACT_MAX && ny <= STATS_EXACT_MAX)
		p = tails_p(mann_whitney_tails(ranks, n, nx, observed), side);
	else
		p = normal_p((double)observed / 2 - a * (a + 1) / 2 - a * b / 2,
			     sqrt(a * b / 12 *
				  (a + b + 1 - ties / ((a + b) * (a + b - 1)))),
			     side);
	free(ranks);
	free(r);
	return p;
}

double stats_mann_whitney_p(const double *x, size_t nx, const double *y,
			    size_t ny)
{
	return mann_whitney_p(x, nx, y, ny, SIDE_BOTH);
}

double stats_mann_whitney_above_p(const double *x, size_t nx, const double *y,
				  size_t ny)
{
	return mann_whitney_p(x, nx, y, ny, SIDE_ABOVE);
}

/* --- many tests at once --------------------------------------------------- */

struct test {
	double p;
	size_t place;
};

static int compare_test(const void *a, const void *b)
{
	double x = ((const struct test *)a)->p, y = ((const struct test *)b)->p;

	return (x > y) - (x < y);
}

/* Those that are numbers, in rising order; malloc'ed. */
static struct test *tests_sorted(const double *p, size_t n, size_t *used)
{
	struct test *t = memory_new(n, sizeof(*t));
	size_t i;

	*used = 0;
	for (i = 0; i < n; i++)
		if (!isnan(p[i]))
			t[(*used)++] = (struct test){ p[i], i };
	if (*used)
		qsort(t, *used, sizeof(*t), compare_test);
	return t;
}

void stats_benjamini_hochberg(double *p, size_t n)
{
	size_t i, used;
	struct test *t = tests_sorted(p, n, &used);
	double least = 1;

	for (i = used; i-- > 0;) {
		least = fmin(least, t[i].p * (double)used / (double)(i + 1));
		p[t[i].place] = least;
	}
	free(t);
}

void stats_holm(double *p, size_t n)
{
	size_t i, used;
	struct test *t = tests_sorted(p, n, &used);
	double most = 0;

	for (i = 0; i < used; i++) {
		most = fmin(1, fmax(most, t[i].p * (double)(used - i)));
		p[t[i].place] = most;
	}
	free(t);
}

double stats_geometric_mean(const double *x, size_t n, size_t *used)
{
	double sum = 0;
	size_t i, nr = 0;

	for (i = 0; i < n; i++) {
		if (isfinite(x[i]) && x[i] > 0) {
			sum += log(x[i]);
			nr++;
		}
	}
	if (used)
		*used = nr;
	return nr ? exp(sum / (double)nr) : NAN;
}
