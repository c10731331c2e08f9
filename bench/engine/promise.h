/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the witness must see: acquisitions of mmap_lock a fault, by the path of
 * the scenario, the way in of the lock, and whether faults of that kind try the
 * per-VMA lock on this kernel. Pure.
 *
 * Source: arch/x86/mm/fault.c do_user_addr_fault(), mm/gup.c fixup_user_fault()
 * and __get_user_pages_locked(), mm/madvise.c madvise_populate().
 */
#ifndef ENGINE_PROMISE_H
#define ENGINE_PROMISE_H

#include <stdio.h>

#include "record.h"
#include "scenario.h"

struct promise {
	enum fault_path path;
	bool vma_first;	    /* these faults try the VMA lock ... */
	bool disturbed;	    /* ... and may be refused, as somebody has it */
	bool completes;	    /* what has dropped its lock need not be redone */
	double least, most; /* acquisitions for read a fault; most may be INF */
	double writes;	    /* and for write, at least */
	double a_retry;	    /* acquisitions that a retry under mmap_lock adds */
};

/* What a promise depends on beside path and way. */
struct circumstances {
	/* This kernel tries the VMA lock for faults of this kind that come
	 * from user mode. */
	bool vma_lock;
	/* It has VM_FAULT_COMPLETED. Before, fault_dirty_shared_page() asked
	 * for a retry when it had dropped the lock. */
	bool completes;
	/* An antagonist works on the workers' VMA, so that any fault that tries
	 * its lock may have to take mmap_lock instead. */
	bool disturbed;
	/* Other workers touch the same pages: some find what they want. */
	bool raced;
};

struct promise promise_make(enum fault_path path, enum way way,
			    struct circumstances c);

/* true when so many acquisitions a fault keep the promise. */
bool promise_held(const struct promise *p, double locks, double writes);

/* "1.000", "0.000 to 1.000", "at least 0.000"; what is promised, in words. */
void promise_print(const struct promise *p, char *buf, size_t size);

/* What locks acquisitions a fault say of retries, fall-backs and paths, as
 * metrics; what they leave open is absent. */
void promise_tell(const struct promise *p, struct metrics *m, double locks);

/* The names of the metrics that promise_tell() adds; ended by NULL. */
extern const char *const promise_metrics[];

#endif
