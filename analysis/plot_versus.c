/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two sides, kernel A against kernel B: the forest of their ratios, and for a
 * cover letter the tails of the cells that changed most. The figures are those
 * of `faultstat compare`; where those are multiples of each side's own figure
 * alone (the locks), so are these.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "brief.h"
#include "explain.h"
#include "memory.h"
#include "plot_forest.h"
#include "text.h"

enum {
	MAX_TAILS = 3
};

static const char *const metrics[FOREST_PANELS] = { "p50_ns", "p99_ns" };

static const struct column columns[] = {
	{ "cell", false },	{ "first p50", true },
	{ "second p50", true }, { "second / first [95\u00a0%]", true },
	{ "verdict", false },	{ "first p99", true },
	{ "second p99", true }, { "second / first [95\u00a0%]", true },
	{ "verdict", false },
};

/* The row of a cell in the table of a metric; NULL when there is none. */
static const struct compared *row_find(const struct comparison *c,
				       const char *metric,
				       const struct cell_sample *cell)
{
	size_t i, k;

	for (i = 0; i < c->nr_tables; i++) {
		const struct compared_table *t = &c->tables[i];

		if (t->slowdowns == c->direct || strcmp(t->metric, metric))
			continue;
		for (k = 0; k < t->nr_rows; k++) {
			if (t->rows[k].a == cell)
				return &t->rows[k];
		}
	}
	return NULL;
}

static void table_row(struct picture *p, const char *title, bool direct,
		      const struct compared *const rows[FOREST_PANELS])
{
	const char *word;
	char mark;
	size_t m;

	table_add(&p->table, "%s", title);
	for (m = 0; m < FOREST_PANELS; m++) {
		if (!rows[m]) {
			table_add(&p->table, "–");
			table_add(&p->table, "–");
			table_add(&p->table, "–");
			table_add(&p->table, "–");
			continue;
		}
		if (direct) {
			table_add_time(&p->table, rows[m]->va.estimate);
			table_add_time(&p->table, rows[m]->vb.estimate);
		} else {
			table_add_ratio(&p->table, &rows[m]->va);
			table_add_ratio(&p->table, &rows[m]->vb);
		}
		table_add_ratio(&p->table, &rows[m]->ratio);
		word = row_word(rows[m], &mark);
		table_add(&p->table, mark == ' ' ? "%s" : "%s\u00a0%c", word,
			  mark);
	}
}

static void add_cell(struct forest *f, const struct results *r,
		     const struct comparison *c, const struct cell_sample *cell,
		     const char *scenario, bool new_group)
{
	const char *const skip_axis[] = { c->axis, NULL };
	const char *const skip_both[] = { c->axis, "scenario", NULL };
	static const struct interval nothing = { NAN, NAN, NAN, NAN, 0, false };
	const struct compared *rows[FOREST_PANELS];
	struct forest_row line = { .arm = cell_arm(cell) };
	char *title, *whole = cell_title(r, cell, skip_axis);
	size_t m;

	for (m = 0; m < FOREST_PANELS; m++) {
		rows[m] = row_find(c, metrics[m], cell);
		line.at[m] = rows[m] ? rows[m]->ratio : nothing;
	}
	if (!rows[0] && !rows[1] && !c->direct) { /* a baseline */
		free(whole);
		return;
	}
	table_row(f->picture, whole, c->direct, rows);
	if (forest_has_room(f, new_group ? 2 : 1)) {
		if (new_group)
			forest_head(f, scenario);
		title = cell_title(r, cell, skip_both);
		line.title = title;
		forest_row(f, &line, scenario);
		free(title);
	}
	free(whole);
}

static void add_cells(struct forest *f, const struct results *r,
		      const struct comparison *c)
{
	const char *last = NULL;
	size_t i;

	table_start(&f->picture->table, columns);
	for (i = 0; i < c->nr_both; i++) {
		const char *scenario = sample_axis(c->both[i], "scenario");

		if (!scenario)
			scenario = "";
		add_cell(f, r, c, c->both[i], scenario,
			 !last || strcmp(last, scenario));
		last = scenario;
	}
}

static const struct compared_table *table_find(const struct comparison *c,
					       const char *metric)
{
	size_t i;

	for (i = 0; i < c->nr_tables; i++) {
		if (c->tables[i].slowdowns != c->direct &&
		    !strcmp(c->tables[i].metric, metric))
			return &c->tables[i];
	}
	return NULL;
}

/* "the median fault takes 1.01 times as long (geometric mean of 27 cells):
 * slower in 3, faster in 1, same in 20, unclear in 3". */
static char *sentence(const struct comparison *c, size_t m)
{
	static const char *const names[FOREST_PANELS] = {
		"the median fault", "the 99th percentile"
	};
	const struct compared_table *t = table_find(c, metrics[m]);
	size_t i, verdicts[NR_VERDICTS] = { 0 };
	char ratio[32];

	if (!t || !t->nr_rows)
		return memory_printf("%s: no figures", names[m]);
	for (i = 0; i < t->nr_rows; i++)
		verdicts[row_verdict(&t->rows[i])]++;
	return memory_printf("%s takes %s times as long%s (geometric mean of "
			     "%zu cells): slower in %zu, faster in %zu, same "
			     "in %zu, unclear in %zu",
			     names[m],
			     ratio_text(ratio, sizeof(ratio), t->mean),
			     c->direct ? "" : " beside an antagonist",
			     t->nr_mean, verdicts[VERDICT_SLOWER],
			     verdicts[VERDICT_FASTER], verdicts[VERDICT_SAME],
			     verdicts[VERDICT_UNCLEAR] + verdicts[VERDICT_FEW]);
}

static void add_words(struct report *r, const struct comparison *c,
		      const char *one, const char *two)
{
	char *median = sentence(c, 0), *tail = sentence(c, 1);
	char *words = memory_printf(
		"%s%s%s against %s: %s; %s.", r->versus ? r->versus : "",
		r->versus ? " " : "", two, one, median, tail);

	free(r->versus);
	r->versus = words;
	free(median);
	free(tail);
}

static void versus(struct report *r, const struct comparison *c)
{
	char *one = axis_title(c->axis, c->a), *two = axis_title(c->axis, c->b);
	const char *of = c->direct ? "" : ", times alone";
	char *heads[FOREST_PANELS];
	struct picture *p;
	struct forest f;

	text_cut(one, 24);
	text_cut(two, 24);
	p = picture_new(r, "locks", "versus", c->b);
	picture_question(p, "Is %s slower than %s?", two, one);
	if (!c->nr_both) {
		picture_skip(p, "no cell was measured on both sides");
	} else {
		fprintf(p->dat,
			"# %s of the second side over those of the "
			"first, cell by cell.\n",
			c->direct ? "Times" : "Multiples of the time alone");
		forest_begin(&f, p);
		add_cells(&f, &r->results, c);
		add_words(r, c, one, two);
		heads[0] = memory_printf("median fault%s, %s / %s", of, two,
					 one);
		heads[1] = memory_printf("99th percentile%s, %s / %s", of, two,
					 one);
		forest_end(&f, (const char *const *)heads);
		free(heads[0]);
		free(heads[1]);
		picture_see(
			p,
			"One row a cell: the time%s under %s over that under "
			"%s, with its 95 %% interval; right of 1× is slower. "
			"%s%s",
			c->direct ? "" : ", in multiples of the time alone,",
			two, one,
			c->unpaired ? "The two were not measured in the same "
				      "blocks: drift between them is in the "
				      "ratio. "
				    : "Paired by block. ",
			c->by_boot ? "The unit is the boot."
			: c->one_boot
				? ""
				: "The interval does not cover how one boot "
				  "differs from the next.");
	}
	free(one);
	free(two);
}

void plot_versus(struct report *r)
{
	struct comparison c;
	size_t i;

	for (i = 1; i < r->results.nr_labels; i++) {
		comparison_make(&c, &r->results, "label", r->results.labels[0],
				r->results.labels[i], NULL, brief_metrics,
				brief_nr_metrics, COMPARE_MARGIN);
		versus(r, &c);
		comparison_free(&c);
	}
}

void plot_sides(struct report *r, const struct comparison *c)
{
	size_t i, nr, *order = explain_order(c, &nr);

	versus(r, c);
	for (i = 0; i < nr && i < MAX_TAILS; i++)
		plot_tail_pair(r, c, c->both[order[i]], c->twins[order[i]]);
	free(order);
}
