/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain_rules.h"
#include "figure.h"
#include "memory.h"

/* What the runs know beside their result; a dot at the end: all such. */
static const char *const beside[] = {
	"present_p50_ns",
	"switches_per_fault",
	"counter.",
	"noise.",
};

/* Counts of one pass scatter where somebody disturbs. */
#define COUNT_LEAST   0.005
#define COUNT_OF_BOTH 0.1

static bool is_other(const struct compared *row)
{
	return row->verdict != VERDICT_SAME &&
	       row->verdict != VERDICT_UNCLEAR && row->verdict != VERDICT_FEW;
}

bool row_changed(const struct compared *row)
{
	return row->marked && is_other(row);
}

bool row_leans(const struct compared *row)
{
	return !row->marked && is_other(row);
}

enum verdict row_verdict(const struct compared *row)
{
	return row_leans(row) ? VERDICT_UNCLEAR : row->verdict;
}

const char *row_word(const struct compared *row, char *mark)
{
	*mark = row_changed(row) ? '*' : row_leans(row) ? '?' : ' ';
	return verdict_word(row->verdict);
}

/* --- items ---------------------------------------------------------------- */

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool is_beside(const char *metric)
{
	size_t i;

	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		bool all = beside[i][strlen(beside[i]) - 1] == '.';

		if (all ? starts_with(metric, beside[i])
			: !strcmp(metric, beside[i]))
			return true;
	}
	return starts_with(metric, "antagonist") &&
	       strstr(metric, ".ops_per_s");
}

static bool is_known(const struct explanation *x, const char *metric)
{
	size_t i;

	for (i = 0; i < x->nr_items; i++)
		if (!strcmp(x->items[i].metric, metric))
			return true;
	for (i = 0; i < x->nr_rows; i++)
		if (!x->tables[i]->slowdowns &&
		    !strcmp(x->tables[i]->metric, metric))
			return true;
	return false;
}

static struct explain_item *add_item(struct explanation *x, const char *metric)
{
	struct explain_item *item = memory_append((void **)&x->items,
						  &x->nr_items, sizeof(*item));

	item->metric = memory_text(metric);
	item->a = item->b = NAN;
	item->ratio.estimate = NAN;
	return item;
}

/* Pairs within blocks where there are enough, else two samples. */
static struct interval ratio_of(const struct cell_sample *a,
				const struct cell_sample *b, const char *metric)
{
	size_t room = a->nr_runs > b->nr_runs ? a->nr_runs : b->nr_runs;
	double *x = memory_new(room, sizeof(*x));
	double *y = memory_new(room, sizeof(*y));
	size_t nx = sample_pairs(a, b, metric, x, y), ny;
	struct interval ratio;

	if (nx >= stats_needed(COMPARE_LEVEL)) {
		ratio = stats_ratio_paired(x, y, nx, COMPARE_LEVEL);
	} else {
		nx = sample_values(a, metric, x, NULL);
		ny = sample_values(b, metric, y, NULL);
		ratio = stats_ratio_unpaired(x, nx, y, ny, COMPARE_LEVEL);
	}
	free(x);
	free(y);
	return ratio;
}

static double median_of(const struct cell_sample *c, const char *metric,
			const char **absent)
{
	double *values = memory_new(c->nr_runs, sizeof(*values)), median;
	size_t nr = sample_values(c, metric, values, absent);

	median = stats_median(values, nr);
	free(values);
	return median;
}

static enum explain_state state_of_counts(double a, double b)
{
	double least = fmax(COUNT_LEAST, COUNT_OF_BOTH * fmax(a, b));

	return fabs(a - b) >= least ? EXPLAIN_MOVED : EXPLAIN_STAYED;
}

static enum explain_state state_of_ratio(const struct explain_item *item,
					 double margin)
{
	/* no ratio from nothing to something */
	if (!(item->a > 0) || !(item->b > 0))
		return state_of_counts(item->a, item->b);
	switch (verdict_of(&item->ratio, 0, margin)) {
	case VERDICT_SAME:
		return EXPLAIN_STAYED;
	case VERDICT_MORE:
	case VERDICT_LESS:
		return EXPLAIN_MOVED;
	default:
		return item->ratio.estimate == 1 ? EXPLAIN_STAYED
						 : EXPLAIN_UNCLEAR;
	}
}

static void add_of_runs(struct explanation *x, const char *metric,
			double margin)
{
	const char *why_a = NULL, *why_b = NULL;
	struct explain_item *item;

	if (!is_beside(metric) || is_known(x, metric))
		return;
	item = add_item(x, metric);
	item->a = median_of(x->a, metric, &why_a);
	item->b = median_of(x->b, metric, &why_b);
	item->absent = why_a ? why_a : why_b;
	if (isnan(item->a) || isnan(item->b)) {
		item->state = EXPLAIN_ABSENT;
		return;
	}
	item->ratio = ratio_of(x->a, x->b, metric);
	item->state = state_of_ratio(item, margin);
}

static double count_of(const struct cell_sample *c, const char *metric,
		       const char **absent)
{
	const struct value *v =
		c->has_witness ? metrics_find(&c->witness.metrics, metric)
			       : NULL;

	if (v && !v->absent)
		return v->number;
	*absent = v ? v->absent : "no witness pass has it";
	return NAN;
}

static void add_of_witness(struct explanation *x, const char *metric)
{
	struct explain_item *item;

	/* switches: the timed runs know better */
	if (figure_of(metric).kind != FIGURE_SHARE || is_known(x, metric))
		return;
	item = add_item(x, metric);
	item->exact = true;
	item->a = count_of(x->a, metric, &item->absent);
	item->b = count_of(x->b, metric, &item->absent);
	item->state = isnan(item->a) || isnan(item->b)
			      ? EXPLAIN_ABSENT
			      : state_of_counts(item->a, item->b);
}

static void add_items(struct explanation *x, const struct cell_sample *c,
		      double margin)
{
	size_t i, k;

	for (i = 0; i < c->nr_runs; i++)
		for (k = 0; k < c->runs[i].metrics.nr; k++)
			add_of_runs(x, c->runs[i].metrics.at[k].name, margin);
	for (k = 0; c->has_witness && k < c->witness.metrics.nr; k++)
		add_of_witness(x, c->witness.metrics.at[k].name);
}

/* --- rows ----------------------------------------------------------------- */

static void add_rows(struct explanation *x, const struct comparison *c)
{
	size_t i, k, nr = 0;

	for (i = 0; i < c->nr_tables; i++) {
		const struct compared_table *t = &c->tables[i];

		/* multiples only where the figures are not compared */
		if (t->slowdowns && c->direct)
			continue;
		for (k = 0; k < t->nr_rows; k++) {
			if (t->rows[k].a != x->a)
				continue;
			*(const struct compared **)memory_append(
				(void **)&x->rows, &x->nr_rows,
				sizeof(*x->rows)) = &t->rows[k];
			*(const struct compared_table **)memory_append(
				(void **)&x->tables, &nr,
				sizeof(*x->tables)) = t;
		}
	}
}

void explain_cells(struct explanation *x, const struct results *r,
		   const struct comparison *c, const struct cell_sample *a,
		   const struct cell_sample *b)
{
	const char *const skip[] = { c->axis, NULL };

	*x = (struct explanation){ .a = a, .b = b };
	x->title = sample_title_without(r, a, skip);
	add_rows(x, c);
	if (c->direct) {
		add_items(x, a, c->margin);
		add_items(x, b, c->margin);
	} else {
		/* the locks' own figures are not compared, only their counts */
		size_t k;

		for (k = 0; a->has_witness && k < a->witness.metrics.nr; k++)
			add_of_witness(x, a->witness.metrics.at[k].name);
	}
	x->reading = explain_read(x, c);
}

void explain_free(struct explanation *x)
{
	while (x->nr_items)
		free(x->items[--x->nr_items].metric);
	free(x->items);
	free(x->rows);
	free(x->tables);
	free(x->title);
	free(x->reading);
}

/* --- which cells ---------------------------------------------------------- */

struct place {
	size_t index;
	unsigned int rank; /* 3: its faults got slower, 2: faster, 1: only its
			    * antagonist changed, 0: nothing did */
	double distance;   /* of its clearest such row from 1, in logs */
};

static int compare_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->distance != b->distance)
		return a->distance > b->distance ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void place_find(struct place *place, const struct comparison *c)
{
	struct explanation x = { .a = c->both[place->index] };
	unsigned int rank;
	size_t i;

	add_rows(&x, c);
	for (i = 0; i < x.nr_rows; i++) {
		double distance = interval_distance(&x.rows[i]->ratio);

		if (!row_changed(x.rows[i]))
			continue;
		rank = starts_with(x.tables[i]->metric, "antagonist") ? 1
		       : x.rows[i]->verdict == VERDICT_SLOWER	      ? 3
								      : 2;
		if (rank < place->rank ||
		    (rank == place->rank && distance <= place->distance))
			continue;
		place->rank = rank;
		place->distance = distance;
	}
	free(x.rows);
	free(x.tables);
}

size_t *explain_order(const struct comparison *c, size_t *nr)
{
	struct place *places = memory_new(c->nr_both, sizeof(*places));
	size_t *order = memory_new(c->nr_both, sizeof(*order)), i, used = 0;

	for (i = 0; i < c->nr_both; i++) {
		places[used] = (struct place){ .index = i };
		place_find(&places[used], c);
		if (places[used].rank)
			used++;
	}
	qsort(places, used, sizeof(*places), compare_places);
	for (i = 0; i < used; i++)
		order[i] = places[i].index;
	free(places);
	*nr = used;
	return order;
}
