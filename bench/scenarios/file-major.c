/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads from a file that is not in the page cache: each fault reads its page
 * from the disk, and waits for it with no lock held. Readahead and fault-around
 * would bring pages in before they are touched, so the mapping is MADV_RANDOM:
 * no readahead, and around a page nothing is cached that was not touched.
 *
 * With targets=same all workers wait for the same pages: one reads, the others
 * find the folio locked, drop their lock as well and wait for it.
 *
 * It refuses memory file systems, whose pages have no other place to be.
 *
 * Source: mm/filemap.c filemap_fault(), lock_folio_maybe_drop_mmap();
 * mm/internal.h maybe_unlock_mmap_for_io().
 */
#include "scenario.h"

static const struct setting settings[] = {
	{ "dir", SETTING_TEXT, "/var/tmp", NULL,
	  "folder of the file (removed at once), on a disk" },
	{ NULL, 0, NULL, NULL, NULL },
};

static void check(void)
{
	file_check_disk(cell_text("dir"));
}

/* Private and writable, for the locks that write (mmap-hold): what they write
 * to is a copy, made after the same read. */
static void build(struct area *area)
{
	int fd = file_make(cell_text("dir"), area->bytes + area->margin);

	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	cell_must(
		!madvise(area->start, area->bytes + area->margin, MADV_RANDOM),
		"madvise(MADV_RANDOM)");
}

const struct scenario scenario_file_major = {
	.group = "waiting",
	.title = "load from a file that is not cached: one read, one retry",
	.story =
		"do_read_fault() calls filemap_fault(), which finds no page, adds\n"
		"one to the page cache, drops the lock (the VMA lock from user\n"
		"mode since 6.7, mmap_lock from kernel mode), starts the read,\n"
		"sleeps until the page is there, and returns VM_FAULT_RETRY. The\n"
		"redo takes mmap_lock and maps it: one retry a fault, exactly,\n"
		"however fast the disk is. It is a TRIED attempt, so it would\n"
		"wait with mmap_lock held if the page had gone again.\n"
		"With lock=mmap-hold the fault may not be retried: the read is\n"
		"waited for with mmap_lock held.\n"
		"Between rounds MADV_DONTNEED, posix_fadvise(DONTNEED) until\n"
		"mincore(2) finds no page. The file was synced, for a dirty page\n"
		"would stay. Of a disk that caches its blocks elsewhere (a virtual\n"
		"machine's host) the time is that of the cache; the counts hold.",
	.access = ACCESS_READ,
	.path = PATH_WAITS,
	.feature = FEATURE_VMA_LOCK_FILE,
	.ways = 1 << BY_USER | 1 << BY_KERNEL | 1 << BY_HOLD | 1 << BY_GUP |
		1 << BY_POPULATE,
	.pages = "64",
	.settings = settings,
	.check = check,
	.build = build,
	.empty = file_drop,
};
