/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores to a shared mapping of a file in the page cache: what a database or a
 * log does that writes by mmap. A disk file system wants to know of each page
 * that becomes writable (page_mkwrite), and the fault then may be throttled by
 * the amount of dirty memory; tmpfs wants neither.
 *
 * The file is small, written and synced first, so that nothing is throttled
 * and no block is to be allocated. The kernel may write it back meanwhile;
 * then a page is cleaned, and its next fault makes it dirty again.
 *
 * Source: mm/memory.c do_shared_fault(), wp_page_shared(), do_page_mkwrite(),
 * fault_dirty_shared_page(); fs/ext4/inode.c ext4_page_mkwrite().
 */
#include "scenario.h"

static const struct setting settings[] = {
	SETTING_DIR,
	{ "entry", SETTING_WORD, "absent", "absent read-only",
	  "what the store finds: nothing, or what a load has mapped" },
	{ NULL, 0, NULL, NULL, NULL },
};

static bool loads_first(void)
{
	return !strcmp(cell_text("entry"), "read-only");
}

static void check(void)
{
	const char *type = cell_file_system();

	if (loads_first() && type &&
	    (!strcmp(type, "tmpfs") || !strcmp(type, "ramfs")))
		cell_skip("entry=read-only: a load from %s maps its page "
			  "writable at once, and no store faults; set dir= to "
			  "a folder on a disk",
			  type);
}

static void build(struct area *area)
{
	int fd = file_make(cell_text("dir"), area->bytes + area->margin);

	area_map(area, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
}

static void empty(struct area *area, char *start, size_t bytes)
{
	area_dontneed(area, start, bytes);
	if (loads_first())
		area_load(start, bytes, page_bytes());
}

const struct scenario scenario_file_write_shared = {
	.group = "file",
	.title = "store to a shared mapping of a file: page_mkwrite",
	.story =
		"do_shared_fault() finds the page in the page cache, and on a\n"
		"disk file system do_page_mkwrite() asks leave to make it\n"
		"writable, with the lock held: the journal may be started, a page\n"
		"under write-back be waited for. fault_dirty_shared_page() then\n"
		"drops the lock before it may throttle, and the fault ends with\n"
		"VM_FAULT_COMPLETED; it is not redone (before 6.0 it was: a\n"
		"retry). With entry=read-only a load has mapped the page before\n"
		"and the store only upgrades its entry, by wp_page_shared(). On\n"
		"tmpfs (dir=/dev/shm) there is no page_mkwrite and the lock is\n"
		"kept.\n"
		"Under the VMA lock since 6.7. Between rounds MADV_DONTNEED\n"
		"unmaps; pages and blocks stay. The record names the file system.",
	.access = ACCESS_WRITE,
	.path = PATH_COMPLETES,
	.feature = FEATURE_VMA_LOCK_FILE,
	/* how often get_user_pages takes the lock depends on the file system */
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.settings = settings,
	.check = check,
	.build = build,
	.empty = empty,
};
