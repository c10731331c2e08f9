/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The census: what became of each fault of the watched threads, by reason,
 * counted by BPF programs in the kernel (libbpf, CO-RE). For untimed passes
 * alone: it hooks every context switch, system call and fault of the machine.
 *
 * The level is the best that this kernel lets load, attach and count; it is
 * found by trying, and one that counts nothing of known faults is not
 * available. A build without clang, bpftool or libbpf has no census, and says
 * so. CENSUS_TP_BTF takes the tracepoints exceptions:page_fault_*, which x86
 * and RISC-V have.
 *
 * bpf/... headers appear in census.c and census.bpf.c only.
 */
#ifndef MACHINE_CENSUS_H
#define MACHINE_CENSUS_H

#include "census_slot.h"
#include "error.h"

struct metrics;

enum census_level {
	CENSUS_NONE,
	CENSUS_VMSTAT, /* the kernel's own counts alone: see vmstat.h */
	CENSUS_TP_BTF, /* raw tracepoints: attempts are inferred */
	CENSUS_FEXIT,  /* fentry and fexit: attempts are seen */
};

/* As `evidence` in a witness record names it: "bpf-fexit", ...; CENSUS_NONE
 * is "none". */
const char *census_level_name(enum census_level level);

struct census;

/*
 * Loads, attaches and tries the best level, none above `best`, with room for
 * nr_slots threads. 0, or -errno with the reason why there is none. Threads
 * and processes forked later may use it; it is for one user at a time to open.
 */
int census_open(struct census **c, enum census_level best,
		unsigned int nr_slots, struct error *e);
void census_close(struct census *c); /* NULL is fine */

enum census_level census_level(const struct census *c);

/* Why it is not CENSUS_FEXIT; empty when it is. */
const char *census_why_not_better(const struct census *c);

/*
 * From now on the calling thread is counted in this slot (below nr_slots),
 * until it calls census_unwatch(), which it must before it ends. The counts of
 * a slot add up. 0 or -errno with a reason: -ENOTSUP before 5.14 outside of the
 * first pid namespace.
 */
int census_watch(struct census *c, unsigned int slot, struct error *e);
int census_unwatch(struct census *c, struct error *e);

/* How acquisitions of mmap_lock are seen where it is not by its tracepoints:
 * "at down_read() and its like, ..." (CENSUS_FEXIT before 5.11); else "". The
 * text outlives the census. */
const char *census_how_locks(const struct census *c);

/* The counts of a slot whose thread is no longer watched. */
int census_read(struct census *c, unsigned int slot,
		struct census_counts *counts, struct error *e);

/* Events of this machine, of watched threads or others, that the kernel did not
 * show to the programs because they were busy with another one. */
uint64_t census_missed(const struct census *c);

void census_counts_merge(struct census_counts *to,
			 const struct census_counts *from);

/* The version of libbpf in use, "1.1", or NULL when built without, in which
 * case *why is the reason. */
const char *census_libbpf(const char **why);

/* --- what the counts say; no BPF in it ------------------------------------ */

/*
 * Counts as metrics per fault: vma_lock_handled_per_fault and the others of
 * doc/format.md. What the level cannot tell is absent with the reason.
 */
void census_tell(struct metrics *m, enum census_level level,
		 const struct census_counts *counts, double faults);

/*
 * Whether VM_FAULT_RETRY or VM_FAULT_COMPLETED alone said that an attempt had
 * dropped its lock: counts of attempts, lock_rule_attempts and the others of
 * doc/format.md. why_not: absent for this reason; NULL where it can be told.
 */
void census_tell_rule(struct metrics *m, enum census_level level,
		      const struct census_counts *counts, const char *why_not);

/* Those of census_tell(), all absent for one reason. */
void census_tell_absent(struct metrics *m, const char *reason);

#endif
