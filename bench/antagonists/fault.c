/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bystander: it has business of its own, faults in a VMA of its own, and is
 * there to be held up. Its latency tells who waits when others write or wait.
 *
 * by=user: a store, under the VMA lock of its VMA, so that only what locks
 * every VMA (fork) reaches it. by=kernel: getcpu(2) stores to the page, under
 * mmap_lock, so that every holder reaches it. Private anonymous pages
 * (mm/memory.c do_anonymous_page()), made absent again every 512 operations,
 * untimed. Each must have been a fault: fewer end the cell.
 */
#include "scenario.h"

#include <sys/resource.h>

enum {
	PAGES = 512
};

static const struct setting settings[] = {
	{ "by", SETTING_WORD, "user", "user kernel",
	  "a store (VMA lock), or one by a system call (mmap_lock)" },
	{ NULL, 0, NULL, NULL, NULL },
};

static _Thread_local struct ground g;
static _Thread_local bool by_kernel;
static _Thread_local size_t next;
static _Thread_local long faults; /* of this thread, when the pages were gone */

static long count_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static void empty(void)
{
	cell_must(!madvise(g.start, g.bytes, MADV_DONTNEED), "madvise");
	next = 0;
	faults = count_faults();
}

static void setup(enum where where)
{
	g = ground_find(where, PAGES * page_bytes());
	by_kernel = !strcmp(antagonist_text("by"), "kernel");
	empty();
}

static void op(void)
{
	char *page = g.start + next * page_bytes();

	if (by_kernel)
		syscall(SYS_getcpu, page, NULL, NULL);
	else
		*(volatile char *)page = 1;
}

/* There may be more: its stack, after a fork. */
static void after(void)
{
	long made;

	if (++next < PAGES)
		return;
	made = count_faults() - faults;
	if (made < PAGES)
		cell_fail("antagonist fault: %d stores made %ld faults", PAGES,
			  made);
	empty();
}

const struct antagonist antagonist_fault = {
	.title = "a bystander: faults in its own VMA, there to be held up",
	.story =
		"It does not disturb, it is disturbed: its latency is the result.\n"
		"One operation is one store to the next page of a VMA of its own,\n"
		"which nobody else touches; the pages are made absent again after\n"
		"512 of them, untimed. by=user takes the lock of that VMA, which\n"
		"only fork takes for write, and early, for it lies below most\n"
		"others; by=kernel takes mmap_lock, where it waits behind everybody\n"
		"who writes, and behind those that such a writer waits for.",
	.where = WHERE_ELSEWHERE,
	.settings = settings,
	.setup = setup,
	.op = op,
	.after = after,
};
