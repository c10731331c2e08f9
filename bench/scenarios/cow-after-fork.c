/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on write after fork, seen from the parent: a child that does nothing
 * holds the pages, and each store of a worker copies one. A new child for each
 * round; it sleeps until it is killed.
 *
 * Source: mm/memory.c do_wp_page(), wp_page_copy(); kernel/fork.c dup_mmap().
 */
#include "scenario.h"

#include <sys/wait.h>

static const struct setting settings[] = {
	SETTING_PAGE_SIZE(LARGE_PAGES),
	{ NULL, 0, NULL, NULL, NULL },
};

static pid_t child;

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	large_advise(area);
	area_store(area->start, area->bytes + area->margin, large_stride());
}

/* Present they are; it is the write permission that renew() takes away. But a
 * large page was split by its copy: then a new one. */
static void empty(struct area *area, char *start, size_t bytes)
{
	if (!cell_bytes("page-size"))
		return;
	area_dontneed(area, start, bytes);
	area_store(start, bytes, large_stride());
	large_collapse(start, bytes);
}

/* The last child goes first, so that the pages are the parent's alone. */
static void renew(void)
{
	if (child) {
		kill(child, SIGKILL);
		cell_must(waitpid(child, NULL, 0) == child, "waitpid");
	}
	child = cell_fork(child_sleep, NULL);
}

static void clear(void)
{
	if (child) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

const struct scenario scenario_cow_after_fork = {
	.group = "resident",
	.title = "store to a page shared with a child after fork: a copy",
	.story =
		"fork() write-protects the parent's pages. A store finds a present,\n"
		"read-only entry: do_wp_page() sees that the page is shared with\n"
		"the child and wp_page_copy() allocates and copies. Under the VMA\n"
		"lock since 6.4, at the first attempt. Before each round one\n"
		"worker ends the last child and forks the next, untimed; the\n"
		"child sleeps, so the fork itself is not what is measured.\n"
		"A copy changes an entry that CPUs may have cached: with another\n"
		"thread of the process running (a worker, an antagonist, even\n"
		"spin), each fault sends its CPU an interrupt (flush_tlb_page()),\n"
		"which is dear in a virtual machine and is no lock.\n"
		"With page-size=2MiB do_huge_pmd_wp_page() splits the entry of\n"
		"the large page first; what is copied is one base page, of other\n"
		"sizes too.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.settings = settings,
	.check = large_check,
	.build = build,
	.empty = empty,
	.renew = renew,
	.verify = large_verify,
	.clear = clear,
	.stride = large_stride,
};
