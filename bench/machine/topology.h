/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's processing units as plain numbers, so that what is decided
 * from them (placement.h) can be tested on machines that nobody here has.
 * Source: hwloc; its headers appear in topology.c only.
 */
#ifndef MACHINE_TOPOLOGY_H
#define MACHINE_TOPOLOGY_H

#include <sys/types.h>

#include "error.h"

struct topo_pu {
	unsigned int os;   /* the kernel's CPU number */
	unsigned int core; /* logical numbers, 0.. in hwloc's order; */
	unsigned int llc;  /* equal number = shared; the outermost cache
			      from L2 on, without one the package */
	unsigned int node; /* nearest NUMA node with memory */
	unsigned int package;
	unsigned int node_os; /* the kernel's number of that node */
	unsigned int thread;  /* 0 = first PU of its core, 1 = second, ... */
};

struct topo {
	struct topo_pu *pu; /* hwloc's logical order: neighbours are close */
	unsigned int nr_pus, nr_cores, nr_llcs, nr_nodes, nr_packages;
	char text[256]; /* in words: "1 package, 1 node, 1 last-level cache, 2
			   cores, 2 PUs of 8 online" */
};

/*
 * This machine, less what the cgroup's cpuset and the task's affinity mask
 * (taskset) forbid. 0 or -errno with a reason; topology_free() afterwards.
 */
int topology_load(struct topo *t, struct error *e);

/* The same from a hwloc synthetic description (hwloc(7)), for tests, such as
 * "package:2 numa:2 l3:1 core:8 pu:2(indexes=core:numa:package)". */
int topology_synthetic(struct topo *t, const char *description,
		       struct error *e);

void topology_free(struct topo *t);

/*
 * A thread count in the words of a plan: a number, or how many PUs there are
 * in one "core", "llc", "node", "package" (the first of each), or in all
 * ("max"); a word never asks for more than the PUs that `others` other
 * threads leave, and at least for 1. A number is taken as it is. 0 or -EINVAL.
 */
int topology_threads(const struct topo *t, const char *word,
		     unsigned int others, unsigned int *threads,
		     struct error *e);

/* Binds thread tid (0: the caller) to one PU. 0 or -errno with a reason. */
int topology_bind(pid_t tid, unsigned int os, struct error *e);

/* Where the calling thread may run and does run: 0 when both are just PU os,
 * else -errno with a reason. */
int topology_verify(unsigned int os, struct error *e);

/* Makes the calling thread, and those that it makes, take memory from one NUMA
 * node, whatever they map; -1: from the node of the CPU, as by default. In
 * both cases NUMA balancing leaves the memory alone, which it does not by
 * default: its hinting faults would be counted. It splits no VMA, unlike a
 * policy of the memory. 0 or -errno with a reason. */
int topology_bind_thread_memory(int node_os, struct error *e);

/* The version of hwloc that is linked. */
const char *topology_hwloc_version(void);

#endif
