/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of a mail, in the form that readers of mm patches know: a value
 * with its deviation, the change in percent, the other value, a mark.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "figure.h"
#include "mail.h"
#include "memory.h"

enum {
	MAX_ROWS = 24,
	MAX_HEAD = 14
};

/* --- one line a metric ---------------------------------------------------- */

static void overview_row(const struct sheet *s, struct grid *g,
			 const struct compared_table *t)
{
	size_t v[NR_VERDICTS] = { 0 }, i;

	for (i = 0; i < t->nr_rows; i++)
		v[row_verdict(&t->rows[i])]++;
	sheet_cell(s, g,
		   memory_printf("%s%s", t->metric,
				 t->slowdowns ? " x alone" : ""),
		   NULL);
	sheet_cell(s, g, change_text(t->mean), NULL);
	sheet_cell(s, g, memory_printf("%zu", v[VERDICT_SLOWER]), NULL);
	sheet_cell(s, g, memory_printf("%zu", v[VERDICT_FASTER]), NULL);
	sheet_cell(s, g, memory_printf("%zu", v[VERDICT_SAME]), NULL);
	sheet_cell(s, g, memory_printf("%zu", v[VERDICT_UNCLEAR]), NULL);
	sheet_cell(s, g, memory_printf("%zu", t->nr_rows), NULL);
}

void mail_overview(const struct sheet *s, const struct brief *b)
{
	static const char *const heads[] = { "slower", "faster", "same",
					     "unclear", "rows" };
	struct grid g;
	size_t i;

	if (!b->nr_rows)
		return;
	fputc('\n', s->out);
	grid_start(&g, 7);
	sheet_head(s, &g, 1, "geom. mean", NULL);
	for (i = 0; i < 5; i++)
		sheet_head(s, &g, 2 + i, heads[i], NULL);
	for (i = 0; i < b->c->nr_tables; i++)
		if (brief_tells(b->c, &b->c->tables[i]))
			overview_row(s, &g, &b->c->tables[i]);
	grid_print(s->out, s->width, &g);
	grid_free(&g);
}

/* --- counts --------------------------------------------------------------- */

static void count_row(const struct sheet *s, struct grid *g,
		      const struct brief *b, const struct counted *row,
		      bool same_cell)
{
	const char *const skip[] = { b->c->axis, NULL };

	sheet_cell(s, g,
		   same_cell ? memory_text("")
			     : sample_title_without(&b->report->results, row->a,
						    skip),
		   NULL);
	sheet_cell(s, g, memory_text(figure_of(row->metric).head), NULL);
	sheet_cell(s, g, memory_printf("%.3f", row->value_a), NULL);
	sheet_cell(s, g, memory_printf("%.3f", row->value_b), NULL);
}

void mail_counts(const struct sheet *s, const struct brief *b)
{
	char *a = sheet_name(s, b->a, MAX_HEAD);
	char *two = sheet_name(s, b->b, MAX_HEAD);
	const struct cell_sample *last = NULL;
	size_t i, shown = 0;
	struct grid g;

	grid_start(&g, 4);
	sheet_head(s, &g, 1, "of", NULL);
	sheet_head(s, &g, 2, a, NULL);
	sheet_head(s, &g, 3, two, NULL);
	for (i = 0; i < b->c->nr_counts && shown < MAX_ROWS; i++) {
		const struct counted *row = &b->c->counts[i];

		if (row->state != COUNTED_DIFFERS)
			continue;
		count_row(s, &g, b, row, row->a == last);
		last = row->a;
		shown++;
	}
	if (shown) {
		fputc('\n', s->out);
		sheet_say(s, "",
			  "counts of the witness, a fault: %zu of %zu differ",
			  b->c->nr_differ, b->c->nr_counts);
		grid_print(s->out, s->width, &g);
	}
	if (shown < b->c->nr_differ)
		sheet_say(s, "", "  %zu more: faultstat compare prints them",
			  b->c->nr_differ - shown);
	grid_free(&g);
	free(a);
	free(two);
}

/* --- one table a metric --------------------------------------------------- */

/* " +-0.3%", or nothing where the runs were too few for an interval. */
static char *deviation(const struct interval *v)
{
	char *aside = figure_aside(v), *text;

	if (!aside)
		return NULL;
	text = memory_printf("%s%%", aside);
	free(aside);
	return text;
}

static char *mark(const struct compared *row)
{
	char sign;
	const char *word = row_word(row, &sign);

	return memory_printf("  %c %s", sign, word);
}

static void table_row(const struct sheet *s, struct grid *g,
		      const struct compared_table *t,
		      const struct compared *row)
{
	enum figure_kind kind = figure_of(t->metric).kind;
	char *interval = change_interval(&row->ratio);

	sheet_cell(s, g, memory_text(row->title), NULL);
	if (t->slowdowns) {
		sheet_cell(s, g, memory_printf("x%.3g", row->va.estimate),
			   NULL);
		sheet_cell(s, g, memory_printf("x%.3g", row->vb.estimate),
			   NULL);
	} else {
		sheet_cell(s, g, figure_text(kind, row->va.estimate),
			   deviation(&row->va));
		sheet_cell(s, g, figure_text(kind, row->vb.estimate),
			   deviation(&row->vb));
	}
	sheet_cell(s, g, change_text(row->ratio.estimate),
		   interval ? memory_printf(" %s", interval) : NULL);
	sheet_cell(s, g, NULL, mark(row));
	free(interval);
}

static void print_table(const struct sheet *s, const struct brief *b,
			const struct compared_table *t)
{
	char *a = sheet_name(s, b->a, MAX_HEAD);
	char *two = sheet_name(s, b->b, MAX_HEAD), *words;
	size_t i, shown = 0;
	bool all = t->nr_rows <= MAX_ROWS;
	struct grid g;

	words = metric_words(t);
	fputc('\n', s->out);
	sheet_say(s, "", "%s", words);
	free(words);
	grid_start(&g, 5);
	sheet_head(s, &g, 1, a, NULL);
	sheet_head(s, &g, 2, two, NULL);
	sheet_head(s, &g, 3, "change [95 %]", NULL);
	for (i = 0; i < t->nr_rows && shown < MAX_ROWS; i++) {
		if (!all && !row_changed(&t->rows[i]))
			continue;
		table_row(s, &g, t, &t->rows[i]);
		shown++;
	}
	if (shown)
		grid_print(s->out, s->width, &g);
	grid_free(&g);
	if (shown < t->nr_rows)
		sheet_say(s, "",
			  "  %zu more rows%s: faultstat compare prints them",
			  t->nr_rows - shown,
			  shown < MAX_ROWS ? ", none of them beyond doubt"
					   : "");
	if (t->nr_without)
		sheet_say(s, "  ",
			  "left out: %zu row%s without a figure on one side "
			  "(%s)",
			  t->nr_without, t->nr_without == 1 ? "" : "s", t->why);
	free(a);
	free(two);
}

void mail_tables(const struct sheet *s, const struct brief *b)
{
	size_t i;

	for (i = 0; i < b->c->nr_tables; i++)
		if (brief_tells(b->c, &b->c->tables[i]))
			print_table(s, b, &b->c->tables[i]);
}
