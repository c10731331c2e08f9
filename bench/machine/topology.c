/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hwloc's tree made into plain rows. It decides nothing: who goes where is
 * placement.c, and binding.c puts them there.
 *
 * Machines are odd, and none of this may trip over them: no L3, no core
 * objects, nodes without memory, several nodes in one place (HBM beside DDR).
 *
 * Source: hwloc(7) and hwloc.h.
 */
#include "topology.h"

#include <errno.h>
#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum level {
	CORE,
	LLC,
	NODE,
	PACKAGE,
	NR_LEVELS
};

/* The objects met so far on each level, in hwloc's order of PUs. */
struct seen {
	hwloc_obj_t *objects[NR_LEVELS];
	unsigned int nr[NR_LEVELS];
};

static unsigned int seen_number(struct seen *s, enum level level,
				hwloc_obj_t obj)
{
	unsigned int i;

	/* From the end: a neighbour's object is nearly always the last one. */
	for (i = s->nr[level]; i > 0; i--)
		if (s->objects[level][i - 1] == obj)
			return i - 1;
	s->objects[level][s->nr[level]] = obj;
	return s->nr[level]++;
}

static hwloc_obj_t ancestor(hwloc_topology_t h, hwloc_obj_t pu,
			    hwloc_obj_type_t type, hwloc_obj_t otherwise)
{
	hwloc_obj_t obj = hwloc_get_ancestor_obj_by_type(h, type, pu);

	return obj ? obj : otherwise;
}

/* The outermost cache from the second level on, else the package. */
static hwloc_obj_t last_level_cache(hwloc_obj_t pu, hwloc_obj_t package)
{
	hwloc_obj_t obj, cache = package;

	for (obj = pu->parent; obj; obj = obj->parent)
		if (hwloc_obj_type_is_dcache(obj->type) &&
		    obj->attr->cache.depth >= 2)
			cache = obj;
	return cache;
}

static bool has_memory(hwloc_obj_t node)
{
	return node->attr->numanode.local_memory > 0;
}

/*
 * The node attached to the closest ancestor that has one. Of several there,
 * one with memory; then the one that the kernel counts first, as it does with
 * DDR beside HBM.
 */
static hwloc_obj_t local_node(hwloc_obj_t obj, bool with_memory)
{
	hwloc_obj_t node, best = NULL;

	for (; obj && !best; obj = obj->parent)
		for (node = obj->memory_first_child; node;
		     node = node->next_sibling) {
			if (node->type != HWLOC_OBJ_NUMANODE ||
			    (with_memory && !has_memory(node)))
				continue;
			if (!best || has_memory(node) > has_memory(best) ||
			    (has_memory(node) == has_memory(best) &&
			     node->os_index < best->os_index))
				best = node;
		}
	return best;
}

/* The node with memory at the least distance, the kernel's own fall-back
 * (mm/page_alloc.c find_next_best_node()). NULL when distances are unknown. */
static hwloc_obj_t by_distance(hwloc_topology_t h, hwloc_obj_t from)
{
	struct hwloc_distances_s *d;
	hwloc_obj_t to, best = NULL;
	hwloc_uint64_t least = UINT64_MAX;
	unsigned int nr = 1, row, i;

	if (hwloc_distances_get_by_type(h, HWLOC_OBJ_NUMANODE, &nr, &d,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY,
					0) ||
	    !nr)
		return NULL;
	for (row = 0; row < d->nbobjs && d->objs[row] != from;)
		row++;
	for (i = 0; row < d->nbobjs && i < d->nbobjs; i++) {
		to = d->objs[i];
		if (!to || !has_memory(to) ||
		    d->values[row * d->nbobjs + i] >= least)
			continue;
		least = d->values[row * d->nbobjs + i];
		best = to;
	}
	hwloc_distances_release(h, d);
	return best;
}

/*
 * The node that pages of this PU's faults come from: the closest one with
 * memory. Where hwloc knows of no memory at all (a container without
 * /sys/.../meminfo, a synthetic description) it is just the closest one.
 */
static hwloc_obj_t nearest_node(hwloc_topology_t h, hwloc_obj_t pu)
{
	hwloc_obj_t node = local_node(pu, false), other;

	if (!node || has_memory(node))
		return node;
	other = by_distance(h, node);
	if (!other)
		other = local_node(pu, true);
	return other ? other : node;
}

static void pu_fill(struct topo_pu *pu, hwloc_topology_t h, hwloc_obj_t obj,
		    struct seen *s)
{
	hwloc_obj_t package = ancestor(h, obj, HWLOC_OBJ_PACKAGE,
				       hwloc_get_root_obj(h));
	hwloc_obj_t node = nearest_node(h, obj);

	pu->os = obj->os_index;
	pu->core = seen_number(s, CORE, ancestor(h, obj, HWLOC_OBJ_CORE, obj));
	pu->llc = seen_number(s, LLC, last_level_cache(obj, package));
	pu->node = seen_number(s, NODE, node);
	pu->package = seen_number(s, PACKAGE, package);
	pu->node_os = node ? node->os_index : 0;
}

static int rows_fill(struct topo *t, hwloc_topology_t h, struct error *e)
{
	struct seen s = { 0 };
	hwloc_obj_t *objects;
	unsigned int i, nr;

	nr = (unsigned int)hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_PU);
	objects = calloc((size_t)nr * NR_LEVELS, sizeof(*objects));
	t->pu = calloc(nr, sizeof(*t->pu));
	if (!objects || !t->pu) {
		free(objects);
		topology_free(t);
		return error_set(e, ENOMEM, "no memory for %u PUs", nr);
	}
	for (i = 0; i < NR_LEVELS; i++)
		s.objects[i] = objects + (size_t)nr * i;
	for (i = 0; i < nr; i++) {
		pu_fill(&t->pu[i], h, hwloc_get_obj_by_type(h, HWLOC_OBJ_PU, i),
			&s);
		if (i > 0 && t->pu[i].core == t->pu[i - 1].core)
			t->pu[i].thread = t->pu[i - 1].thread + 1;
	}
	t->nr_pus = nr;
	t->nr_cores = s.nr[CORE];
	t->nr_llcs = s.nr[LLC];
	t->nr_nodes = s.nr[NODE];
	t->nr_packages = s.nr[PACKAGE];
	free(objects);
	return 0;
}

static void words_add(struct topo *t, const char *before, unsigned int nr,
		      const char *what)
{
	size_t len = strlen(t->text);

	snprintf(t->text + len, sizeof(t->text) - len, "%s%u %s%s", before, nr,
		 what, nr == 1 ? "" : "s");
}

static void words_fill(struct topo *t)
{
	t->text[0] = '\0';
	words_add(t, "", t->nr_packages, "package");
	words_add(t, ", ", t->nr_nodes, "node");
	words_add(t, ", ", t->nr_llcs, "last-level cache");
	words_add(t, ", ", t->nr_cores, "core");
	words_add(t, ", ", t->nr_pus, "PU");
}

/* Loads h, fills t from it and destroys h in any case. */
static int load(struct topo *t, hwloc_topology_t h, bool this_machine,
		struct error *e)
{
	int err;

	errno = EIO;
	if (hwloc_topology_load(h))
		err = error_set(e, errno, "hwloc cannot load the topology: %s",
				strerror(errno));
	else if (this_machine && !hwloc_topology_is_thissystem(h))
		err = error_set(e, EINVAL,
				"hwloc describes another machine than this: "
				"unset HWLOC_XMLFILE, HWLOC_SYNTHETIC and "
				"HWLOC_FSROOT");
	else
		err = rows_fill(t, h, e);
	hwloc_topology_destroy(h);
	if (!err)
		words_fill(t);
	return err;
}

int topology_load(struct topo *t, struct error *e)
{
	hwloc_topology_t h;
	long online;
	int err;

	memset(t, 0, sizeof(*t));
	if (hwloc_topology_init(&h))
		return error_set(e, ENOMEM, "no memory for the topology");
	/* hwloc leaves out what the cgroup forbids, but what taskset forbids
	 * only when told so; a bind would then escape the mask. */
	if (hwloc_topology_set_flags(
		    h, HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM |
			       HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING)) {
		hwloc_topology_destroy(h);
		return error_set(e, EINVAL,
				 "hwloc %x cannot restrict itself to this "
				 "task's CPUs: 2.5 or newer is needed",
				 hwloc_get_api_version());
	}
	err = load(t, h, true, e);
	online = sysconf(_SC_NPROCESSORS_ONLN);
	if (!err && online > (long)t->nr_pus)
		snprintf(t->text + strlen(t->text),
			 sizeof(t->text) - strlen(t->text), " of %ld online",
			 online);
	return err;
}

int topology_synthetic(struct topo *t, const char *description, struct error *e)
{
	hwloc_topology_t h;

	memset(t, 0, sizeof(*t));
	if (hwloc_topology_init(&h))
		return error_set(e, ENOMEM, "no memory for the topology");
	if (hwloc_topology_set_synthetic(h, description)) {
		hwloc_topology_destroy(h);
		return error_set(e, EINVAL,
				 "hwloc does not understand \"%s\"; see "
				 "\"Synthetic topologies\" in its manual",
				 description);
	}
	return load(t, h, false, e);
}

void topology_free(struct topo *t)
{
	free(t->pu);
	memset(t, 0, sizeof(*t));
}

const char *topology_hwloc_version(void)
{
	return HWLOC_VERSION;
}

/* --- thread counts -------------------------------------------------------- */

/* How many PUs share with the first one what stands at this offset. */
static unsigned int nr_with_first(const struct topo *t, size_t offset)
{
	const char *rows = (const char *)t->pu;
	unsigned int i, nr = 0;

	for (i = 0; i < t->nr_pus; i++)
		nr += !memcmp(rows + i * sizeof(*t->pu) + offset, rows + offset,
			      sizeof(unsigned int));
	return nr;
}

static int threads_number(const char *word, unsigned int *threads,
			  struct error *e)
{
	const unsigned long most = 4194304; /* PID_MAX_LIMIT */
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(word, &end, 10);
	if (*end || errno || number < 1 || number > most)
		return error_set(e, EINVAL,
				 "threads \"%s\": a number from 1 to %lu, or "
				 "one of core, llc, node, package, max",
				 word, most);
	*threads = (unsigned int)number;
	return 0;
}

int topology_threads(const struct topo *t, const char *word,
		     unsigned int others, unsigned int *threads,
		     struct error *e)
{
	static const struct {
		const char *word;
		size_t offset;
	} words[] = {
		{ "core", offsetof(struct topo_pu, core) },
		{ "llc", offsetof(struct topo_pu, llc) },
		{ "node", offsetof(struct topo_pu, node) },
		{ "package", offsetof(struct topo_pu, package) },
	};
	unsigned int nr = 0, left;
	size_t i;

	if (*word >= '0' && *word <= '9')
		return threads_number(word, threads, e);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i].word))
			nr = nr_with_first(t, words[i].offset);
	if (!strcmp(word, "max"))
		nr = t->nr_pus;
	if (!nr)
		return error_set(e, EINVAL,
				 "threads \"%s\" is neither a number nor one "
				 "of core, llc, node, package, max",
				 word);
	left = t->nr_pus > others ? t->nr_pus - others : 1;
	*threads = nr < left ? nr : left;
	return 0;
}
