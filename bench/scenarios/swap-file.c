/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads from pages that are swapped out to a swap file: whoever faults waits
 * for the disk below it.
 *
 * Source: mm/memory.c do_swap_page(); mm/page_io.c swap_read_folio().
 */
#include "scenario.h"

static void check(void)
{
	swap_check(SWAP_FILE);
}

const struct scenario scenario_swap_file = {
	.group = "waiting",
	.title = "load from a page that is swapped to a file: a retry",
	.story =
		"As swap-loop, without a loop device between: swapon(2) has found\n"
		"out where the blocks of the file are, and the read goes to its\n"
		"disk. Dropped, waited for and redone in the same places. Of a\n"
		"disk that caches its blocks elsewhere (a virtual machine's host)\n"
		"the time is that of the cache.",
	.access = ACCESS_READ,
	.path = PATH_MAY_WAIT,
	.feature = FEATURE_VMA_LOCK_SWAP,
	.ways = ~0u,
	.pages = "64",
	.settings = swap_settings,
	.check = check,
	.build = swap_build,
	.empty = swap_out,
};
