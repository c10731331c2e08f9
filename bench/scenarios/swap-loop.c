/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads from pages that are swapped out to a loop device over a file: the read
 * is the work of another thread, and whoever faults waits for it.
 *
 * Source: mm/memory.c do_swap_page(); mm/filemap.c __folio_lock_or_retry().
 */
#include "scenario.h"

static void check(void)
{
	swap_check(SWAP_LOOP);
}

const struct scenario scenario_swap_loop = {
	.group = "waiting",
	.title = "load from a page that is swapped to a loop device: a retry",
	.story =
		"do_swap_page() adds a page to the swap cache, starts the read and\n"
		"asks for the folio's lock: __folio_lock_or_retry() drops the\n"
		"lock of the fault (the VMA lock from user mode since 6.6,\n"
		"mmap_lock from kernel mode), sleeps until the read is done, and\n"
		"returns VM_FAULT_RETRY; the redo under mmap_lock finds the page\n"
		"in the swap cache. One retry a fault, but for the few whose page\n"
		"is there before it is waited for.\n"
		"With lock=mmap-hold the read is waited for with mmap_lock held.\n"
		"With targets=same the others find the page in the swap cache,\n"
		"locked, and do the same. Between rounds as in swap-zram; it is\n"
		"the same but for the device.",
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
