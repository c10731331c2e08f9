/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witness: what the kernel says of the faults of a cell, counted on each
 * worker in a pass of its own that times nothing, and held against what the
 * scenario and the lock promise on this kernel.
 *
 * mmap_lock_acquire_returned with success==1 counts each acquisition once,
 * also when it had to wait. In user mode no acquisition means the VMA lock, one
 * means one retry or one fall-back; in kernel mode there is one to begin with,
 * and each retry adds one (arch/x86/mm/fault.c do_user_addr_fault()).
 */
#include "cell.h"

#include <math.h>
#include <stdio.h>

enum {
	READ_LOCKS,
	WRITE_LOCKS,
	FAULTS_USER,
	FAULTS_KERNEL,
	SW_FAULTS_USER,
	NR_EVENTS,
};

static const char *const event_names[NR_EVENTS] = {
	"mmap_lock:mmap_lock_acquire_returned/write==0 && success==1",
	"mmap_lock:mmap_lock_acquire_returned/write==1 && success==1",
	"exceptions:page_fault_user",
	"exceptions:page_fault_kernel",
	"page-faults:u",
};

/* Counts that are equal to three decimals are equal. */
static const double tolerance = 0.0005;

void witness_choose(struct witness_events *events)
{
	struct error e;
	size_t i;

	events->evidence = "none";
	for (i = 0; i < NR_EVENTS; i++) {
		if (counters_probe(event_names[i], &e)) {
			if (i == READ_LOCKS)
				memcpy(events->why_not_better, e.text,
				       sizeof(e.text));
			continue;
		}
		events->names[events->nr++] = event_names[i];
		if (i == READ_LOCKS)
			events->evidence = "tracepoint";
		else if (i == SW_FAULTS_USER && events->nr == 1)
			events->evidence = "software-events";
	}
}

/* The count of an event over all workers, or NAN when it was not counted. */
static double count(const struct cell *cell,
		    const struct witness_events *events, unsigned int event)
{
	size_t i;

	for (i = 0; i < events->nr; i++)
		if (events->names[i] == event_names[event])
			return (double)cell->rounds->worker[0].events[i];
	return NAN;
}

struct promise {
	bool vma_first;	       /* the fault tries the VMA lock */
	bool at_least;	       /* an antagonist may make faults fall back */
	double locks, retries; /* per fault */
};

static struct promise promised(const struct cell *cell)
{
	const struct spec *spec = cell->spec;
	struct promise p = { 0 };
	unsigned int i;

	p.vma_first = spec->lock->user_mode &&
		      cell->features.has[spec->scenario->feature];
	switch (spec->scenario->path) {
	case PATH_PLAIN:
		p.locks = p.vma_first ? 0 : 1;
		break;
	case PATH_REDONE:
		p.locks = 1;
		p.retries = p.vma_first ? 1 : 0;
		break;
	case PATH_WAITS:
		p.locks = p.vma_first ? 1 : 2;
		p.retries = 1;
		break;
	}
	for (i = 0; i < spec->nr_antagonists; i++)
		p.at_least |= spec->antagonist[i].where == WHERE_SAME;
	p.at_least &= p.vma_first;
	return p;
}

static void absent_all(struct metrics *m, const char *reason)
{
	static const char *const names[] = {
		"mmap_locks_per_fault", "mmap_write_locks_per_fault",
		"fallback_share",	"retries_per_fault",
		"path_vma_lock_share",	"path_retried_share",
		"path_mmap_lock_share",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		metrics_add_absent(m, names[i], "%s", reason);
}

/* Acquisitions per fault -> retries, fall-backs and paths. What they leave
 * open is absent. */
static void tell(struct metrics *m, const struct promise *p,
		 enum fault_path path, double locks)
{
	double beyond = fmax(0, locks - p->locks);
	double vma = 0, retried = 0;

	if (!p->vma_first) {
		metrics_add(m, "retries_per_fault", fmax(0, locks - 1));
		metrics_add_absent(m, "fallback_share",
				   "these faults never try the VMA lock");
		retried = fmin(1, fmax(0, locks - 1));
	} else if (path == PATH_WAITS) {
		/* One that falls back takes mmap_lock, waits, takes it again:
		 * two acquisitions, one retry. */
		metrics_add(m, "retries_per_fault", fmin(locks, 1));
		metrics_add(m, "fallback_share", fmin(1, beyond));
		retried = 1 - fmin(1, beyond);
	} else if (path == PATH_REDONE && !p->at_least) {
		metrics_add(m, "retries_per_fault", locks);
		metrics_add(m, "fallback_share", 0);
		retried = fmin(1, locks);
		vma = 1 - retried;
	} else if (path == PATH_REDONE) {
		metrics_add_absent(m, "retries_per_fault",
				   "tracepoints cannot tell a fault refused by "
				   "the VMA lock from one that retried");
		metrics_add_absent(m, "fallback_share", "as for retries");
		retried = fmin(1, locks);
	} else {
		if (locks < tolerance)
			metrics_add(m, "retries_per_fault", 0);
		else
			metrics_add_absent(
				m, "retries_per_fault",
				"tracepoints cannot tell a fault refused by "
				"the VMA lock from one that retried");
		metrics_add(m, "fallback_share", fmin(1, locks));
		vma = 1 - fmin(1, locks);
	}
	metrics_add(m, "path_vma_lock_share", vma);
	metrics_add(m, "path_retried_share", retried);
	metrics_add(m, "path_mmap_lock_share", 1 - vma - retried);
}

static void judge_locks(struct cell *cell, const struct promise *p,
			double locks, double faults)
{
	bool held = p->at_least ? locks > p->locks - tolerance
				: fabs(locks - p->locks) < tolerance;

	record_text(&cell->record.verdict, held ? "held" : "broken");
	record_text(&cell->record.claim,
		    "promised %s%.3f acquisitions of mmap_lock a fault, saw "
		    "%.4f in %.0f faults",
		    p->at_least ? "at least " : "", p->locks, locks, faults);
}

/* User-mode faults are to be all or none. */
static void judge_mode(struct cell *cell, double share)
{
	bool user = cell->spec->lock->user_mode;

	if (isnan(share) || fabs(share - (user ? 1 : 0)) < tolerance)
		return;
	record_text(&cell->record.verdict, "broken");
	record_text(&cell->record.claim,
		    "%.2f %% of the faults came from user mode, expected %s",
		    100 * share, user ? "all" : "none");
}

void witness_judge(struct cell *cell, const struct witness_events *events)
{
	struct metrics *m = &cell->record.metrics;
	struct promise p = promised(cell);
	double faults = metrics_find(m, "faults")->number;
	double locks = count(cell, events, READ_LOCKS) / faults;
	double user = count(cell, events, FAULTS_USER);
	double share = user / (user + count(cell, events, FAULTS_KERNEL));

	record_text(&cell->record.evidence, "%s", events->evidence);
	if (isnan(share))
		share = count(cell, events, SW_FAULTS_USER) / faults;
	if (isnan(locks)) {
		record_text(&cell->record.verdict, "unproven");
		record_text(&cell->record.claim, "%s", events->why_not_better);
		absent_all(m, events->why_not_better);
	} else {
		metrics_add(m, "mmap_locks_per_fault", locks);
		metrics_add(m, "mmap_write_locks_per_fault",
			    count(cell, events, WRITE_LOCKS) / faults);
		tell(m, &p, cell->spec->scenario->path, locks);
		judge_locks(cell, &p, locks, faults);
	}
	if (isnan(share))
		metrics_add_absent(m, "user_faults_share", "%s",
				   events->why_not_better);
	else
		metrics_add(m, "user_faults_share", share);
	judge_mode(cell, share);
}
