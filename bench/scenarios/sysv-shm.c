/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other twin of memfd that always retries: System V shared memory is the
 * same shmem behind operations of its own (ipc/shm.c shm_vm_ops), which have a
 * ->fault but no ->map_pages. Databases still live in it.
 *
 * The segment is marked for removal as soon as it is attached, so that nothing
 * is left whatever becomes of the process.
 *
 * Source: ipc/shm.c shm_fault(); mm/memory.c vmf_can_call_fault().
 */
#include "scenario.h"

#include <sys/ipc.h>
#include <sys/shm.h>

static void build(struct area *area)
{
	size_t bytes = area->bytes + area->margin;
	int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
	void *at;

	if (id < 0 && (errno == ENOSYS || errno == ENOSPC || errno == EINVAL))
		cell_skip("no System V shared memory of %zu bytes: %s; see "
			  "kernel.shmmax, kernel.shmmni and kernel.shmall",
			  bytes, strerror(errno));
	cell_must(id >= 0, "shmget of %zu bytes", bytes);
	at = shmat(id, area->start, SHM_REMAP);
	shmctl(id, IPC_RMID, NULL);
	cell_must(at == area->start, "shmat at its place");
	area->prot = PROT_READ | PROT_WRITE;
	area->flags = MAP_SHARED;
	memset(area->start, 1, bytes);
}

const struct scenario scenario_sysv_shm = {
	.group = "controls",
	.title = "store to a resident page of System V shared memory: redone",
	.story =
		"The page is in the page cache of the segment; only the entry is\n"
		"missing. Since shm_vm_ops has no ->map_pages,\n"
		"vmf_can_call_fault() drops the VMA lock and returns\n"
		"VM_FAULT_RETRY before any work, and the fault is redone under\n"
		"mmap_lock: one acquisition each, where memfd, which is the same\n"
		"memory, takes none. Unlike memfd-secret it needs no\n"
		"RLIMIT_MEMLOCK and get_user_pages may have its pages.\n"
		"Between rounds MADV_DONTNEED; the pages stay in the segment.",
	.access = ACCESS_WRITE,
	.path = PATH_REDONE,
	.feature = FEATURE_VMA_LOCK_FILE,
	.build = build,
	.empty = area_dontneed,
};
