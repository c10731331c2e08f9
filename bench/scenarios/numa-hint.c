/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hinting faults of automatic NUMA balancing: a scanner takes the
 * permission out of page table entries so that the next touch tells who uses
 * the page, and from which node. Pages that lie where they are used stay; then
 * the fault costs its time and does nothing else.
 *
 * The scanner runs in the worker itself, at its tick, and cannot be called. So
 * it is made to run often, and the worker spins before each round until a
 * whole pass over its memory has begun and ended. The area has a policy that
 * asks for it; cells have one that does not, so that nothing else faults.
 *
 * Source: kernel/sched/fair.c task_numa_work(), task_scan_min();
 * mm/mempolicy.c vma_policy_mof(); mm/memory.c do_numa_page().
 */
#include "scenario.h"

#include <linux/mempolicy.h>
#include <stdio.h>

#ifndef MPOL_F_NUMA_BALANCING /* headers before 5.12 */
#define MPOL_F_NUMA_BALANCING (1 << 13)
#endif

#define DEBUG "/sys/kernel/debug/sched/numa_balancing/"

enum {
	MAX_NODES = 1024,
	WORD_BITS = 8 * sizeof(unsigned long)
};

/* To the calling CPU's node, by the policy that asks for hinting faults. */
static long bind_here(char *start, size_t bytes)
{
	unsigned long mask[MAX_NODES / WORD_BITS] = { 0 };
	unsigned int cpu, node;

	cell_must(!syscall(SYS_getcpu, &cpu, &node, NULL), "getcpu");
	mask[node / WORD_BITS] = 1ul << node % WORD_BITS;
	return syscall(SYS_mbind, start, bytes,
		       MPOL_BIND | MPOL_F_NUMA_BALANCING, mask, MAX_NODES + 1,
		       0);
}

/* Before 5.12 mbind() does not know the flag. */
static void check_policy(void)
{
	char *p = mmap(NULL, page_bytes(), PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cell_must(p != MAP_FAILED, "mmap of a page");
	if (bind_here(p, page_bytes()))
		cell_skip("mbind() with MPOL_F_NUMA_BALANCING (Linux 5.12): %s",
			  strerror(errno));
	munmap(p, page_bytes());
}

static void check(void)
{
	if (cell_nr_nodes() < 2)
		cell_skip("this machine has one NUMA node, and the kernel "
			  "balances between two: there are no hinting faults");
	check_policy();
	cell_want("/proc/sys/kernel/numa_balancing", "1");
	cell_want(DEBUG "scan_delay_ms", "1");
	/* Longer than a round, in an emulated guest as well: a pass that comes
	 * into one makes faults of its own. */
	cell_want(DEBUG "scan_period_min_ms", "300");
	cell_want(DEBUG "scan_period_max_ms", "300");
}

static void build(struct area *area)
{
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* In the worker's thread, which is bound by now: its node is the area's. */
static void settle(struct area *area, char *start, size_t bytes)
{
	cell_must(!bind_here(area->start, area->bytes + area->margin),
		  "mbind with MPOL_F_NUMA_BALANCING");
	area_store(start, bytes, page_bytes());
	/* The scanner leaves pages with a second reference alone, as the last
	 * new ones have until their CPU's batch goes to the LRU lists. This
	 * sends it there (lru_add_drain()). */
	area_dontneed(area, area->start + area->bytes, area->margin);
}

/* How often the scanner has come to the end of this address space. */
static unsigned int nr_passes(void)
{
	FILE *file = fopen("/proc/thread-self/sched", "re");
	unsigned int passes = 0;
	char line[256];
	int found = 0;

	cell_must(file, "/proc/thread-self/sched");
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "mm->numa_scan_seq : %u", &passes);
	fclose(file);
	if (!found)
		cell_skip("/proc/thread-self/sched does not tell how far the "
			  "NUMA scanner is: it needs CONFIG_SCHED_DEBUG");
	return passes;
}

/* The first pass to end may have begun before the pages were last touched. */
static void empty(struct area *area, char *start, size_t bytes)
{
	static _Thread_local bool settled;
	unsigned int before;
	uint64_t i;

	if (!settled)
		settle(area, start, bytes);
	settled = true;
	for (before = nr_passes(), i = 0; nr_passes() - before < 2; i++)
		if (i == 20 * 1000)
			cell_fail("the NUMA scanner has made %u passes in 20 s",
				  nr_passes() - before);
		else
			wait_busy_ns(1000 * 1000);
}

const struct scenario scenario_numa_hint = {
	.group = "resident",
	.title = "load from a page that NUMA balancing has made inaccessible",
	.story =
		"task_numa_work() has walked the VMA and change_prot_numa() has\n"
		"made present entries PROT_NONE. The load finds one:\n"
		"do_numa_page() sees that the page lies on the node of the CPU,\n"
		"makes the entry accessible again and notes who came. Nothing is\n"
		"migrated. Under the VMA lock since 6.4, at the first attempt.\n"
		"Before each round the worker spins, untimed, until the scanner\n"
		"has made a pass (300 ms each), so give it time=. Needs two\n"
		"nodes and debugfs. get_user_pages passes over such entries.",
	.access = ACCESS_READ,
	.path = PATH_PLAIN,
	.feature = FEATURE_VMA_LOCK,
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.own_vma = true,
	.check = check,
	.build = build,
	.empty = empty,
};
