/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores to shared memory that has no page there yet: the fault allocates one
 * for the file, where memfd finds it. The hole is punched again between rounds.
 *
 * Source: mm/shmem.c shmem_fault(), shmem_get_folio_gfp(), shmem_fallocate();
 * mm/memory.c do_shared_fault(), fault_dirty_shared_page().
 */
#include "scenario.h"

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_SHARED,
		 memfd_make(area->bytes + area->margin));
}

/* Takes the pages out of the page tables and out of the file. */
static void empty(struct area *area, char *start, size_t bytes)
{
	(void)area;
	cell_must(!madvise(start, bytes, MADV_REMOVE), "madvise(MADV_REMOVE)");
}

const struct scenario scenario_memfd_hole = {
	.group = "resident",
	.title = "first store to a hole of shared memory (memfd): allocates",
	.story =
		"shmem_fault() finds nothing in the page cache and\n"
		"shmem_get_folio_gfp() allocates a page, charges it, clears it\n"
		"and adds it to the file. The page becomes dirty by this fault,\n"
		"so fault_dirty_shared_page() drops the lock before it may\n"
		"throttle, and the fault ends with VM_FAULT_COMPLETED; it is not\n"
		"redone (before 6.0 it was: a retry). In memfd the page is dirty\n"
		"already and the lock is kept. get_user_pages must take the lock\n"
		"again.\n"
		"Under the VMA lock since 6.7. Between rounds MADV_REMOVE punches\n"
		"the hole again; a fault that met it meanwhile would wait\n"
		"(shmem_falloc_wait()), but nobody touches then.",
	.access = ACCESS_WRITE,
	.path = PATH_COMPLETES,
	.feature = FEATURE_VMA_LOCK_FILE,
	.build = build,
	.empty = empty,
};
