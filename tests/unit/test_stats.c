/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics against R: every line of tests/golden/stats/golden.txt, to
 * 1e-9, and what R has no word for: too few values, none, nonsense.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "stats.h"

enum {
	MAX_VALUES = 256,
	MAX_LINE = 1 << 16,
	MAX_LISTS = 3
};

struct golden {
	char kind[32];
	double at[MAX_LISTS][MAX_VALUES]; /* expected, x, y */
	size_t nr[MAX_LISTS];
};

static void golden_parse(char *line, struct golden *g)
{
	char *word, *rest = NULL;
	size_t list = 0;

	memset(g, 0, sizeof(*g));
	word = strtok_r(line, " \n", &rest);
	snprintf(g->kind, sizeof(g->kind), "%s", word);
	while ((word = strtok_r(NULL, " \n", &rest))) {
		if (!strcmp(word, ":")) {
			assert_true(++list < MAX_LISTS);
			continue;
		}
		assert_true(g->nr[list] < MAX_VALUES);
		g->at[list][g->nr[list]++] = strtod(word, NULL);
	}
}

static void check(const char *what, const struct golden *g, double expected,
		  double got)
{
	if (isnan(expected))
		return;
	if (fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected)))
		return;
	fail_msg("%s n=%zu,%zu: %s is %.17g, R says %.17g", g->kind, g->nr[1],
		 g->nr[2], what, got, expected);
}

static void check_interval(const struct golden *g, struct interval v, double p)
{
	const double *expected = g->at[0];

	assert_true(v.has_interval);
	check("low", g, expected[1], v.low);
	check("estimate", g, expected[2], v.estimate);
	check("high", g, expected[3], v.high);
	check("level", g, expected[4], v.level);
	check("p", g, expected[5], p);
}

static void check_few(const struct golden *g, struct interval v)
{
	assert_false(v.has_interval);
	assert_true(isnan(v.low) && isnan(v.high) && isnan(v.level));
	check("estimate", g, g->at[0][1], v.estimate);
}

static void check_adjusted(const struct golden *g,
			   void (*adjust)(double *p, size_t n))
{
	double p[MAX_VALUES];
	size_t i;

	memcpy(p, g->at[1], sizeof(p));
	adjust(p, g->nr[1]);
	for (i = 0; i < g->nr[1]; i++) {
		assert_int_equal(isnan(g->at[0][i]), isnan(p[i]));
		check("adjusted p", g, g->at[0][i], p[i]);
	}
}

/* A bound of level 1 - alpha is an end of the interval of 1 - 2 alpha. */
static void check_above(const struct golden *g)
{
	const double *expected = g->at[0], *x = g->at[1], *y = g->at[2];
	double level = 1 - 2 * expected[0], limit = expected[3];
	size_t nx = g->nr[1], ny = g->nr[2];
	bool paired = !strcmp(g->kind, "above_paired");
	struct interval v = paired ? stats_ratio_paired(x, y, nx, level)
				   : stats_ratio_unpaired(x, nx, y, ny, level);

	assert_true(v.has_interval);
	check("lower bound", g, expected[1], v.low);
	check("upper bound", g, expected[2], v.high);
	check("p above", g, expected[4],
	      paired ? stats_ratio_paired_above_p(x, y, nx, limit)
		     : stats_ratio_unpaired_above_p(x, nx, y, ny, limit));
}

static void check_line(const struct golden *g)
{
	const double *x = g->at[1], *y = g->at[2], level = g->at[0][0];
	size_t nx = g->nr[1], ny = g->nr[2];

	if (!strncmp(g->kind, "signed_rank", 11)) {
		struct interval v = stats_signed_rank(x, nx, level);

		assert_int_equal(v.n, nx);
		if (strstr(g->kind, "few"))
			check_few(g, v);
		else
			check_interval(g, v, stats_signed_rank_p(x, nx));
	} else if (!strncmp(g->kind, "mann_whitney", 12)) {
		struct interval v = stats_mann_whitney(x, nx, y, ny, level);

		assert_int_equal(v.n, nx + ny);
		if (strstr(g->kind, "few"))
			check_few(g, v);
		else
			check_interval(g, v,
				       stats_mann_whitney_p(x, nx, y, ny));
	} else if (!strcmp(g->kind, "ratio_paired")) {
		check_interval(g, stats_ratio_paired(x, y, nx, level),
			       stats_ratio_paired_p(x, y, nx));
	} else if (!strcmp(g->kind, "ratio_unpaired")) {
		check_interval(g, stats_ratio_unpaired(x, nx, y, ny, level),
			       stats_ratio_unpaired_p(x, nx, y, ny));
	} else if (!strcmp(g->kind, "median")) {
		check_interval(g, stats_median_interval(x, nx, level), NAN);
	} else if (!strcmp(g->kind, "median_few")) {
		check_few(g, stats_median_interval(x, nx, level));
	} else if (!strcmp(g->kind, "benjamini_hochberg")) {
		check_adjusted(g, stats_benjamini_hochberg);
	} else if (!strcmp(g->kind, "holm")) {
		check_adjusted(g, stats_holm);
	} else if (!strcmp(g->kind, "above_ties")) {
		check("p above", g, level, stats_signed_rank_above_p(x, nx));
	} else if (!strncmp(g->kind, "above_", 6)) {
		check_above(g);
	} else {
		fail_msg("golden.txt has an unknown kind '%s'", g->kind);
	}
}

static void test_golden(void **state)
{
	static struct golden g;
	static char line[MAX_LINE];
	size_t nr = 0;
	FILE *f;

	(void)state;
	f = fopen(GOLDEN_DIR "/stats/golden.txt", "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		golden_parse(line, &g);
		check_line(&g);
		nr++;
	}
	fclose(f);
	assert_true(nr > 100);
}

static void test_nothing(void **state)
{
	const double none[1] = { 0 }, nan[2] = { NAN, INFINITY };

	(void)state;
	assert_true(isnan(stats_median(none, 0)));
	assert_true(isnan(stats_median(nan, 2)));
	assert_true(isnan(stats_median_interval(none, 0, 0.95).estimate));
	assert_true(isnan(stats_signed_rank(none, 0, 0.95).estimate));
	assert_true(isnan(stats_mann_whitney(none, 0, nan, 2, 0.95).estimate));
	assert_true(isnan(stats_ratio_paired(none, none, 1, 0.95).estimate));
	assert_true(isnan(stats_signed_rank_p(none, 0)));
	assert_true(isnan(stats_mann_whitney_p(none, 1, none, 0)));
	assert_true(isnan(stats_geometric_mean(none, 1, NULL)));
	assert_true(stats_signed_rank_p(none, 1) >= 1);
	assert_true(isnan(stats_ratio_paired_above_p(none, none, 1, 1.05)));
	assert_true(isnan(stats_ratio_unpaired_above_p(none, 1, nan, 2, 2)));
	stats_benjamini_hochberg(NULL, 0);
	stats_holm(NULL, 0);
}

static void test_needed(void **state)
{
	double x[64], y[64];
	size_t n, level;
	const double levels[] = { 0.9, 0.95, 0.98, 0.99, 0.999 };

	(void)state;
	assert_int_equal(stats_needed(0.95), 6);
	assert_int_equal(stats_needed(0.99), 8);
	for (n = 0; n < 64; n++) {
		x[n] = (double)(n + 1);
		y[n] = (double)(n + 2);
	}
	for (level = 0; level < 5; level++) {
		for (n = 0; n < 64; n++) {
			bool enough = n >= stats_needed(levels[level]);

			assert_int_equal(enough,
					 stats_signed_rank(x, n, levels[level])
						 .has_interval);
			assert_int_equal(enough, stats_median_interval(
							 x, n, levels[level])
							 .has_interval);
			assert_int_equal(enough, stats_ratio_paired(
							 x, y, n, levels[level])
							 .has_interval);
		}
	}
}

/* Pairs that are not positive are left out, and counted out. */
static void test_ratio_leaves_out(void **state)
{
	const double x[] = { 1, 2, 0, 4, -1, 6, NAN, 8, 9, 10 };
	const double y[] = { 2, 4, 6, 8, 10, 12, 14, INFINITY, 18, 20 };
	struct interval v = stats_ratio_paired(x, y, 10, 0.95);

	(void)state;
	assert_int_equal(v.n, 6);
	assert_true(v.has_interval);
	assert_true(fabs(v.estimate - 2) < 1e-12);
	assert_true(fabs(v.low - 2) < 1e-12 && fabs(v.high - 2) < 1e-12);
}

/* Numbers of a hostile file: finite, but their sums and differences aren't. */
static void test_extremes(void **state)
{
	double x[70], y[70];
	struct interval v;
	size_t i;

	(void)state;
	for (i = 0; i < 70; i++) {
		x[i] = i % 2 ? 1.7e308 : -1.7e308;
		y[i] = i % 3 ? 5e-324 : 1.7e308;
	}
	v = stats_signed_rank(x, 70, 0.95);
	assert_true(v.has_interval && v.low <= v.high);
	v = stats_mann_whitney(x, 70, y, 70, 0.95);
	assert_true(v.n == 140);
	v = stats_ratio_paired(y, y, 70, 0.95);
	assert_true(fabs(v.estimate - 1) < 1e-12);
	assert_true(stats_signed_rank_p(x, 70) <= 1);
	assert_true(stats_mann_whitney_p(x, 70, y, 70) <= 1);
}

static void test_geometric_mean(void **state)
{
	const double x[] = { 2, 8, 0, NAN, -3 };
	size_t used;

	(void)state;
	assert_true(fabs(stats_geometric_mean(x, 5, &used) - 4) < 1e-12);
	assert_int_equal(used, 2);
}

static void test_verdicts(void **state)
{
	static const struct {
		double low, high;
		int sense;
		enum verdict verdict;
	} cases[] = {
		{ 0.995, 1.005, 1, VERDICT_SAME },
		{ 1.001, 1.009, 1, VERDICT_SAME }, /* excludes 1, but within */
		{ 1.001, 1.02, 1, VERDICT_SLOWER },
		{ 1.001, 1.02, -1, VERDICT_FASTER },
		{ 0.9, 0.999, 1, VERDICT_FASTER },
		{ 0.9, 0.999, -1, VERDICT_SLOWER },
		{ 0.9, 0.999, 0, VERDICT_LESS },
		{ 1.1, 2, 0, VERDICT_MORE },
		{ 0.98, 1.001, 1, VERDICT_UNCLEAR },
		{ 0.5, 2, -1, VERDICT_UNCLEAR },
		{ 1, 1.5, 1, VERDICT_UNCLEAR },
	};
	struct interval v = { .has_interval = true };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v.low = cases[i].low;
		v.high = cases[i].high;
		assert_int_equal(verdict_of(&v, cases[i].sense, 0.01),
				 cases[i].verdict);
	}
	v.has_interval = false;
	assert_int_equal(verdict_of(&v, 1, 0.01), VERDICT_FEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_ratio_leaves_out),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_geometric_mean),
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
