/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "clock.h"
#include "census.h"
#include "counters.h"
#include "facts.h"
#include "slowfs.h"
#include "topology.h"

static void add_number(struct pairs *facts, const char *name, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	pairs_add(facts, name, text);
}

static void add_library(struct pairs *facts, const char *name,
			const char *(*version)(const char **why))
{
	const char *why = NULL, *text = version(&why);

	if (text)
		pairs_add(facts, name, text);
	else
		pairs_add_absent(facts, name, why);
}

static void add_topology(struct pairs *facts, const struct topo *topo)
{
	add_number(facts, "machine.pus", topo->nr_pus);
	add_number(facts, "machine.cores", topo->nr_cores);
	add_number(facts, "machine.nodes", topo->nr_nodes);
	add_number(facts, "machine.packages", topo->nr_packages);
	pairs_add(facts, "machine.topology", topo->text);
}

static void add_clock(struct pairs *facts)
{
	struct clock_info clock;
	uint64_t expected, seen;
	char text[32];

	clock_calibrate(&clock);
	if (facts_icount())
		(void)clock_count_instructions(&clock, &expected, &seen);
	pairs_add(facts, "clock.source", clock.source);
	snprintf(text, sizeof(text), "%.2f", clock.empty_pair_ns);
	pairs_add(facts, "clock.empty_pair_ns", text);
	snprintf(text, sizeof(text), "%.2f",
		 (double)clock.step * clock.ns_per_tick);
	pairs_add(facts, "clock.step_ns", text);
	snprintf(text, sizeof(text), "%.9f", clock.ns_per_tick);
	pairs_add(facts, "clock.ns_per_tick", text);
}

void session_fill(struct record *r, const struct plan *plan, uint64_t seed,
		  const char *label, const struct topo *topo)
{
	const char *release;
	struct timespec now;
	uint64_t id = 0;

	memset(r, 0, sizeof(*r));
	clock_gettime(CLOCK_REALTIME, &now);
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 32;
	r->type = RECORD_SESSION;
	r->schema = RECORD_SCHEMA;
	r->time_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	record_text(&r->session, "%016llx", (unsigned long long)id);
	record_text(&r->plan, "%s", plan->text);
	record_text(&r->plan_name, "%s", plan->name);
	record_text(&r->question, "%s", plan->question);
	r->seed = seed;
	r->blocks = plan->blocks;
	facts_load(&r->facts);
	add_topology(&r->facts, topo);
	add_clock(&r->facts);
	add_library(&r->facts, "build.libperf", counters_libperf);
	add_library(&r->facts, "build.libpfm4", counters_libpfm4);
	add_library(&r->facts, "build.libbpf", census_libbpf);
	add_library(&r->facts, "build.libfuse3", slowfs_libfuse);
	pairs_add(&r->facts, "build.hwloc", topology_hwloc_version());
	release = pairs_find(&r->facts, "kernel.release");
	record_text(&r->label, "%s", label ? label : release ? release : "?");
}
