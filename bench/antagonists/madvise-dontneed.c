/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody gives pages back, as allocators and garbage collectors do all day:
 * MADV_DONTNEED takes mmap_lock for read before 6.17, since then the VMA lock
 * for read (one VMA, not one of userfaultfd), in mm/madvise.c. It excludes no
 * fault either way, but in an mmap_lock queue with a writer it waits and is
 * waited for like one.
 *
 * Freeing present pages flushes the TLB of every CPU that runs the process: an
 * interrupt to each worker, which is dear in a virtual machine and is no lock.
 *
 * The pages are made present again after each operation, untimed. Pages of a
 * locked mapping (memfd-secret) are refused: MADV_DONTNEED_LOCKED is asked for
 * there, which does the same.
 */
#include "scenario.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

static _Thread_local struct ground g;
static _Thread_local int advice;

static void op(void)
{
	cell_must(!madvise(g.start, g.bytes, advice), "madvise");
}

static void after(void)
{
	ground_touch(&g);
}

static void setup(enum where where)
{
	g = ground_find(where, 64 * 1024);
	advice = MADV_DONTNEED;
	if (madvise(g.start, g.bytes, advice))
		advice = MADV_DONTNEED_LOCKED;
	ground_must_allow(!madvise(g.start, g.bytes, advice),
			  "madvise(MADV_DONTNEED)");
	ground_touch(&g);
}

const struct antagonist antagonist_madvise_dontneed = {
	.title = "madvise(MADV_DONTNEED): frees pages, interrupts every CPU",
	.story =
		"One operation frees present pages: 64 KiB of its own\n"
		"(where=elsewhere), or a page at the end of the workers' VMA\n"
		"(where=same); afterwards they are touched again, untimed.\n"
		"mmap_lock for read before 6.17, the VMA lock for read since: no\n"
		"fault is excluded. What it does cost the workers is an interrupt\n"
		"to flush their TLB (tlb_finish_mmu()), which is no lock, and\n"
		"before 6.17, beside a writer, one more reader in the queue.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.setup = setup,
	.op = op,
	.after = after,
};
