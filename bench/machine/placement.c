/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policies as rows of data, and the one function that follows them.
 *
 * Seats are given out one after the other. Each takes the PU that best meets
 * the wishes of its role, the first wish first; of equals, the first in
 * hwloc's order, in which neighbours are close. hwloc_distrib() is not used:
 * it knows no roles, and hands PUs out twice without saying so.
 */
#include "placement.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *const role_names[NR_ROLES] = {
	[ROLE_WORKER] = "worker",
	[ROLE_ANTAGONIST] = "antagonist",
	[ROLE_HANDLER] = "handler",
};

/* --- policies as data ----------------------------------------------------- */

enum level {
	PU,
	CORE,
	LLC,
	NODE,
	PACKAGE,
	NR_LEVELS,
	AWAY = NR_LEVELS, /* the node; on machines with one node, the LLC */
};

enum {
	W = 1 << ROLE_WORKER,
	A = 1 << ROLE_ANTAGONIST,
	H = 1 << ROLE_HANDLER,
	ALL = W | A | H,
	MINE = 1 << NR_ROLES,
	SIBLING = 2 << NR_ROLES,
	LEVEL = 4 << NR_ROLES,
};

/* Wishes; a list ends with 0. */
#define FEW(roles, level)     ((unsigned int)(roles) | LEVEL * (level))
#define WITH_MY_WORKER(level) FEW(MINE, level)
#define WITH_SIBLING	      FEW(SIBLING, CORE)

struct policy {
	enum role order[NR_ROLES];
	bool paired; /* after each worker an antagonist, else a handler */
	unsigned int wishes[NR_ROLES][6];
};

static const struct policy compact = {
	.order = { ROLE_WORKER, ROLE_HANDLER, ROLE_ANTAGONIST },
	.wishes = {
		[ROLE_WORKER] = { FEW(ALL, PU), FEW(W, CORE) },
		[ROLE_HANDLER] = { FEW(ALL, PU), FEW(W, CORE), FEW(H, CORE) },
		[ROLE_ANTAGONIST] = { FEW(ALL, PU), FEW(W, CORE), FEW(H, CORE),
				      FEW(A, CORE) },
	},
};

/* Cores first, so that siblings come last also where one package has fewer
 * cores than another. */
#define APART                                                                  \
	FEW(ALL, PU), FEW(ALL, CORE), FEW(ALL, PACKAGE), FEW(ALL, NODE),       \
		FEW(ALL, LLC)

static const struct policy spread = {
	.order = { ROLE_WORKER, ROLE_HANDLER, ROLE_ANTAGONIST },
	.wishes = {
		[ROLE_WORKER] = { APART },
		[ROLE_HANDLER] = { APART },
		[ROLE_ANTAGONIST] = { APART },
	},
};

static const struct policy smt = {
	.order = { ROLE_WORKER, ROLE_ANTAGONIST, ROLE_HANDLER },
	.paired = true,
	.wishes = {
		[ROLE_WORKER] = { FEW(ALL, PU), WITH_SIBLING },
		[ROLE_HANDLER] = { FEW(ALL, PU), WITH_SIBLING },
		[ROLE_ANTAGONIST] = { FEW(ALL, PU), WITH_SIBLING },
	},
};

static const struct policy numa = {
	.order = { ROLE_WORKER, ROLE_HANDLER, ROLE_ANTAGONIST },
	.wishes = {
		[ROLE_WORKER] = { FEW(ALL, PU), FEW(ALL, CORE), FEW(W, NODE) },
		[ROLE_HANDLER] = { FEW(ALL, PU), WITH_MY_WORKER(NODE),
				   FEW(ALL, CORE) },
		[ROLE_ANTAGONIST] = { FEW(ALL, PU), FEW(ALL, CORE),
				      FEW(A, NODE) },
	},
};

/* Antagonists before handlers, which could take the far PUs from them. */
static const struct policy remote_antagonist = {
	.order = { ROLE_WORKER, ROLE_ANTAGONIST, ROLE_HANDLER },
	.wishes = {
		[ROLE_WORKER] = { FEW(ALL, PU) },
		[ROLE_ANTAGONIST] = { FEW(W, AWAY), FEW(ALL, PU),
				      FEW(W, PACKAGE) },
		[ROLE_HANDLER] = { FEW(ALL, PU), FEW(A, AWAY),
				   WITH_MY_WORKER(NODE), FEW(W, CORE) },
	},
};

/* --- the function that follows them --------------------------------------- */

struct counts { /* seats given, by role */
	unsigned int nr[NR_ROLES];
};

struct placing {
	const struct policy *policy;
	const struct topo *topo;
	const struct seats *seats;
	unsigned int *const *pu;
	struct counts *used[NR_LEVELS]; /* one for each PU, core, ... */
	unsigned int next[NR_ROLES];
};

static enum level level_of(const struct topo *t, enum level level)
{
	if (level != AWAY)
		return level;
	return t->nr_nodes > 1 ? NODE : LLC;
}

/* The number of the PU, core, ... that PU i of the topology lies in. */
static unsigned int place_on(const struct topo *t, enum level level,
			     unsigned int i)
{
	switch (level) {
	case CORE:
		return t->pu[i].core;
	case LLC:
		return t->pu[i].llc;
	case NODE:
		return t->pu[i].node;
	case PACKAGE:
		return t->pu[i].package;
	default:
		return i;
	}
}

static bool has_sibling(const struct topo *t, unsigned int i)
{
	return t->pu[i].thread > 0 ||
	       (i + 1 < t->nr_pus && t->pu[i + 1].core == t->pu[i].core);
}

/* How far PU i is from what the next seat of this role wishes; 0 is met. */
static unsigned int wish_cost(const struct placing *p, unsigned int wish,
			      enum role role, unsigned int i)
{
	const struct topo *t = p->topo;
	const enum level level = level_of(t, wish / LEVEL);
	const unsigned int nr_workers = p->next[ROLE_WORKER];
	const struct counts *used = &p->used[level][place_on(t, level, i)];
	unsigned int r, mine, cost = 0;

	if (wish & SIBLING)
		return !has_sibling(t, i);
	if (wish & MINE) {
		if (!nr_workers)
			return 0;
		mine = p->pu[ROLE_WORKER][p->next[role] % nr_workers];
		return place_on(t, level, i) != place_on(t, level, mine);
	}
	for (r = 0; r < NR_ROLES; r++)
		if (wish & 1u << r)
			cost += used->nr[r];
	return cost;
}

/* Does PU a meet the wishes better than PU b? */
static bool pu_better(const struct placing *p, enum role role, unsigned int a,
		      unsigned int b)
{
	const unsigned int *wish = p->policy->wishes[role];
	unsigned int cost_a, cost_b;

	for (; *wish; wish++) {
		cost_a = wish_cost(p, *wish, role, a);
		cost_b = wish_cost(p, *wish, role, b);
		if (cost_a != cost_b)
			return cost_a < cost_b;
	}
	return false;
}

/* Gives the next seat of a role its PU; false when the role has them all. */
static bool seat_next(struct placing *p, enum role role)
{
	const struct topo *t = p->topo;
	unsigned int i, best = 0, level;

	if (p->next[role] == p->seats->nr[role])
		return false;
	for (i = 1; i < t->nr_pus; i++)
		if (pu_better(p, role, i, best))
			best = i;
	for (level = 0; level < NR_LEVELS; level++)
		p->used[level][place_on(t, level, best)].nr[role]++;
	p->pu[role][p->next[role]++] = best;
	return true;
}

static int place(const struct policy *policy, const struct topo *t,
		 const struct seats *seats, unsigned int *const pu[NR_ROLES],
		 struct error *e)
{
	struct placing p = {
		.policy = policy, .topo = t, .seats = seats, .pu = pu
	};
	struct counts *counts;
	unsigned int i;

	counts = calloc((size_t)NR_LEVELS * t->nr_pus, sizeof(*counts));
	if (!counts)
		return error_set(e, ENOMEM, "no memory for a placement");
	for (i = 0; i < NR_LEVELS; i++)
		p.used[i] = counts + (size_t)t->nr_pus * i;
	while (policy->paired && seat_next(&p, ROLE_WORKER))
		if (!seat_next(&p, ROLE_ANTAGONIST))
			seat_next(&p, ROLE_HANDLER);
	for (i = 0; i < NR_ROLES; i++)
		while (seat_next(&p, policy->order[i]))
			;
	free(counts);
	return 0;
}

static unsigned int seats_total(const struct seats *seats)
{
	unsigned int i, total = 0;

	for (i = 0; i < NR_ROLES; i++)
		total += seats->nr[i];
	return total;
}

int placement_place(const struct placement *p, const struct topo *t,
		    const struct seats *seats, bool oversubscribe,
		    unsigned int *const pu[NR_ROLES], struct error *e)
{
	const unsigned int total = seats_total(seats);

	if (total > t->nr_pus && !oversubscribe)
		return error_set(e, E2BIG,
				 "%u threads want a PU each (workers %u, "
				 "antagonists %u, handlers %u) and there are "
				 "%u: ask for fewer, or set oversubscribe=yes",
				 total, seats->nr[ROLE_WORKER],
				 seats->nr[ROLE_ANTAGONIST],
				 seats->nr[ROLE_HANDLER], t->nr_pus);
	return p->place(t, seats, pu, e);
}

/* --- the policies --------------------------------------------------------- */

static int place_compact(const struct topo *t, const struct seats *seats,
			 unsigned int *const pu[NR_ROLES], struct error *e)
{
	return place(&compact, t, seats, pu, e);
}

const struct placement placement_compact = {
	.title = "threads on neighbouring cores, siblings last",
	.story =
		"Workers take one core after the other, and second PUs of cores when\n"
		"all have one: what they share is near, and is no core. Helper\n"
		"threads, then antagonists, take the next PUs, on cores without\n"
		"workers as long as there are any, lest a shared core pass for a\n"
		"contended lock. What does a lock cost when its cache line is near?",
	.place = place_compact,
};

static int place_spread(const struct topo *t, const struct seats *seats,
			unsigned int *const pu[NR_ROLES], struct error *e)
{
	return place(&spread, t, seats, pu, e);
}

const struct placement placement_spread = {
	.title = "threads as far apart as the machine allows",
	.story =
		"Workers, helper threads and antagonists, in this order, each go to\n"
		"the package, then the node, then the last-level cache with the\n"
		"fewest of them; a core gets a second thread when all cores have one.\n"
		"What do faults cost when the cache lines of mmap_lock and of the\n"
		"VMA travel as far as this machine is wide, and no core is shared?",
	.place = place_spread,
};

static int place_smt(const struct topo *t, const struct seats *seats,
		     unsigned int *const pu[NR_ROLES], struct error *e)
{
	if (t->nr_cores == t->nr_pus)
		return error_set(e, EINVAL,
				 "smt wants a core with two PUs, and no core "
				 "has them here (%s)",
				 t->text);
	return place(&smt, t, seats, pu, e);
}

const struct placement placement_smt = {
	.title = "cores shared on purpose: each worker with a sibling",
	.story =
		"Cores with several PUs are filled one after the other. The sibling\n"
		"of a worker is an antagonist as long as there are any, else a helper\n"
		"thread, else another worker. How much of a slow-down is the shared\n"
		"core and not the lock? Compare with spread, or with compact and an\n"
		"antagonist. Refused where no core has two PUs.",
	.place = place_smt,
};

static int place_numa(const struct topo *t, const struct seats *seats,
		      unsigned int *const pu[NR_ROLES], struct error *e)
{
	if (t->nr_nodes < 2)
		return error_set(e, EINVAL,
				 "numa wants two nodes with PUs, and there is "
				 "one here (%s)",
				 t->text);
	return place(&numa, t, seats, pu, e);
}

const struct placement placement_numa = {
	.title = "workers dealt to the NUMA nodes in turn, memory local",
	.story =
		"Workers go to the NUMA nodes in turn, each to a core of its own as\n"
		"long as there are any, and their pages are bound to their node.\n"
		"Helper threads sit on the node of their worker; antagonists are\n"
		"dealt to the nodes like workers. How do faults scale over nodes when\n"
		"nothing is remote but the locks? Refused on one node.",
	.bind_memory = true,
	.place = place_numa,
};

/* PUs that share no AWAY with the workers, which take the first nr_workers. */
static unsigned int nr_away(const struct topo *t, unsigned int nr_workers)
{
	const enum level away = level_of(t, AWAY);
	unsigned int i, j, nr = 0;

	for (i = 0; i < t->nr_pus; i++) {
		for (j = 0; j < nr_workers && j < t->nr_pus; j++)
			if (place_on(t, away, i) == place_on(t, away, j))
				break;
		nr += j == nr_workers;
	}
	return nr;
}

static int place_remote_antagonist(const struct topo *t,
				   const struct seats *seats,
				   unsigned int *const pu[NR_ROLES],
				   struct error *e)
{
	const unsigned int wanted = seats->nr[ROLE_ANTAGONIST];
	const unsigned int away = nr_away(t, seats->nr[ROLE_WORKER]);
	const bool nodes = t->nr_nodes > 1;

	if (!nodes && t->nr_llcs < 2)
		return error_set(e, EINVAL,
				 "remote-antagonist wants two nodes or two "
				 "last-level caches (%s)",
				 t->text);
	/* An antagonist beside the workers would be a lie in every plot. */
	if (wanted &&
	    (!away || (wanted > away && seats_total(seats) <= t->nr_pus)))
		return error_set(e, EINVAL,
				 "remote-antagonist: %u workers leave %u PUs "
				 "on other %s, and %u antagonists want one "
				 "each (%s)",
				 seats->nr[ROLE_WORKER], away,
				 nodes ? "nodes" : "last-level caches", wanted,
				 t->text);
	return place(&remote_antagonist, t, seats, pu, e);
}

const struct placement placement_remote_antagonist = {
	.title = "workers on one NUMA node, antagonists on a far one",
	.story =
		"Workers fill the first node as in compact, helper threads stay by\n"
		"them, pages are bound to the workers' nodes. Antagonists fill a node\n"
		"without workers, in another package if there is one; where there is\n"
		"but one node, another last-level cache. What does a writer do to\n"
		"faults from afar? Refused where no PU is far from all workers.",
	.bind_memory = true,
	.place = place_remote_antagonist,
};
