/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One cell, once, in this process: the order of life from a spec to a record.
 * The state is one global, because the process is the cell; scenario.h's
 * cell_...() functions speak of it.
 */
#ifndef ENGINE_CELL_H
#define ENGINE_CELL_H

#include "antagonise.h"
#include "rounds.h"
#include "spec.h"

struct cell {
	const struct spec *spec;
	bool witness;
	struct features features; /* only for a witness */
	pid_t pid;	     /* of this process, not of those that it forks */
	atomic_flag *ending; /* shared with those: who writes the record */
	struct topo topo;
	unsigned int *pu[NR_ROLES]; /* indexes into topo.pu */
	struct seats seats;
	struct area *areas;
	unsigned int nr_areas;
	struct rounds *rounds;
	struct antagonising *antagonists;
	struct record record;
	int out_fd; /* the record goes there, as one line */
};

extern struct cell the_cell;

/*
 * Runs spec and writes its record (run, witness, skip or fail) to out_fd.
 * Ends the process when the cell is skipped or fails; returns 0 when it was
 * run, for the caller to exit.
 */
int cell_run(const struct spec *spec, bool witness, const struct topo *topo,
	     int out_fd);

/* report.c: what was found, into the record. The sums of all workers' events
 * are left in the first worker, for the witness. */
void report_workers(struct cell *cell);
void report_antagonists(struct cell *cell); /* stops them first */

/* witness.c: the events that a witness pass counts on each worker, and what
 * the counts say. */
enum {
	MAX_WITNESS_EVENTS = 8
};
struct witness_events {
	const char *names[MAX_WITNESS_EVENTS];
	size_t nr;
	const char *evidence; /* the level: "tracepoint", "software-events" */
	char why_not_better[512];
	struct reasons *reasons;
};
void witness_choose(struct witness_events *events, unsigned int nr_workers);
void witness_judge(struct cell *cell, const struct witness_events *events);

#endif
