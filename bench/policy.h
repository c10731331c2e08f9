/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fault does with its lock when it would have to wait, and whether it
 * tries the per-VMA lock at all: the axis `policy` of a plan. A policy is a row
 * of data (policies.c): the values of two sysctls, and what they change of what
 * a fault promises.
 */
#ifndef BENCH_POLICY_H
#define BENCH_POLICY_H

#include <stdbool.h>

#include "facts.h"

/* The values of vm.fault_lock_wait: what a fault that would have to wait does.
 */
enum fault_lock_wait {
	WAIT_DROPS,	  /* drops its lock, waits, is redone under mmap_lock */
	WAIT_DROPS_VMA,	  /* the same, redone under the lock that it had */
	WAIT_HOLDS,	  /* keeps its lock while it waits */
	WAIT_GIVES_UP,	  /* does not wait under the VMA lock: redone at once */
	WAIT_GIVES_UP_65, /* the same, and admits only what 6.4 and 6.5 did */
	NR_FAULT_LOCK_WAITS
};

struct policy {
	const char *title; /* one line */
	const char *story;
	bool per_vma_lock; /* vm.per_vma_lock */
	enum fault_lock_wait wait;
	/* 1 << feature, or'ed: faults that are served under the VMA lock, where
	 * the kernel has the feature. */
	unsigned int admits;
};

/* Is it what a kernel without the switches does? */
static inline bool policy_is_stock(const struct policy *policy)
{
	return policy->per_vma_lock && policy->wait == WAIT_DROPS;
}

/* Are faults that the feature admits served under the VMA lock of this kernel,
 * by this policy? */
static inline bool policy_admits(const struct policy *policy,
				 enum feature feature, const struct features *f)
{
	return policy->per_vma_lock && policy->admits & 1u << feature &&
	       f->has[feature];
}

#endif
