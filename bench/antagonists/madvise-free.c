/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody gives pages back lazily: MADV_FREE clears their dirty bits and
 * leaves them until memory is short (mm/madvise.c madvise_free_pte_range()).
 * The same locks as MADV_DONTNEED: mmap_lock for read before 6.17, since then
 * the VMA lock for read. Private anonymous memory only.
 *
 * The pages are stored to again after each operation, untimed; they are still
 * there, so that is no fault but where memory was short.
 */
#include "scenario.h"

static _Thread_local struct ground g;

static void op(void)
{
	cell_must(!madvise(g.start, g.bytes, MADV_FREE), "madvise(MADV_FREE)");
}

static void after(void)
{
	ground_touch(&g);
}

static void setup(enum where where)
{
	g = ground_find(where, 64 * 1024);
	ground_must_allow(!madvise(g.start, g.bytes, MADV_FREE),
			  "madvise(MADV_FREE)");
	ground_touch(&g);
}

const struct antagonist antagonist_madvise_free = {
	.title =
		"madvise(MADV_FREE): lazily freed pages, anonymous memory only",
	.story =
		"One operation marks dirty pages as free: 64 KiB of its own\n"
		"(where=elsewhere), or a page at the end of the workers' VMA\n"
		"(where=same, where that is private anonymous memory); afterwards\n"
		"they are stored to, untimed, which takes them back. mmap_lock for\n"
		"read before 6.17, the VMA lock for read since; each CPU that runs\n"
		"the process gets an interrupt to flush its TLB. Beside\n"
		"madvise-dontneed: the same locks, but no page is freed, and none\n"
		"is faulted in.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.setup = setup,
	.op = op,
	.after = after,
};
