/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack of a thread: mapped whole by pthread_create(), so that its VMA is
 * there before the first touch. The control of stack-growth.
 *
 * Source: glibc nptl/allocatestack.c; mm/memory.c do_anonymous_page().
 */
#include "scenario.h"

/* Every other page, as in stack-growth. */
static size_t stride(void)
{
	return 2 * page_bytes();
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1);
}

const struct scenario scenario_thread_stack = {
	.group = "resident",
	.title = "store to a thread's stack, which does not grow",
	.story =
		"glibc maps the stacks of all threads but the first with their\n"
		"full size (MAP_STACK, without MAP_GROWSDOWN): a touch further\n"
		"down finds a VMA and is an ordinary do_anonymous_page() under\n"
		"the VMA lock. Compare with stack-growth, which must extend its\n"
		"VMA under mmap_lock for write. Touched downwards, every other\n"
		"page; between rounds MADV_DONTNEED, as glibc does with the\n"
		"stack of a thread that has ended.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.downwards = true,
	.build = build,
	.empty = area_dontneed,
	.stride = stride,
};
