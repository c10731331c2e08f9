/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios may call (scenario.h) to bring memory into the state that
 * their story begins with, and to see that it is in the one that it ends with.
 */
#include "cell.h"

#include <stdio.h>

#include "look.h"
#include "resource.h"
#include "units.h"

#define HUGEPAGES "/sys/kernel/mm/hugepages/hugepages-%llukB/"

/* --- the machine ---------------------------------------------------------- */

uint64_t cell_bytes(const char *setting)
{
	const char *text = cell_text(setting);
	uint64_t bytes;
	struct error e;

	return text && !units_parse_size(text, &bytes, &e) ? bytes : 0;
}

/* What is so already is not touched, and is nobody's. */
void cell_want(const char *path, const char *value)
{
	char now[256], *word;
	struct error e;
	int err;

	if (look_file(now, sizeof(now), NULL, path) >= 0) {
		/* "always [madvise] never" */
		word = strchr(now, '[') ? strchr(now, '[') + 1 : now;
		word[strcspn(word, "]")] = '\0';
		if (!strcmp(word, value))
			return;
	}
	err = resource_set(path, value, &e);
	if (err)
		cell_skip("%s%s", e.text,
			  err == -EPERM && strstr(path, "/debug/")
				  ? "; kernel lockdown closes debugfs"
				  : "");
}

void cell_want_hugepages(uint64_t nr, uint64_t bytes)
{
	unsigned long long kib = bytes / 1024;
	long long available, reserved;
	char path[128];
	struct error e;

	snprintf(path, sizeof(path), HUGEPAGES "free_hugepages", kib);
	if (look_number(&available, &e, path))
		cell_skip("%s: this machine has no huge pages of %llu KiB",
			  e.text, kib);
	snprintf(path, sizeof(path), HUGEPAGES "resv_hugepages", kib);
	if (!look_number(&reserved, NULL, path))
		available -= reserved;
	if (available < (long long)nr &&
	    resource_hugepages(nr - (uint64_t)available, bytes, &e))
		cell_skip("%s", e.text);
}

void cell_want_memory(uint64_t bytes, const char *what)
{
	struct error e;

	if (resource_memory(bytes, what, &e))
		cell_skip("%s", e.text);
}

const char *cell_file_system(void)
{
	return pairs_find(&the_cell.record.facts, "file_system");
}

/* --- the pages ------------------------------------------------------------ */

void area_keep(struct area *area, char *start, size_t bytes)
{
	(void)area;
	(void)start;
	(void)bytes;
}

void area_load(const char *start, size_t bytes, size_t step)
{
	size_t i;

	for (i = 0; i < bytes; i += step)
		(void)*(const volatile char *)(start + i);
}

void area_store(char *start, size_t bytes, size_t step)
{
	size_t i;

	for (i = 0; i < bytes; i += step)
		*(volatile char *)(start + i) = 1;
}

/* May a page of this area lie on this node? A worker's own node is not known
 * from the page when they share an area. */
static bool node_fits(const struct area *area, int node)
{
	const struct rounds *r = the_cell.rounds;
	unsigned int i;

	for (i = 0; i < r->nr_workers; i++)
		if (r->worker[i].area == area &&
		    (r->worker[i].node_os == node || r->worker[i].node_os < 0))
			return true;
	return false;
}

/* move_pages(2) without nodes moves nothing and tells where pages are. */
void node_verify(const struct area *area)
{
	enum {
		AT_ONCE = 512
	};
	size_t nr = area->bytes / page_bytes(), i, j;
	void *page[AT_ONCE];
	int node[AT_ONCE];

	if (node_fits(area, -1))
		return;
	for (i = 0; i < nr; i += j) {
		for (j = 0; j < AT_ONCE && i + j < nr; j++)
			page[j] = area->start + (i + j) * page_bytes();
		cell_must(!syscall(SYS_move_pages, 0, j, page, NULL, node, 0),
			  "move_pages");
		for (size_t k = 0; k < j; k++)
			if (node[k] >= 0 && !node_fits(area, node[k]))
				cell_fail("a page lies on node %d, which is "
					  "not that of any worker's memory",
					  node[k]);
	}
}

int memfd_make(size_t bytes)
{
	int fd = memfd_create("faultline", MFD_CLOEXEC);

	cell_must(fd >= 0, "memfd_create");
	cell_must(!ftruncate(fd, (off_t)bytes), "ftruncate to %zu bytes",
		  bytes);
	return fd;
}
