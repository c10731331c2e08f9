/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Did it become slower? Rows of two arms, each with a margin and a three-way
 * verdict: PASS when the one-sided upper bound of the slow-down is inside of
 * the margin, FAIL when it is beyond at a level that holds for all rows
 * together (Holm), else INCONCLUSIVE. A row that passes needs no correction: a
 * wrong pass is bounded by alpha for each.
 *
 * What is gated:
 * - figures of pairs within blocks: measured side by side;
 * - of arms from separate sessions (a stored baseline), and of arms with unlike
 *   locks, multiples of each arm's own baseline: over an hour absolute times
 *   drift by up to 9 %, these ratios by 1 %. Absolute times only when told to;
 * - counts of the witness (locks, retries a fault) of cells without antagonist,
 *   for equality: there is no noise in most of them (counts.h);
 * - likewise the path length of runs on a machine that counts instructions: for
 *   equality, or not to be longer by more than the margin.
 *
 * Never: beside a flat-out writer, which is bistable; below the noise floor
 * that a calibration found. What is left out is told with its reason.
 */
#ifndef ANALYSIS_GATING_H
#define ANALYSIS_GATING_H

#include "calibration.h"
#include "comparison.h"
#include "margins.h"

/* Of a look at runs that go on until a verdict: several looks, so each is
 * stricter. */
#define GATE_LOOK_ALPHA 0.01

enum outcome {
	OUTCOME_PASS,
	OUTCOME_FAIL,
	OUTCOME_INCONCLUSIVE,
	OUTCOME_NOT_GATEABLE, /* its noise floor exceeds its margin, or the
			       * count varies by itself */
	NR_OUTCOMES,
};

const char *outcome_word(enum outcome outcome);

struct gated {
	struct compared arms; /* cells, medians or multiples, ratio (at a
			       * level of 1 - 2 alpha), p of "slower than
			       * the margin", adjusted by Holm, na, nb */
	const char *metric;
	bool slowdown, exact;
	double margin;		 /* of the ratio */
	double floor, least;	 /* as calibrated; NAN: not known */
	double count_a, count_b; /* exact: what was counted; na and nb
				  * are how many these are */
	enum outcome outcome;
};

/* What was left out, for one reason. */
struct left_out {
	char *why;
	size_t nr;
};

struct gating {
	struct comparison arms;
	const struct margins *margins;
	const struct calibration *calibration; /* or NULL */
	double alpha;
	bool until_decided; /* the runs went on until a verdict */
	struct gated *rows;
	size_t nr_rows, nr_tests, outcomes[NR_OUTCOMES];
	struct left_out *left_out;
	size_t nr_left_out;
	char **troubles;
	size_t nr_troubles;
	size_t nr_failed; /* runs of gated cells; the others count */
	bool stored;	  /* some absolute times were left out as such */
};

struct gating_options {
	const char *axis, *a, *b, *scenario; /* as in comparison_make() */
	const struct margins *margins;
	const struct calibration *calibration; /* or NULL */
	double alpha;			       /* 0: as the sessions want it */
	bool absolute; /* times of separate sessions as well */
};

/* What it points to must outlive it. gating_free() afterwards. */
void gating_make(struct gating *g, const struct results *r,
		 const struct gating_options *o);
void gating_free(struct gating *g);

/* gating_told.c: adds a trouble, or a row that was left out to those of the
 * same reason. */
__attribute__((format(printf, 2, 3))) void gating_trouble(struct gating *g,
							  const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void gating_leave_out(struct gating *g,
							    const char *fmt,
							    ...);

/* The slow-down that a row shows: its ratio, or 1 / ratio of a rate; low, high
 * and estimate are turned with it. */
struct interval gated_cost(const struct gated *row);

/* How many pairs it takes until Holm can fail one of nr rows. */
size_t gating_needed(double alpha, size_t nr);

#endif
