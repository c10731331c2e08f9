/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that waits on a page that is mapped: it is write-protected by
 * userfaultfd, and a store tells a handler thread, which takes the protection
 * away. How snapshots and garbage collectors find out what was written.
 *
 * Source: mm/memory.c do_wp_page(); mm/userfaultfd.c mwriteprotect_range().
 */
#include "scenario.h"

static void check(void)
{
	uffd_check(UFFD_WP);
}

/* The pages are made here, for what is not there cannot be protected. */
static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
	uffd_serve(area, UFFD_WP);
}

const struct scenario scenario_uffd_wp = {
	.group = "waiting",
	.title = "store to a page that userfaultfd protects: one retry",
	.story =
		"do_wp_page() finds the entry marked by userfaultfd and calls\n"
		"handle_userfault(): queue the fault, drop the lock, sleep until\n"
		"the handler's UFFDIO_WRITEPROTECT has taken the mark away,\n"
		"return VM_FAULT_RETRY. That makes the entry writable as well,\n"
		"so the redo under mmap_lock finds nothing to do: one retry, and\n"
		"no page is made or copied.\n"
		"Between rounds UFFDIO_WRITEPROTECT marks the pages again, which\n"
		"flushes the TLB. Handlers as in uffd-missing.",
	.access = ACCESS_WRITE,
	.path = PATH_SERVED,
	.feature = FEATURE_VMA_LOCK_UFFD,
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.pages = "64",
	.settings = uffd_settings,
	.check = check,
	.build = build,
	.empty = uffd_write_protect,
};
