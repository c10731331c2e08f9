/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of anonymous memory that was read before it is written: the load has
 * mapped the zero page, and the store must replace it. Programs that look at
 * fresh memory before they fill it (hash tables, sparse arrays) make both.
 *
 * Source: mm/memory.c do_wp_page(), wp_page_copy() with is_zero_pfn().
 */
#include "scenario.h"

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* The load comes here, so that the store alone is timed. */
static void empty(struct area *area, char *start, size_t bytes)
{
	area_dontneed(area, start, bytes);
	area_load(start, bytes, page_bytes());
}

const struct scenario scenario_anon_upgrade = {
	.group = "resident",
	.title = "store to a page that was only read: the zero page replaced",
	.story =
		"A load has mapped the shared zero page, read-only. The store\n"
		"finds a present entry without write permission: do_wp_page()\n"
		"calls wp_page_copy(), which allocates and clears a page (nothing\n"
		"is copied from the zero page) and exchanges the entry. Compare\n"
		"with anon-write, which does the same work without an entry to\n"
		"replace: what differs is the flush of it from the TLB, an\n"
		"interrupt to the CPU of every other thread that runs.\n"
		"Before each round MADV_DONTNEED and one load a page, untimed.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.build = build,
	.empty = empty,
};
