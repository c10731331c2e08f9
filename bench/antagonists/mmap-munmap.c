/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody maps and unmaps memory: mmap_lock for write, twice an operation
 * (munmap downgrades to read before it frees page tables; mm/vma.c
 * do_vmi_align_munmap()).
 *
 * elsewhere: 64 KiB between PROT_NONE guards of its own; no VMA of the workers
 * is ever touched, so only mmap_lock is in common.
 * same: a page at the end of the workers' VMA is unmapped and mapped again: the
 * VMA shrinks and, where the kernel can merge, grows back, under its write
 * lock.
 */
#include "scenario.h"

static _Thread_local struct ground g;

/* The place is free: whoever took it meanwhile must not be trampled. */
static void map(void)
{
	void *p = mmap(g.start, g.bytes, g.prot, g.flags | MAP_FIXED_NOREPLACE,
		       g.fd, g.offset);

	/* Memory of shmat(2) has no file that a page could be mapped from. */
	ground_must_allow(p != MAP_FAILED || errno != EBADF, "mmap");
	cell_must(p == g.start, "mmap at its place");
}

static void setup(enum where where)
{
	g = ground_find(where, 64 * 1024);
	ground_must_allow(!munmap(g.start, g.bytes), "munmap");
	map();
	ground_must_merge(&g);
	cell_must(!munmap(g.start, g.bytes), "munmap");
}

static void op(void)
{
	map();
	cell_must(!munmap(g.start, g.bytes), "munmap");
}

const struct antagonist antagonist_mmap_munmap = {
	.title = "mmap + munmap: mmap_lock for write, twice an operation",
	.story =
		"One operation is mmap(2) and munmap(2) of memory that nobody\n"
		"touches: 64 KiB in a room of its own (where=elsewhere), or a page\n"
		"at the end of the workers' VMA (where=same), which takes that\n"
		"VMA's write lock as well. A fault under mmap_lock waits for it\n"
		"in rwsem_down_read_slowpath(); one under the VMA lock of another\n"
		"VMA does not meet it at all.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.writes = 2,
	.setup = setup,
	.op = op,
};
