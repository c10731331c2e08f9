/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads from pages that are swapped out to compressed memory. Major by name and
 * yet no wait: whoever faults decompresses, under its lock.
 *
 * Source: mm/memory.c do_swap_page(), SWP_SYNCHRONOUS_IO; drivers/block/zram.
 */
#include "scenario.h"

static void check(void)
{
	swap_check(SWAP_ZRAM);
}

const struct scenario scenario_swap_zram = {
	.group = "waiting",
	.title = "load from a page that is swapped to zram: no retry",
	.story =
		"do_swap_page() finds the swap area synchronous, allocates a page\n"
		"and has zram decompress into it, with its lock held: the VMA\n"
		"lock from user mode since 6.6. Nothing is waited for, so nothing\n"
		"is retried, though the kernel counts a major fault. It is the\n"
		"control of swap-loop and swap-file.\n"
		"The pages hold random data, of which zram keeps a copy: as dear\n"
		"to store as can be, cheap to read. Between rounds MADV_PAGEOUT\n"
		"until mincore(2) finds no page. The swap area is this cell's\n"
		"alone, made before it and gone after it; vm.page-cluster is 0,\n"
		"so that a fault reads one page.",
	.access = ACCESS_READ,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_SWAP,
	.ways = ~0u,
	.pages = "64",
	.check = check,
	.build = swap_build,
	.empty = swap_out,
};
