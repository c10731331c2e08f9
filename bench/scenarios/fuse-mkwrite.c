/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that waits and does NOT drop its lock: a store to a page that is
 * being written back. The page belongs to a FUSE file whose server takes
 * `delay` for each WRITE.
 *
 * Before each round, untimed: all write-back ends at once, each page is made
 * dirty by a store, write-back of all of them is started, which makes them
 * read-only again, and the server keeps the WRITEs until it has every one.
 * Then it is let go, and answers them in the order of the pages, one after the
 * other in each worker's slice, `delay` after the answer before. So every store
 * finds its page under write-back.
 *
 * Source: mm/memory.c wp_page_shared(), do_page_mkwrite(),
 * fault_dirty_shared_page(); fs/fuse/file.c fuse_page_mkwrite(),
 * fuse_wait_on_folio_writeback() (6.12: fuse_wait_on_page_writeback()).
 */
#include "scenario.h"

static const struct setting settings[] = {
	{ "delay", SETTING_TIME, "100us", NULL,
	  "how long the file's server takes to write a page" },
	{ NULL, 0, NULL, NULL, NULL },
};

/* Those that were built in this process: with mode=processes, one. */
static struct area **areas;
static unsigned int nr_areas;

static void check(void)
{
	if (strcmp(cell_text("order"), "sequential"))
		cell_skip("pages are written back in their order, and would be "
			  "clean by then: set order=sequential");
	slow_check();
}

static void build(struct area *area)
{
	slow_build(area,
		   (struct slowfs_options){
			   .lane_bytes = cell_number("pages") * page_bytes(),
		   },
		   MAP_SHARED);
	areas = realloc(areas, (nr_areas + 1) * sizeof(struct area *));
	cell_must(areas, "no memory");
	areas[nr_areas++] = area;
}

/*
 * The last round may have left pages to be written. fsync() waits for the
 * server's answers (fuse_sync_writes()). sync_file_range() does not in 6.12,
 * where FUSE writes copies of pages, whose own write-back ends at once: a WRITE
 * of the last round would then be kept with those of the next.
 */
static void write_back_end(struct area *area)
{
	slowfs_release(area->own, 0);
	cell_must(!fsync(area->fd), "fsync");
}

static void write_back_begin(struct area *area)
{
	size_t i;

	slowfs_hold(area->own);
	for (i = 0; i < area->bytes; i += page_bytes())
		*(volatile char *)(area->start + i) = 1;
	cell_must(!sync_file_range(area->fd, 0, 0, SYNC_FILE_RANGE_WRITE),
		  "sync_file_range(SYNC_FILE_RANGE_WRITE)");
}

static void renew(void)
{
	uint64_t delay_ns = cell_number("delay");
	unsigned int i;
	struct error e;

	for (i = 0; i < nr_areas; i++) {
		write_back_end(areas[i]);
		write_back_begin(areas[i]);
	}
	for (i = 0; i < nr_areas; i++)
		if (slowfs_await(areas[i]->own, areas[i]->bytes / page_bytes(),
				 &e))
			cell_fail("%s: set pages= lower", e.text);
	for (i = 0; i < nr_areas; i++)
		slowfs_release(areas[i]->own, delay_ns);
}

static void verify(struct area *area)
{
	const struct slowfs_stats *stats = slowfs_stats(area->own);

	if (stats->nr_overdue)
		cell_fail("%llu WRITEs were kept for too long",
			  (unsigned long long)stats->nr_overdue);
	slow_verify(area, "WRITE", stats->nr_writes, stats->write_bytes,
		    &stats->write_ns);
}

const struct scenario scenario_fuse_mkwrite = {
	.group = "waiting",
	.title = "store to a FUSE page under write-back: waits, the lock held",
	.story =
		"The page is there, and read-only because it is being written\n"
		"back. wp_page_shared() asks the file system (->page_mkwrite),\n"
		"and fuse_page_mkwrite() waits for the end of write-back with\n"
		"the lock of the fault HELD: the VMA lock from user mode,\n"
		"mmap_lock from kernel mode. It is dropped only afterwards, for\n"
		"the throttling of writers, and the fault is complete then\n"
		"(VM_FAULT_COMPLETED): no retry.\n"
		"So whoever wants the VMA for writing waits for as long as the\n"
		"fault does; under mmap_lock, whoever wants any. fuse-read is the\n"
		"fault that waits as long and drops its lock.\n"
		"The write-back of a page takes `delay` from the end of that of\n"
		"the page before it.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_FILE,
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.pages = "64",
	.settings = settings,
	.check = check,
	.build = build,
	.empty = area_keep, /* slices of one file are let go together */
	.renew = renew,
	.verify = verify,
};
