/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The twin of memfd that always retries: memfd_secret(2) has no ->map_pages,
 * so a fault under the VMA lock gives up at once and is redone under
 * mmap_lock. Same exception class, same access, a resident page: what differs
 * is the futile attempt and the lock.
 *
 * The pages are taken out of the kernel's direct map when they are made, which
 * is slow: they are made once and few.
 *
 * Source: mm/memory.c vmf_can_call_fault(); mm/secretmem.c secretmem_fault().
 */
#include "scenario.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

static void check(void)
{
	struct error e;

	if (ability_memfd_secret(&e))
		cell_skip("%s", e.text);
}

static void build(struct area *area)
{
	size_t bytes = area->bytes + area->margin, i;
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

	cell_must(fd >= 0, "memfd_secret");
	cell_must(!ftruncate(fd, (off_t)bytes), "ftruncate to %zu bytes",
		  bytes);
	area_map(area, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	for (i = 0; i < bytes; i += page_bytes())
		area->start[i] = 1;
}

/* The mapping is VM_LOCKED, which plain MADV_DONTNEED refuses. */
static void empty(struct area *area, char *start, size_t bytes)
{
	(void)area;
	cell_must(!madvise(start, bytes, MADV_DONTNEED_LOCKED),
		  "madvise(MADV_DONTNEED_LOCKED), which needs Linux 5.18");
}

const struct scenario scenario_memfd_secret = {
	.group = "controls",
	.title = "store to a resident page of memfd_secret: always redone",
	.story =
		"secretmem has a ->fault but no ->map_pages, so\n"
		"vmf_can_call_fault() drops the VMA lock and returns\n"
		"VM_FAULT_RETRY before any work; the arch code then takes\n"
		"mmap_lock and does the whole fault under it. It is the retry\n"
		"path itself, without a wait, and the mmap_lock half of the pair\n"
		"memfd / memfd-secret, both touched in user mode.\n"
		"The mapping is locked in memory: RLIMIT_MEMLOCK must allow it.",
	.access = ACCESS_WRITE,
	.path = PATH_REDONE,
	.feature = FEATURE_VMA_LOCK_FILE,
	.ways = 1 << BY_USER | 1 << BY_KERNEL, /* GUP is refused */
	.check = check,
	.build = build,
	.empty = empty,
};
