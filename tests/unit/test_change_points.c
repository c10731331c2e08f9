/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change points against R: every line of tests/golden/change-points/golden.txt;
 * then what they promise: silence on noise, sight of steps, drifts and bumps,
 * and no fright at outliers, ties and short series.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change_points.h"

enum {
	MAX_VALUES = 256,
	MAX_LINE = 1 << 14,
	NR_SERIES = 1000
};

/* --- made-up noise, the same in every run --------------------------------- */

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double uniform(uint64_t *state)
{
	return ((double)(next_random(state) >> 11) + 0.5) * 0x1p-53;
}

static double normal(uint64_t *state)
{
	double u = uniform(state), v = uniform(state);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* Now and then a run on a bad day. */
static double with_outliers(uint64_t *state)
{
	double x = normal(state);

	return uniform(state) < 0.1 ? x + 20 * uniform(state) : x;
}

static double coarse(uint64_t *state)
{
	return rint(normal(state));
}

/* --- against R ------------------------------------------------------------ */

struct golden {
	char name[32];
	struct change_cut cut;
	size_t at[MAX_VALUES], nr_at;
	double x[MAX_VALUES];
	size_t n;
};

static void golden_parse(char *line, struct golden *g)
{
	int used, list = 0;
	char *word, *rest = NULL;

	memset(g, 0, sizeof(*g));
	assert_int_equal(sscanf(line, "%31s %zu %zu %lf%n", g->name, &g->cut.at,
				&g->cut.end, &g->cut.statistic, &used),
			 4);
	for (word = strtok_r(line + used, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest)) {
		assert_true(g->n < MAX_VALUES);
		if (!strcmp(word, ":"))
			list++;
		else if (list == 1)
			g->at[g->nr_at++] = strtoul(word, NULL, 10);
		else
			g->x[g->n++] = strtod(word, NULL);
	}
}

static void golden_check(const struct golden *g)
{
	struct change_cut cut = change_cut_find(g->x, g->n);
	struct change_point *points;
	size_t nr = change_points_find(g->x, g->n, &points), i;
	double q = g->cut.statistic;

	if (cut.at != g->cut.at || cut.end != g->cut.end ||
	    !(fabs(cut.statistic - q) <= 1e-9 * fabs(q)))
		fail_msg("%s: cut at %zu of %zu with %.12g, R: %zu, %zu, %.12g",
			 g->name, cut.at, cut.end, cut.statistic, g->cut.at,
			 g->cut.end, q);
	if (nr != g->nr_at)
		fail_msg("%s: %zu change points, R: %zu", g->name, nr,
			 g->nr_at);
	for (i = 0; i < nr; i++)
		if (points[i].at != g->at[i])
			fail_msg("%s: change at %zu, R: %zu", g->name,
				 points[i].at, g->at[i]);
	free(points);
}

static void test_golden(void **state)
{
	FILE *f = fopen(GOLDEN_DIR "/change-points/golden.txt", "re");
	static struct golden g;
	static char line[MAX_LINE];
	size_t nr = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		golden_parse(line, &g);
		golden_check(&g);
		nr++;
	}
	fclose(f);
	assert_true(nr >= 14);
}

/* --- what is promised ----------------------------------------------------- */

static size_t count(const double *x, size_t n)
{
	struct change_point *points;
	size_t nr = change_points_find(x, n, &points);

	free(points);
	return nr;
}

/* Series of noise in which a change is seen, of a thousand. */
static size_t alarms(double (*noise)(uint64_t *), size_t n)
{
	uint64_t random = 7;
	double x[MAX_VALUES];
	size_t i, k, nr = 0;

	for (k = 0; k < NR_SERIES; k++) {
		for (i = 0; i < n; i++)
			x[i] = noise(&random);
		nr += count(x, n) > 0;
	}
	print_message("%zu values: %zu false alarms of %d\n", n, nr, NR_SERIES);
	return nr;
}

/* The level is 1 %; 5 % is what is promised, and what chance does not reach. */
static void test_noise(void **state)
{
	(void)state;
	assert_true(alarms(normal, 12) <= NR_SERIES / 20);
	assert_true(alarms(normal, 30) <= NR_SERIES / 20);
	assert_true(alarms(with_outliers, 30) <= NR_SERIES / 20);
	assert_true(alarms(coarse, 30) <= NR_SERIES / 20);
}

/* A step of 3 standard deviations is found, to within two values, in nearly all
 * series; it does happen that a second one is seen. */
static void test_power(void **state)
{
	uint64_t random = 11;
	size_t i, k, found = 0, more = 0, nr;
	struct change_point *points;
	double x[30];

	(void)state;
	for (k = 0; k < 200; k++) {
		for (i = 0; i < 30; i++)
			x[i] = normal(&random) + (i < 20 ? 0 : 3);
		nr = change_points_find(x, 30, &points);
		found += nr && points[0].at >= 18 && points[0].at <= 22;
		more += nr > 1;
		free(points);
	}
	print_message("%zu steps of 200 found, %zu twice\n", found, more);
	assert_true(found >= 190);
	assert_true(more <= 20);
}

static void test_short(void **state)
{
	const double x[] = { 1, 2, 30, 40, 50, 60, 70, 80, 90 };
	struct change_point *points = NULL;
	size_t n;

	(void)state;
	for (n = 0; n < CHANGE_VALUES; n++) {
		assert_int_equal(change_points_find(x, n, &points), 0);
		assert_non_null(points);
		free(points);
	}
	for (n = 0; n < 2 * CHANGE_SEGMENT; n++)
		assert_int_equal(change_cut_find(x, n).at, 0);
}

static void test_equal(void **state)
{
	double x[40];
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		x[i] = 0.1;
	assert_int_equal(count(x, 40), 0);
}

/* A slope so small that no two neighbours tell of it. */
static void test_drift(void **state)
{
	uint64_t random = 3;
	double x[60];
	size_t i;

	(void)state;
	for (i = 0; i < 60; i++)
		x[i] = 700 + 0.2 * (double)i + 3 * normal(&random);
	assert_true(count(x, 60) > 0);
}

/* One odd value, and two in a row, are no change, however odd. */
static void test_outliers(void **state)
{
	uint64_t random = 5;
	double x[40];
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		x[i] = 700 + 3 * normal(&random);
	x[20] = 90000;
	assert_int_equal(count(x, 40), 0);
	x[20] = 702;
	x[39] = 90000;
	assert_int_equal(count(x, 40), 0);
	x[38] = 80000;
	assert_int_equal(count(x, 40), 0);
	for (i = 34; i < 38; i++) /* but six at the end are */
		x[i] = 85000;
	assert_int_equal(count(x, 40), 1);
}

static void test_same_twice(void **state)
{
	uint64_t random = 13;
	struct change_point *a, *b;
	double x[50];
	size_t i, nr;

	(void)state;
	for (i = 0; i < 50; i++)
		x[i] = normal(&random) + (i < 25 ? 0 : 1.5) + (i > 40 ? 4 : 0);
	nr = change_points_find(x, 50, &a);
	assert_true(nr > 0);
	assert_int_equal(change_points_find(x, 50, &b), nr);
	assert_memory_equal(a, b, nr * sizeof(*a));
	for (i = 0; i < nr; i++) {
		assert_true(a[i].p >= 0.001 && a[i].p <= CHANGE_LEVEL);
		assert_true(!i || a[i].at >= a[i - 1].at + CHANGE_SEGMENT);
	}
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_outliers),
		cmocka_unit_test(test_same_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
