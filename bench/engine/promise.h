/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the witness must see: acquisitions of mmap_lock a fault, by the path of
 * the scenario, the way in of the lock, the policy, and whether faults of that
 * kind try the per-VMA lock on this kernel. Pure.
 *
 * Source: arch/x86/mm/fault.c do_user_addr_fault(), mm/gup.c fixup_user_fault()
 * and __get_user_pages_locked(), mm/madvise.c madvise_populate().
 */
#ifndef ENGINE_PROMISE_H
#define ENGINE_PROMISE_H

#include <stdio.h>

#include "policy.h"
#include "record.h"
#include "scenario.h"

struct promise {
	enum fault_path path;
	enum fault_lock_wait wait;
	bool vma_first;	    /* these faults try the VMA lock ... */
	bool disturbed;	    /* ... and may be refused, as somebody has it */
	bool gives_up;	    /* tried, and given up before anything is done */
	bool completes;	    /* what has dropped its lock need not be redone */
	double least, most; /* acquisitions for read a fault; most may be INF */
	double writes;	    /* and for write, at least */
	double a_retry;	    /* acquisitions that a retry under mmap_lock adds */
};

/* What a promise depends on beside path and way. */
struct circumstances {
	/* This kernel and policy serve faults of this kind that come from user
	 * mode under the VMA lock. */
	bool vma_lock;
	/* They try it, and give it up at once: swap, up to 6.5. */
	bool gives_up;
	enum fault_lock_wait wait; /* what one does that would have to wait */
	/* It has VM_FAULT_COMPLETED. Before, fault_dirty_shared_page() asked
	 * for a retry when it had dropped the lock. */
	bool completes;
	/* A stack grows under mmap_lock for write. Before, expand_stack() was
	 * called under the read lock of the fault. */
	bool grows_writing;
	/* An antagonist works on the workers' VMA, so that any fault that tries
	 * its lock may have to take mmap_lock instead. */
	bool disturbed;
	/* Other workers touch the same pages: some find what they want. */
	bool raced;
};

/* All of these but disturbed and raced, for faults that the feature admits. */
struct circumstances promise_circumstances(const struct policy *policy,
					   enum feature feature,
					   const struct features *f);

struct promise promise_make(enum fault_path path, enum way way,
			    struct circumstances c);

/* true when so many acquisitions a fault keep the promise. */
bool promise_held(const struct promise *p, double locks, double writes);

/* "1.000", "0.000 to 1.000", "at least 0.000"; what is promised, in words. */
void promise_print(const struct promise *p, char *buf, size_t size);

/* What was seen, a fault. The second part takes bpf-fexit; NAN without. */
struct promise_seen {
	double locks; /* acquisitions of mmap_lock for read */
	double retries, refused, retried; /* retried: first attempts alone */
};

/* What acquisitions say of retries, fall-backs and paths, as metrics. What they
 * leave open is what bpf-fexit saw, or absent. */
void promise_tell(const struct promise *p, struct metrics *m,
		  const struct promise_seen *seen);

/* The names of the metrics that promise_tell() adds; ended by NULL. */
extern const char *const promise_metrics[];

#endif
