/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why faults took which lock, in a witness pass: the census of the workers, by
 * the best level that this kernel has, and what the kernel itself counted
 * meanwhile, beside the events of witness.c.
 */
#ifndef ENGINE_REASONS_H
#define ENGINE_REASONS_H

#include <stdbool.h>

#include "census.h"
#include "record.h"
#include "vmstat.h"

struct cell;

struct reasons {
	enum census_level level; /* CENSUS_NONE: there is none, see why */
	struct census *census;	 /* from CENSUS_TP_BTF on */
	const char *how_locks;	 /* census_how_locks(), or "" */
	unsigned int nr_workers;
	struct error why;
	struct census_counts counts; /* of all workers, after reasons_read() */
	uint64_t missed;	     /* events; see census_missed() */
	bool has_vmstat;	     /* if not, see why_no_vmstat */
	struct error why_no_vmstat;
	struct vmstat_locks before; /* as the round began */
	struct vmstat_locks vmstat; /* between the begin and end of rounds */
};

/* In memory that forked workers share. Before they are forked; never fails: a
 * level that is not there leaves its reason. */
struct reasons *reasons_open(unsigned int nr_workers);

/* By each worker, round the touches of a round that is to count. Makes no
 * fault the second time. Ends the cell when it cannot. NULL is fine. */
void reasons_watch(struct reasons *r, unsigned int worker, bool on);

/* By each worker, before it and the others begin those touches, the last thing
 * that it does; and after all have ended. Twice before: the first time in vain,
 * for what it does may fault then. Only the first worker's count. */
void reasons_round(struct reasons *r, unsigned int worker, bool on);

/* When all workers are done: fills r->counts and lets go of the kernel. */
void reasons_read(struct reasons *r);

/* Adds the metrics of the census and of /proc/vmstat, per fault, and what the
 * census saw of the rule that VM_FAULT_RETRY says that a lock was dropped. */
void reasons_tell(const struct reasons *r, const struct cell *cell,
		  struct metrics *m, double faults);

#endif
