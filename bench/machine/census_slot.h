/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's half of the census (census.bpf.c) and ours share: the
 * counts of one thread, and where it is in the fault at hand. Included by a
 * BPF program: fixed-width integers only, no call of the C library.
 */
#ifndef MACHINE_CENSUS_SLOT_H
#define MACHINE_CENSUS_SLOT_H

#include <stdint.h>

#include "hist.h"

/*
 * Sums over the time in which the thread was watched. An attempt is one call
 * of handle_mm_fault(); it is made under the VMA lock or under mmap_lock. It
 * waited when it slept, but not for mmap_lock, or was woken before it could.
 */
struct census_counts {
	uint64_t faults_user, faults_kernel; /* exceptions, by mode */
	/* Faults that no exception began: get_user_pages() and the like.
	 * Only CENSUS_FEXIT sees them. */
	uint64_t faults_called;
	uint64_t attempts;    /* all of them; CENSUS_FEXIT only */
	uint64_t vma_handled; /* ended by an attempt under the VMA lock */
	uint64_t vma_retried; /* such attempts that asked for a retry;
				 CENSUS_FEXIT only */
	/* lock_vma_under_rcu() gave no VMA: there was none at the address (the
	 * stack was to grow, the address is bad), or one that was being changed
	 * or had been detached. */
	uint64_t refused_no_vma, refused_changing;
	/* It gave one, and the fault took mmap_lock without an attempt: the
	 * policy does not admit it (policy.h, legacy65). CENSUS_FEXIT only. */
	uint64_t refused_policy;
	/* Took mmap_lock without having waited before. CENSUS_TP_BTF cannot
	 * tell why: refused, redone at once, or an anon_vma was set up. */
	uint64_t refused_or_redone;
	uint64_t
		retried_waited; /* attempts that waited and asked for a retry */
	uint64_t redone;     /* under mmap_lock after one under the VMA lock */
	uint64_t redone_vma; /* under the VMA lock after one under the VMA lock;
				CENSUS_FEXIT only */
	/* Not 0: redone under the VMA lock inside of one attempt, where nobody
	 * sees it (lab/module). Not counted, but known. */
	uint64_t redo_hidden;
	uint64_t again;	    /* under mmap_lock after one under mmap_lock */
	uint64_t completed; /* VM_FAULT_COMPLETED; CENSUS_FEXIT only */
	/* The rule that an attempt which returns VM_FAULT_RETRY or VM_FAULT_
	 * COMPLETED has dropped its lock, and no other has. CENSUS_FEXIT only.
	 */
	uint64_t ruled;	  /* attempts whose lock was seen before and after */
	uint64_t unruled; /* others: somebody else read-locked the VMA, too */
	uint64_t asked_holding;	    /* RETRY or COMPLETED, and it was held */
	uint64_t done_without_lock; /* neither, and it was not */
	uint64_t asked_with_error;  /* RETRY or COMPLETED, and VM_FAULT_ERROR */
	uint64_t read_locks, write_locks; /* of mmap_lock, in faults or not */
	uint64_t switches;		  /* voluntary, inside faults */
	uint64_t wakeups;		  /* inside faults */
	struct hist slept; /* ns a fault that slept, but not for mmap_lock */
	struct hist lock_wait; /* ns a fault that slept for mmap_lock */
};

enum census_fault {
	CENSUS_NO_FAULT,
	CENSUS_USER_FAULT,
	CENSUS_KERNEL_FAULT,
	CENSUS_CALLED_FAULT, /* begun by no exception */
};

enum census_attempt {
	CENSUS_NO_ATTEMPT,
	CENSUS_VMA_RETRY,  /* the last attempt, under the VMA lock */
	CENSUS_MMAP_RETRY, /* or mmap_lock, asked for a retry */
};

/* The fault at hand; zeroes while there is none. */
struct census_state {
	uint32_t fault;	   /* enum census_fault */
	uint32_t attempt;  /* enum census_attempt */
	uint32_t acquired; /* mmap_lock for reading, this often */
	uint32_t waits;	 /* waits that an acquisition followed, but the first */
	uint8_t locking; /* between start_locking and acquire_returned */
	uint8_t waited;	 /* in the attempt at hand, or since the last lock */
	uint8_t waited_first; /* before mmap_lock was first asked for */
	uint8_t grew;	      /* took mmap_lock for writing: the stack grew */
	uint8_t refused;      /* lock_vma_under_rcu() gave nothing */
	uint8_t off_for_lock; /* off_since is a wait for mmap_lock */
	uint8_t looked_up;    /* lock_vma_under_rcu() gave a VMA, and no attempt
				 has been made since */
	uint8_t ruled; /* the attempt at hand began with its lock seen held */
	uint64_t off_since; /* ns; 0 while it is running */
	uint64_t slept_ns, lock_wait_ns;
	uint64_t mm; /* of the attempt at hand */
};

struct census_slot {
	struct census_state state;
	uint64_t in_call; /* the thread is in a system call */
	uint64_t locked;  /* the mm whose mmap_lock it holds; 0: none */
	struct census_counts counts;
};

/* What the program `mark` is told: watch the calling thread, or no longer. */
struct census_order {
	uint32_t slot;
	uint32_t on;
	int32_t answer; /* 0 or -errno */
};

#endif
