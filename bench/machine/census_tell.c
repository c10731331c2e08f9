/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the counts of a census say, as the metrics of a record. No BPF: the
 * counts may come from anywhere.
 */
#include <stdio.h>

#include "census.h"
#include "record.h"

const char *census_level_name(enum census_level level)
{
	static const char *const names[] = { "none", "vmstat", "bpf-tp_btf",
					     "bpf-fexit" };

	return names[level];
}

void census_counts_merge(struct census_counts *to,
			 const struct census_counts *from)
{
	to->faults_user += from->faults_user;
	to->faults_kernel += from->faults_kernel;
	to->faults_called += from->faults_called;
	to->attempts += from->attempts;
	to->vma_handled += from->vma_handled;
	to->vma_retried += from->vma_retried;
	to->refused_no_vma += from->refused_no_vma;
	to->refused_changing += from->refused_changing;
	to->refused_policy += from->refused_policy;
	to->refused_or_redone += from->refused_or_redone;
	to->retried_waited += from->retried_waited;
	to->redone += from->redone;
	to->redone_vma += from->redone_vma;
	to->redo_hidden += from->redo_hidden;
	to->again += from->again;
	to->completed += from->completed;
	to->ruled += from->ruled;
	to->unruled += from->unruled;
	to->asked_holding += from->asked_holding;
	to->done_without_lock += from->done_without_lock;
	to->asked_with_error += from->asked_with_error;
	to->read_locks += from->read_locks;
	to->write_locks += from->write_locks;
	to->switches += from->switches;
	to->wakeups += from->wakeups;
	hist_merge(&to->slept, &from->slept);
	hist_merge(&to->lock_wait, &from->lock_wait);
}

/* --- metrics -------------------------------------------------------------- */

enum {
	HANDLED,
	REFUSED,
	REFUSED_NO_VMA,
	WAITED,
	REDONE,
	REDONE_VMA,
	AGAIN,
	COMPLETED,
	SLEEPS,
	WAKEUPS,
	SLEPT_P50,
	SLEPT_P99,
	LOCK_WAIT_P50,
	LOCK_WAIT_P99,
	NR_METRICS,
};

static const char *const metric_names[NR_METRICS] = {
	"vma_lock_handled_per_fault",
	"vma_lock_refused_per_fault",
	"refused_without_vma_per_fault",
	"retried_after_wait_per_fault",
	"redone_under_mmap_lock_per_fault",
	"redone_under_vma_lock_per_fault",
	"retried_again_per_fault",
	"completed_per_fault",
	"sleeps_per_fault",
	"wakeups_per_fault",
	"slept_p50_ns",
	"slept_p99_ns",
	"lock_wait_p50_ns",
	"lock_wait_p99_ns",
};

void census_tell_absent(struct metrics *m, const char *reason)
{
	size_t i;

	for (i = 0; i < NR_METRICS; i++)
		metrics_add_absent(m, metric_names[i], "%s", reason);
}

/* Why this level cannot tell this; NULL when it can. */
static const char *blind(enum census_level level, unsigned int metric,
			 const struct census_counts *c)
{
	static const char unsure[] =
		"the order of waits and acquisitions cannot tell a fault "
		"refused by the VMA lock from one redone without waiting: it "
		"takes bpf-fexit";

	if (c->redo_hidden && (metric == WAITED || metric == REDONE_VMA))
		return "lab/module redoes a fault under the VMA lock inside of "
		       "one attempt";
	if (level == CENSUS_FEXIT)
		return NULL;
	if (level == CENSUS_VMSTAT)
		return metric == HANDLED || metric == REFUSED ||
				       metric == REDONE
			       ? NULL
			       : "/proc/vmstat does not count it";
	if (metric == REDONE_VMA)
		return "what is redone under the VMA lock takes nothing that a "
		       "tracepoint shows: it takes bpf-fexit";
	if (metric == COMPLETED)
		return "no tracepoint shows VM_FAULT_COMPLETED: it takes "
		       "bpf-fexit";
	if ((metric == REFUSED || metric == REDONE) && c->refused_or_redone)
		return unsure;
	return NULL;
}

static void add_sleep(struct metrics *m, unsigned int metric,
		      const struct census_counts *c)
{
	bool lock = metric == LOCK_WAIT_P50 || metric == LOCK_WAIT_P99;
	const struct hist *h = lock ? &c->lock_wait : &c->slept;
	const char *what = lock ? " for mmap_lock" : ", but for mmap_lock";
	double q = metric == SLEPT_P50 || metric == LOCK_WAIT_P50 ? 0.5 : 0.99;
	/* As for all percentiles: 100 values have to lie beyond it. */
	double needed = 100 / (1 - q);

	if (!h->total)
		metrics_add_absent(m, metric_names[metric], "no fault slept%s",
				   what);
	else if (q > 0.5 && (double)h->total < needed)
		metrics_add_absent(m, metric_names[metric],
				   "%llu faults slept%s, it takes %.0f",
				   (unsigned long long)h->total, what, needed);
	else
		metrics_add(m, metric_names[metric], hist_quantile(h, q));
}

void census_tell(struct metrics *m, enum census_level level,
		 const struct census_counts *c, double faults)
{
	const uint64_t counts[] = {
		[HANDLED] = c->vma_handled,
		[REFUSED] = c->refused_no_vma + c->refused_changing +
			    c->refused_policy,
		[REFUSED_NO_VMA] = c->refused_no_vma,
		[WAITED] = c->retried_waited,
		[REDONE] = c->redone,
		[REDONE_VMA] = c->redone_vma,
		[AGAIN] = c->again,
		[COMPLETED] = c->completed,
		[SLEEPS] = c->switches,
		[WAKEUPS] = c->wakeups,
	};
	double exceptions = (double)(c->faults_user + c->faults_kernel);
	unsigned int i;

	if (level == CENSUS_TP_BTF && exceptions < 0.9995 * faults) {
		char why[128];

		snprintf(why, sizeof(why),
			 "%.0f of %.0f faults began with an exception, and "
			 "nothing else shows one to bpf-tp_btf",
			 exceptions, faults);
		census_tell_absent(m, why);
		return;
	}
	for (i = 0; i < NR_METRICS; i++) {
		const char *why = blind(level, i, c);

		if (why)
			metrics_add_absent(m, metric_names[i], "%s", why);
		else if (i >= SLEPT_P50)
			add_sleep(m, i, c);
		else
			metrics_add(m, metric_names[i],
				    (double)counts[i] / faults);
	}
}

/* --- the rule ------------------------------------------------------------- */

enum {
	RULED,
	ASKED_HOLDING,
	DONE_WITHOUT_LOCK,
	ASKED_WITH_ERROR,
	NR_RULE
};

static const char *const rule_names[NR_RULE] = {
	"lock_rule_attempts",
	"retry_with_lock_held",
	"done_without_lock",
	"retry_with_error",
};

void census_tell_rule(struct metrics *m, enum census_level level,
		      const struct census_counts *c, const char *why_not)
{
	const uint64_t counts[NR_RULE] = {
		[RULED] = c->ruled,
		[ASKED_HOLDING] = c->asked_holding,
		[DONE_WITHOUT_LOCK] = c->done_without_lock,
		[ASKED_WITH_ERROR] = c->asked_with_error,
	};
	unsigned int i;

	if (!why_not && level != CENSUS_FEXIT)
		why_not = "what an attempt returns takes bpf-fexit to see";
	if (!why_not && !c->ruled)
		why_not = c->unruled
				  ? "somebody else read-locked the VMA in "
				    "each attempt"
				  : "this kernel does not show whether a VMA "
				    "is read-locked";
	for (i = 0; i < NR_RULE; i++) {
		if (why_not)
			metrics_add_absent(m, rule_names[i], "%s", why_not);
		else
			metrics_add(m, rule_names[i], (double)counts[i]);
	}
}
