/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "brief_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "memory.h"
#include "units.h"

static const struct column overview_columns[] = {
	{ "metric", false }, { "geometric mean", true }, { "slower", true },
	{ "faster", true },  { "same", true },		 { "unclear", true },
	{ "rows", true },
};

void overview_table(struct table *t, const struct brief *b)
{
	size_t i, k;

	table_start(t, overview_columns);
	for (i = 0; i < b->c->nr_tables; i++) {
		const struct compared_table *rows = &b->c->tables[i];
		size_t v[NR_VERDICTS] = { 0 };
		char *mean;

		if (!brief_tells(b->c, rows))
			continue;
		for (k = 0; k < rows->nr_rows; k++)
			v[row_verdict(&rows->rows[k])]++;
		mean = change_text(rows->mean);
		table_add(t, "%s%s", rows->metric,
			  rows->slowdowns ? ", times alone" : "");
		table_add(t, "%s", mean);
		table_add(t, "%zu", v[VERDICT_SLOWER]);
		table_add(t, "%zu", v[VERDICT_FASTER]);
		table_add(t, "%zu", v[VERDICT_SAME]);
		table_add(t, "%zu", v[VERDICT_UNCLEAR]);
		table_add(t, "%zu", rows->nr_rows);
		free(mean);
	}
}

static const struct column rows_columns[] = {
	{ "row", false },   { "first", true },	       { "second", true },
	{ "change", true }, { "95 % interval", true }, { "", false },
	{ "n", true },
};

static void add_figure(struct table *t, const struct compared_table *rows,
		       const struct interval *v)
{
	char *text = rows->slowdowns ? memory_printf("%.3g×", v->estimate)
				     : figure_text(figure_of(rows->metric).kind,
						   v->estimate);

	table_add(t, "%s", text);
	free(text);
}

static void add_word(struct table *t, const struct compared *row)
{
	char mark;
	const char *word = row_word(row, &mark);

	table_add(t, mark == ' ' ? "%s" : "%s\u00a0%c", word, mark);
}

void rows_table(struct table *t, const struct compared_table *rows)
{
	size_t i;

	table_start(t, rows_columns);
	for (i = 0; i < rows->nr_rows; i++) {
		const struct compared *row = &rows->rows[i];
		char *change = change_text(row->ratio.estimate);
		char *interval = change_interval(&row->ratio);

		table_add(t, "%s", row->title);
		add_figure(t, rows, &row->va);
		add_figure(t, rows, &row->vb);
		table_add(t, "%s", change);
		table_add(t, "%s", interval ? interval : "–");
		add_word(t, row);
		if (row->paired)
			table_add(t, "%zu", row->na);
		else
			table_add(t, "%zu+%zu", row->na, row->nb);
		free(change);
		free(interval);
	}
}

static const struct column explain_columns[] = {
	{ "what", false },  { "first", true },	       { "second", true },
	{ "change", true }, { "95 % interval", true }, { "", false },
};

static void add_item(struct table *t, const struct explain_item *item)
{
	static const char *const states[] = {
		[EXPLAIN_MOVED] = "moved",
		[EXPLAIN_STAYED] = "as before",
		[EXPLAIN_UNCLEAR] = "unclear",
		[EXPLAIN_ABSENT] = "not known",
	};
	char *a = item_side(item, item->a), *b = item_side(item, item->b);
	char *change = item->state == EXPLAIN_ABSENT ? memory_text("–")
						     : item_change(item);
	char *interval = change_interval(&item->ratio);

	table_add(t, "%s", item->metric);
	table_add(t, "%s", a);
	table_add(t, "%s", b);
	table_add(t, "%s", change);
	table_add(t, "%s", interval ? interval : item->exact ? "counted" : "–");
	if (item->state == EXPLAIN_ABSENT && item->absent)
		table_add(t, "not known: %s", item->absent);
	else
		table_add(t, "%s", states[item->state]);
	free(a);
	free(b);
	free(change);
	free(interval);
}

void explain_table(struct table *t, const struct explanation *x)
{
	size_t i;

	table_start(t, explain_columns);
	for (i = 0; i < x->nr_rows; i++) {
		const struct compared *row = x->rows[i];
		char *change = change_text(row->ratio.estimate);
		char *interval = change_interval(&row->ratio);

		table_add(t, "%s", x->tables[i]->metric);
		add_figure(t, x->tables[i], &row->va);
		add_figure(t, x->tables[i], &row->vb);
		table_add(t, "%s", change);
		table_add(t, "%s", interval ? interval : "–");
		add_word(t, row);
		free(change);
		free(interval);
	}
	for (i = 0; i < x->nr_items; i++)
		add_item(t, &x->items[i]);
}

static const struct column decades_one[] = {
	{ "time", false },
	{ "count", true },
	{ "of a million", true },
};

static const struct column decades_two[] = {
	{ "time", false },  { "first", true },	      { "of a million", true },
	{ "second", true }, { "of a million", true },
};

bool decades_table(struct table *t, const struct hist *one,
		   const struct hist *two)
{
	size_t i, k, first, last, nr = two ? 2 : 1;
	struct decades d[2];

	decades_count(&d[0], one);
	decades_count(&d[1], two);
	if (!decades_range(d, nr, &first, &last))
		return false;
	if (two)
		table_start(t, decades_two);
	else
		table_start(t, decades_one);
	for (i = first; i <= last; i++) {
		char *name = decade_name(i);

		table_add(t, "%s", name);
		free(name);
		for (k = 0; k < nr; k++) {
			table_add(t, "%llu", (unsigned long long)d[k].nr[i]);
			if (d[k].total)
				table_add(t, "%.1f",
					  (double)d[k].nr[i] * 1e6 /
						  (double)d[k].total);
			else
				table_add(t, "–");
		}
	}
	return true;
}

/* --- cells ---------------------------------------------------------------- */

static const struct column cell_columns[] = {
	{ "cell", false },	   { "runs", true }, { "p50", true },
	{ "95 % interval", true }, { "p99", true },  { "faults/s", true },
};

static struct interval median_of(const struct cell_sample *c,
				 const char *metric)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	struct interval i = stats_median_interval(
		values, sample_values(c, metric, values, NULL), 0.95);

	free(values);
	return i;
}

static void add_cell(struct table *t, const struct results *r,
		     const struct cell_sample *c)
{
	struct interval p50 = median_of(c, "p50_ns");
	char low[32], high[32], *title = cell_title(r, c, NULL);

	table_add(t, "%s", title);
	free(title);
	table_add(t, "%zu", c->nr_runs);
	table_add_time(t, p50.estimate);
	if (p50.has_interval)
		table_add(t, "%s to %s", units_time(low, sizeof(low), p50.low),
			  units_time(high, sizeof(high), p50.high));
	else
		table_add(t, "needs %zu runs", stats_needed(0.95));
	table_add_time(t, median_of(c, "p99_ns").estimate);
	table_add_count(t, median_of(c, "faults_per_s").estimate);
}

void cells_table(struct table *t, const struct results *r, const char *group)
{
	size_t i;

	table_start(t, cell_columns);
	for (i = 0; i < r->nr_cells; i++)
		if (r->cells[i].nr_runs &&
		    (!group || !strcmp(group, sample_group(&r->cells[i]))))
			add_cell(t, r, &r->cells[i]);
}
