/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fault that every program makes most: the first store to a page of
 * private anonymous memory. Under the VMA lock since Linux 6.4.
 *
 * Source: mm/memory.c do_anonymous_page(), alloc_anon_folio();
 * mm/huge_memory.c do_huge_pmd_anonymous_page().
 */
#include "scenario.h"

static const struct setting settings[] = {
	SETTING_PAGE_SIZE(LARGE_PAGES),
	SETTING_MEMCG,
	SETTING_NODE,
	{ NULL, 0, NULL, NULL, NULL },
};

static void check(void)
{
	large_check();
	memcg_check();
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	large_advise(area);
}

static void verify(struct area *area)
{
	large_verify(area);
	memcg_verify(area);
	node_verify(area);
}

const struct scenario scenario_anon_write = {
	.group = "resident",
	.title = "first store to a page of anonymous memory",
	.story =
		"handle_mm_fault() finds no page table entry and calls\n"
		"do_anonymous_page(): allocate a page, clear it, charge it, map it.\n"
		"Nothing waits, so the fault finishes at the first attempt under\n"
		"whichever lock it took: the VMA lock from user mode since 6.4.\n"
		"The very first one in a VMA also makes the anon_vma, under\n"
		"mmap_lock (__vmf_anon_prepare()); the warm-up takes it.\n"
		"Between rounds MADV_DONTNEED frees the pages.\n"
		"page-size=64KiB (multi-size THP, 6.8) and 2MiB: one fault\n"
		"allocates, clears and maps a large page; touches are one such\n"
		"page apart, and that each is one is looked at afterwards.\n"
		"memcg=charged: the pages are charged to a cgroup that nobody\n"
		"else uses; memcg=limit: to one that is full, so that a fault\n"
		"must reclaim pages of it first, with its lock held.\n"
		"node=remote: from another NUMA node.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.settings = settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
	.renew = memcg_renew,
	.verify = verify,
	.stride = large_stride,
};
