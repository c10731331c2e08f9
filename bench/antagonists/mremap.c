/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody lets mappings grow, shrink and move, as realloc(3) of a large block
 * does: mmap_lock for write and the write locks of the VMAs concerned, in all
 * versions (mm/mremap.c).
 *
 * elsewhere: 64 KiB with present pages move to the place beside them, and back
 * with the next operation: the page table entries are moved one by one and the
 * TLB is flushed on each CPU that runs the process (move_page_tables()).
 * same: a page at the end of the workers' VMA is cut off, and grown back with
 * the next operation. It grows in place or not at all, so it cannot land on
 * what somebody else has mapped there meanwhile.
 */
#include "scenario.h"

static _Thread_local struct ground g;
static _Thread_local bool changed; /* it is away, or cut off */

static void move(void)
{
	char *from = changed ? g.start + g.bytes : g.start;
	char *to = changed ? g.start : g.start + g.bytes;

	cell_must(mremap(from, g.bytes, g.bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
			 to) == to,
		  "mremap: move");
}

/* Together with the page before it, for a mapping of nothing can't grow. */
static bool resize(void)
{
	char *start = g.start - page_bytes();
	size_t whole = g.bytes + page_bytes();
	size_t from = changed ? page_bytes() : whole;

	return mremap(start, from, whole + page_bytes() - from, 0) == start;
}

static void op(void)
{
	if (g.same)
		cell_must(resize(), "mremap: %s", changed ? "grow" : "shrink");
	else
		move();
	changed = !changed;
}

static void setup(enum where where)
{
	g = ground_find(where, 64 * 1024);
	if (!g.same) {
		ground_touch(&g);
		return;
	}
	ground_must_allow(resize(), "mremap: shrink");
	changed = true;
	ground_must_allow(resize(), "mremap: grow in place");
	changed = false;
	ground_must_merge(&g);
}

const struct antagonist antagonist_mremap = {
	.title = "mremap: moves a VMA (elsewhere), shrinks and grows it (same)",
	.story =
		"One operation is one mremap(2). where=elsewhere: 64 KiB with\n"
		"present pages move to the place beside them, or back: their page\n"
		"table entries are moved, and each CPU that runs the process gets\n"
		"an interrupt to flush its TLB, workers included; that is no lock.\n"
		"where=same: a page at the end of the workers' VMA is cut off, or\n"
		"grown back, under the write lock of that VMA. mmap_lock for write\n"
		"either way; for shrinking it is downgraded before page tables are\n"
		"freed.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.writes = 1,
	.setup = setup,
	.op = op,
};
