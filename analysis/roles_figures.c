/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of a chart, and who is held up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "memory.h"
#include "order.h"
#include "roles.h"

static const struct interval nothing = { NAN, NAN, NAN, NAN, 0, false };

/* Over the runs of one cell, or of all that share a row. */
static struct interval median_of(const struct cell_sample *const *cells,
				 size_t nr, const char *prefix,
				 const char *metric, const char **absent)
{
	char *name = memory_printf("%s%s", prefix, metric);
	struct interval v;
	double *values;
	size_t i, n = 0, room = 0;

	for (i = 0; i < nr; i++)
		room += cells[i]->nr_runs;
	values = memory_new(room, sizeof(*values));
	for (i = 0; i < nr; i++)
		n += sample_values(cells[i], name, values + n, absent);
	v = n ? stats_median_interval(values, n, 0.95) : nothing;
	if (n && absent)
		*absent = NULL;
	free(values);
	free(name);
	return v;
}

/* On a schedule, or in a closed loop? "mprotect where=same rate=200" */
static bool is_scheduled(const char *antagonist)
{
	const char *rate = strstr(antagonist, " rate=");

	return rate && rate[6] != '0';
}

/* How long an antagonist was at work in all runs of a cell; NAN: not told. */
static double lasted_ns(const struct cell_sample *c, size_t antagonist)
{
	char *ops = antagonist_metric(antagonist, "ops");
	char *rate = antagonist_metric(antagonist, "ops_per_s");
	double *x = memory_new(c->nr_runs, sizeof(*x));
	double *y = memory_new(c->nr_runs, sizeof(*y));
	size_t nr = sample_values(c, ops, x, NULL), i;
	double sum_s = 0;

	if (sample_values(c, rate, y, NULL) != nr)
		nr = 0;
	for (i = 0; i < nr; i++)
		if (y[i] > 0)
			sum_s += x[i] / y[i];
	free(ops);
	free(rate);
	free(x);
	free(y);
	return sum_s > 0 ? sum_s * 1e9 : NAN;
}

/*
 * How probable is it that an antagonist meets at least so many ns? On a
 * schedule: the share of its operations. In a closed loop: the share of the
 * time that it spends in such operations, for while it is held up it begins no
 * others (coordinated omission).
 */
static double share_of(const struct cell_sample *c, size_t antagonist,
		       double ns)
{
	const struct hist *h = c->antagonist_hist[antagonist];
	double spent_ns = 0;
	uint64_t nr = 0;
	unsigned int i;

	if (!h || !h->total)
		return NAN;
	for (i = 0; i < HIST_NR; i++) {
		double low = (double)hist_low(i);

		if (!h->bucket[i] || low < ns)
			continue;
		nr += h->bucket[i];
		spent_ns += (double)h->bucket[i] * low;
	}
	if (is_scheduled(c->antagonist_name[antagonist]))
		return (double)nr / (double)h->total;
	return fmin(1, spent_ns / lasted_ns(c, antagonist));
}

static void figure_judge(struct role_figure *f, double delay_ns, double least)
{
	if (!(delay_ns > 0) || !isfinite(f->held_ns))
		f->held = HELD_UNKNOWN;
	else if (f->times.has_interval && f->times.low <= 1)
		f->held = HELD_NOT; /* perhaps it takes no longer at all */
	else if (f->held_ns >= ROLES_WAITS * delay_ns)
		f->held = HELD_WAITS;
	else
		f->held = f->held_ns < least * delay_ns ? HELD_NOT
							: HELD_PARTLY;
}

/* Against the same role in the same cell with the shortest delay. */
static void figure_against(struct role_figure *f, const struct results *r,
			   const char *metric)
{
	const struct cell_sample *base = roles_shortest(r, f->cell);
	char *name = memory_printf("%s%s", f->prefix, metric);

	f->own = NAN;
	f->times = nothing;
	if (base != f->cell) {
		f->own = median_of(&base, 1, f->prefix, metric, NULL).estimate;
		f->times = comparison_slowdown(f->cell, base, name);
	}
	free(name);
}

static void figure_workers(struct role_figure *f, const struct results *r,
			   const struct roles_row *row)
{
	const struct cell_sample *base = roles_shortest(r, row->cells[0]);

	f->cell = row->cells[0];
	f->prefix = memory_text("");
	f->p50 = median_of(row->cells, row->nr_cells, "", "p50_ns", &f->no_p50);
	f->p99 = median_of(row->cells, row->nr_cells, "", "p99_ns", &f->no_p99);
	f->max = median_of(row->cells, row->nr_cells, "", "max_ns", NULL);
	f->beyond = median_of(row->cells, row->nr_cells, "",
			      "beyond_delay_p50_ns", NULL);
	f->beyond_p99 = median_of(row->cells, row->nr_cells, "",
				  "beyond_delay_p99_ns", NULL);
	figure_against(f, r, "beyond_delay_p50_ns");
	if (isnan(f->own) && base != f->cell && !(roles_delay(base) > 0))
		f->own = median_of(&base, 1, "", "p50_ns", NULL).estimate;
	/* without its own to take off, that is no one's doing */
	f->held_ns = f->beyond.estimate - f->own;
	f->held_share = NAN;
	figure_judge(f, row->delay_ns, ROLES_NOT_ITSELF);
}

/* With the shortest delay, whatever is slow was not held up by a fault. */
static void figure_share(struct role_figure *f, const struct results *r,
			 double delay_ns, size_t antagonist)
{
	const struct cell_sample *base = roles_shortest(r, f->cell);
	double least = ROLES_WAITS * delay_ns + (isfinite(f->own) ? f->own : 0);
	double others = 0;

	f->held_share = share_of(f->cell, antagonist, least);
	if (base != f->cell && antagonist < base->nr_antagonists)
		others = share_of(base, antagonist, least);
	if (isnan(others))
		others = 0;
	f->some_wait = f->held == HELD_NOT && f->held_share - others >= 0.01;
}

/* Where it did nothing beside the shortest delay (its rounds are short): what
 * it takes there in another arm, at the least. */
static double own_elsewhere(const struct results *r,
			    const struct cell_sample *cell, size_t antagonist)
{
	double delay = roles_delay(roles_shortest(r, cell)), own = NAN;
	const char *name = cell->antagonist_name[antagonist];
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		for (k = 0; k < c->nr_antagonists; k++) {
			char *prefix = antagonist_metric(k, "");

			if (roles_delay(c) == delay &&
			    !strcmp(c->antagonist_name[k], name))
				own = fmin(own, median_of(&c, 1, prefix,
							  "p50_ns", NULL)
							.estimate);
			free(prefix);
		}
	}
	return own;
}

static void figure_antagonist(struct role_figure *f, const struct results *r,
			      const struct roles_row *row,
			      const struct cell_sample *c, size_t antagonist)
{
	f->cell = c;
	f->prefix = antagonist_metric(antagonist, "");
	f->p50 = median_of(&c, 1, f->prefix, "p50_ns", &f->no_p50);
	f->p99 = median_of(&c, 1, f->prefix, "p99_ns", &f->no_p99);
	f->max = median_of(&c, 1, f->prefix, "max_ns", NULL);
	f->beyond = f->beyond_p99 = nothing;
	figure_against(f, r, "p50_ns");
	if (isnan(f->own) && roles_shortest(r, c) != c)
		f->own = own_elsewhere(r, c, antagonist);
	f->held_ns = f->p50.estimate - (isfinite(f->own) ? f->own : 0);
	f->held_share = NAN;
	figure_judge(f, row->delay_ns, ROLES_NOT);
	if (row->delay_ns > 0)
		figure_share(f, r, row->delay_ns, antagonist);
}

static double retries_of(const struct roles_row *row)
{
	size_t i;

	for (i = 0; i < row->nr_cells; i++) {
		const struct cell_sample *c = row->cells[i];
		const struct value *v =
			c->has_witness ? metrics_find(&c->witness.metrics,
						      "retries_per_fault")
				       : NULL;

		if (v && !v->absent)
			return v->number;
	}
	return NAN;
}

static void row_figures(struct roles_row *row, const struct roles_chart *chart,
			const struct results *r)
{
	size_t i, k;

	row->at = memory_new(chart->nr_roles, sizeof(*row->at));
	row->retries = retries_of(row);
	figure_workers(&row->at[0], r, row);
	for (i = 0; i < row->nr_cells; i++)
		for (k = 0; k < row->cells[i]->nr_antagonists; k++)
			figure_antagonist(
				&row->at[role_find(chart, row->cells[i], k)], r,
				row, row->cells[i], k);
}

void roles_figures(struct roles_chart *chart, const struct results *r)
{
	size_t i;

	chart->one_delay = true;
	for (i = 0; i < chart->nr_rows; i++) {
		struct roles_row *row = &chart->rows[i];

		row_figures(row, chart, r);
		chart->has_beyond |= isfinite(row->at[0].beyond.estimate) != 0;
		chart->one_delay &= !axis_compare(row->delay,
						  chart->rows[0].delay);
		if (row->delay_ns > chart->delay_ns) {
			chart->delay_ns = row->delay_ns;
			chart->delay = row->delay;
		}
	}
}
