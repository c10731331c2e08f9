/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witness: what the kernel says of the faults of a cell, counted on each
 * worker in a pass of its own that times nothing, and held against what the
 * scenario and the lock promise on this kernel.
 *
 * mmap_lock_acquire_returned with success==1 counts each acquisition once,
 * also when it had to wait. In user mode no acquisition means the VMA lock, one
 * means one retry or one fall-back; in kernel mode there is one to begin with,
 * and each retry adds one (arch/x86/mm/fault.c do_user_addr_fault()).
 */
#include "cell.h"
#include "promise.h"

#include <math.h>
#include <stdio.h>

enum {
	READ_LOCKS,
	WRITE_LOCKS,
	FAULTS_USER,
	FAULTS_KERNEL,
	SW_FAULTS_USER,
	NR_EVENTS,
};

static const char *const event_names[NR_EVENTS] = {
	"mmap_lock:mmap_lock_acquire_returned/write==0 && success==1",
	"mmap_lock:mmap_lock_acquire_returned/write==1 && success==1",
	"exceptions:page_fault_user",
	"exceptions:page_fault_kernel",
	"page-faults:u",
};

/* Counts that are equal to three decimals are equal. */
static const double tolerance = 0.0005;

void witness_choose(struct witness_events *events, unsigned int nr_workers)
{
	struct error e;
	size_t i;

	events->evidence = "none";
	for (i = 0; i < NR_EVENTS; i++) {
		if (counters_probe(event_names[i], &e)) {
			if (i == READ_LOCKS)
				memcpy(events->why_not_better, e.text,
				       sizeof(e.text));
			continue;
		}
		events->names[events->nr++] = event_names[i];
		if (i == READ_LOCKS)
			events->evidence = "tracepoint";
		else if (i == SW_FAULTS_USER && events->nr == 1)
			events->evidence = "software-events";
	}
	events->reasons = reasons_open(nr_workers);
	if (events->reasons->level != CENSUS_NONE)
		events->evidence = census_level_name(events->reasons->level);
}

/* The count of an event, of those that the rounds count in this order, or NAN
 * when it was not counted. */
static double pick(const struct rounds *r, const uint64_t *counts,
		   unsigned int event)
{
	size_t i;

	for (i = 0; i < r->nr_events; i++)
		if (r->events[i] == event_names[event])
			return (double)counts[i];
	return NAN;
}

/* The same over all workers. */
static double count(const struct cell *cell, unsigned int event)
{
	return pick(cell->rounds, cell->rounds->worker[0].events, event);
}

static struct promise promised(const struct cell *cell)
{
	const struct spec *spec = cell->spec;
	struct circumstances c = promise_circumstances(
		&cell->policy, spec->scenario->feature, &cell->features);
	unsigned int i;

	c.raced = spec->same_targets;
	for (i = 0; i < spec->nr_antagonists; i++)
		c.disturbed |= spec->antagonist[i].where == WHERE_SAME;
	return promise_make(spec->scenario->path, spec->lock->way, c);
}

static void absent_all(struct metrics *m, const char *reason)
{
	size_t i;

	for (i = 0; promise_metrics[i]; i++)
		metrics_add_absent(m, promise_metrics[i], "%s", reason);
}

/* how: where acquisitions were seen, if not by tracepoints; else "". */
static void judge_locks(struct cell *cell, const struct promise *p,
			const char *how, double locks, double writes,
			double faults)
{
	char words[64], promised_writes[64] = "", saw_writes[64] = "";

	promise_print(p, words, sizeof(words));
	if (p->writes > 0) {
		snprintf(promised_writes, sizeof(promised_writes),
			 " and %.3f for write", p->writes);
		snprintf(saw_writes, sizeof(saw_writes), " and %.4f", writes);
	}
	record_text(&cell->record.verdict,
		    promise_held(p, locks, writes) ? "held" : "broken");
	record_text(&cell->record.claim,
		    "promised %s acquisitions of mmap_lock a fault%s, saw "
		    "%.4f%s in %.0f faults%s%s",
		    words, promised_writes, locks, saw_writes, faults,
		    *how ? ", " : "", how);
}

/* Two observers of the same faults have to agree. */
static void judge_census(struct cell *cell, const struct reasons *reasons,
			 double locks, double faults)
{
	double other = (double)reasons->counts.read_locks / faults;

	if (isnan(locks) || reasons->level < CENSUS_TP_BTF ||
	    fabs(locks - other) < tolerance)
		return;
	record_text(&cell->record.verdict, "broken");
	record_text(&cell->record.claim,
		    "tracepoints counted %.4f acquisitions of mmap_lock a "
		    "fault, %s counted %.4f and missed %llu events of this "
		    "machine: one of them is wrong",
		    locks, census_level_name(reasons->level), other,
		    (unsigned long long)reasons->missed);
}

/*
 * Without the tracepoints of mmap_lock there are two observers all the same: in
 * a kernel without the VMA lock each attempt at a fault that an exception began
 * is made under mmap_lock, taken once for it (arch/x86/mm/fault.c 5.10
 * do_user_addr_fault()).
 */
static void judge_attempts(struct cell *cell, const struct reasons *reasons,
			   double faults)
{
	const struct census_counts *c = &reasons->counts;
	enum way way = cell->spec->lock->way;

	if (!*reasons->how_locks || cell->features.has[FEATURE_VMA_LOCK] ||
	    (way != BY_USER && way != BY_KERNEL) ||
	    fabs((double)c->attempts - (double)c->read_locks) <
		    tolerance * faults)
		return;
	record_text(&cell->record.verdict, "broken");
	record_text(&cell->record.claim,
		    "in %.0f faults %llu attempts, each under mmap_lock, and "
		    "%llu acquisitions of it, %s: one of them is wrong",
		    faults, (unsigned long long)c->attempts,
		    (unsigned long long)c->read_locks, reasons->how_locks);
}

/* The kernel's own counts have those of all the machine in them, so that they
 * may be above the census; below it one of them is wrong. */
static void judge_vmstat(struct cell *cell, const struct reasons *reasons,
			 double faults)
{
	const struct census_counts *c = &reasons->counts;
	const struct vmstat_locks *v = &reasons->vmstat;
	uint64_t refused = c->refused_no_vma + c->refused_changing +
			   c->refused_policy;

	if (!reasons->has_vmstat || reasons->level != CENSUS_FEXIT ||
	    (v->success >= c->vma_handled && v->retry >= c->vma_retried &&
	     v->abort >= refused))
		return;
	record_text(&cell->record.verdict, "broken");
	record_text(&cell->record.claim,
		    "in %.0f faults %s counted %llu ended under the VMA lock, "
		    "%llu retried and %llu refused, /proc/vmstat %llu, %llu "
		    "and %llu of the whole machine: one of them is wrong",
		    faults, census_level_name(reasons->level),
		    (unsigned long long)c->vma_handled,
		    (unsigned long long)c->vma_retried,
		    (unsigned long long)refused, (unsigned long long)v->success,
		    (unsigned long long)v->retry, (unsigned long long)v->abort);
}

/* User-mode faults are to be all or none. */
static void judge_mode(struct cell *cell, double share)
{
	bool user = cell->spec->lock->way == BY_USER;

	if (isnan(share) || fabs(share - (user ? 1 : 0)) < tolerance)
		return;
	record_text(&cell->record.verdict, "broken");
	record_text(&cell->record.claim,
		    "%.2f %% of the faults came from user mode, expected %s",
		    100 * share, user ? "all" : "none");
}

/* The module calls the rest of handle_mm_fault() once more by itself. */
static bool hides_redo(const struct cell *cell)
{
	char who[16];

	return cell->policy.wait == WAIT_DROPS_VMA &&
	       facts_policy_switches(who, sizeof(who), NULL) >= 0 &&
	       !strcmp(who, "module");
}

/* Where each attempt was seen. */
static struct promise_seen seen_by(const struct reasons *reasons, double faults)
{
	const struct census_counts *c = &reasons->counts;
	double redone = (double)(c->redone + c->redone_vma);
	double refused = (double)(c->refused_no_vma + c->refused_changing +
				  c->refused_policy);

	if (reasons->level != CENSUS_FEXIT || c->redo_hidden)
		return (struct promise_seen){ NAN, NAN, NAN, NAN };
	return (struct promise_seen){
		.retries = (redone + (double)c->again) / faults,
		.refused = refused / faults,
		.retried = redone / faults,
	};
}

void witness_judge(struct cell *cell, const struct witness_events *events)
{
	struct metrics *m = &cell->record.metrics;
	struct promise p = promised(cell);
	double faults = metrics_find(m, "faults")->number;
	double touches = metrics_find(m, "touches")->number;
	double locks = count(cell, READ_LOCKS) / faults;
	double writes = count(cell, WRITE_LOCKS) / faults;
	double user = count(cell, FAULTS_USER);
	double share = user / (user + count(cell, FAULTS_KERNEL));
	struct promise_seen seen;

	reasons_read(events->reasons);
	events->reasons->counts.redo_hidden = hides_redo(cell);
	seen = seen_by(events->reasons, faults);
	if (isnan(locks) && events->reasons->level >= CENSUS_TP_BTF) {
		const struct census_counts *c = &events->reasons->counts;

		locks = (double)c->read_locks / faults;
		writes = (double)c->write_locks / faults;
		user = (double)c->faults_user;
		share = user / (user + (double)c->faults_kernel);
	}
	seen.locks = locks;
	/* A store that a fork has made a second fault of needs no lock but its
	 * VMA's. */
	if (faults > touches) {
		p.least *= touches / faults;
		p.writes *= touches / faults;
	}
	record_text(&cell->record.evidence, "%s", events->evidence);
	if (isnan(share))
		share = count(cell, SW_FAULTS_USER) / faults;
	if (isnan(locks)) {
		record_text(&cell->record.verdict, "unproven");
		record_text(&cell->record.claim, "%s", events->why_not_better);
		absent_all(m, events->why_not_better);
	} else {
		metrics_add(m, "mmap_locks_per_fault", locks);
		metrics_add(m, "mmap_write_locks_per_fault", writes);
		promise_tell(&p, m, &seen);
		judge_locks(cell, &p, events->reasons->how_locks, locks, writes,
			    faults);
	}
	if (isnan(share))
		metrics_add_absent(m, "user_faults_share", "%s",
				   events->why_not_better);
	else
		metrics_add(m, "user_faults_share", share);
	judge_mode(cell, share);
	reasons_tell(events->reasons, cell, m, faults);
	judge_census(cell, events->reasons, locks, faults);
	judge_attempts(cell, events->reasons, faults);
	judge_vmstat(cell, events->reasons, faults);
}

void witness_antagonist(const struct cell *cell, const struct antagonising *a,
			struct metrics *m)
{
	static const struct {
		const char *name;
		unsigned int event;
	} told[] = {
		{ "mmap_locks_per_op", READ_LOCKS },
		{ "mmap_write_locks_per_op", WRITE_LOCKS },
	};
	size_t i;

	for (i = 0; i < 2; i++) {
		double n = pick(cell->rounds, a->events, told[i].event);

		if (isnan(n))
			metrics_add_absent(m, told[i].name,
					   "mmap_lock tracepoints are not "
					   "available here");
		else if (a->nr_ops)
			metrics_add(m, told[i].name, n / (double)a->nr_ops);
	}
}
