/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first fault of many tiny VMAs: what a program pays that maps a little,
 * touches it and goes on (JITs, allocators that mmap each block, short-lived
 * threads). Each page is a VMA of its own, and the page behind it belongs to no
 * one, so that no two can merge. Between rounds each is mapped anew.
 *
 * Source: mm/memory.c vmf_anon_prepare(), mm/rmap.c __anon_vma_prepare();
 * mm/vma.c find_mergeable_anon_vma().
 */
#include "scenario.h"

#include <stdio.h>

/* A page, and one that keeps it from its neighbour. */
static size_t stride(void)
{
	return 2 * page_bytes();
}

static unsigned int nr_vmas(const struct area *area)
{
	/* the pages, those between them, and the margin */
	return (unsigned int)(2 * (area->bytes / stride()) + 1);
}

static void check(void)
{
	uint64_t pages = cell_number("pages") * cell_nr_workers();
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	unsigned long most = 0;

	cell_must(file, "/proc/sys/vm/max_map_count");
	if (fscanf(file, "%lu", &most) != 1)
		cell_fail("/proc/sys/vm/max_map_count holds no number");
	fclose(file);
	if (2 * pages + 256 > most)
		cell_skip("%llu VMAs and as many gaps: vm.max_map_count is %lu;"
			  " say pages=%lu or less, or raise it",
			  (unsigned long long)pages, most,
			  (most - 256) / 2 / cell_nr_workers());
}

/* A new VMA takes the place of the old one, which is unmapped with its page. */
static void empty(struct area *area, char *start, size_t bytes)
{
	char *page;

	for (page = start; page < start + bytes; page += stride())
		cell_must(mmap(page, page_bytes(), area->prot,
			       area->flags | MAP_FIXED, -1, 0) == page,
			  "mmap of one page");
}

static void build(struct area *area)
{
	char *gap;

	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (gap = area->start + page_bytes(); gap < area->start + area->bytes;
	     gap += stride())
		cell_must(mmap(gap, page_bytes(), PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				       MAP_FIXED,
			       -1, 0) == gap,
			  "mmap of a gap");
	empty(area, area->start, area->bytes);
}

const struct scenario scenario_fresh_vmas = {
	.group = "resident",
	.title = "first store to a VMA of one page, one fault each",
	.story =
		"A new VMA has no anon_vma yet. Its first fault makes one:\n"
		"vmf_anon_prepare() takes mmap_lock by a trylock while it holds\n"
		"the VMA lock (since 6.10), __anon_vma_prepare() finds no\n"
		"neighbour to share with and allocates. So each fault takes\n"
		"mmap_lock once, inside the fault, and gives up and is redone\n"
		"under mmap_lock when a writer holds it. 6.4 to 6.9 go to\n"
		"mmap_lock at once. Many tiny VMAs are the case in which the VMA\n"
		"lock helps least.\n"
		"Between rounds each page is mapped anew, untimed. With\n"
		"vmas=shared the workers' VMAs lie in one row. An antagonist with\n"
		"where=same works on the VMA at the end of the row.",
	.access = ACCESS_WRITE,
	.path = PATH_FRESH,
	.feature = FEATURE_VMA_LOCK_FRESH,
	.check = check,
	.build = build,
	.empty = empty,
	.stride = stride,
	.nr_vmas = nr_vmas,
};
