/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What antagonists may call (scenario.h): their settings, the ground that they
 * work on, and the process that they look at from outside. */
#include <stdio.h>

#include "cell.h"

/* --- settings ------------------------------------------------------------- */

const char *antagonist_text(const char *setting)
{
	return pairs_find(&antagonise_self->spec->pairs, setting);
}

uint64_t antagonist_number(const char *setting)
{
	uint64_t number = 0;
	struct error e;

	if (setting_number(
		    setting_in(antagonise_self->spec->antagonist->settings,
			       setting),
		    antagonist_text(setting), &number, &e))
		cell_fail("%s", e.text);
	return number;
}

/* --- ground --------------------------------------------------------------- */

/* The room lies far below all other mappings: the kernel searches from the top
 * (mm/vma.c unmapped_area_topdown()), so it would give a hole among them to the
 * next mmap() of anybody. */
static char *reserve(size_t bytes)
{
	const uintptr_t step = 1ul << 34;
	char *hint = cell_area(0)->start, *room;

	do {
		cell_must((uintptr_t)hint > 2 * step,
			  "antagonist %s: no room for %zu bytes",
			  antagonise_self->spec->text, bytes);
		hint -= step;
		room = mmap(hint, bytes, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				    MAP_FIXED_NOREPLACE,
			    -1, 0);
		/* before 4.17 the hint was only a hint */
		if (room != MAP_FAILED && room != hint)
			munmap(room, bytes);
	} while (room != hint);
	return room;
}

static struct ground ground_same(void)
{
	const struct area *area = cell_area(0);
	size_t page = page_bytes();
	size_t index = (size_t)(antagonise_self - the_cell.antagonists);
	struct ground g = {
		.bytes = page,
		.prot = area->prot,
		.flags = area->flags,
		.fd = area->fd,
		.same = true,
	};

	g.start = area->start + area->bytes + area->margin -
		  (2 * index + 1) * page;
	g.offset = area->fd < 0 ? 0 : g.start - area->start;
	return g;
}

struct ground ground_find(enum where where, size_t bytes)
{
	struct ground g = {
		.bytes = bytes,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1,
	};

	if (where == WHERE_SAME)
		return ground_same();
	g.start = reserve(3 * bytes) + bytes;
	cell_must(mmap(g.start, bytes, g.prot, g.flags | MAP_FIXED, -1, 0) ==
			  g.start,
		  "mmap");
	return g;
}

/* Between all other mappings and the stack, or NULL. */
static char *map_above(size_t bytes)
{
	const size_t step = 16 << 20;
	char here, *hint = cell_area(0)->start, *p;

	for (; hint < &here; hint += step) {
		p = mmap(hint, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0);
		if (p == hint)
			return p;
		if (p != MAP_FAILED)
			munmap(p, bytes);
	}
	return NULL;
}

/* Every second page of a room is read-only, so each page is a VMA. */
void ground_make_vmas(void)
{
	size_t nr = antagonist_number("vmas"), page = page_bytes(), i;
	const char *at = antagonist_text("at");
	char *start;

	if (!nr)
		return;
	if (nr > 1000000)
		cell_skip("antagonist %s: a million VMAs at most",
			  antagonise_self->spec->text);
	if (at && !strcmp(at, "above"))
		start = map_above(nr * page);
	else
		start = ground_find(WHERE_ELSEWHERE, nr * page).start;
	if (!start)
		cell_skip("antagonist %s: no room above the workers' VMA; use "
			  "at=below",
			  antagonise_self->spec->text);
	for (i = 0; i < nr; i += 2)
		if (mprotect(start + i * page, page, PROT_READ))
			cell_skip("antagonist %s: after %zu VMAs: %s; raise "
				  "vm.max_map_count",
				  antagonise_self->spec->text, i,
				  strerror(errno));
}

void ground_touch(const struct ground *g)
{
	volatile char *p = g->start;
	size_t i;

	for (i = 0; i < g->bytes; i += page_bytes()) {
		if (g->prot & PROT_WRITE)
			p[i] = 1;
		else
			(void)p[i];
	}
}

/* Does one line of /proc/self/maps have both ends? */
static bool in_one_vma(const char *from, const char *to)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char *line = NULL;
	bool one = false;
	size_t size = 0;

	cell_must(maps, "/proc/self/maps");
	while (getline(&line, &size, maps) > 0)
		if (sscanf(line, "%lx-%lx", &start, &end) == 2)
			one |= start <= (uintptr_t)from && (uintptr_t)to <= end;
	free(line);
	fclose(maps);
	return one;
}

bool ground_is_merged(const struct ground *g)
{
	return !g->same ||
	       in_one_vma(g->start - page_bytes(), g->start + g->bytes);
}

void ground_must_merge(const struct ground *g)
{
	if (!ground_is_merged(g))
		cell_skip("antagonist %s: this kernel does not merge a page of "
			  "such a mapping back into its VMA; use "
			  "where=elsewhere, or mprotect",
			  antagonise_self->spec->text);
}

void ground_must_allow(bool ok, const char *call)
{
	if (!ok)
		cell_skip("antagonist %s: %s, which this memory does not "
			  "allow: %s",
			  antagonise_self->spec->text, call, strerror(errno));
}

/* --- from outside --------------------------------------------------------- */

bool cell_ended(void)
{
	return atomic_load(&the_cell.rounds->stop);
}

void cell_read_proc(const char *file)
{
	static char buf[64 * 1024];
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)cell_pid(), file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n < 0 && !cell_ended())
		cell_fail_errno("%s", path);
	if (fd >= 0)
		close(fd);
}
