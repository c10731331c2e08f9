/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first store to a huge page of hugetlbfs: taken from a pool that the
 * administrator has set aside, cleared, mapped by one entry.
 *
 * Source: mm/hugetlb.c hugetlb_fault(), hugetlb_no_page().
 */
#include "scenario.h"

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

static const struct setting settings[] = {
	{ "page-size", SETTING_SIZE, "2MiB", NULL,
	  "of the pool that the pages come from" },
	{ NULL, 0, NULL, NULL, NULL },
};

static size_t stride(void)
{
	return cell_number("page-size");
}

static int map_flags(void)
{
	return (int)((unsigned int)__builtin_ctzl(stride()) << MAP_HUGE_SHIFT);
}

/* Before 5.18 it is an error of any hugetlb VMA, whatever lies in it
 * (mm/madvise.c: can_madv_lru_vma()). */
static void check_emptying(void)
{
	size_t bytes = stride();
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			       MAP_HUGETLB | map_flags(),
		       -1, 0);
	int err;

	cell_must(p != MAP_FAILED, "mmap of a huge page of %zu bytes", bytes);
	err = madvise(p, bytes, MADV_DONTNEED);
	munmap(p, bytes);
	if (err)
		cell_skip("MADV_DONTNEED of this kernel does not give huge "
			  "pages of hugetlbfs back: it takes Linux 5.18");
}

/* Each area has one beyond its pages, for antagonists. */
static void check(void)
{
	cell_want_hugepages((cell_number("pages") + 1) * cell_nr_workers(),
			    stride());
	check_emptying();
}

static void build(struct area *area)
{
	/* Nothing smaller can be split off for an antagonist. */
	area->margin = stride();
	area_map(area, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | map_flags(), -1);
}

const struct scenario scenario_hugetlb = {
	.group = "resident",
	.title = "first store to a huge page of the hugetlb pool",
	.story =
		"hugetlb_fault() takes a mutex of the page's own, and\n"
		"hugetlb_no_page() takes a page from the reservation that mmap()\n"
		"made, clears all of it and maps it. Under the VMA lock since\n"
		"6.10, anon_vma once a VMA as elsewhere. Clearing 2 MiB is most\n"
		"of it: the locks are a matter of who is held up, not of the\n"
		"time of one fault. Compare with anon-write page-size=2MiB,\n"
		"which must find its page. Between rounds MADV_DONTNEED gives the\n"
		"pages back to the pool (since 5.18). A pool that is too small\n"
		"is enlarged for the run, as root.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_HUGETLB,
	.ways = 1 << BY_USER | 1 << BY_KERNEL, /* 6.1 does not count GUP's */
	.pages = "16",
	.settings = settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
	.stride = stride,
};
