/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The write-protect fault that only upgrades: a child had shared the pages and
 * is gone. What fork() and exec() leave behind in the parent: each page that it
 * writes afterwards faults, though nobody shares it any more.
 *
 * Source: mm/memory.c do_wp_page(), wp_can_reuse_anon_folio(), wp_page_reuse().
 */
#include "scenario.h"

#include <sys/wait.h>

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(area->start, 1, area->bytes + area->margin);
}

static int child_end(void *unused)
{
	(void)unused;
	return 0;
}

/* A child that ends at once. When it is waited for, its pages are gone. */
static void renew(void)
{
	pid_t child = cell_fork(child_end, NULL);

	cell_must(waitpid(child, NULL, 0) == child, "waitpid");
}

const struct scenario scenario_reuse_after_fork = {
	.group = "resident",
	.title = "store to a page that a child shared and left: an upgrade",
	.story =
		"fork() write-protects the parent's pages, and when the child\n"
		"ends nobody makes them writable again. The store finds a\n"
		"present, read-only entry; do_wp_page() sees that the page has no\n"
		"other user (wp_can_reuse_anon_folio()) and wp_page_reuse() sets\n"
		"the entry writable: nothing is allocated or copied. The smallest\n"
		"write-protect fault there is; cow-after-fork is the one that\n"
		"copies. Under the VMA lock since 6.4. Before each round one\n"
		"worker forks a child, which ends at once, and waits for it,\n"
		"untimed.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.build = build,
	.empty = area_keep,
	.renew = renew,
};
