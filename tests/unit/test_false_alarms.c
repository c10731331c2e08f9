/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often the verdicts are wrong: results of two identical kernels are made
 * up many times, and judged by the same functions as faultstat compare and
 * faultstat gate use (stats.h). The seed is fixed; the table that it prints
 * stands in doc/quality.md.
 *
 * The model: the log of a run's figure is the machine's drift at that time plus
 * the run's own noise, which is normal, or in one run of five four times as
 * large (a neighbour); the logs of a run's faults lie round that. A session is
 * 8 runs of each arm unless it says otherwise.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"

enum {
	TRIALS = 4000,
	RUNS = 8,
	MOST_RUNS = 24,
	FAULTS = 120, /* of a run, pooled */
	ROWS = 12     /* of a gate */
};

#define RUN_NOISE   0.01
#define FAULT_NOISE 0.03

static uint64_t state = 20240607;

/* splitmix64 (Steele, Lea, Flood 2014), then Box and Muller. */
static double uniform(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

enum drift {
	DRIFT_NONE,
	DRIFT_WALK,  /* a random walk; a step is as large as a run's noise */
	DRIFT_STEEP, /* ... twice as large */
	DRIFT_LINE,  /* a constant slope: a machine that warms up */
	NR_DRIFTS,
};

static const char *const drift_words[NR_DRIFTS] = { "no drift", "random walk",
						    "steep walk",
						    "steady slope" };

struct world {
	enum drift drift;
	bool neighbour;
	double at; /* where the drift is */
};

static double next_run(struct world *w)
{
	double noise = normal() * RUN_NOISE;

	if (w->neighbour && uniform() < 0.2)
		noise *= 4;
	if (w->drift == DRIFT_WALK)
		w->at += normal() * RUN_NOISE;
	if (w->drift == DRIFT_STEEP)
		w->at += normal() * 2 * RUN_NOISE;
	if (w->drift == DRIFT_LINE)
		w->at += RUN_NOISE * 0.3;
	return w->at + noise;
}

/* All of one arm, then all of the other. */
static void one_after_other(struct world *w, double *a, double *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		a[i] = next_run(w);
	for (i = 0; i < n; i++)
		b[i] = next_run(w);
}

/* Blocks, in each both arms in random order. */
static void in_blocks(struct world *w, double *a, double *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double first = next_run(w), second = next_run(w);
		bool a_first = uniform() < 0.5;

		a[i] = a_first ? first : second;
		b[i] = a_first ? second : first;
	}
}

static void exp_all(double *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = 1000 * exp(x[i]);
}

static double say(const char *what, const char *where, size_t hits, size_t nr)
{
	double share = (double)hits / (double)nr;

	printf("%-46s %-13s %5.1f %%\n", what, where, 100 * share);
	return share;
}

/* Three standard errors, so that the seed may be changed. */
static double slack(double p)
{
	return 3 * sqrt(p * (1 - p) / TRIALS);
}

/* --- compare -------------------------------------------------------------- */

/* Faults as if each were an experiment of its own. */
static void test_pooled(void **unused)
{
	static double x[RUNS * FAULTS], y[RUNS * FAULTS];
	size_t trial, i, k, hits = 0;
	double share;

	(void)unused;
	for (trial = 0; trial < TRIALS / 4; trial++) {
		struct world w = { 0 };
		double a[RUNS], b[RUNS];

		in_blocks(&w, a, b, RUNS);
		for (i = 0; i < RUNS; i++) {
			for (k = 0; k < FAULTS; k++) {
				x[i * FAULTS + k] = a[i] +
						    normal() * FAULT_NOISE;
				y[i * FAULTS + k] = b[i] +
						    normal() * FAULT_NOISE;
			}
		}
		hits += stats_mann_whitney_p(x, RUNS * FAULTS, y,
					     RUNS * FAULTS) <= 0.05;
	}
	share = say("faults pooled (never done): false alarms", "no drift",
		    hits, TRIALS / 4);
	assert_true(share > 0.45 && share < 0.75);
}

static void test_one_after_other(void **unused)
{
	static const double least[NR_DRIFTS] = { 0.02, 0.40, 0.45, 0.90 };
	size_t trial, hits;
	enum drift d;

	(void)unused;
	for (d = 0; d < NR_DRIFTS; d++) {
		double share;

		for (trial = hits = 0; trial < TRIALS; trial++) {
			struct world w = { .drift = d };
			double a[RUNS], b[RUNS];

			one_after_other(&w, a, b, RUNS);
			hits += stats_mann_whitney_p(a, RUNS, b, RUNS) <= 0.05;
		}
		share = say("A..AB..B, two samples: false alarms",
			    drift_words[d], hits, TRIALS);
		assert_true(share > least[d]);
		assert_true(d != DRIFT_NONE || share <= 0.05 + slack(0.05));
	}
}

static void test_paired(void **unused)
{
	size_t trial, hits, covered;
	enum drift d;
	int neighbour;

	(void)unused;
	for (d = 0; d < NR_DRIFTS; d++) {
		for (neighbour = 0; neighbour < 2; neighbour++) {
			hits = covered = 0;
			for (trial = 0; trial < TRIALS; trial++) {
				struct world w = { .drift = d,
						   .neighbour = neighbour };
				double a[RUNS], b[RUNS];
				struct interval v;

				in_blocks(&w, a, b, RUNS);
				exp_all(a, RUNS);
				exp_all(b, RUNS);
				hits += stats_ratio_paired_p(a, b, RUNS) <=
					0.05;
				v = stats_ratio_paired(a, b, RUNS, 0.95);
				covered += v.low <= 1 && v.high >= 1;
			}
			assert_true(say(neighbour ? "blocks, pairs, a neighbour"
						    ": false alarms"
						  : "blocks, pairs: false "
						    "alarms",
					drift_words[d], hits,
					TRIALS) <= 0.05 + slack(0.05));
			/* and not because nothing is ever found */
			assert_true(hits > TRIALS / 50);
			assert_true((double)covered / TRIALS >=
				    0.95 - slack(0.05));
		}
	}
}

/* The truth is 3 % here: how often does the 95 % interval have it? */
static void test_coverage(void **unused)
{
	static const size_t sizes[] = { 6, 8, 12, MOST_RUNS };
	size_t i, k, trial, paired, unpaired;

	(void)unused;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = sizes[i];
		char where[32];

		for (trial = paired = unpaired = 0; trial < TRIALS; trial++) {
			struct world w = { .neighbour = true }, drifts = w;
			double a[MOST_RUNS], b[MOST_RUNS];
			struct interval v;

			drifts.drift = DRIFT_STEEP;
			in_blocks(&drifts, a, b, n);
			for (k = 0; k < n; k++)
				b[k] += log(1.03);
			exp_all(a, n);
			exp_all(b, n);
			v = stats_ratio_paired(a, b, n, 0.95);
			paired += v.low <= 1.03 && v.high >= 1.03;
			one_after_other(&w, a, b, n);
			for (k = 0; k < n; k++)
				b[k] += log(1.03);
			exp_all(a, n);
			exp_all(b, n);
			v = stats_ratio_unpaired(a, n, b, n, 0.95);
			unpaired += v.low <= 1.03 && v.high >= 1.03;
		}
		snprintf(where, sizeof(where), "%zu pairs", n);
		assert_true(say("95 % interval of pairs, steep walk: covers",
				where, paired, TRIALS) >= 0.95 - slack(0.05));
		snprintf(where, sizeof(where), "%zu and %zu", n, n);
		assert_true(say("95 % interval of two samples: covers", where,
				unpaired, TRIALS) >= 0.95 - slack(0.05));
	}
}

/* --- gate ----------------------------------------------------------------- */

struct judged {
	size_t failed, passed; /* rows */
};

/* One gate of ROWS rows that are slower by `slower`, margin 5 %. */
static struct judged gate(double slower, size_t n, double alpha)
{
	double p[ROWS], high[ROWS];
	struct judged j = { 0 };
	size_t i, k;

	for (i = 0; i < ROWS; i++) {
		struct world w = { .drift = DRIFT_WALK, .neighbour = true };
		double a[MOST_RUNS], b[MOST_RUNS];

		in_blocks(&w, a, b, n);
		for (k = 0; k < n; k++)
			b[k] += log(1 + slower);
		exp_all(a, n);
		exp_all(b, n);
		p[i] = stats_ratio_paired_above_p(a, b, n, 1.05);
		high[i] = stats_ratio_paired(a, b, n, 1 - 2 * alpha).high;
	}
	stats_holm(p, ROWS);
	for (i = 0; i < ROWS; i++) {
		j.failed += p[i] <= alpha;
		j.passed += p[i] > alpha && high[i] <= 1.05;
	}
	return j;
}

static void test_gate(void **unused)
{
	size_t trial, alarms[2] = { 0 }, passed[2] = { 0 }, found = 0;
	size_t nr = TRIALS / 4;

	(void)unused;
	for (trial = 0; trial < nr; trial++) {
		struct judged same = gate(0, 12, 0.05);
		struct judged edge = gate(0.05, 12, 0.05);

		alarms[0] += same.failed > 0;
		passed[0] += same.passed;
		alarms[1] += edge.failed > 0;
		passed[1] += edge.passed;
		found += gate(0.10, 12, 0.05).failed;
	}
	assert_true(say("gate of 12 rows: any failed", "identical", alarms[0],
			nr) <= 0.005);
	assert_true(say("gate of 12 rows: rows passed", "identical", passed[0],
			nr * ROWS) > 0.95);
	assert_true(say("gate of 12 rows: any failed", "at the margin",
			alarms[1], nr) <= 0.05 + 2 * slack(0.05));
	assert_true(say("gate of 12 rows: rows passed", "at the margin",
			passed[1], nr * ROWS) <= 0.05 + slack(0.05));
	assert_true(say("gate of 12 rows: rows failed", "twice margin", found,
			nr * ROWS) > 0.8);
}

/* Looks at 8, 10 .. 24 pairs, each at alpha 0.01, until a verdict. */
static void test_until_decided(void **unused)
{
	size_t trial, fails = 0, passes = 0, n, k;

	(void)unused;
	for (trial = 0; trial < TRIALS; trial++) {
		struct world w = { .drift = DRIFT_WALK, .neighbour = true };
		double a[MOST_RUNS], b[MOST_RUNS];

		in_blocks(&w, a, b, MOST_RUNS);
		for (k = 0; k < MOST_RUNS; k++)
			b[k] += log(1.05);
		exp_all(a, MOST_RUNS);
		exp_all(b, MOST_RUNS);
		for (n = 8; n <= MOST_RUNS; n += 2) {
			bool fail = stats_ratio_paired_above_p(a, b, n, 1.05) <=
				    0.01;
			bool pass = stats_ratio_paired(a, b, n, 0.98).high <=
				    1.05;

			fails += fail;
			passes += !fail && pass;
			if (fail || pass)
				break;
		}
	}
	assert_true(say("run --until-decided, one row: failed", "at the margin",
			fails, TRIALS) <= 0.05 + slack(0.05));
	assert_true(say("run --until-decided, one row: passed", "at the margin",
			passes, TRIALS) <= 0.05 + slack(0.05));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_one_after_other),
		cmocka_unit_test(test_paired),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_until_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
