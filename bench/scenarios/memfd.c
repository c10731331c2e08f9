/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores to shared memory whose pages are there: only the page table entry is
 * missing. With memfd-secret it makes the cleanest pair of locks that a stock
 * kernel offers: both touched in user mode, one fault under the VMA lock, the
 * other redone under mmap_lock.
 *
 * Source: mm/memory.c do_shared_fault(), fault_dirty_shared_page();
 * mm/shmem.c shmem_fault(). File-backed faults under the VMA lock: Linux 6.7.
 */
#include "scenario.h"

static void build(struct area *area)
{
	size_t bytes = area->bytes + area->margin;
	int fd = memfd_make(bytes);

	cell_must(!fallocate(fd, 0, 0, (off_t)bytes),
		  "fallocate of %zu bytes of shared memory", bytes);
	area_map(area, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	memset(area->start, 1, bytes);
}

const struct scenario scenario_memfd = {
	.group = "resident",
	.title = "store to a resident page of shared memory (memfd)",
	.story =
		"The page is in the page cache of a memfd; MADV_DONTNEED has only\n"
		"taken the page table entry away. do_shared_fault() finds the\n"
		"page by shmem_fault() and maps it writable. The page is dirty\n"
		"already, so fault_dirty_shared_page() has nothing to throttle\n"
		"and keeps the lock (memfd-hole is the one that drops it).\n"
		"Under the VMA lock since 6.7. Its twin is memfd-secret: the same\n"
		"access to the same kind of page, redone under mmap_lock.",
	.access = ACCESS_WRITE,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK_FILE,
	.build = build,
	.empty = area_dontneed,
};
