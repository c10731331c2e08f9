/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody changes protections: mmap_lock for write and the VMA's write lock,
 * for which it waits until the readers of that VMA are gone, while holding
 * mmap_lock (mm/mprotect.c do_mprotect_pkey(), vma_start_write()).
 *
 * same: a page at the end of the workers' VMA loses and regains PROT_WRITE: the
 * VMA is split and merged again. Workers never touch that page, so no access is
 * ever refused. PROT_EXEC is left alone: toggling it switches readahead on.
 * Where the kernel would not merge, that page stays a VMA of its own, and the
 * page before it goes from the workers' VMA to that one and back: no VMA is
 * made or freed, and both are locked each time. elsewhere: a VMA of its own,
 * between guards, as a whole.
 */
#include "scenario.h"

static _Thread_local struct ground g;
static _Thread_local bool changed;

static bool toggle(void)
{
	int prot = changed ? g.prot : g.prot ^ PROT_WRITE;

	changed = !changed;
	return !mprotect(g.start, g.bytes, prot);
}

static void setup(enum where where)
{
	g = ground_find(where, 64 * 1024);
	ground_must_allow(toggle(), "mprotect");
	ground_must_allow(toggle(), "mprotect");
	if (ground_is_merged(&g))
		return;
	ground_must_allow(toggle(), "mprotect"); /* and so it stays */
	g.start -= page_bytes();
	changed = false;
}

static void op(void)
{
	cell_must(toggle(), "mprotect");
}

const struct antagonist antagonist_mprotect = {
	.title = "mprotect: mmap_lock and the VMA's lock for write",
	.story =
		"One operation is one mprotect(2) that really changes something:\n"
		"PROT_WRITE of a page at the end of the workers' VMA, which nobody\n"
		"touches (where=same: the VMA is split, then merged), or of a VMA\n"
		"of its own (where=elsewhere). With where=same the VMA's write\n"
		"lock makes faults in it fall back to mmap_lock, and the caller\n"
		"waits in __vma_start_write() for those that are under way.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.writes = 1,
	.setup = setup,
	.op = op,
};
