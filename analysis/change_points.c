/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "change_points.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "stats.h"

/* --- ranks ---------------------------------------------------------------- */

struct ranked {
	double value;
	size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value;
	double y = ((const struct ranked *)b)->value;

	return (x > y) - (x < y);
}

/* malloc'ed; equal values share the mean of the ranks that they take up. */
static double *ranks_of(const double *x, size_t n)
{
	struct ranked *r = memory_new(n, sizeof(*r));
	double *ranks = memory_new(n, sizeof(*ranks));
	size_t i, j, k;

	for (i = 0; i < n; i++)
		r[i] = (struct ranked){ x[i], i };
	if (n)
		qsort(r, n, sizeof(*r), compare_ranked);
	for (i = 0; i < n; i = j) {
		for (j = i; j < n && r[j].value <= r[i].value; j++)
			;
		for (k = i; k < j; k++)
			ranks[r[k].place] = (double)(i + 1 + j) / 2;
	}
	free(r);
	return ranks;
}

/* --- the best cut --------------------------------------------------------- */

/*
 * Sums of |x_i - x_k| over pairs, grown one value at a time: right[t] is that
 * of [t, end), left[t] that of [0, t). What lies between two neighbours is that
 * of both together less that of each.
 */
struct sums {
	double *left, *right;
	double *inverse; /* 1/n */
	double *pairs;	 /* 1 / (n (n - 1) / 2) */
};

static void sums_start(struct sums *s, size_t n)
{
	size_t i;

	s->left = memory_new(n + 1, sizeof(double));
	s->right = memory_new(n + 1, sizeof(double));
	s->inverse = memory_new(n + 1, sizeof(double));
	s->pairs = memory_new(n + 1, sizeof(double));
	for (i = 2; i <= n; i++) {
		s->inverse[i] = 1 / (double)i;
		s->pairs[i] = 2 / ((double)i * (double)(i - 1));
	}
}

static void sums_free(struct sums *s)
{
	free(s->left);
	free(s->right);
	free(s->inverse);
	free(s->pairs);
}

/* Takes x[end - 1] in. */
static void sums_add(const struct sums *s, const double *x, size_t end)
{
	double added = 0, new = x[end - 1];
	size_t t;

	s->right[end - 1] = 0;
	for (t = end - 1; t-- > 0;) {
		added += fabs(x[t] - new);
		s->right[t] += added;
	}
	s->left[end] = s->right[0];
}

static double statistic(const struct sums *s, size_t t, size_t end)
{
	size_t m = t, n = end - t;
	double between = s->right[0] - s->left[t] - s->right[t];
	double within = s->left[t] * s->pairs[m] + s->right[t] * s->pairs[n];

	return s->inverse[end] * (2 * between - (double)m * (double)n * within);
}

static struct change_cut best_cut(const struct sums *s, const double *x,
				  size_t n)
{
	struct change_cut best = { .statistic = -INFINITY };
	size_t t, end;

	for (end = 1; end <= n; end++) {
		sums_add(s, x, end);
		for (t = CHANGE_SEGMENT; t + CHANGE_SEGMENT <= end; t++) {
			double q = statistic(s, t, end);

			if (q > best.statistic)
				best = (struct change_cut){ t, end, q };
		}
	}
	return best;
}

struct change_cut change_cut_find(const double *x, size_t n)
{
	double *ranks = ranks_of(x, n);
	struct change_cut best;
	struct sums s;

	sums_start(&s, n);
	best = best_cut(&s, ranks, n);
	sums_free(&s);
	free(ranks);
	return best;
}

/* --- is it a change? ------------------------------------------------------ */

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void shuffle(double *x, size_t n, uint64_t *state)
{
	size_t i, k;
	double swap;

	for (i = n; i > 1; i--) {
		k = (size_t)(next_random(state) % i); /* even but for 2^-50 */
		swap = x[k];
		x[k] = x[i - 1];
		x[i - 1] = swap;
	}
}

struct search {
	double *ranks, *shuffled;
	size_t nr_values;
	struct sums sums;
	uint64_t random;
	size_t *ends;		 /* of the segments, in rising order */
	struct change_cut *cuts; /* the best of each, from its start */
	size_t nr;
	struct change_point *points;
	size_t nr_points;
};

static size_t start_of(const struct search *s, size_t segment)
{
	return segment ? s->ends[segment - 1] : 0;
}

/*
 * Does any cut of the shuffled segments reach q? Two shufflings that divide the
 * values alike add them in another order: what differs by rounding is equal.
 */
static bool shuffling_reaches(struct search *s, double q)
{
	double almost = q - 1e-9 * fabs(q);
	bool reached = false;
	size_t i;

	for (i = 0; i < s->nr; i++) {
		size_t start = start_of(s, i), n = s->ends[i] - start;

		/* all are shuffled, so that what one segment draws does not
		 * hang on what another one had */
		shuffle(s->shuffled + start, n, &s->random);
		if (!reached && s->cuts[i].at)
			reached = best_cut(&s->sums, s->shuffled + start, n)
					  .statistic >= almost;
	}
	return reached;
}

/* The p-value, or 1 as soon as it must be above the level (Besag & Clifford
 * 1991). */
static double p_of(struct search *s, double q)
{
	const size_t most = (size_t)(CHANGE_LEVEL * (CHANGE_PERMUTATIONS + 1)) -
			    1;
	size_t i, reached = 0;

	/* what was shuffled before has crossed the segments of now */
	memcpy(s->shuffled, s->ranks, s->nr_values * sizeof(*s->ranks));
	for (i = 0; i < CHANGE_PERMUTATIONS; i++) {
		reached += shuffling_reaches(s, q);
		if (reached > most)
			return 1;
	}
	return (double)(reached + 1) / (CHANGE_PERMUTATIONS + 1);
}

static struct change_cut cut_of(const struct search *s, size_t segment)
{
	size_t start = start_of(s, segment);

	return best_cut(&s->sums, s->ranks + start, s->ends[segment] - start);
}

static void add_point(struct search *s, struct change_point point)
{
	size_t i;

	memory_append((void **)&s->points, &s->nr_points, sizeof(*s->points));
	for (i = s->nr_points - 1; i && s->points[i - 1].at > point.at; i--)
		s->points[i] = s->points[i - 1];
	s->points[i] = point;
}

/* Cuts the segment in two. */
static void segment_cut(struct search *s, size_t segment)
{
	size_t at = start_of(s, segment) + s->cuts[segment].at;

	memmove(s->ends + segment + 1, s->ends + segment,
		(s->nr - segment) * sizeof(*s->ends));
	memmove(s->cuts + segment + 1, s->cuts + segment,
		(s->nr - segment) * sizeof(*s->cuts));
	s->nr++;
	s->ends[segment] = at;
	s->cuts[segment] = cut_of(s, segment);
	s->cuts[segment + 1] = cut_of(s, segment + 1);
}

/* The segment whose best cut is best; false when none can be cut, or all cuts
 * are between equals. */
static bool best_segment(const struct search *s, size_t *segment)
{
	double best = 0;
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (s->cuts[i].at && s->cuts[i].statistic > best) {
			best = s->cuts[i].statistic;
			*segment = i;
		}
	}
	return best > 0;
}

/* --- where exactly -------------------------------------------------------- */

static double spread(const double *x, size_t from, size_t to)
{
	double median = stats_median(x + from, to - from), sum = 0;
	size_t i;

	for (i = from; i < to; i++)
		sum += fabs(x[i] - median);
	return sum;
}

/* The change between from and to that is at `at`, or near it. */
static size_t best_place(const double *x, size_t from, size_t at, size_t to)
{
	size_t best = at, i, place;
	double least = spread(x, from, at) + spread(x, at, to), sum;

	for (i = 2; i < 2 + 2 * CHANGE_MOVES; i++) { /* -1 +1 -2 +2 */
		place = i % 2 ? at + i / 2 : at - i / 2;
		if (place < from + CHANGE_SEGMENT ||
		    place > at + CHANGE_MOVES || place + CHANGE_SEGMENT > to)
			continue;
		sum = spread(x, from, place) + spread(x, place, to);
		if (sum < least - 1e-9 * least) {
			least = sum;
			best = place;
		}
	}
	return best;
}

static void move_points(const double *x, size_t n, struct search *s)
{
	size_t i;

	for (i = 0; i < s->nr_points; i++)
		s->points[i].at = best_place(
			x, i ? s->points[i - 1].at : 0, s->points[i].at,
			i + 1 < s->nr_points ? s->points[i + 1].at : n);
}

/* --- all of it ------------------------------------------------------------ */

size_t change_points_find(const double *x, size_t n,
			  struct change_point **points)
{
	size_t most = n / CHANGE_SEGMENT + 1, i;
	struct search s = { .nr_values = n, .nr = 1 };

	s.points = memory_new(1, sizeof(*s.points));
	*points = s.points;
	if (n < CHANGE_VALUES)
		return 0;
	s.ranks = ranks_of(x, n);
	s.shuffled = memory_new(n, sizeof(*s.shuffled));
	s.ends = memory_new(most, sizeof(*s.ends));
	s.cuts = memory_new(most, sizeof(*s.cuts));
	sums_start(&s.sums, n);
	s.ends[0] = n;
	s.cuts[0] = cut_of(&s, 0);
	while (best_segment(&s, &i)) {
		double q = s.cuts[i].statistic, p = p_of(&s, q);

		if (p > CHANGE_LEVEL)
			break;
		add_point(&s, (struct change_point){ .at = start_of(&s, i) +
							   s.cuts[i].at,
						     .statistic = q,
						     .p = p });
		segment_cut(&s, i);
	}
	move_points(x, n, &s);
	sums_free(&s.sums);
	free(s.ranks);
	free(s.shuffled);
	free(s.ends);
	free(s.cuts);
	*points = s.points;
	return s.nr_points;
}
