/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first load from anonymous memory maps the zero page: a fault with
 * nothing to allocate or clear, so the locks are the largest part of it.
 *
 * Source: mm/memory.c do_anonymous_page(), the branch without FAULT_FLAG_WRITE.
 */
#include "scenario.h"

static const struct setting settings[] = {
	SETTING_PAGE_SIZE("base 2MiB"),
	{ NULL, 0, NULL, NULL, NULL },
};

static void check(void)
{
	large_check();
	if (cell_bytes("page-size"))
		cell_want("/sys/kernel/mm/transparent_hugepage/use_zero_page",
			  "1");
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	large_advise(area);
}

const struct scenario scenario_anon_read = {
	.group = "resident",
	.title = "first load from a page of anonymous memory: the zero page",
	.story =
		"do_anonymous_page() maps the shared zero page. No allocation, no\n"
		"clearing, no charge: what remains is the entry, the lock, the\n"
		"page table and the way back. The cheapest fault there is.\n"
		"Between rounds MADV_DONTNEED unmaps it. With page-size=2MiB it is\n"
		"the huge zero page; other sizes have none, a load then maps the\n"
		"base page.",
	.access = ACCESS_READ,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_FRESH,
	.settings = settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
	.verify = large_verify,
	.stride = large_stride,
};
