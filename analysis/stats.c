/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "stats_exact.h"

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A sorted copy without NANs and infinities; *n becomes its length. */
static double *sorted(const double *x, size_t *n)
{
	double *copy = memory_new(*n, sizeof(*copy));
	size_t i, used = 0;

	for (i = 0; i < *n; i++)
		if (isfinite(x[i]))
			copy[used++] = x[i];
	if (used)
		qsort(copy, used, sizeof(*copy), compare_double);
	*n = used;
	return copy;
}

static struct interval no_interval(double estimate, size_t n)
{
	return (struct interval){ .low = NAN,
				  .estimate = estimate,
				  .high = NAN,
				  .level = NAN,
				  .n = n };
}

/* --- medians -------------------------------------------------------------- */

static double sorted_median(const double *x, size_t n)
{
	if (!n)
		return NAN;
	return n % 2 ? x[n / 2] : x[n / 2 - 1] / 2 + x[n / 2] / 2;
}

double stats_median(const double *x, size_t n)
{
	double *copy = sorted(x, &n), median = sorted_median(copy, n);

	free(copy);
	return median;
}

size_t stats_needed(double level)
{
	size_t n = 1;

	while (n < 64 && 2 * ldexp(1, -(int)n) > 1 - level)
		n++;
	return n;
}

struct interval stats_median_interval(const double *x, size_t n, double level)
{
	double *copy = sorted(x, &n);
	struct interval v = no_interval(sorted_median(copy, n), n);
	struct critical c = binomial_critical(n, level);

	if (c.at >= 1) {
		v.low = copy[(size_t)c.at - 1];
		v.high = copy[n - (size_t)c.at];
		v.level = c.level;
		v.has_interval = true;
	}
	free(copy);
	return v;
}

/* --- order statistics of all pairwise values ------------------------------ */

/*
 * The pairwise values are never stored: the k-th least is found by bisecting
 * the doubles themselves, 64 times, each time counting in O(n) how many are no
 * greater. Sound because (a + b) / 2 and a - b, as rounded, are monotone.
 */
struct pool {
	const double *x, *y; /* sorted; y NULL: averages of x with itself */
	size_t nx, ny;
};

static double pool_size(const struct pool *p)
{
	double nx = (double)p->nx;

	return p->y ? nx * (double)p->ny : nx * (nx + 1) / 2;
}

static double pool_count(const struct pool *p, double limit)
{
	double count = 0;
	size_t i, j;

	if (p->y) {
		/* from j on, x[i] - y[j] is within the limit */
		for (i = 0, j = 0; i < p->nx; i++) {
			while (j < p->ny && p->x[i] - p->y[j] > limit)
				j++;
			count += (double)(p->ny - j);
		}
		return count;
	}
	/* below j, the average of x[i] and x[j] is within it */
	for (i = 0, j = p->nx; i < j; i++) {
		while (j > i && p->x[i] / 2 + p->x[j - 1] / 2 > limit)
			j--;
		count += (double)(j - i);
	}
	return count;
}

/* Doubles as integers in the same order, and back. */
static int64_t order_of(double x)
{
	int64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double double_of(int64_t order)
{
	int64_t bits = order < 0 ? INT64_MIN - order : order;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* k = 1 is the least. */
static double pool_least(const struct pool *p, double k)
{
	int64_t low = order_of(-INFINITY), high = order_of(INFINITY);

	while (low < high) {
		int64_t middle = (low & high) + ((low ^ high) >> 1);

		if (pool_count(p, double_of(middle)) >= k)
			high = middle;
		else
			low = middle + 1;
	}
	return double_of(low);
}

static struct interval pool_interval(const struct pool *p, size_t n,
				     struct critical c)
{
	double size = pool_size(p), half = floor(size / 2);
	struct interval v = no_interval(NAN, n);

	if (size < 1)
		return v;
	v.estimate = pool_least(p, half + 1);
	if (half * 2 >= size) /* an even number: the middle of two */
		v.estimate = v.estimate / 2 + pool_least(p, half) / 2;
	if (c.at < 1)
		return v;
	v.low = pool_least(p, c.at);
	v.high = pool_least(p, size + 1 - c.at);
	v.level = c.level;
	v.has_interval = true;
	return v;
}

struct interval stats_signed_rank(const double *x, size_t n, double level)
{
	double *copy = sorted(x, &n);
	struct pool p = { .x = copy, .nx = n };
	struct interval v = pool_interval(&p, n,
					  signed_rank_critical(n, level));

	free(copy);
	return v;
}

struct interval stats_mann_whitney(const double *x, size_t nx, const double *y,
				   size_t ny, double level)
{
	double *a = sorted(x, &nx), *b = sorted(y, &ny);
	struct pool p = { .x = a, .y = b, .nx = nx, .ny = ny };
	struct interval v = pool_interval(&p, nx + ny,
					  mann_whitney_critical(nx, ny, level));

	free(a);
	free(b);
	return v;
}

/* --- ratios --------------------------------------------------------------- */

static bool is_positive(double x)
{
	return isfinite(x) && x > 0;
}

/* log(y/x) of the pairs that are positive; *n becomes their number. */
static double *log_ratios(const double *x, const double *y, size_t *n)
{
	double *logs = memory_new(*n, sizeof(*logs));
	size_t i, used = 0;

	for (i = 0; i < *n; i++)
		if (is_positive(x[i]) && is_positive(y[i]))
			logs[used++] = log(y[i]) - log(x[i]);
	*n = used;
	return logs;
}

static double *logs_of(const double *x, size_t *n)
{
	double *logs = memory_new(*n, sizeof(*logs));
	size_t i, used = 0;

	for (i = 0; i < *n; i++)
		if (is_positive(x[i]))
			logs[used++] = log(x[i]);
	*n = used;
	return logs;
}

static struct interval exp_of(struct interval v)
{
	v.low = exp(v.low);
	v.estimate = exp(v.estimate);
	v.high = exp(v.high);
	return v;
}

struct interval stats_ratio_paired(const double *x, const double *y, size_t n,
				   double level)
{
	double *logs = log_ratios(x, y, &n);
	struct interval v = stats_signed_rank(logs, n, level);

	free(logs);
	return exp_of(v);
}

struct interval stats_ratio_unpaired(const double *x, size_t nx,
				     const double *y, size_t ny, double level)
{
	double *a = logs_of(x, &nx), *b = logs_of(y, &ny);
	struct interval v = stats_mann_whitney(b, ny, a, nx, level);

	free(a);
	free(b);
	return exp_of(v);
}

double stats_ratio_paired_p(const double *x, const double *y, size_t n)
{
	double *logs = log_ratios(x, y, &n), p = stats_signed_rank_p(logs, n);

	free(logs);
	return p;
}

double stats_ratio_unpaired_p(const double *x, size_t nx, const double *y,
			      size_t ny)
{
	double *a = logs_of(x, &nx), *b = logs_of(y, &ny);
	double p = stats_mann_whitney_p(b, ny, a, nx);

	free(a);
	free(b);
	return p;
}

static void shift(double *logs, size_t n, double limit)
{
	size_t i;

	for (i = 0; i < n; i++)
		logs[i] -= log(limit);
}

double stats_ratio_paired_above_p(const double *x, const double *y, size_t n,
				  double limit)
{
	double *logs = log_ratios(x, y, &n), p;

	shift(logs, n, limit);
	p = stats_signed_rank_above_p(logs, n);
	free(logs);
	return p;
}

double stats_ratio_unpaired_above_p(const double *x, size_t nx, const double *y,
				    size_t ny, double limit)
{
	double *a = logs_of(x, &nx), *b = logs_of(y, &ny), p;

	shift(b, ny, limit);
	p = stats_mann_whitney_above_p(b, ny, a, nx);
	free(a);
	free(b);
	return p;
}
