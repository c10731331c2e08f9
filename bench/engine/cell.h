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

/* The handler of a worker, in memory that forked processes share: with
 * mode=processes it is started, and found, in the process of its worker. */
struct handling {
	struct hist hist; /* ns from a message read to its answer */
	bool placed;	  /* there is one ... */
	unsigned int pu;  /* ... on this PU, an index into topo.pu */
	void *(*fn)(void *);
	void *arg;
};

struct cell {
	const struct spec *spec;
	bool witness;
	bool counting;	      /* the clock goes by instructions: no time */
	char *not_counting;   /* then: why it does not keep to that; or NULL */
	struct policy policy; /* by which its faults are handled */
	struct features features; /* only for a witness */
	pid_t pid;	     /* of this process, not of those that it forks */
	atomic_flag *ending; /* shared with those: who writes the record */
	struct topo topo;
	unsigned int *pu[NR_ROLES]; /* indexes into topo.pu */
	struct seats seats;
	struct area *areas;
	unsigned int nr_areas;
	struct rounds *rounds;
	struct handling *handling; /* one for each worker */
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

/* cell.c: where a thread was found, into the record. pu: an index into
 * topo.pu. */
void record_seat(struct cell *cell, enum role role, unsigned int i,
		 unsigned int pu);

const struct topo_pu *cell_seat(const struct cell *cell, enum role role,
				unsigned int i);

/* stage_policy.c: by which policy faults are handled now; sets the switches of
 * the cell's policy, or skips the cell; fails it when they are no longer so. */
void policy_now(struct policy *policy);
void policy_set(struct cell *cell);
void policy_verify(const struct cell *cell);

/* areas.c: where the pages that worker i touches come from, a node or -1:
 * wherever the kernel likes; room for all areas, whose touches are stride bytes
 * apart; builds area i and sees that it lies in as many VMAs as it should;
 * verifies what the last round left in it. */
int cell_node(const struct cell *cell, unsigned int i);
void areas_reserve(struct cell *cell, size_t stride);
void area_build(unsigned int i);
void area_verify(unsigned int i);

/* report.c: what was found, into the record. The sums of all workers' events
 * are left in the first worker, for the witness. */
void report_workers(struct cell *cell);
void report_antagonists(struct cell *cell); /* stops them first */
void report_handlers(struct cell *cell);
/* Where instructions are counted: what would be a time is absent. */
void report_no_time(struct record *record);

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

/* The acquisitions of mmap_lock by one antagonist, an operation, into its
 * metrics; what was not counted is absent. */
void witness_antagonist(const struct cell *cell, const struct antagonising *a,
			struct metrics *m);

#endif
