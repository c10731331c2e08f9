/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "promise.h"

#include <math.h>

/* Counts that are equal to three decimals are equal. */
static const double tolerance = 0.0005;

/*
 * Acquisitions of mmap_lock for read a fault: by the VMA lock first, and by
 * each way in that takes mmap_lock at once. The downgrade of a write lock
 * counts as one. get_user_pages takes a lock that the fault has dropped again,
 * and madvise_populate() once more (6.18; 6.1 does not).
 */
struct range {
	double least, most;
};

static const struct row {
	struct range vma_first, by[NR_WAYS]; /* user kernel hold gup populate */
	double writes;
} rows[NR_PATHS] = {
	[PATH_PLAIN] = { { 0, 0 },
			 { { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 } },
			 0 },
	[PATH_COMPLETES] = { { 0, 0 },
			     { { 1, 1 },
			       { 1, 1 },
			       { 1, 1 },
			       { 2, 2 },
			       { 2, 3 } },
			     0 },
	[PATH_REDONE] = { { 1, 1 },
			  { { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 } },
			  0 },
	[PATH_WAITS] = { { 1, 1 },
			 { { 2, 2 }, { 2, 2 }, { 1, 1 }, { 2, 2 }, { 3, 3 } },
			 0 },
	[PATH_MAY_WAIT] = { { 0, 1 },
			    { { 1, 2 },
			      { 1, 2 },
			      { 1, 1 },
			      { 1, 2 },
			      { 1, 3 } },
			    0 },
	[PATH_FRESH] = { { 1, 1 },
			 { { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 } },
			 0 },
	[PATH_GROWS] = { { 2, 2 },
			 { { 2, 2 }, { 2, 2 }, { 2, 2 }, { 2, 2 }, { 2, 2 } },
			 1 },
};

const char *const promise_metrics[] = {
	"mmap_locks_per_fault", "mmap_write_locks_per_fault",
	"fallback_share",	"retries_per_fault",
	"path_vma_lock_share",	"path_retried_share",
	"path_mmap_lock_share", NULL,
};

struct promise promise_make(enum fault_path path, enum way way,
			    struct circumstances c)
{
	const struct row *row = &rows[path];
	const struct range *range;
	struct promise p = { .path = path, .writes = row->writes };

	p.a_retry = way == BY_POPULATE ? 2 : 1;
	p.vma_first = way == BY_USER && c.vma_lock;
	p.completes = c.completes;
	range = p.vma_first ? &row->vma_first : &row->by[way];
	p.least = range->least;
	p.most = range->most;
	/* Refused by the VMA lock, it is a fault of a kernel that has none. */
	p.disturbed = p.vma_first && c.disturbed;
	if (p.disturbed)
		p.most = fmax(p.most, row->by[BY_USER].most);
	/* Whether it drops its lock is the file system's choice. */
	if (path == PATH_COMPLETES && !c.completes &&
	    (way == BY_USER || way == BY_KERNEL))
		p.most += 1;
	/* One finds the page, the other its lock taken, and waits for it.
	 * get_user_pages takes mmap_lock to find a page, and that is no fault.
	 */
	if (c.raced) {
		p.least = p.vma_first ? 0 : 1;
		p.most = fmax(p.most, way == BY_HOLD ? 1 : p.least + 1);
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
	double vma, retried;	  /* shares of all faults */
};

static struct told tell_vma_first(const struct promise *p, double locks)
{
	double one = fmin(locks, 1);

	switch (p->path) {
	case PATH_WAITS:
	case PATH_MAY_WAIT:
		/* One that falls back takes mmap_lock, waits, takes it again:
		 * two acquisitions, one retry. */
		return (struct told){
			.retries = one,
			.fallback = fmax(0, locks - 1),
			.vma = 1 - one,
			.retried = fmax(0, one - fmax(0, locks - 1)),
		};
	case PATH_REDONE:
		if (p->disturbed)
			return (struct told){ NAN, NAN, 0, one };
		return (struct told){ one, 0, 1 - one, one };
	case PATH_FRESH:
		/* The acquisition of one that is served is a trylock while the
		 * VMA lock is held. */
		if (p->disturbed)
			return (struct told){ NAN, NAN, 1, 0 };
		return (struct told){ 0, 0, 1, 0 };
	case PATH_GROWS:
		return (struct told){ 0, one, 1 - one, 0 };
	default:
		return (struct told){ locks < tolerance ? 0 : NAN, one, 1 - one,
				      0 };
	}
}

void promise_tell(const struct promise *p, struct metrics *m, double locks)
{
	static const char open[] =
		"tracepoints cannot tell a fault refused by the VMA lock from "
		"one that retried";
	/* One that completes has dropped its lock and is not redone. */
	struct told t = { .fallback = NAN };
	size_t i;

	if (!p->vma_first && isinf(p->most)) {
		for (i = 2; promise_metrics[i]; i++)
			metrics_add_absent(
				m, promise_metrics[i],
				"get_user_pages takes mmap_lock also "
				"for the pages that others faulted");
		return;
	}
	if (p->vma_first) {
		t = tell_vma_first(p, locks);
	} else if (p->path != PATH_COMPLETES || !p->completes) {
		t.retries = fmax(0, locks - 1 - p->writes) / p->a_retry;
		t.retried = fmin(1, t.retries);
	}
	if (isnan(t.retries))
		metrics_add_absent(m, "retries_per_fault", "%s", open);
	else
		metrics_add(m, "retries_per_fault", t.retries);
	if (isnan(t.fallback))
		metrics_add_absent(m, "fallback_share", "%s",
				   p->vma_first ? open
						: "these faults never try the "
						  "VMA lock");
	else
		metrics_add(m, "fallback_share", fmin(1, t.fallback));
	metrics_add(m, "path_vma_lock_share", t.vma);
	metrics_add(m, "path_retried_share", t.retried);
	metrics_add(m, "path_mmap_lock_share", fmax(0, 1 - t.vma - t.retried));
}
