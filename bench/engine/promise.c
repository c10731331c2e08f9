/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "promise.h"

#include <math.h>

/* Counts that are equal to three decimals are equal. */
static const double tolerance = 0.0005;

/*
 * Acquisitions of mmap_lock for read a fault. By the VMA lock first, for each
 * thing that a fault may do instead of waiting:
 *
 *   drop      waits and is redone under mmap_lock: one
 *   drop-vma  waits and is redone under the VMA lock: none
 *   hold      waits and goes on: none
 *   give up   is redone under mmap_lock, and waits there as any other: one
 *             more than `drop`
 *
 * userfaultfd drops the lock where others hold it. What gives the VMA lock up
 * for another reason than a wait does so by every policy. Then by each way in
 * that takes mmap_lock at once; `hold` is also what a policy makes of the ways
 * `user` and `kernel` that holds mmap_lock. The downgrade of a write lock
 * counts as one. get_user_pages takes a lock that the fault has dropped again,
 * and madvise_populate() once more (6.18; 6.1 does not).
 */
struct range {
	double least, most;
};

#define NONE                                                                   \
	{                                                                      \
		0, 0                                                           \
	}
#define ONE                                                                    \
	{                                                                      \
		1, 1                                                           \
	}
#define TWO                                                                    \
	{                                                                      \
		2, 2                                                           \
	}
#define THREE                                                                  \
	{                                                                      \
		3, 3                                                           \
	}

static const struct row {
	/* drop drop-vma hold give-up give-up-65 */
	struct range vma_first[NR_FAULT_LOCK_WAITS];
	struct range by[NR_WAYS]; /* user kernel hold gup populate */
	double writes;
} rows[NR_PATHS] = {
	[PATH_PLAIN] = { { NONE, NONE, NONE, NONE, NONE },
			 { ONE, ONE, ONE, ONE, ONE },
			 0 },
	[PATH_COMPLETES] = { { NONE, NONE, NONE, NONE, NONE },
			     { ONE, ONE, ONE, TWO, { 2, 3 } },
			     0 },
	[PATH_REDONE] = { { ONE, ONE, ONE, ONE, ONE },
			  { ONE, ONE, ONE, ONE, ONE },
			  0 },
	[PATH_WAITS] = { { ONE, NONE, NONE, TWO, TWO },
			 { TWO, TWO, ONE, TWO, THREE },
			 0 },
	[PATH_MAY_WAIT] = { { { 0, 1 }, NONE, NONE, { 0, 2 }, { 0, 2 } },
			    { { 1, 2 }, { 1, 2 }, ONE, { 1, 2 }, { 1, 3 } },
			    0 },
	[PATH_SERVED] = { { ONE, NONE, ONE, TWO, TWO },
			  { TWO, TWO, TWO, TWO, THREE },
			  0 },
	[PATH_FRESH] = { { ONE, ONE, ONE, ONE, ONE },
			 { ONE, ONE, ONE, ONE, ONE },
			 0 },
	[PATH_GROWS] = { { TWO, TWO, TWO, TWO, TWO },
			 { TWO, TWO, TWO, TWO, TWO },
			 1 },
};

/* PATH_GROWS where the stack grows under the read lock of the fault (5.10
 * arch/x86/mm/fault.c:do_user_addr_fault, mm/mmap.c:find_extend_vma). */
static const struct row grows_reading = { { ONE, ONE, ONE, ONE, ONE },
					  { ONE, ONE, ONE, ONE, ONE },
					  0 };

const char *const promise_metrics[] = {
	"mmap_locks_per_fault", "mmap_write_locks_per_fault",
	"fallback_share",	"retries_per_fault",
	"path_vma_lock_share",	"path_retried_share",
	"path_mmap_lock_share", NULL,
};

/* What mmap_lock costs a fault that comes to it in this way; a policy speaks of
 * exceptions alone. */
static const struct range *by_mmap_lock(const struct row *row, enum way way,
					enum fault_lock_wait wait)
{
	bool exception = way == BY_USER || way == BY_KERNEL;

	return &row->by[exception && wait == WAIT_HOLDS ? BY_HOLD : way];
}

struct circumstances promise_circumstances(const struct policy *policy,
					   enum feature feature,
					   const struct features *f)
{
	bool served = policy_admits(policy, feature, f);

	return (struct circumstances){
		.vma_lock = served,
		.gives_up = !served && feature == FEATURE_VMA_LOCK_SWAP &&
			    policy_admits(policy, FEATURE_VMA_LOCK, f),
		.wait = policy->wait,
		.completes = f->has[FEATURE_FAULT_COMPLETED],
		.grows_writing = f->has[FEATURE_STACK_WRITE_LOCK],
	};
}

struct promise promise_make(enum fault_path path, enum way way,
			    struct circumstances c)
{
	const struct row *row = path == PATH_GROWS && !c.grows_writing
					? &grows_reading
					: &rows[path];
	const struct range *refused = by_mmap_lock(row, way, c.wait), *range;
	struct promise p = { .path = path, .wait = c.wait };

	p.writes = row->writes;
	p.a_retry = way == BY_POPULATE ? 2 : 1;
	p.vma_first = way == BY_USER && c.vma_lock;
	p.gives_up = way == BY_USER && c.gives_up;
	p.completes = c.completes;
	range = p.vma_first ? &row->vma_first[c.wait] : refused;
	p.least = range->least;
	p.most = range->most;
	/* Refused by the VMA lock, it is a fault of a kernel that has none. */
	p.disturbed = (p.vma_first || p.gives_up) && c.disturbed;
	if (p.disturbed) {
		p.least = fmin(p.least, refused->least);
		p.most = fmax(p.most, refused->most);
	}
	/* Whether it drops its lock is the file system's choice. */
	if (path == PATH_COMPLETES && !c.completes && c.wait != WAIT_HOLDS &&
	    (way == BY_USER || way == BY_KERNEL))
		p.most += 1;
	/* One finds the page, the other its lock taken, and waits for it.
	 * get_user_pages takes mmap_lock to find a page, and that is no fault.
	 */
	if (c.raced) {
		row = &rows[PATH_MAY_WAIT];
		range = p.vma_first ? &row->vma_first[c.wait]
				    : by_mmap_lock(row, way, c.wait);
		p.least = fmin(p.least, range->least);
		p.most = fmax(p.most, range->most);
		if (way == BY_GUP || way == BY_POPULATE)
			p.most = INFINITY;
	}
	return p;
}

bool promise_held(const struct promise *p, double locks, double writes)
{
	return locks > p->least - tolerance && locks < p->most + tolerance &&
	       (isnan(writes) || writes > p->writes - tolerance);
}

void promise_print(const struct promise *p, char *buf, size_t size)
{
	if (isinf(p->most))
		snprintf(buf, size, "at least %.3f", p->least);
	else if (p->most > p->least)
		snprintf(buf, size, "%.3f to %.3f", p->least, p->most);
	else
		snprintf(buf, size, "%.3f", p->least);
}

/* --- what the counts say -------------------------------------------------- */

struct told {
	double retries, fallback; /* NAN: cannot be told */
	double vma, retried;	  /* shares of all faults; NAN: both open */
	const char *open;	  /* why something cannot be told */
};

static const char refused_or_retried[] =
	"tracepoints cannot tell a fault refused by the VMA lock from one that "
	"retried";

/* A fault that waits for something that can be waited for with no lock. */
static struct told tell_waiting(const struct promise *p, double locks)
{
	double one = fmin(locks, 1), more = fmax(0, locks - 1);

	switch (p->wait) {
	case WAIT_DROPS_VMA:
		return (struct told){
			.retries = NAN,
			.fallback = p->disturbed ? NAN : one,
			.vma = NAN,
			.open = "a redo under the VMA lock shows in no "
				"acquisition: it takes bpf-fexit on a kernel "
				"with lab/patches"
		};
	case WAIT_GIVES_UP:
	case WAIT_GIVES_UP_65:
		/* Given up under the VMA lock: a retry and an acquisition, and
		 * so again where it then waits under mmap_lock. */
		if (p->disturbed)
			return (struct told){ NAN, NAN, 1 - one, one,
					      refused_or_retried };
		if (p->path == PATH_MAY_WAIT)
			return (struct told){
				.retries = locks,
				.vma = locks < tolerance ? 1 : NAN,
				.open = "tracepoints cannot tell two faults "
					"that retried from one that did twice: "
					"it takes bpf-fexit"
			};
		return (struct told){ locks, 0, 1 - one, one, NULL };
	case WAIT_HOLDS:
		if (p->path == PATH_SERVED)
			break;
		return (struct told){ 0, one, 1 - one, 0, NULL };
	default:
		break;
	}
	/* One that falls back takes mmap_lock, waits, takes it again: two
	 * acquisitions, one retry. */
	return (struct told){ one, more, 1 - one, fmax(0, one - more), NULL };
}

static struct told tell_vma_first(const struct promise *p, double locks)
{
	double one = fmin(locks, 1);

	switch (p->path) {
	case PATH_WAITS:
	case PATH_MAY_WAIT:
	case PATH_SERVED:
		return tell_waiting(p, locks);
	case PATH_REDONE:
		if (p->disturbed)
			return (struct told){ NAN, NAN, 0, one,
					      refused_or_retried };
		return (struct told){ one, 0, 1 - one, one, NULL };
	case PATH_FRESH:
		/* The acquisition of one that is served is a trylock while the
		 * VMA lock is held. */
		if (p->disturbed)
			return (struct told){ NAN, NAN, 1, 0,
					      refused_or_retried };
		return (struct told){ 0, 0, 1, 0, NULL };
	case PATH_GROWS:
		return (struct told){ 0, one, 1 - one, 0, NULL };
	default:
		return (struct told){ locks < tolerance ? 0 : NAN, one, 1 - one,
				      0, refused_or_retried };
	}
}

/* Those that take mmap_lock at once, or all the same. */
static struct told tell_mmap_lock(const struct promise *p, double locks)
{
	/* One that completes has dropped its lock and is not redone. */
	double again = p->path == PATH_COMPLETES && p->completes
			       ? 0
			       : fmax(0, locks - 1 - p->writes) / p->a_retry;

	if (p->gives_up && p->disturbed)
		return (struct told){ NAN, NAN, 0, 1, refused_or_retried };
	if (p->gives_up)
		return (struct told){ 1 + again, 0, 0, 1, NULL };
	return (struct told){ again, NAN, 0, fmin(1, again),
			      "these faults never try the VMA lock" };
}

static void tell(struct metrics *m, const char *name, double number,
		 const char *why)
{
	if (isnan(number))
		metrics_add_absent(m, name, "%s", why);
	else
		metrics_add(m, name, fmax(0, number));
}

/* Each attempt was seen: that leaves nothing open. */
static void fill(struct told *t, const struct promise *p,
		 const struct promise_seen *seen)
{
	if (isnan(t->retries))
		t->retries = seen->retries;
	if (isnan(t->fallback) && (p->vma_first || p->gives_up))
		t->fallback = seen->refused;
	if (isnan(t->vma) && !isnan(seen->retried)) {
		t->retried = fmin(1, seen->retried);
		t->vma = fmax(0, 1 - t->retried - seen->refused);
	}
}

void promise_tell(const struct promise *p, struct metrics *m,
		  const struct promise_seen *seen)
{
	struct told t;
	size_t i;

	if (!p->vma_first && isinf(p->most)) {
		for (i = 2; promise_metrics[i]; i++)
			metrics_add_absent(
				m, promise_metrics[i],
				"get_user_pages takes mmap_lock also "
				"for the pages that others faulted");
		return;
	}
	t = p->vma_first ? tell_vma_first(p, seen->locks)
			 : tell_mmap_lock(p, seen->locks);
	fill(&t, p, seen);
	tell(m, "retries_per_fault", t.retries, t.open);
	tell(m, "fallback_share", t.fallback > 1 ? 1 : t.fallback, t.open);
	tell(m, "path_vma_lock_share", t.vma, t.open);
	tell(m, "path_retried_share", isnan(t.vma) ? NAN : t.retried, t.open);
	tell(m, "path_mmap_lock_share", 1 - t.vma - t.retried, t.open);
}
