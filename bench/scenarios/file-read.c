/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads from a file that is in the page cache. The kernel maps a whole window
 * of pages around each fault (fault_around_bytes, 64 KiB by default), so the
 * touches are one window apart: each is one fault, which maps 16 pages.
 *
 * The file is written and synced first: dropping caches on dirty pages leaves
 * PG_reclaim behind, which is PG_readahead to the next fault.
 *
 * Source: mm/memory.c do_read_fault(), do_fault_around(); mm/filemap.c
 * filemap_map_pages().
 */
#include "scenario.h"

#include <stdio.h>

static const struct setting settings[] = {
	SETTING_DIR,
	{ "fault-around", SETTING_WORD, "unchanged",
	  "unchanged 4KiB 16KiB 64KiB 256KiB 1MiB",
	  "bytes that one fault maps, set for the run" },
	{ NULL, 0, NULL, NULL, NULL },
};

static void check(void)
{
	char value[32];

	if (!cell_bytes("fault-around"))
		return;
	snprintf(value, sizeof(value), "%llu",
		 (unsigned long long)cell_bytes("fault-around"));
	cell_want("/sys/kernel/debug/fault_around_bytes", value);
}

static size_t stride(void)
{
	unsigned long bytes;
	bool known;

	facts_fault_around(&bytes, &known);
	return bytes > page_bytes() ? bytes : page_bytes();
}

static void build(struct area *area)
{
	int fd = file_make(cell_text("dir"), area->bytes + area->margin);

	area_map(area, PROT_READ, MAP_PRIVATE, fd);
}

const struct scenario scenario_file_read = {
	.group = "file",
	.title = "load from a file in the page cache, with fault-around",
	.story =
		"do_read_fault() calls do_fault_around(), and filemap_map_pages()\n"
		"maps every cached page of the aligned window around the address\n"
		"(setting.fault_around_bytes in the session, 64 KiB unless\n"
		"changed). Touches are one window apart, so each is exactly one\n"
		"fault; divide by the pages of a window for the cost a page.\n"
		"fault-around=4KiB maps page by page (debugfs, as root).\n"
		"Under the VMA lock since 6.6; without I/O nothing is retried.\n"
		"Between rounds MADV_DONTNEED unmaps; the page cache stays.",
	.access = ACCESS_READ,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_FILE,
	.settings = settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
	.stride = stride,
};
