/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many sessions in a row: what became slower, and from which session on.
 *
 * A point is a session with its resumptions; its value is the median of its
 * runs, so that a long session weighs as much as a short one. A row is a cell
 * and a metric. Each row has up to three series over the points:
 *
 *   figure    the metric itself. It moves with the machine (by up to 9 % in an
 *             hour on a shared host), and says little by itself.
 *   slowdown  its ratio to the same cell without antagonist, from pairs within
 *             blocks: what the machine does to both cancels.
 *   arms      the slowdown of this lock over that of lock=vma, all four within
 *             blocks; of an antagonist's metrics, the one over the other.
 *
 * Change points are found in the logs of the values (change_points.h); the size
 * of a change is the two-sample Hodges-Lehmann ratio of the points since and
 * those before, up to the neighbouring changes. Its interval takes the place of
 * the change as given, so it is somewhat too short.
 */
#ifndef ANALYSIS_HISTORY_H
#define ANALYSIS_HISTORY_H

#include <stdbool.h>
#include <stdio.h>

#include "sample.h"
#include "stats.h"

#define HISTORY_LEVEL 0.95

enum {
	HISTORY_NEAR = 2 /* changes so many points apart are one */
};

struct history_point {
	unsigned int session; /* its first, in results.sessions */
	double time_s;
	char *label; /* its own, or the one given on the command line */
	char *name;  /* what tells it from others: release, label or date */
	char *date;  /* "2026-11-03", UTC; "-" when it is unknown */
};

enum history_kind {
	HISTORY_FIGURE,
	HISTORY_SLOWDOWN,
	HISTORY_ARMS,
	NR_HISTORY_KINDS,
};

struct history_change {
	size_t at;	       /* the first point since */
	double before, since;  /* medians of the segments */
	struct interval ratio; /* since / before */
	double p;
};

struct history_series {
	struct interval *values; /* of each point; estimate NAN: none */
	size_t nr_values;	 /* that are there */
	struct history_change *changes;
	size_t nr_changes;
};

struct history_row {
	const struct cell_sample *cell; /* not owned */
	const char *metric;		/* not owned */
	char *title;
	struct history_series series[NR_HISTORY_KINDS];
};

struct history {
	char **paths; /* as they were given */
	size_t nr_paths;
	struct results results;	      /* all cells under one label */
	char **labels;		      /* of each session */
	struct history_point *points; /* in the order that was asked for */
	size_t nr_points;
	size_t nr_empty;  /* sessions without a run: no points */
	size_t *point_of; /* of each session; SIZE_MAX: none */
	bool by_label;
	struct history_row *rows;
	size_t nr_rows;
};

/* --- history_points.c ----------------------------------------------------- */

/* <0, 0, >0: labels as people count: 6.9 before 6.18, 6.18-rc1 before 6.18. */
int label_compare(const char *a, const char *b);

/* Makes points of the sessions, in order of time or of label, and sorts the
 * cells' runs by them. */
void history_points(struct history *h);

/* --- history_rows.c ------------------------------------------------------- */

/* Adds a row for each cell that the glob (NULL: any) matches and that has the
 * metric. After history_points(). */
void history_rows(struct history *h, const char *metric, const char *scenario);

void history_free(struct history *h);

/* The change of that series within HISTORY_NEAR of a point and in the same
 * direction; NULL when there is none. */
const struct history_change *history_change_near(
	const struct history_series *s, const struct history_change *like);

/* --- history_text.c ------------------------------------------------------- */

/* "p99", "p99 against alone", "p99 against lock vma"; malloc'ed. */
char *history_what(const struct history_row *row, enum history_kind kind);

/* "from 6.18.3 (2026-11-03) on"; malloc'ed. */
char *history_since(const struct history *h, size_t point);

void history_print(FILE *out, size_t width, const struct history *h);

#endif
