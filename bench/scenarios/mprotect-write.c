/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write-protect faults after mprotect(): pages made read-only and writable
 * again, as collectors and snapshots by page protection do it.
 *
 * Whether there are any is the kernel's choice. Until 5.19 mprotect() left the
 * entries read-only, and each store faulted to upgrade one; since 6.0 it makes
 * those of pages that are the process's alone writable at once
 * (can_change_pte_writable()), and there is no fault to measure. What the
 * running kernel does is tried.
 *
 * Source: mm/mprotect.c change_pte_range(); mm/memory.c wp_page_reuse().
 */
#include "scenario.h"

#include <sys/resource.h>

static void protect_and_back(char *start, size_t bytes)
{
	cell_must(!mprotect(start, bytes, PROT_READ) &&
			  !mprotect(start, bytes, PROT_READ | PROT_WRITE),
		  "mprotect");
}

static long nr_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

static void check(void)
{
	volatile char *page = mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before, faults;

	cell_must(page != MAP_FAILED, "mmap");
	nr_faults(); /* its own are behind it */
	*page = 1;
	protect_and_back((char *)page, page_bytes());
	before = nr_faults();
	*page = 2;
	faults = nr_faults() - before;
	munmap((char *)page, page_bytes());
	if (!faults)
		cell_skip("mprotect() of this kernel makes the entries of a "
			  "process's own pages writable again at once, as all "
			  "do since 6.0: no store faults; reuse-after-fork "
			  "makes the same fault on any kernel");
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(area->start, 1, area->bytes + area->margin);
}

static void empty(struct area *area, char *start, size_t bytes)
{
	(void)area;
	protect_and_back(start, bytes);
}

const struct scenario scenario_mprotect_write = {
	.group = "resident",
	.title = "store after mprotect to read-only and back (before 6.0)",
	.story =
		"mprotect(PROT_READ) takes the write permission out of each\n"
		"entry, and mprotect(PROT_READ | PROT_WRITE) gives it back to\n"
		"the VMA alone. Each store then finds a present, read-only\n"
		"entry, and wp_page_reuse() makes it writable: an upgrade,\n"
		"nothing is copied. Since 6.0 mprotect() does that itself and no\n"
		"store faults; such a kernel skips this scenario.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.check = check,
	.build = build,
	.empty = empty,
};
