/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel with CONFIG_PER_VMA_LOCK_STATS says of its per-VMA locks in
 * /proc/vmstat: counts since boot, of the whole machine. Attempts at faults
 * from user mode alone are in success and retry (arch/x86/mm/fault.c
 * do_user_addr_fault(), arch/arm64/mm/fault.c do_page_fault()); in abort are
 * those of madvise(2), userfaultfd and others too (lock_vma_under_rcu()).
 */
#ifndef MACHINE_VMSTAT_H
#define MACHINE_VMSTAT_H

#include <stdint.h>

#include "error.h"

struct metrics;

struct vmstat_locks {
	uint64_t
		success; /* attempts that ended the fault, COMPLETED included */
	uint64_t retry;	 /* attempts that returned VM_FAULT_RETRY */
	uint64_t abort;	 /* no VMA was given */
};

/* 0, or -ENOTSUP with the reason. Makes no fault of user mode but the first
 * time that a thread calls it: takes 32 KiB of stack. */
int vmstat_read(struct vmstat_locks *v, struct error *e);

/* Adds to `sum` what came between two readings. */
void vmstat_add(struct vmstat_locks *sum, const struct vmstat_locks *before,
		const struct vmstat_locks *after);

/* Counts as metrics per fault: vmstat_success_per_fault and the others. */
void vmstat_tell(struct metrics *m, const struct vmstat_locks *v,
		 double faults);

/* The same, all absent for one reason. */
void vmstat_tell_absent(struct metrics *m, const char *reason);

#endif
