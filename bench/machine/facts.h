/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this machine, kernel and build are: the facts of a session record, and
 * the kernel features that decide what a scenario promises. Reads /proc, /sys
 * and the kernel's configuration; changes nothing.
 */
#ifndef MACHINE_FACTS_H
#define MACHINE_FACTS_H

#include <stdbool.h>

#include "error.h"
#include "record.h"

/*
 * Features are found by trying or by looking (a symbol in /proc/kallsyms, a
 * vmstat line, the kernel's configuration) and by the version only where
 * nothing else tells; features_how() says which.
 */
enum feature {
	FEATURE_VMA_LOCK,	  /* faults try the per-VMA lock (6.4) */
	FEATURE_VMA_LOCK_FILE,	  /* and file-backed ones too (6.7) */
	FEATURE_VMA_LOCK_UFFD,	  /* and userfaultfd (6.6) */
	FEATURE_VMA_LOCK_SWAP,	  /* and swap (6.6) */
	FEATURE_VMA_LOCK_FRESH,	  /* and anonymous memory that no store has made
				     an anon_vma for (6.10) */
	FEATURE_VMA_LOCK_HUGETLB, /* and hugetlbfs (6.10) */
	FEATURE_VMA_LOCK_STATS,	  /* /proc/vmstat counts vma_lock_* */
	FEATURE_FAULT_COMPLETED, /* what dropped its lock is not redone (6.0) */
	FEATURE_STACK_WRITE_LOCK, /* a stack grows under mmap_lock for write
				     (6.5, 6.1.37), not for read */
	NR_FEATURES,
};

extern const char *const feature_names[NR_FEATURES]; /* "per-vma-lock", .. */

struct features {
	bool has[NR_FEATURES];
	char how[NR_FEATURES][96]; /* "lock_vma_under_rcu in /proc/kallsyms" */
};

void features_load(struct features *f);

/* All facts of doc/format.md but the topology's, the libraries' and the
 * clock's, which their owners know. What cannot be read is absent with its
 * reason. */
void facts_load(struct pairs *facts);

/* Who makes vm.per_vma_lock and vm.fault_lock_wait: "kernel" or "module".
 * -ENOENT with the reason where nobody does. */
int facts_policy_switches(char *buf, size_t size, struct error *e);

/* Bytes mapped by one fault-around: debugfs fault_around_bytes. *bytes is
 * 65536, the kernel's default, when it cannot be read, and known is false. */
void facts_fault_around(unsigned long *bytes, bool *known);

/* Does this machine's clock go by instructions (QEMU -icount shift=0)? What
 * starts such a guest says so on its command line; there is no time in it. */
bool facts_icount(void);

/* The type of the file system that path lies on: "ext4", as
 * /proc/self/mountinfo names it. 0 or -errno with a reason. */
int facts_file_system(const char *path, char *type, size_t size,
		      struct error *e);

/* Is this machine emulated, instruction by instruction? */
bool facts_emulated(void);

/* CPU time stolen by the hypervisor from all CPUs since boot, in s; NAN when
 * /proc/stat does not tell. */
double facts_steal_s(void);

#endif
