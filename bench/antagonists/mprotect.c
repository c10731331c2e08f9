/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody changes protections: mmap_lock for write and the VMA's write lock,
 * for which it waits until the readers of that VMA are gone, while holding
 * mmap_lock (mm/mprotect.c do_mprotect_pkey(), vma_start_write()).
 *
 * same: the margin page at the end of the workers' VMA loses and regains
 * PROT_WRITE: the VMA is split and merged again. Workers never touch that
 * page, so no access is ever refused. PROT_EXEC is left alone: toggling it
 * switches readahead on.
 * elsewhere: a VMA of its own, between guards, as a whole.
 */
#include "scenario.h"

enum {
	ELSEWHERE_BYTES = 64 * 1024
};

static _Thread_local char *start;
static _Thread_local size_t bytes;
static _Thread_local int prots[2];
static _Thread_local unsigned int turn;

static void setup(enum where where)
{
	if (where == WHERE_SAME) {
		struct area *area = cell_area(0);

		bytes = page_bytes();
		start = area->start + area->bytes + area->margin - bytes;
		prots[0] = area->prot ^ PROT_WRITE;
		prots[1] = area->prot;
		return;
	}
	start = mmap(NULL, 3 * ELSEWHERE_BYTES, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cell_must(start != MAP_FAILED, "mmap");
	start += ELSEWHERE_BYTES;
	bytes = ELSEWHERE_BYTES;
	prots[0] = PROT_READ;
	prots[1] = PROT_READ | PROT_WRITE;
}

static void op(void)
{
	cell_must(!mprotect(start, bytes, prots[turn]), "mprotect");
	turn ^= 1;
}

const struct antagonist antagonist_mprotect = {
	.title = "mprotect: mmap_lock and the VMA's lock for write",
	.story =
		"One operation is one mprotect(2) that really changes something:\n"
		"PROT_WRITE of the last page of the workers' VMA, which nobody\n"
		"touches (where=same: the VMA is split, then merged), or of a VMA\n"
		"of its own (where=elsewhere). With where=same the VMA's write\n"
		"lock makes faults in it fall back to mmap_lock, and the caller\n"
		"waits in __vma_start_write() for those that are under way.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.setup = setup,
	.op = op,
};
