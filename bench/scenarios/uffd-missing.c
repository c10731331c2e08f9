/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that waits: userfaultfd tells a handler thread, which answers with
 * a page. The faulting thread drops its lock before it sleeps, and the fault
 * is redone when it wakes: exactly one retry, under mmap_lock.
 *
 * Source: mm/userfaultfd.c (before 7.x fs/userfaultfd.c) handle_userfault();
 * mm/memory.c do_anonymous_page().
 */
#include "scenario.h"

static void check(void)
{
	uffd_check(UFFD_MISSING);
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uffd_serve(area, UFFD_MISSING);
}

const struct scenario scenario_uffd_missing = {
	.group = "waiting",
	.title = "first store to a page that userfaultfd provides: one retry",
	.story =
		"do_anonymous_page() finds the VMA registered and calls\n"
		"handle_userfault(): queue the fault, drop the lock (the VMA lock\n"
		"from user mode since 6.6, mmap_lock from kernel mode), sleep\n"
		"until the handler's UFFDIO_COPY, return VM_FAULT_RETRY. The redo\n"
		"takes mmap_lock and finds the page. So each fault is retried\n"
		"exactly once, and nobody else is held up while it sleeps.\n"
		"One handler thread a worker. On the worker's own CPU its answer\n"
		"costs two context switches and repeats well; on another CPU the\n"
		"wake-ups dominate and scatter. With vmas=shared the handlers\n"
		"serve each other's workers, so handler=same is exact for one\n"
		"worker or for vmas=private.",
	.access = ACCESS_WRITE,
	.path = PATH_SERVED,
	.feature = FEATURE_VMA_LOCK_UFFD,
	/* by GUP the redo finds the page and is no fault that anybody counts */
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.pages = "64",
	.settings = uffd_settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
};
