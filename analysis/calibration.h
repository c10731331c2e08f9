/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine can tell apart: for each row of a gate the noise floor that
 * A/A runs found there. Written by `faultstat calibrate`, read by the gate,
 * which does not judge a row whose floor is above its margin. The file is JSON
 * Lines, doc/format.md describes it.
 *
 * It holds for one machine (DMI, CPU, microcode, topology; never a measured
 * speed) and for CALIBRATION_DAYS.
 *
 * The effect of the order and the positive control are in the file for people
 * and other programs; calibration_load() passes over them.
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
	double least;	   /* the smallest margin within which they pass as a
			    * rule; NAN: not told */
	uint64_t nr_pairs; /* it rests on */
};

/* A slow-down of known size, and what was seen of it. */
struct injected {
	struct pairs cell; /* the slower one */
	char *metric;
	double injected_ns, low_ns, seen_ns, high_ns; /* 95 % interval */
	bool found; /* the interval of the ratio lies above 1 */
	uint64_t nr_pairs;
};

struct calibration {
	double time_s;	    /* when it was measured */
	struct pairs facts; /* of its session: at least calibration_facts */
	struct noise_floor *floors;
	size_t nr;
	uint64_t nr_gated; /* floors are those of a gate of so many pairs */
	double order, order_low, order_high; /* second / first of a block */
	uint64_t nr_blocks;		     /* it rests on; 0: not known */
	struct injected *controls;
	size_t nr_controls;
};

/* The names of the facts that tell one machine from another; ended by NULL. */
extern const char *const calibration_facts[];

/* 0, or -errno with "PATH:LINE: what". calibration_free() in any case. */
int calibration_load(struct calibration *c, const char *path, struct error *e);
void calibration_free(struct calibration *c);

/* As calibration_load() reads it. 0 or -errno with a reason. */
int calibration_write(FILE *out, const struct calibration *c, struct error *e);

/* Adds a row, zeroed but for these; the cell's pairs are copied, its tag is
 * left out. */
struct noise_floor *calibration_add(struct calibration *c,
				    const struct pairs *cell,
				    const char *metric, bool slowdown);

/* A cell's pairs but for its tag. */
void calibration_copy_cell(struct pairs *to, const struct pairs *from);

/* May it be used for that session? NULL, or why not: another machine, or too
 * old; malloc'ed. */
char *calibration_refuse(const struct calibration *c,
			 const struct record *session);

/* The row; NULL when it was not calibrated. skip: an axis that doesn't count
 * (the one that is gated by), or NULL. */
const struct noise_floor *calibration_find(const struct calibration *c,
					   const struct pairs *cell,
					   const char *metric, bool slowdown,
					   const char *skip);

#endif
