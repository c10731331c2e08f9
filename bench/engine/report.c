/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What workers and antagonists found, as the metrics of a record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"

/* The share of rounds that a machine with other guests or other work on it is
 * taken to leave alone, at least. */
static const double QUIET = 0.1;

static struct hist *hist_copy(const struct hist *h)
{
	struct hist *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *h;
	return copy;
}

static void add_as(struct metrics *m, const char *name, const struct value *v)
{
	if (v->absent)
		metrics_add_absent(m, name, "%s", v->absent);
	else
		metrics_add(m, name, v->number);
}

/* `count` of them are one entry. */
static void report_antagonist(struct cell *cell, struct antagonising *a)
{
	struct antagonist_result *result = record_add_antagonist(&cell->record,
								 a->spec->text);
	struct metrics *m = &result->metrics;

	metrics_add(m, "ops", (double)a->hist->total);
	metrics_add(m, "ops_per_s",
		    (double)a->hist->total / cell->rounds->span_s);
	metrics_add_percentiles(m, a->hist);
	metrics_add(m, "service_p50_ns",
		    a->service->total ? hist_quantile(a->service, 0.5) : NAN);
	metrics_add(m, "late", (double)a->late);
	metrics_add(m, "dropped", (double)a->dropped);
	if (cell->witness)
		witness_antagonist(cell, a, m);
	if (a->hist->total)
		result->hist = hist_copy(a->hist);
}

void report_antagonists(struct cell *cell)
{
	struct antagonising *first = cell->antagonists, *a;
	unsigned int nr = cell->spec->nr_antagonists, i, j;

	for (i = 0; i < nr; i++)
		antagonise_stop(&cell->antagonists[i]);
	for (i = 0; i < nr; i++) {
		a = &cell->antagonists[i];
		if (a->spec->another) {
			hist_merge(first->hist, a->hist);
			hist_merge(first->service, a->service);
			first->late += a->late;
			first->dropped += a->dropped;
			first->nr_ops += a->nr_ops;
			for (j = 0; j < MAX_EVENTS; j++)
				first->events[j] += a->events[j];
		} else {
			first = a;
		}
		if (i + 1 == nr || !cell->spec->antagonist[i + 1].another)
			report_antagonist(cell, first);
	}
}

/* The times are there once verify() has seen the areas. */
void report_handlers(struct cell *cell)
{
	struct metrics *m = &cell->record.metrics, percentiles = { 0 };
	struct hist *all = calloc(1, sizeof(*all));
	char *name = NULL;
	unsigned int i;
	size_t j;

	if (!all)
		abort();
	for (i = 0; i < cell->spec->threads; i++) {
		hist_merge(all, &cell->handling[i].hist);
		if (cell->handling[i].placed)
			record_seat(cell, ROLE_HANDLER, i,
				    cell->handling[i].pu);
	}
	if (all->total && !cell->witness) {
		metrics_add(m, "handled", (double)all->total);
		metrics_add_percentiles(&percentiles, all);
	}
	for (j = 0; j < percentiles.nr; j++) {
		const struct metric *p = &percentiles.at[j];

		record_text(&name, "handler_%s", p->name);
		add_as(m, name, &p->value);
	}
	metrics_free(&percentiles);
	free(name);
	free(all);
}

/* --- the figures ---------------------------------------------------------- */

/* All workers' figures in one. */
struct totals {
	struct worker sum; /* its counts; hist is malloc'ed */
	struct series {
		double *x;
		size_t nr;
	} p50, mean, present; /* of rounds, ns a touch */
	struct series length[NR_MODES];
};

static void series_append(struct series *s, const double *x, size_t nr)
{
	if (!nr)
		return;
	s->x = realloc(s->x, (s->nr + nr) * sizeof(*x));
	if (!s->x)
		abort();
	memcpy(s->x + s->nr, x, nr * sizeof(*x));
	s->nr += nr;
}

static void totals_free(struct totals *t)
{
	size_t i;

	free(t->p50.x);
	free(t->mean.x);
	free(t->present.x);
	for (i = 0; i < NR_MODES; i++)
		free(t->length[i].x);
	free(t->sum.hist);
}

static void report_latency(struct cell *cell, struct totals *total)
{
	static const char *const names[] = { "p90_ns", "p99_ns", "p999_ns",
					     "max_ns" };
	struct metrics *m = &cell->record.metrics;
	size_t i;

	metrics_add(m, "p50_ns",
		    doubles_quantile(total->p50.x, total->p50.nr, 0.5));
	metrics_add(m, "mean_ns",
		    total->sum.sum_ns / (double)total->sum.touches);
	metrics_add(m, "quiet_p50_ns",
		    doubles_quantile(total->p50.x, total->p50.nr, QUIET));
	metrics_add(m, "quiet_mean_ns",
		    doubles_quantile(total->mean.x, total->mean.nr, QUIET));
	if (cell->spec->batch == 1) {
		struct metrics percentiles = { 0 };

		/* All but p50, which is the median of rounds above. */
		metrics_add_percentiles(&percentiles, total->sum.hist);
		for (i = 0; i < percentiles.nr; i++) {
			const struct metric *p = &percentiles.at[i];

			if (strcmp(p->name, "p50_ns"))
				add_as(m, p->name, &p->value);
		}
		metrics_free(&percentiles);
		cell->record.hist = hist_copy(total->sum.hist);
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		metrics_add_absent(
			m, names[i],
			"throughput mode: one stamp for %llu touches",
			(unsigned long long)cell->spec->batch);
}

/* What a fault takes beyond the delay that was asked for. */
static void report_wait(struct cell *cell)
{
	static const char *const of[] = { "p50_ns", "p99_ns" };
	static const char *const name[] = { "beyond_delay_p50_ns",
					    "beyond_delay_p99_ns" };
	struct metrics *m = &cell->record.metrics;
	double delay = (double)cell->spec->delay_ns;
	size_t i;

	if (delay <= 0)
		return;
	for (i = 0; i < 2; i++) {
		const struct value *v = metrics_find(m, of[i]);

		if (v->absent) {
			char *why = strdup(v->absent);

			metrics_add_absent(m, name[i], "%s", why);
			free(why);
		} else {
			metrics_add(m, name[i], v->number - delay);
		}
	}
}

static void add_up(const struct rounds *r, struct totals *total)
{
	struct worker *sum = &total->sum;
	unsigned int i;
	size_t j;

	sum->hist = calloc(1, sizeof(*sum->hist));
	if (!sum->hist)
		abort();
	for (i = 0; i < r->nr_workers; i++) {
		const struct worker *w = &r->worker[i];

		series_append(&total->p50, w->round_p50, w->nr_p50);
		series_append(&total->mean, w->round_mean, w->nr_p50);
		series_append(&total->present, w->present_p50, w->nr_present);
		for (j = 0; j < NR_MODES; j++)
			if (r->length_event[j] >= 0)
				series_append(&total->length[j],
					      w->round_length[j], w->nr_p50);
		hist_merge(sum->hist, w->hist);
		sum->touches += w->touches;
		sum->minflt += w->minflt;
		sum->majflt += w->majflt;
		sum->involuntary += w->involuntary;
		sum->voluntary += w->voluntary;
		sum->sum_ns += w->sum_ns;
		for (j = 0; j < r->nr_events; j++)
			sum->events[j] += w->events[j];
	}
}

static void report_counts(struct cell *cell, const struct worker *total)
{
	const struct rounds *r = cell->rounds;
	struct metrics *m = &cell->record.metrics;

	metrics_add(m, "faults", (double)(total->minflt + total->majflt));
	metrics_add(m, "touches", (double)total->touches);
	metrics_add(m, "minflt", (double)total->minflt);
	metrics_add(m, "majflt", (double)total->majflt);
	metrics_add(m, "rounds", (double)r->nr);
	metrics_add(m, "warmup_rounds", (double)r->nr_warmup);
	m = &cell->record.noise;
	metrics_add(m, "involuntary_switches", (double)total->involuntary);
	metrics_add(m, "voluntary_switches", (double)total->voluntary);
	metrics_add(m, "rounds_without_span", (double)r->nr_without_span);
}

/* Medians of rounds, in which no interrupt is as long as it is the exception;
 * the mean has them all. */
static void report_path(struct cell *cell, struct totals *total)
{
	static const char *const names[NR_MODES] = {
		[MODE_KERNEL] = "kernel_instructions_per_fault",
		[MODE_USER] = "user_instructions_per_fault",
	};
	struct metrics *m = &cell->record.metrics;
	const char *why = cell->not_counting;
	size_t i;

	if (why) {
		metrics_add_absent(m, "instructions_per_fault", "%s", why);
		metrics_add_absent(m, "mean_instructions_per_fault", "%s", why);
	} else {
		metrics_add(m, "instructions_per_fault",
			    doubles_quantile(total->p50.x, total->p50.nr, 0.5));
		metrics_add(m, "mean_instructions_per_fault",
			    total->sum.sum_ns / (double)total->sum.touches);
		if (total->present.nr)
			metrics_add(m, "present_instructions_per_touch",
				    doubles_quantile(total->present.x,
						     total->present.nr, 0.5));
	}
	for (i = 0; i < NR_MODES; i++)
		if (total->length[i].nr)
			metrics_add(m, names[i],
				    doubles_quantile(total->length[i].x,
						     total->length[i].nr, 0.5));
		else
			metrics_add_absent(m, names[i],
					   "no PMU that tells kernel from "
					   "user mode");
}

static bool is_time(const char *name)
{
	static const char *const ends[] = { "_ns", "_per_s" };
	size_t i, len = strlen(name);

	for (i = 0; i < 2; i++)
		if (len >= strlen(ends[i]) &&
		    !strcmp(name + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static void times_clear(struct metrics *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++) {
		if (!is_time(m->at[i].name))
			continue;
		m->at[i].value.number = NAN;
		free(m->at[i].value.absent);
		m->at[i].value.absent =
			strdup("instructions are counted here: no time");
	}
}

void report_no_time(struct record *record)
{
	unsigned int i;

	times_clear(&record->metrics);
	free(record->hist);
	record->hist = NULL;
	for (i = 0; i < record->nr_antagonists; i++) {
		times_clear(&record->antagonists[i].metrics);
		free(record->antagonists[i].hist);
		record->antagonists[i].hist = NULL;
	}
}

static void report_times(struct cell *cell, struct totals *total)
{
	const struct rounds *r = cell->rounds;
	struct metrics *m = &cell->record.metrics;
	double faults = (double)(total->sum.minflt + total->sum.majflt);
	size_t i;

	report_latency(cell, total);
	report_wait(cell);
	metrics_add(m, "switches_per_fault",
		    (double)total->sum.voluntary / faults);
	if (r->span_s > 0)
		metrics_add(m, "faults_per_s",
			    r->touches_in_span / r->span_s * faults /
				    (double)total->sum.touches);
	else
		metrics_add_absent(m, "faults_per_s",
				   "the workers never ran all at once");
	if (total->present.nr)
		metrics_add(m, "present_p50_ns",
			    doubles_quantile(total->present.x,
					     total->present.nr, 0.5));
	else if (r->no_present)
		metrics_add_absent(m, "present_p50_ns",
				   "an antagonist write-protects the pages");
	for (i = 0; i < r->nr_events; i++)
		metrics_add(&cell->record.counters, r->events[i],
			    (double)total->sum.events[i] /
				    (double)total->sum.touches);
}

void report_workers(struct cell *cell)
{
	struct totals total = { 0 };

	add_up(cell->rounds, &total);
	if (!total.sum.touches)
		cell_fail(
			"no round was measured in %llu ms; give it more time=",
			(unsigned long long)(cell->spec->time_ns / 1000000));
	if (cell->counting && !cell->witness)
		report_path(cell, &total);
	if (!cell->witness)
		report_times(cell, &total);
	report_counts(cell, &total.sum);
	/* The witness reads the sums from the first worker. */
	memcpy(cell->rounds->worker[0].events, total.sum.events,
	       sizeof(total.sum.events));
	totals_free(&total);
}
