/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine can tell apart: for each row of a gate the noise floor that
 * A/A runs found there. Written by `faultstat calibrate`, read by the gate,
 * which does not judge a row whose floor is above its margin. The file is JSON
 * Lines, doc/format.md describes it.
 *
 * It holds for one machine (DMI, CPU, microcode, topology; never a measured
 * speed) and for CALIBRATION_DAYS.
 */
#ifndef ANALYSIS_CALIBRATION_H
#define ANALYSIS_CALIBRATION_H

#include <stdio.h>

#include "record.h"

#define CALIBRATION_SCHEMA 1
#define CALIBRATION_DAYS   30

struct noise_floor {
	struct pairs cell; /* without tag */
	char *key;	   /* pairs_key() of it */
	char *metric;
	bool slowdown;	   /* of multiples of the cell's own baseline */
	double floor;	   /* 0.02: identical things differ by up to 2 % */
	uint64_t nr_pairs; /* it rests on */
};

struct calibration {
	double time_s;	    /* when it was measured */
	struct pairs facts; /* of its session: at least calibration_facts */
	struct noise_floor *floors;
	size_t nr;
};

/* The names of the facts that tell one machine from another; ended by NULL. */
extern const char *const calibration_facts[];

/* 0, or -errno with "PATH:LINE: what". calibration_free() in any case. */
int calibration_load(struct calibration *c, const char *path, struct error *e);
void calibration_free(struct calibration *c);

/* As calibration_load() reads it. 0 or -errno with a reason. */
int calibration_write(FILE *out, const struct calibration *c, struct error *e);

/* Adds a row; the cell's pairs are copied, its tag is left out. */
void calibration_add(struct calibration *c, const struct pairs *cell,
		     const char *metric, bool slowdown, double floor,
		     uint64_t nr_pairs);

/* May it be used for that session? NULL, or why not: another machine, or too
 * old; malloc'ed. */
char *calibration_refuse(const struct calibration *c,
			 const struct record *session);

/* The floor of a row; NAN when it was not calibrated. skip: an axis that
 * doesn't count (the one that is gated by), or NULL. */
double calibration_floor(const struct calibration *c, const struct pairs *cell,
			 const char *metric, bool slowdown, const char *skip);

#endif
