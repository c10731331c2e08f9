/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who runs where: pure functions from a topology and the numbers of threads
 * in each role to PUs. No clock, no kernel, no state: golden-tested on
 * synthetic topologies up to 512 PUs.
 */
#ifndef MACHINE_PLACEMENT_H
#define MACHINE_PLACEMENT_H

#include <stdbool.h>

#include "topology.h"

enum role {
	ROLE_WORKER,
	ROLE_ANTAGONIST,
	ROLE_HANDLER,
	NR_ROLES
};

extern const char *const role_names[NR_ROLES];

struct seats { /* how many threads of each role need a PU of their own */
	unsigned int nr[NR_ROLES];
};

/*
 * A policy fills pu[role][i] with an index into t->pu for each seat. The
 * arrays are the caller's, seats->nr[role] long. No PU is given twice as long
 * as there are enough; when there are not, each is given out about as often as
 * the others. Handler i serves worker i % workers. 0, or -EINVAL with a reason
 * when the machine has not what the policy is about (smt without siblings,
 * numa on one node, remote-antagonist without a PU that is far from workers).
 */
typedef int place_fn(const struct topo *t, const struct seats *seats,
		     unsigned int *const pu[NR_ROLES], struct error *e);

struct placement {
	const char *title;
	const char *story; /* what is placed where and why one wants that */
	bool bind_memory;  /* pages are bound to their worker's node, which
			      means something when there are two */
	place_fn *place;
};

/* One object for each PLACEMENT() of the catalogue: placement_compact, ... */
#define PLACEMENT(name) extern const struct placement placement_##name;
#define SCENARIO(name)
#define LOCK(name)
#define POLICY(name)
#define ANTAGONIST(name)
#include "catalog.def"
#undef PLACEMENT
#undef SCENARIO
#undef LOCK
#undef POLICY
#undef ANTAGONIST

/*
 * Calls p->place after checking that there are seats enough: -E2BIG with a
 * reason that names both figures when more PUs are needed than there are and
 * oversubscribe is false; with it, PUs are given out again from the first.
 */
int placement_place(const struct placement *p, const struct topo *t,
		    const struct seats *seats, bool oversubscribe,
		    unsigned int *const pu[NR_ROLES], struct error *e);

#endif
