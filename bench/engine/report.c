/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What workers and antagonists found, as the metrics of a record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"

static struct hist *hist_copy(const struct hist *h)
{
	struct hist *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *h;
	return copy;
}

void report_antagonists(struct cell *cell)
{
	double span_s = cell->rounds->span_s;
	unsigned int i;

	for (i = 0; i < cell->spec->nr_antagonists; i++) {
		struct antagonising *a = &cell->antagonists[i];
		struct antagonist_result *result;
		struct metrics *m;

		antagonise_stop(a);
		result = record_add_antagonist(&cell->record, a->spec->text);
		m = &result->metrics;
		metrics_add(m, "ops", (double)a->hist->total);
		metrics_add(m, "ops_per_s", (double)a->hist->total / span_s);
		metrics_add_percentiles(m, a->hist);
		metrics_add(m, "service_p50_ns",
			    a->service->total ? hist_quantile(a->service, 0.5)
					      : NAN);
		metrics_add(m, "late", (double)a->late);
		metrics_add(m, "dropped", (double)a->dropped);
		if (a->hist->total)
			result->hist = hist_copy(a->hist);
	}
}

/* --- the figures ---------------------------------------------------------- */

static void report_latency(struct cell *cell, const struct worker *total,
			   double *p50, size_t nr_p50)
{
	static const char *const names[] = { "p90_ns", "p99_ns", "p999_ns",
					     "max_ns" };
	struct metrics *m = &cell->record.metrics;
	size_t i;

	metrics_add(m, "p50_ns", doubles_median(p50, nr_p50));
	metrics_add(m, "mean_ns", total->sum_ns / (double)total->touches);
	if (cell->spec->batch == 1) {
		struct metrics percentiles = { 0 };

		/* All but p50, which is the median of rounds above. */
		metrics_add_percentiles(&percentiles, total->hist);
		for (i = 0; i < percentiles.nr; i++) {
			const struct metric *p = &percentiles.at[i];

			if (!strcmp(p->name, "p50_ns"))
				continue;
			if (p->value.absent)
				metrics_add_absent(m, p->name, "%s",
						   p->value.absent);
			else
				metrics_add(m, p->name, p->value.number);
		}
		metrics_free(&percentiles);
		cell->record.hist = hist_copy(total->hist);
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		metrics_add_absent(
			m, names[i],
			"throughput mode: one stamp for %llu touches",
			(unsigned long long)cell->spec->batch);
}

/* All workers' figures in one. */
static void add_up(const struct rounds *r, struct worker *total, double **p50,
		   double **present)
{
	unsigned int i;
	size_t n = 0, k = 0;

	for (i = 0; i < r->nr_workers; i++) {
		n += r->worker[i].nr_p50;
		k += r->worker[i].nr_present;
	}
	*p50 = calloc(n + 1, sizeof(double));
	*present = calloc(k + 1, sizeof(double));
	total->hist = calloc(1, sizeof(*total->hist));
	if (!*p50 || !*present || !total->hist)
		abort();
	for (i = 0; i < r->nr_workers; i++) {
		const struct worker *w = &r->worker[i];
		size_t j;

		memcpy(*p50 + total->nr_p50, w->round_p50,
		       w->nr_p50 * sizeof(double));
		memcpy(*present + total->nr_present, w->present_p50,
		       w->nr_present * sizeof(double));
		total->nr_p50 += w->nr_p50;
		total->nr_present += w->nr_present;
		hist_merge(total->hist, w->hist);
		total->touches += w->touches;
		total->minflt += w->minflt;
		total->majflt += w->majflt;
		total->involuntary += w->involuntary;
		total->voluntary += w->voluntary;
		total->sum_ns += w->sum_ns;
		for (j = 0; j < r->nr_events; j++)
			total->events[j] += w->events[j];
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

void report_workers(struct cell *cell)
{
	const struct rounds *r = cell->rounds;
	struct metrics *m = &cell->record.metrics;
	struct worker total = { 0 };
	double *p50, *present;
	size_t i;

	add_up(r, &total, &p50, &present);
	if (!total.touches)
		cell_fail(
			"no round was measured in %llu ms; give it more time=",
			(unsigned long long)(cell->spec->time_ns / 1000000));
	if (!cell->witness) {
		report_latency(cell, &total, p50, total.nr_p50);
		if (r->span_s > 0)
			metrics_add(m, "faults_per_s",
				    r->touches_in_span / r->span_s);
		else
			metrics_add_absent(m, "faults_per_s",
					   "the workers never ran all at once");
		if (total.nr_present)
			metrics_add(m, "present_p50_ns",
				    doubles_median(present, total.nr_present));
		for (i = 0; i < r->nr_events; i++)
			metrics_add(&cell->record.counters, r->events[i],
				    (double)total.events[i] /
					    (double)total.touches);
	}
	report_counts(cell, &total);
	/* The witness reads the sums from the first worker. */
	memcpy(r->worker[0].events, total.events, sizeof(total.events));
	free(p50);
	free(present);
	free(total.hist);
}
