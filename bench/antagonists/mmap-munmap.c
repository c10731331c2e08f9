/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody maps and unmaps memory: mmap_lock for write, twice an operation
 * (munmap downgrades to read before it frees page tables; mm/vma.c
 * do_vmi_align_munmap()).
 *
 * elsewhere: 64 KiB between PROT_NONE guards of its own; no VMA of the workers
 * is ever touched, so only mmap_lock is in common.
 * same: the last page of the workers' VMA is unmapped and mapped again: the
 * VMA shrinks and, where the kernel can merge, grows back, under its write
 * lock.
 */
#include "scenario.h"

enum {
	ELSEWHERE_BYTES = 64 * 1024
};

static _Thread_local char *start;
static _Thread_local size_t bytes;
static _Thread_local int prot = PROT_READ | PROT_WRITE;
static _Thread_local int flags = MAP_PRIVATE | MAP_ANONYMOUS;
static _Thread_local int fd = -1;
static _Thread_local off_t offset;

/* The room is free: whoever took it meanwhile must not be trampled. */
static void map(void)
{
	void *p = mmap(start, bytes, prot, flags | MAP_FIXED_NOREPLACE, fd,
		       fd < 0 ? 0 : offset);

	cell_must(p == start, "mmap at its place");
}

/* The room lies far below all other mappings: the kernel searches from the top
 * (mm/vma.c unmapped_area_topdown()), so it would give a hole among them to the
 * next mmap() of anybody. */
static void setup_elsewhere(void)
{
	char *hint = cell_area(0)->start, *room;

	do {
		hint -= 1ul << 34;
		cell_must((uintptr_t)hint > 1ul << 34, "no room");
		room = mmap(hint, 3 * ELSEWHERE_BYTES, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				    MAP_FIXED_NOREPLACE,
			    -1, 0);
	} while (room != hint);
	start = room + ELSEWHERE_BYTES;
	bytes = ELSEWHERE_BYTES;
	cell_must(!munmap(start, bytes), "munmap");
}

static void setup_same(void)
{
	struct area *area = cell_area(0);

	bytes = page_bytes();
	start = area->start + area->bytes + area->margin - bytes;
	prot = area->prot;
	flags = area->flags;
	fd = area->fd;
	offset = start - area->start;
	cell_must(!munmap(start, bytes), "munmap");
	map();
	if (area_nr_vmas(area) != 1)
		cell_skip(
			"mmap-munmap where=same: this kernel does not merge a "
			"page of such a mapping back into its VMA; use "
			"where=elsewhere, or mprotect");
	cell_must(!munmap(start, bytes), "munmap");
}

static void setup(enum where where)
{
	if (where == WHERE_SAME)
		setup_same();
	else
		setup_elsewhere();
}

static void op(void)
{
	map();
	cell_must(!munmap(start, bytes), "munmap");
}

const struct antagonist antagonist_mmap_munmap = {
	.title = "mmap + munmap: mmap_lock for write, twice an operation",
	.story =
		"One operation is mmap(2) and munmap(2) of memory that nobody\n"
		"touches: 64 KiB in a room of its own (where=elsewhere), or the\n"
		"last page of the workers' VMA (where=same), which takes that\n"
		"VMA's write lock as well. A fault under mmap_lock waits for it\n"
		"in rwsem_down_read_slowpath(); one under the VMA lock of another\n"
		"VMA does not meet it at all.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.setup = setup,
	.op = op,
};
