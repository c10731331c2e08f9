/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A major fault that takes as long as we like: the first touch of a page of a
 * FUSE file, whose server lets each READ wait for `delay`. What a fault on a
 * slow disk does, without the disk: it drops its lock, waits for the page, and
 * is redone.
 *
 * The mapping is private and writable, so that a touch that must write
 * (lock=mmap-hold) waits for the same READ and then copies the page.
 *
 * Between rounds the pages are unmapped and dropped from the page cache. There
 * is no readahead: each touch is one READ of one page.
 *
 * Source: mm/filemap.c filemap_fault(), lock_folio_maybe_drop_mmap();
 * mm/memory.c do_read_fault(), do_cow_fault(); fs/fuse/file.c
 * fuse_read_folio().
 */
#include "scenario.h"

static const struct setting settings[] = {
	{ "delay", SETTING_TIME, "100us", NULL,
	  "how long the file's server lets each page wait" },
	{ NULL, 0, NULL, NULL, NULL },
};

static void build(struct area *area)
{
	slow_build(area,
		   (struct slowfs_options){
			   .read_delay_ns = cell_number("delay"),
		   },
		   MAP_PRIVATE);
}

static void verify(struct area *area)
{
	const struct slowfs_stats *stats = slowfs_stats(area->own);

	if (stats->nr_interrupted)
		cell_fail("%llu READs were cut short by a signal",
			  (unsigned long long)stats->nr_interrupted);
	slow_verify(area, "READ", stats->nr_reads, stats->read_bytes,
		    &stats->read_ns);
}

const struct scenario scenario_fuse_read = {
	.group = "waiting",
	.title = "major fault of a FUSE file whose server takes its time",
	.story =
		"filemap_fault() finds no page, makes one, drops its lock (the\n"
		"VMA lock or mmap_lock: maybe_unlock_mmap_for_io), has FUSE read\n"
		"it, which takes `delay`, and returns VM_FAULT_RETRY |\n"
		"VM_FAULT_MAJOR. The redo takes mmap_lock and finds the page. So\n"
		"each fault is retried exactly once, and nobody else is held up\n"
		"while it waits: unless the lock is mmap-hold, which may not\n"
		"retry and waits with mmap_lock held.\n"
		"The server is a process of its own, bound to no PU. It is the\n"
		"same fault by all three locks: compare who else waits.",
	.access = ACCESS_READ,
	.path = PATH_WAITS,
	.feature = FEATURE_VMA_LOCK_FILE,
	.ways = 1 << BY_USER | 1 << BY_KERNEL | 1 << BY_HOLD | 1 << BY_GUP |
		1 << BY_POPULATE,
	.pages = "64",
	.settings = settings,
	.check = slow_check,
	.build = build,
	.empty = file_drop,
	.verify = verify,
};
