/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a metric is by its name, and how its numbers are written. */
#ifndef ANALYSIS_FIGURE_H
#define ANALYSIS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

enum figure_kind {
	FIGURE_TIME,  /* ..._ns */
	FIGURE_RATE,  /* ..._per_s */
	FIGURE_SHARE, /* ..._per_fault, ..._share: three digits after the point
		       */
	FIGURE_PATH,  /* ..._instructions_per_fault: repeatable, written in full
		       */
	FIGURE_COUNT, /* anything else */
};

struct figure {
	enum figure_kind kind;
	int sense;	  /* 1: greater is slower; -1: greater is faster; 0 */
	const char *noun; /* what "+3.1 %" is of: "time", "faults/s" */
	char head[40];	  /* "p99.9", "faults/s", "antag.p99" */
};

struct figure figure_of(const char *metric);

/* One scale for a column of numbers. */
struct scale {
	double factor;
	char unit[8]; /* "ns", "M", ""; may be empty */
};

struct scale scale_of(enum figure_kind kind, const double *numbers, size_t nr);

/* "683" on a scale; malloc'ed. "-" for NAN. */
char *figure_scaled(const struct scale *s, enum figure_kind kind,
		    double number);

/* "683 ns", "1.46 M": with its own unit; malloc'ed. */
char *figure_text(enum figure_kind kind, double number);

/* " ±0.3": half of the interval in percent of the estimate; NULL without one.
 */
char *figure_aside(const struct interval *v);

/* A ratio as change: "+3.1 %", from a factor of 10 on "x12.3". malloc'ed. */
char *change_text(double ratio);
char *change_interval(const struct interval *v); /* "[+2.0, +4.4]"; or NULL */

/* A ratio as factor: "x1.03 [1.02, 1.04]", malloc'ed; "-" for NAN. */
char *factor_text(const struct interval *v);

#endif
