/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first store to a private mapping of a file: the page of the page cache
 * is copied. What the data segment of every program does when it starts.
 *
 * Source: mm/memory.c do_cow_fault(); mm/filemap.c filemap_fault().
 */
#include "scenario.h"

static const struct setting settings[] = {
	SETTING_DIR,
	{ NULL, 0, NULL, NULL, NULL },
};

static void build(struct area *area)
{
	int fd = file_make(cell_text("dir"), area->bytes + area->margin);

	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
}

const struct scenario scenario_file_write_private = {
	.group = "file",
	.title =
		"store to a private mapping of a file: a copy of the page cache",
	.story =
		"do_cow_fault() allocates an anonymous page, finds the page of\n"
		"the file by filemap_fault() in the page cache, copies it and\n"
		"maps the copy. A write fault has no fault-around, so each page\n"
		"is a fault of its own. Nothing waits and nothing becomes dirty:\n"
		"the fault finishes at the first attempt, under the VMA lock\n"
		"since 6.7. The first one in a VMA also makes the anon_vma; the\n"
		"warm-up takes it. Between rounds MADV_DONTNEED frees the\n"
		"copies; the page cache stays.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_FILE,
	.settings = settings,
	.build = build,
	.empty = area_dontneed,
};
