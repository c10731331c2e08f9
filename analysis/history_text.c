/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A history in words and as a table. */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "change_points.h"
#include "comparison.h"
#include "figure.h"
#include "grid.h"
#include "history_facts.h"
#include "memory.h"
#include "report.h"
#include "text.h"

/* --- words ---------------------------------------------------------------- */

char *history_what(const struct history_row *row, enum history_kind kind)
{
	static const char *const against[NR_HISTORY_KINDS] = {
		[HISTORY_FIGURE] = "",
		[HISTORY_SLOWDOWN] = " against alone",
		[HISTORY_ARMS] = " against lock vma",
	};
	struct figure f = figure_of(row->metric);

	return memory_printf("%s%s", f.head, against[kind]);
}

/* "6.18.3 (2026-11-03)"; malloc'ed. */
static char *point_words(const struct history_point *p)
{
	if (!strcmp(p->name, p->date))
		return memory_text(p->date);
	return memory_printf("%s (%s)", p->name, p->date);
}

char *history_since(const struct history *h, size_t point)
{
	char *words = point_words(&h->points[point]);
	char *since = memory_printf("from %s on", words);

	free(words);
	return since;
}

static char *value_text(const char *metric, enum history_kind kind, double x)
{
	struct interval v = { .estimate = x };

	return kind == HISTORY_FIGURE ? figure_text(figure_of(metric).kind, x)
				      : factor_text(&v);
}

static const char *direction(const struct history_row *row,
			     const struct history_change *c)
{
	struct interval ratio = c->ratio;

	if (!ratio.has_interval) { /* the change point is proof enough */
		ratio.low = ratio.high = ratio.estimate;
		ratio.has_interval = true;
	}
	return verdict_word(
		verdict_of(&ratio, figure_of(row->metric).sense, 0));
}

/* Do most rows' figures of that metric change there in that direction? That is
 * the machine, more likely than each of them. */
static bool is_shift(const struct history *h, const char *metric,
		     const struct history_change *c, size_t *nr, size_t *all)
{
	size_t i;

	*nr = *all = 0;
	for (i = 0; i < h->nr_rows; i++) {
		const struct history_row *row = &h->rows[i];

		if (strcmp(row->metric, metric))
			continue;
		++*all;
		*nr += history_change_near(&row->series[HISTORY_FIGURE], c) !=
		       NULL;
	}
	return *nr >= 3 && 2 * *nr > *all;
}

/* Does a ratio bear the change of the figure out? *nr: how many could. */
static bool is_borne_out(const struct history_row *row,
			 const struct history_change *c, size_t *nr)
{
	size_t k;

	*nr = 0;
	for (k = HISTORY_SLOWDOWN; k < NR_HISTORY_KINDS; k++) {
		if (row->series[k].nr_values < CHANGE_VALUES)
			continue;
		++*nr;
		if (history_change_near(&row->series[k], c))
			return true;
	}
	return false;
}

static const char *trust(const struct history_row *row,
			 const struct history_change *c)
{
	size_t nr;

	if (is_borne_out(row, c, &nr))
		return "; its ratio says so too";
	return nr ? "; its ratio does not say so: what it is held against "
		    "changed alike"
		  : "; no ratio to hold it against";
}

/* --- sentences ------------------------------------------------------------ */

static void print_change(FILE *out, size_t width, const struct history *h,
			 const struct history_row *row, enum history_kind kind,
			 const struct history_change *c)
{
	char *what = history_what(row, kind), *since = history_since(h, c->at);
	char *size = change_text(c->ratio.estimate);
	char *interval = change_interval(&c->ratio);
	char *before = value_text(row->metric, kind, c->before);
	char *now = value_text(row->metric, kind, c->since);

	text_print(out, width, "  ",
		   "%s: %s %s%s%s %s: %s (%s before, %s "
		   "since%s)",
		   row->title, what, size, interval ? " " : "",
		   interval ? interval : "", since, direction(row, c), before,
		   now, kind == HISTORY_FIGURE ? trust(row, c) : "");
	free(what);
	free(since);
	free(size);
	free(interval);
	free(before);
	free(now);
}

/* What is told of the machine is not told of each row again. */
static bool is_told(const struct history *h, const struct history_row *row,
		    enum history_kind kind, const struct history_change *c)
{
	size_t nr, all;

	return kind != HISTORY_FIGURE || is_borne_out(row, c, &nr) ||
	       !is_shift(h, row->metric, c, &nr, &all);
}

static void print_changes(FILE *out, size_t width, const struct history *h,
			  bool ratios, const char *head)
{
	size_t i, k, m, nr = 0;

	for (i = 0; i < h->nr_rows; i++) {
		const struct history_row *row = &h->rows[i];

		for (k = 0; k < NR_HISTORY_KINDS; k++) {
			const struct history_series *s = &row->series[k];

			if ((k != HISTORY_FIGURE) != ratios)
				continue;
			for (m = 0; m < s->nr_changes; m++) {
				if (!is_told(h, row, (enum history_kind)k,
					     &s->changes[m]))
					continue;
				if (!nr++)
					text_print(out, width, "", "%s", head);
				print_change(out, width, h, row,
					     (enum history_kind)k,
					     &s->changes[m]);
			}
		}
	}
	if (nr)
		fputc('\n', out);
}

static void print_shift(FILE *out, size_t width, const struct history *h,
			const char *metric, const struct history_change *c)
{
	struct figure f = figure_of(metric);
	char *since = history_since(h, c->at), *size;
	size_t nr, all, i, n = 0;
	double *sizes = memory_new(h->nr_rows, sizeof(*sizes));

	is_shift(h, metric, c, &nr, &all);
	for (i = 0; i < h->nr_rows; i++) {
		const struct history_row *row = &h->rows[i];
		const struct history_change *own =
			history_change_near(&row->series[HISTORY_FIGURE], c);

		if (own && !strcmp(row->metric, metric))
			sizes[n++] = own->ratio.estimate;
	}
	size = change_text(stats_median(sizes, n));
	text_print(out, width, "  ",
		   "%s: %zu of %zu cells, %s in the middle, %s: the machine "
		   "or its settings, more likely than each of them",
		   f.head, nr, all, size, since);
	free(sizes);
	free(since);
	free(size);
}

/* Each shift of a metric once. */
static void print_shifts(FILE *out, size_t width, const struct history *h)
{
	const char *metric = "";
	size_t i, k, nr, all, next = 0, told = 0;

	for (i = 0; i < h->nr_rows; i++) {
		const struct history_row *row = &h->rows[i];
		const struct history_series *s = &row->series[HISTORY_FIGURE];

		if (strcmp(metric, row->metric))
			next = 0;
		metric = row->metric;
		for (k = 0; k < s->nr_changes; k++) {
			if (s->changes[k].at < next ||
			    !is_shift(h, metric, &s->changes[k], &nr, &all))
				continue;
			if (!told++)
				text_print(out, width, "",
					   "Changes of nearly "
					   "all cells alike:");
			print_shift(out, width, h, metric, &s->changes[k]);
			next = s->changes[k].at + HISTORY_NEAR + 1;
		}
	}
	if (told)
		fputc('\n', out);
}

/* --- the table ------------------------------------------------------------ */

/* The median of the points from..to. */
static double level_of(const struct history_series *s, size_t from, size_t to)
{
	double *values = memory_new(to - from, sizeof(*values)), median;
	size_t i;

	for (i = from; i < to; i++)
		values[i - from] = s->values[i].estimate;
	median = stats_median(values, to - from);
	free(values);
	return median;
}

static void add_series(struct grid *grid, const struct history *h,
		       const struct history_row *row, enum history_kind kind)
{
	const struct history_series *s = &row->series[kind];
	size_t nr = s->nr_changes;
	size_t first = nr ? s->changes[0].at : h->nr_points;
	size_t last = nr ? s->changes[nr - 1].at : 0;
	double then = level_of(s, 0, first);
	double now = level_of(s, last, h->nr_points);
	char *what = history_what(row, kind);

	grid_add(grid,
		 kind == HISTORY_FIGURE ? memory_text(row->title)
					: memory_printf("  %s", what),
		 NULL);
	grid_add(grid, memory_printf("%zu", s->nr_values), NULL);
	grid_add(grid, value_text(row->metric, kind, then), NULL);
	grid_add(grid, nr ? value_text(row->metric, kind, now) : NULL, NULL);
	grid_add(grid, nr ? change_text(now / then) : NULL, NULL);
	grid_add(grid,
		 s->nr_values < CHANGE_VALUES ? memory_text("too few")
		 : nr			      ? memory_printf("%zu", nr)
					      : NULL,
		 NULL);
	free(what);
}

static void print_table(FILE *out, size_t width, const struct history *h,
			size_t from, size_t to)
{
	struct figure f = figure_of(h->rows[from].metric);
	struct grid grid;
	size_t i, k;

	grid_start(&grid, 6);
	grid_head(&grid, 0, f.head, NULL, NULL);
	grid_head(&grid, 1, "sessions", NULL, NULL);
	grid_head(&grid, 2, "at first", NULL, NULL);
	grid_head(&grid, 3, "now", NULL, NULL);
	grid_head(&grid, 4, "change", NULL, NULL);
	grid_head(&grid, 5, "changes", NULL, NULL);
	for (i = from; i < to; i++)
		for (k = 0; k < NR_HISTORY_KINDS; k++)
			if (h->rows[i].series[k].nr_values)
				add_series(&grid, h, &h->rows[i],
					   (enum history_kind)k);
	grid_print(out, width, &grid);
	grid_free(&grid);
	fputc('\n', out);
}

static void print_tables(FILE *out, size_t width, const struct history *h)
{
	size_t from, to;

	for (from = 0; from < h->nr_rows; from = to) {
		for (to = from; to < h->nr_rows; to++)
			if (strcmp(h->rows[to].metric, h->rows[from].metric))
				break;
		print_table(out, width, h, from, to);
	}
}

/* --- all of it ------------------------------------------------------------ */

static void print_head(FILE *out, size_t width, const struct history *h)
{
	char *machine = machine_words(&h->results);
	char *first = point_words(&h->points[0]);
	char *last = point_words(&h->points[h->nr_points - 1]);

	text_print(out, width, "", "%zu session%s in order of %s, %s to %s",
		   h->nr_points, h->nr_points == 1 ? "" : "s",
		   h->by_label ? "label" : "time", first, last);
	free(first);
	free(last);
	text_print(out, width, "machine: ", "%s", machine);
	free(machine);
	if (h->nr_empty)
		text_print(out, width,
			   "note: ", "%zu session%s left out: no runs in %s.",
			   h->nr_empty, h->nr_empty == 1 ? "" : "s",
			   h->nr_empty == 1 ? "it" : "them");
	if (h->nr_points < CHANGE_VALUES)
		text_print(out, width, "note: ",
			   "change points need %d sessions; there are %zu. "
			   "Compare two of them by `faultstat compare`.",
			   CHANGE_VALUES, h->nr_points);
	fputc('\n', out);
}

static void print_legend(FILE *out, size_t width, const struct history *h)
{
	size_t i, k, nr = 0;

	for (i = 0; i < h->nr_rows; i++)
		for (k = 0; k < NR_HISTORY_KINDS; k++)
			nr += h->rows[i].series[k].nr_values >= CHANGE_VALUES;
	text_print(out, width, "",
		   "Believe the ratios: they are of cells measured side by "
		   "side in each session, so that what the machine does to "
		   "both cancels. A figure by itself moves with the machine, "
		   "by up to 9 %% in an hour on a shared host.");
	text_print(out, width, "",
		   "A value is the median of a session's runs. Changes are "
		   "E-divisive means on ranks, level %g; of %zu series about "
		   "%.1f would show one by chance. Sizes are Hodges-Lehmann "
		   "ratios of the sessions since and before, with 95 %% "
		   "intervals. A step shows in its fifth or sixth session.",
		   CHANGE_LEVEL, nr, CHANGE_LEVEL * (double)nr);
}

void history_print(FILE *out, size_t width, const struct history *h)
{
	print_head(out, width, h);
	print_changes(out, width, h, true, "Changes of ratios:");
	print_changes(out, width, h, false,
		      "Changes of figures by themselves:");
	print_shifts(out, width, h);
	if (!history_facts_print(out, width, h) &&
	    h->nr_points >= CHANGE_VALUES)
		fputs("No changes.\n\n", out);
	print_tables(out, width, h);
	print_legend(out, width, h);
}
