/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that waits although its page is there: shared memory, page in the
 * page cache, and only the entry of the page table missing. userfaultfd tells a
 * handler thread, which has the entry made (UFFDIO_CONTINUE). What a virtual
 * machine's memory does after a live migration.
 *
 * Source: mm/shmem.c shmem_get_folio_gfp(); mm/userfaultfd.c
 * mfill_atomic_pte_continue().
 */
#include "scenario.h"

static void check(void)
{
	uffd_check(UFFD_MINOR);
}

static void build(struct area *area)
{
	size_t bytes = area->bytes + area->margin;
	int fd = memfd_make(bytes);

	cell_must(!fallocate(fd, 0, 0, (off_t)bytes),
		  "no shared memory for %zu bytes", bytes);
	area_map(area, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	uffd_serve(area, UFFD_MINOR);
}

const struct scenario scenario_uffd_minor = {
	.group = "waiting",
	.title = "store to a cached page that userfaultfd maps: one retry",
	.story =
		"do_shared_fault() calls shmem_fault(), which finds the page in\n"
		"the page cache and the VMA registered for minor faults:\n"
		"handle_userfault() queues the fault, drops the lock, sleeps\n"
		"until the handler's UFFDIO_CONTINUE has mapped the page, and\n"
		"returns VM_FAULT_RETRY; the redo under mmap_lock finds it.\n"
		"No page is allocated, zeroed or copied, so that less than in\n"
		"uffd-missing is done beside the waiting. MADV_DONTNEED takes\n"
		"the entries away between rounds, the pages stay.\n"
		"Handlers as in uffd-missing.",
	.access = ACCESS_WRITE,
	.path = PATH_SERVED,
	.feature = FEATURE_VMA_LOCK_FILE, /* it is a call of ->fault */
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.pages = "64",
	.settings = uffd_settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
};
