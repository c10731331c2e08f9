/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody's heap grows and shrinks: mmap_lock for write, twice an operation
 * (mm/mmap.c brk(); shrinking downgrades it before page tables are freed), and
 * the write lock of the heap's VMA, which is not that of the workers.
 *
 * malloc(3) lives in the same heap. It is told to map what it lacks and to give
 * nothing back, so that the break is this antagonist's alone; a break that is
 * not where it was left ends the cell, for memory of somebody else would go
 * with it. A process has one break, so a cell has one of these.
 */
#include "scenario.h"

#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>

enum {
	BYTES = 64 * 1024
};

static atomic_flag taken = ATOMIC_FLAG_INIT;
static uintptr_t start;

/* Not by brk(3): the C library's copy of the break, which sbrk(0) returns
 * without a system call, is to tell whether somebody else moved it. */
static uintptr_t set_break(uintptr_t to)
{
	return (uintptr_t)syscall(SYS_brk, to);
}

static void setup(enum where where)
{
	(void)where;
	if (atomic_flag_test_and_set(&taken))
		cell_skip("antagonist brk: a process has one break, so there "
			  "is one of them in a cell");
	mallopt(M_MMAP_THRESHOLD, 0);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	start = (uintptr_t)sbrk(0);
	if (set_break(start + BYTES) != start + BYTES)
		cell_skip("antagonist brk: the heap cannot grow; ulimit -d, or "
			  "another mapping in the way");
	set_break(start);
}

static void op(void)
{
	if ((uintptr_t)sbrk(0) != start)
		cell_fail("antagonist brk: somebody else moved the break");
	if (set_break(start + BYTES) != start + BYTES ||
	    set_break(start) != start)
		cell_fail("antagonist brk: the break stays where it is");
}

const struct antagonist antagonist_brk = {
	.title = "brk: the heap grows and shrinks; mmap_lock for write, twice",
	.story =
		"One operation is brk(2) by 64 KiB up and down again, as malloc(3)\n"
		"does; nobody touches the new pages. mmap_lock for write for each,\n"
		"downgraded on the way down, and the write lock of the heap's VMA.\n"
		"No VMA of the workers is concerned: faults under mmap_lock meet\n"
		"it, those under the VMA lock don't.",
	.where = WHERE_ELSEWHERE,
	.writes = 2,
	.setup = setup,
	.op = op,
};
