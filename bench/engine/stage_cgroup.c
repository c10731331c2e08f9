/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that are charged to a memory cgroup of the cell's own (scenario.h):
 * the setting memcg of a scenario.
 *
 * At a limit the kernel reclaims before it lets a page be charged. What it
 * finds is ballast: anonymous pages given up by MADV_FREE, which it drops
 * without any I/O, enough of them before each round to fill the cgroup.
 *
 * Source: mm/memcontrol.c try_charge_memcg(); mm/madvise.c madvise_free_*();
 * mm/vmscan.c shrink_folio_list(), lazyfree.
 */
#include "cell.h"

#include <stdio.h>

#include "look.h"
#include "resource.h"

enum {
	BALLAST_BYTES = 16 << 20,
	CHUNK_BYTES = 1 << 20,
	WORKER_BYTES = 4 << 20 /* samples, stack, page tables */
};

static struct resource_cgroup group;
static uint64_t limit_bytes;
static char *ballast;
static long long met_before; /* the last round */

static bool memcg_is(const char *word)
{
	return !strcmp(cell_text("memcg"), word);
}

void memcg_check(void)
{
	struct error e;

	if (memcg_is("none"))
		return;
	if (memcg_is("limit"))
		limit_bytes = BALLAST_BYTES +
			      cell_nr_workers() *
				      (WORKER_BYTES +
				       cell_number("pages") * large_stride());
	if (resource_cgroup(limit_bytes, &group, &e))
		cell_skip("%s", e.text);
}

static long long group_number(const char *v1, const char *v2)
{
	char path[PATH_MAX + 64];
	long long number;
	struct error e;

	snprintf(path, sizeof(path), "%s/%s", group.dir, group.v2 ? v2 : v1);
	if (look_number(&number, &e, path))
		cell_fail("%s", e.text);
	return number;
}

/* How often a charge met the limit. */
static long long nr_met(void)
{
	char path[PATH_MAX + 64], text[32];
	struct error e;

	if (!group.v2)
		return group_number("memory.failcnt", NULL);
	snprintf(path, sizeof(path), "%s/memory.events", group.dir);
	if (look_key(text, sizeof(text), &e, path, "max") < 0)
		cell_fail("%s", e.text);
	return atoll(text);
}

/* As much as the limit, whatever is used already: then the cgroup is full. */
void memcg_renew(void)
{
	uint64_t done;

	if (!limit_bytes)
		return;
	if (!ballast) {
		ballast = mmap(NULL, limit_bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		cell_must(ballast != MAP_FAILED, "mmap of the ballast");
	}
	for (done = 0; done < limit_bytes; done += CHUNK_BYTES) {
		uint64_t left = limit_bytes - done;
		uint64_t bytes = left < CHUNK_BYTES ? left : CHUNK_BYTES;

		area_store(ballast + done, bytes, page_bytes());
		cell_must(!madvise(ballast + done, bytes, MADV_FREE),
			  "madvise(MADV_FREE)");
	}
	met_before = nr_met();
}

void memcg_verify(const struct area *area)
{
	long long used;

	if (!*group.dir)
		return;
	/* Of several workers the first to finish ends the round. */
	used = group_number("memory.usage_in_bytes", "memory.current");
	if (cell_nr_workers() == 1 && used < (long long)area->bytes)
		cell_fail("memcg=%s: %zu bytes were touched and %s has %lld",
			  cell_text("memcg"), area->bytes, group.dir, used);
	if (limit_bytes && nr_met() == met_before)
		cell_fail("memcg=limit: no charge of the last round met the "
			  "limit; a round must touch more than 64 pages");
}
