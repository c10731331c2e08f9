/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory under test: where each area lies, from which node its pages come,
 * and what the scenario's build() and verify() see of it. */
#include <stdio.h>

#include "cell.h"

enum {
	ALIGN = 2 << 20
};

/* On one node there is nothing to bind to, and perhaps no NUMA support. */
static bool binds_memory(const struct cell *cell)
{
	return cell->spec->placement->bind_memory && cell->topo.nr_nodes > 1;
}

/* Where the pages that worker i touches come from: a node, or -1: wherever the
 * kernel likes. */
int cell_node(const struct cell *cell, unsigned int i)
{
	const char *node = pairs_find(&cell->spec->pairs, "node");
	unsigned int own = cell_seat(cell, ROLE_WORKER, i)->node_os, j;

	if (!node || strcmp(node, "remote"))
		return binds_memory(cell) ? (int)own : -1;
	for (j = 0; j < cell->topo.nr_pus; j++)
		if (cell->topo.pu[j].node_os != own)
			return (int)cell->topo.pu[j].node_os;
	cell_skip("node=remote: this machine has one NUMA node (or the cpuset "
		  "or taskset leaves one): there is no other to take memory "
		  "from");
}

/* Each area between guards that nobody can map away and no neighbour can merge
 * with, aligned so that two runs have the same page table layout. */
void areas_reserve(struct cell *cell, size_t stride)
{
	const struct spec *spec = cell->spec;
	/* A huge page wants its own alignment, and is the margin of an area. */
	size_t align = stride > ALIGN ? stride : ALIGN;
	unsigned int workers, i;

	cell->nr_areas = spec->private_vmas || spec->processes ? spec->threads
							       : 1;
	cell->areas = buffer_alloc(cell->nr_areas * sizeof(*cell->areas));
	workers = spec->same_targets ? 1 : spec->threads / cell->nr_areas;
	for (i = 0; i < cell->nr_areas; i++) {
		struct area *area = &cell->areas[i];
		size_t room;
		char *p;

		area->index = i;
		area->bytes = workers * spec->pages * stride;
		if (spec->scenario->inherited)
			area->bytes *= spec->scenario->inherited;
		/* For each antagonist a page, and one before it that is
		 * nobody's (ground_find()). */
		area->margin = 2 * page_bytes() *
			       (spec->nr_antagonists + !spec->nr_antagonists);
		area->fd = -1;
		room = area->bytes + area->margin + 2 * align;
		p = mmap(NULL, room + align, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		cell_must(p != MAP_FAILED, "no room for %zu bytes", room);
		area->start = (char *)(((uintptr_t)p + 2 * align - 1) &
				       ~(uintptr_t)(align - 1));
	}
}

/* As the kernel sees it: vmas = shared | private. */
static void check_vmas(const struct cell *cell, const struct area *area)
{
	const struct scenario *scenario = cell->spec->scenario;
	unsigned int nr = area_nr_vmas(area);
	unsigned int expected = scenario->nr_vmas ? scenario->nr_vmas(area) : 1;

	if (nr != expected)
		cell_fail(
			"area %u lies in %u VMAs of /proc/self/maps (a "
			"million and more: merged with a neighbour), expected "
			"%u",
			area->index, nr, expected);
}

void area_build(unsigned int i)
{
	struct cell *cell = &the_cell;
	int node = cell_node(cell, i);
	struct error e;

	/* Whatever build() makes resident is to be near its worker. */
	if (node >= 0 && topology_bind_thread_memory(node, &e))
		cell_skip("%s", e.text);
	cell->spec->scenario->build(&cell->areas[i]);
	check_vmas(cell, &cell->areas[i]);
	if (node >= 0)
		topology_bind_thread_memory(-1, &e);
}

/* What the last round left in an area. */
void area_verify(unsigned int i)
{
	struct cell *cell = &the_cell;

	if (cell->spec->scenario->verify)
		cell->spec->scenario->verify(&cell->areas[i]);
}
