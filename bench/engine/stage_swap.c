/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the swap scenarios share: a swap area for this run alone, pages that do
 * not compress, and putting them out until none is left in memory.
 *
 * MADV_PAGEOUT begins to write a page and leaves it in the swap cache, where a
 * touch finds it again. Once it is written it has to be mapped, by a read that
 * leaves it clean, and put out a second time.
 *
 * Source: mm/madvise.c madvise_cold_or_pageout_pte_range(); mm/vmscan.c
 * shrink_folio_list().
 */
#include "cell.h"

const struct setting swap_settings[] = {
	{ "dir", SETTING_TEXT, "/var/tmp", NULL,
	  "folder of the swap area's file, on a disk" },
	{ NULL, 0, NULL, NULL, NULL },
};

void swap_check(enum swap_kind kind)
{
	const char *dir = kind == SWAP_ZRAM ? NULL : cell_text("dir");
	enum {
		CLUSTER = 512 /* pages, that a CPU has to itself */
	};
	/* A page that was read keeps its slot; one that was written gets a
	 * new one before the old one is free. */
	uint64_t pages = 4 * cell_nr_workers() * cell_number("pages") +
			 (cell_nr_workers() + 6) * CLUSTER;
	struct swap_area swap;
	struct error e;

	if (resource_swap(kind, dir, pages * page_bytes(), &swap, &e))
		cell_skip("%s", e.text);
	if (kind == SWAP_ZRAM && !swap.synchronous)
		cell_skip("zram of this kernel is not synchronous");
}

void swap_build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	fill_random(area->start, area->bytes);
}

/*
 * What a CPU has faulted in waits there to be put on the LRU, where
 * MADV_PAGEOUT looks for it; one that runs on another CPU never finds it. No
 * call is there to flush those batches, but POSIX_FADV_DONTNEED does when it
 * cannot drop a page, and pages of this program are always mapped
 * (mm/fadvise.c generic_fadvise()).
 */
static void lru_flush(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	cell_must(fd >= 0, "/proc/self/exe");
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void read_cached(const char *start, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i += page_bytes())
		if (area_nr_cached(start + i, page_bytes()))
			(void)*(const volatile char *)(start + i);
}

void swap_out(struct area *area, char *start, size_t bytes)
{
	enum {
		TRIES = 1000,
		PAUSE_NS = 1000 * 1000
	};
	size_t left;
	int i;

	(void)area;
	for (i = 0;; i++) {
		cell_must(!madvise(start, bytes, MADV_PAGEOUT),
			  "madvise(MADV_PAGEOUT)");
		left = area_nr_cached(start, bytes);
		if (!left)
			return;
		if (i == TRIES)
			cell_fail("%zu of %zu pages stay in memory after %d "
				  "madvise(MADV_PAGEOUT)",
				  left, bytes / page_bytes(), TRIES);
		wait_ns(PAUSE_NS);
		read_cached(start, bytes);
		lru_flush();
	}
}
