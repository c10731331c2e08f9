/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on write after fork, seen from the child: what a server pays that forks
 * to write a snapshot, or a shell for what it does before exec. The worker is
 * the child; its parent sleeps and holds the pages.
 *
 * A page is shared only until it is copied, and a fork before each round would
 * make the worker another process each time. So there are pages for many
 * rounds, all inherited by one fork, and each is touched once.
 *
 * Source: kernel/fork.c dup_mmap(); mm/memory.c copy_page_range(),
 * do_wp_page(), wp_page_copy().
 */
#include "scenario.h"

enum {
	ROUNDS = 256
};

/* Those of the parent and their copies. */
static void check(void)
{
	cell_want_memory(2 * ROUNDS * cell_nr_workers() * cell_number("pages") *
				 page_bytes(),
			 "the pages of all rounds and their copies");
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	area_store(area->start, area->bytes + area->margin, page_bytes());
}

const struct scenario scenario_cow_in_child = {
	.group = "resident",
	.title = "store by a forked child to a page of its parent: a copy",
	.story =
		"fork() has copied the page tables and write-protected both\n"
		"sides. The child's store finds a present, read-only entry:\n"
		"do_wp_page() sees that the page is shared and wp_page_copy()\n"
		"allocates and copies, with the child's own anon_vma. The same\n"
		"work as in the parent (cow-after-fork), in another address\n"
		"space: no other thread has entries to be flushed, and no lock\n"
		"of the parent's is in it. Under the VMA lock since 6.4.\n"
		"Each worker is a forked child with an area of its own, and each\n"
		"page is touched once: 256 rounds at most, warm-up included,\n"
		"whatever time says.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.inherited = ROUNDS,
	.check = check,
	.build = build,
	.empty = area_keep,
};
