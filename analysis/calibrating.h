/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine can tell apart, from A/A runs: cells that were measured under
 * two tags, in random order within blocks.
 *
 * For each row the gate is played many times with values drawn from those runs
 * (a bootstrap: Efron & Tibshirani, An Introduction to the Bootstrap, 1993; the
 * seed is fixed), as many pairs as a gate will have:
 *   noise floor      95 % of the estimates lie within it
 *   smallest margin  95 % of the upper bounds do: identical things then pass
 * Figures are played as pairs within blocks, with either sign, since identical
 * arms may be swapped; multiples of a baseline as two samples, since that is
 * how a stored baseline is gated, and of two sessions where there are several:
 * one session does not show what drifts between sessions.
 *
 * The positive control: cells that differ in nothing but `spin` contain a
 * slow-down of known size.
 */
#ifndef ANALYSIS_CALIBRATING_H
#define ANALYSIS_CALIBRATING_H

#include <jansson.h>

#include "calibration.h"
#include "comparison.h"
#include "drift.h"
#include "margins.h"

enum {
	CALIBRATE_PAIRS = 8,   /* of a gate, unless told */
	CALIBRATE_DRAWS = 1000 /* games */
};

enum gateable {
	GATEABLE,
	GATEABLE_LATER, /* with more pairs: the floor is within the margin */
	GATEABLE_NOT,
	NR_GATEABLE,
};

const char *gateable_word(enum gateable gateable);

struct calibrated {
	const struct cell_sample *cell; /* arm a's */
	char *title;
	const char *metric;
	bool slowdown;
	double floor, least, margin; /* ratios less 1 */
	size_t nr;		     /* A/A pairs, or runs */
	enum gateable gateable;
};

struct control {
	const struct cell_sample *plain, *slowed;
	char *title;
	const char *metric;
	double injected_ns;
	struct interval ns, ratio; /* of pairs within blocks, at 95 % */
	bool found;		   /* the ratio's interval lies above 1 */
};

struct calibrating {
	struct comparison arms;
	size_t nr_pairs; /* of a gate */
	double alpha;
	struct calibrated *rows;
	size_t nr_rows, outcomes[NR_GATEABLE];
	struct control *controls;
	size_t nr_controls, nr_found;
	struct drift drift;
	size_t nr_without; /* rows left out, and the first one's reason */
	char *why;
};

/* Arms tag=a and tag=b. What it points to must outlive it; calibrating_free()
 * afterwards. */
void calibrating_make(struct calibrating *g, const struct results *r,
		      const struct margins *margins, const char *scenario,
		      size_t nr_pairs);
void calibrating_free(struct calibrating *g);

/* As a file has it: of the oldest session's time. calibration_free()
 * afterwards. */
void calibrating_keep(const struct calibrating *g, const struct results *r,
		      struct calibration *c);

/* calibrate_text.c, calibrate_json.c */
void calibrate_print(FILE *out, size_t width, const struct results *r,
		     const struct calibrating *g);
char *calibrate_closing(const struct calibrating *g); /* malloc'ed */
json_t *calibrate_json(const struct calibrating *g,
		       const struct calibration *c);

#endif
