/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stack that grows: the touched page lies below the VMA, so there is no VMA
 * to lock, and it must be extended first. What the main thread's stack does;
 * the stacks of other threads are mapped whole (thread-stack).
 *
 * The kernel keeps stack_guard_gap (256 pages) below such a VMA free of other
 * mappings. An area is therefore a row of stacks of 256 pages: none has a hole
 * below it that an mmap() of somebody else could be given. Each grows two pages
 * a touch, so that the page that it begins with is none that is touched.
 *
 * Source: mm/mmap_lock.c (before 6.17 mm/memory.c) lock_mm_and_find_vma();
 * mm/vma.c (mm/mmap.c) expand_stack_locked(), expand_downwards().
 */
#include "scenario.h"

enum {
	STACK_PAGES = 256
};

static size_t stride(void)
{
	return 2 * page_bytes();
}

static size_t stack_bytes(void)
{
	return STACK_PAGES * page_bytes();
}

/* The stack that begins within [from, end): all but its first page. */
static size_t room(const char *from, const char *end)
{
	size_t bytes = (size_t)(end - from);

	return (bytes < stack_bytes() ? bytes : stack_bytes()) - page_bytes();
}

static unsigned int nr_vmas(const struct area *area)
{
	return (unsigned int)((area->bytes - 1) / stack_bytes() + 1);
}

/* All stacks shrink to the page that they begin with, which stays. */
static void empty(struct area *area, char *start, size_t bytes)
{
	char *end = start + bytes, *p;

	(void)area;
	for (p = start; p < end; p += stack_bytes())
		cell_must(!munmap(p, room(p, end)), "munmap of a stack");
}

static void build(struct area *area)
{
	char *end = area->start + area->bytes, *p;

	area_map(area, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_STACK, -1);
	empty(area, area->start, area->bytes);
	for (p = area->start; p < end; p += stack_bytes())
		p[room(p, end)] = 1; /* makes the anon_vma */
}

const struct scenario scenario_stack_growth = {
	.group = "resident",
	.title = "store below a stack that grows (the main thread's)",
	.story =
		"lock_vma_under_rcu() finds no VMA at the address, so the fault\n"
		"takes mmap_lock: lock_mm_and_find_vma() sees a VM_GROWSDOWN VMA\n"
		"above, gives the read lock back, takes mmap_lock for write\n"
		"(since 6.5; there is no upgrade), expand_stack_locked() extends\n"
		"the VMA, and the lock is downgraded for the fault itself. One\n"
		"acquisition for write and two for read each (the downgrade\n"
		"counts), from user or kernel mode alike: the only fault that is\n"
		"a writer of mmap_lock. Before, the stack grew under the read\n"
		"lock of the fault: one acquisition. Its control is thread-stack:\n"
		"the same touches, nothing to extend.\n"
		"The stack is touched downwards, every other page; between\n"
		"rounds munmap shrinks it, untimed. get_user_pages does not grow\n"
		"a stack since 6.5.",
	.access = ACCESS_WRITE,
	.path = PATH_GROWS,
	.feature = FEATURE_VMA_LOCK,
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.downwards = true,
	.own_vma = true,
	.build = build,
	.empty = empty,
	.stride = stride,
	.nr_vmas = nr_vmas,
};
