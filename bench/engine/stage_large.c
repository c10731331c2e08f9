/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous memory in pages larger than the base page (scenario.h): the
 * setting page-size of a scenario. The kernel gives a fault the largest size
 * that is enabled and fits, so the size that is wanted must be enabled and no
 * larger one may be; and it falls back to smaller ones without a word, so that
 * what it gave is looked at afterwards.
 *
 * Source: mm/memory.c alloc_anon_folio(), mm/huge_memory.c
 * __thp_vma_allowable_orders(), do_huge_pmd_anonymous_page();
 * Documentation/admin-guide/mm/transhuge.rst, pagemap.rst.
 */
#include "cell.h"

#include <errno.h>
#include <stdio.h>

#include "look.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* <linux/mman.h> since 6.1 */
#endif

#define THP "/sys/kernel/mm/transparent_hugepage/"

enum {
	MOST_PAGES = 512, /* of a large page */
	COLLAPSES = 100,  /* that may fail, one after the other */
	KIB = 1024
};

static const uint64_t present = 1ull << 63;

/* A size in KiB, or 0: the switch of all of them. */
static const char *switch_path(uint64_t kib, char path[128])
{
	if (kib)
		snprintf(path, 128, THP "hugepages-%llukB/enabled",
			 (unsigned long long)kib);
	else
		snprintf(path, 128, THP "enabled");
	return path;
}

/* Would a mapping that asks for them get pages of this size? */
static bool enabled(uint64_t kib)
{
	char path[128], word[32];

	if (look_choice(word, sizeof(word), NULL, switch_path(kib, path)) < 0)
		return false;
	if (kib && !strcmp(word, "inherit"))
		return enabled(0);
	return !strcmp(word, "always") || !strcmp(word, "madvise");
}

static uint64_t largest_kib(void)
{
	long long bytes;
	struct error e;

	if (look_number(&bytes, &e, THP "hpage_pmd_size"))
		cell_skip("%s: this kernel has no transparent huge pages",
			  e.text);
	return (uint64_t)bytes / KIB;
}

void large_check(void)
{
	uint64_t kib = cell_bytes("page-size") / KIB, largest, larger;
	uint64_t own; /* has a switch of its own, or the one of all */
	char path[128];

	if (!kib)
		return;
	largest = largest_kib();
	own = access(switch_path(kib, path), F_OK) ? 0 : kib;
	if (!own && kib != largest)
		cell_skip("page-size=%s: this kernel has no such pages of "
			  "anonymous memory (multi-size THP came with 6.8)",
			  cell_text("page-size"));
	if (!enabled(own))
		cell_want(switch_path(own, path), "madvise");
	for (larger = 2 * kib; larger <= largest; larger *= 2)
		if (enabled(larger))
			cell_want(switch_path(larger, path), "never");
}

size_t large_stride(void)
{
	size_t bytes = cell_bytes("page-size");

	return bytes ? bytes : page_bytes();
}

void large_advise(struct area *area)
{
	if (cell_bytes("page-size"))
		cell_must(!madvise(area->start, area->bytes + area->margin,
				   MADV_HUGEPAGE),
			  "madvise(MADV_HUGEPAGE)");
}

/*
 * MADV_DONTNEED leaves the page table in which a split large page was mapped
 * (but where CONFIG_PT_RECLAIM frees it, on x86 since 6.14), and a store finds
 * no room for a large page there. Each block has one base page by then, and is
 * made a large one (mm/khugepaged.c madvise_collapse()). That page may be on
 * its way to the LRU lists, or made read-only by a fork: then once more.
 */
void large_collapse(char *start, size_t bytes)
{
	int left = COLLAPSES;

	if (cell_bytes("page-size") / KIB != largest_kib())
		return;
	while (madvise(start, bytes, MADV_COLLAPSE)) {
		if ((errno == EAGAIN || errno == EINVAL) && left--) {
			area_store(start, bytes, large_stride());
			continue;
		}
		cell_must(errno == EINVAL, "madvise(MADV_COLLAPSE)");
		cell_skip("page-size=%s: a page that a copy has split cannot "
			  "be made whole again: madvise(MADV_COLLAPSE): %s; "
			  "Linux 6.1 brought it",
			  cell_text("page-size"), strerror(errno));
	}
}

/*
 * A block was touched once, so that it is one large page when all of its base
 * pages are present. That it is no part of a larger one follows from the
 * faults: each block had its own.
 */
void large_verify(struct area *area)
{
	size_t stride = large_stride(), nr = stride / page_bytes(), found, i;
	uint64_t entry[MOST_PAGES];
	size_t whole = 0;
	char *block;
	int fd;

	if (nr == 1)
		return;
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	cell_must(fd >= 0, "/proc/self/pagemap");
	for (block = area->start; block < area->start + area->bytes;
	     block += stride) {
		cell_must(pread(fd, entry, nr * sizeof(*entry),
				(off_t)((uintptr_t)block / page_bytes() *
					sizeof(*entry))) ==
				  (ssize_t)(nr * sizeof(*entry)),
			  "/proc/self/pagemap");
		for (found = 0, i = 0; i < nr; i++)
			found += !!(entry[i] & present);
		/* Of several workers the first to finish ends the round. */
		if (found && found < nr)
			cell_fail("page-size=%s: after its fault a block has "
				  "%zu of %zu pages, so it is none; memory may "
				  "be too fragmented",
				  cell_text("page-size"), found, nr);
		whole += found == nr;
	}
	close(fd);
	if (!whole)
		cell_fail("page-size=%s: no block is present",
			  cell_text("page-size"));
}
