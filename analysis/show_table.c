/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of `faultstat show`: one for each scenario, a row for each cell.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "grid.h"
#include "memory.h"
#include "show.h"

/* --- notes ---------------------------------------------------------------- */

static char *mark_add(char *marks, struct show *s, const char *text, bool alike)
{
	size_t number = footnotes_add(&s->notes, text, alike);
	char *longer = memory_printf("%s[%zu]", marks ? marks : "", number);

	free(marks);
	return longer;
}

/* Do just some of the runs have the figure? Says which, and why not all. */
static char *some_of(const struct cell_sample *c, const char *metric)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t i, nr = sample_values(c, metric, values, NULL);
	const char *why = NULL;

	free(values);
	for (i = 0; i < c->nr_runs && !why; i++) {
		const struct value *v = metrics_find(&c->runs[i].metrics,
						     metric);

		why = v ? v->absent : NULL;
	}
	if (nr == c->nr_runs)
		return NULL;
	return memory_printf("only %zu of %zu runs have this figure; else: %s",
			     nr, c->nr_runs, why ? why : "not measured");
}

/* Whatever a reader must know about this figure, as "[1][2]"; or NULL. */
static char *marks_of(struct show *s, const struct cell_sample *c,
		      const char *metric, const struct shown *f)
{
	const char *verdict = c->witness.verdict;
	char *marks = NULL, *text;

	if (f->absent)
		return mark_add(NULL, s, f->absent, true);
	if (f->exact && f->v.n && verdict && strcmp(verdict, "held")) {
		text = memory_printf("witness %s: %s", verdict,
				     c->witness.claim ? c->witness.claim
						      : "no word on why");
		marks = mark_add(marks, s, text, false);
		free(text);
	}
	if (!strncmp(metric, "antagonist.", 11) && c->nr_antagonists > 1)
		marks = mark_add(marks, s,
				 "the first one of several antagonists; below "
				 "are all of them",
				 false);
	text = f->exact ? NULL : some_of(c, metric);
	if (text)
		marks = mark_add(marks, s, text, true);
	free(text);
	if (!f->exact && show_is_batch(c) &&
	    figure_of(metric).kind == FIGURE_TIME && !strchr(metric, '.') &&
	    strncmp(metric, "present", 7))
		marks = mark_add(marks, s,
				 "batch above 1: the time of a whole batch, "
				 "divided by the batch",
				 false);
	return marks;
}

/* --- one scenario --------------------------------------------------------- */

struct group {
	const struct cell_sample **cells;
	size_t nr_cells;
	struct shown *figures; /* [metric][cell] */
	const char **metrics;  /* those that some cell has */
	size_t nr_metrics;
	const char **missing; /* why, for each of show's; or NULL */
};

static bool is_shown(const struct show *s, const struct cell_sample *c)
{
	return (c->nr_runs || c->has_witness) && cli_wants(c, s->scenario);
}

static bool same_scenario(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The cells of one scenario, which are neighbours, from a shown one on. Returns
 * where the next scenario begins. */
static size_t group_cells(struct group *g, const struct show *s, size_t from)
{
	const struct results *r = &s->results;
	const char *scenario = sample_axis(&r->cells[from], "scenario");
	const char *group = sample_group(&r->cells[from]);
	size_t i;

	for (i = from; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		if (!same_scenario(sample_axis(c, "scenario"), scenario) ||
		    strcmp(sample_group(c), group))
			break;
		if (is_shown(s, c))
			*(const struct cell_sample **)memory_append(
				(void **)&g->cells, &g->nr_cells,
				sizeof(*g->cells)) = c;
	}
	return i;
}

/* Why no cell of the group has it, in the words of a record if there are any;
 * NULL when nobody would expect it. */
static const char *missing_of(const struct shown *figures, size_t nr)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < nr; i++)
		if (figures[i].absent && (!why || why == show_no_witness ||
					  why == show_not_measured))
			why = figures[i].absent;
	return why;
}

static void group_figures(struct group *g, struct show *s)
{
	size_t i, k;

	g->figures = memory_new(s->nr_metrics * g->nr_cells,
				sizeof(*g->figures));
	g->metrics = memory_new(s->nr_metrics, sizeof(*g->metrics));
	g->missing = memory_new(s->nr_metrics, sizeof(*g->missing));
	for (i = 0; i < s->nr_metrics; i++) {
		struct shown *row = &g->figures[g->nr_metrics * g->nr_cells];
		bool any = false;

		for (k = 0; k < g->nr_cells; k++) {
			row[k] = show_figure(g->cells[k], s->metrics[i]);
			any |= isfinite(row[k].v.estimate) != 0;
		}
		if (any)
			g->metrics[g->nr_metrics++] = s->metrics[i];
		else
			g->missing[i] = missing_of(row, g->nr_cells);
	}
}

static struct scale column_scale(const struct group *g, size_t metric)
{
	double *numbers = memory_new(g->nr_cells, sizeof(*numbers));
	struct scale scale;
	size_t k;

	for (k = 0; k < g->nr_cells; k++)
		numbers[k] = g->figures[metric * g->nr_cells + k].v.estimate;
	scale = scale_of(figure_of(g->metrics[metric]).kind, numbers,
			 g->nr_cells);
	free(numbers);
	return scale;
}

static void column_head(struct grid *grid, const struct group *g, size_t metric,
			const struct scale *scale)
{
	struct figure f = figure_of(g->metrics[metric]);
	bool any = false;
	size_t k;

	for (k = 0; k < g->nr_cells; k++)
		any |= g->figures[metric * g->nr_cells + k].v.has_interval;
	grid_head(grid, metric + 1, f.head,
		  f.kind == FIGURE_SHARE &&
				  strstr(g->metrics[metric], "_per_fault")
			  ? "/fault"
			  : scale->unit,
		  any ? " ±%" : NULL);
}

static void add_figure(struct grid *grid, struct show *s, const struct group *g,
		       size_t metric, size_t cell, const struct scale *scale)
{
	const struct cell_sample *c = g->cells[cell];
	const struct shown *f = &g->figures[metric * g->nr_cells + cell];
	char *half = figure_aside(&f->v);
	char *marks = marks_of(s, c, g->metrics[metric], f), *aside = NULL;

	if (half || marks)
		aside = memory_printf("%s%s", half ? half : "",
				      marks ? marks : "");
	free(half);
	free(marks);
	if (!isfinite(f->v.estimate) && !f->absent)
		grid_add(grid, NULL, aside);
	else
		grid_add(grid,
			 figure_scaled(scale,
				       figure_of(g->metrics[metric]).kind,
				       f->v.estimate),
			 aside);
}

/* Appends " name=text" of the axes that this scenario has in all of its cells
 * and others have otherwise, or of those that most of its cells have. */
static void append_settings(char **name, const struct results *r,
			    const struct cell_sample *const *cells, size_t nr,
			    bool most)
{
	const char *before = most ? "; unless said" : "";
	size_t i, k;

	for (i = 0; i < r->nr_axes; i++) {
		const struct axis *axis = &r->axes[i];
		const char *text = NULL;
		char *longer;

		if (axis->common || axis->varies != most ||
		    !strcmp(axis->name, "scenario"))
			continue;
		for (k = 0; k < nr && !text; k++)
			if (!most || cells[k]->usual[i])
				text = pairs_find(&cells[k]->cell, axis->name);
		if (!text)
			continue;
		longer = memory_printf("%s%s %s=%s", *name, before, axis->name,
				       text);
		before = "";
		free(*name);
		*name = longer;
	}
}

/* "memfd: time=250ms; unless said pages=512". malloc'ed. */
static char *group_name(const struct show *s, const struct group *g,
			const char *scenario)
{
	char *settings = memory_text(""), *name;

	append_settings(&settings, &s->results, g->cells, g->nr_cells, false);
	append_settings(&settings, &s->results, g->cells, g->nr_cells, true);
	name = memory_printf("%s%s%s", scenario ? scenario : "-",
			     *settings == ' ' ? ":" : "", settings);
	free(settings);
	return text_clean(name);
}

static void print_group(struct show *s, const struct group *g,
			const char *scenario)
{
	static const char *const skip[] = { "scenario", NULL };
	struct scale *scales = memory_new(g->nr_metrics, sizeof(*scales));
	char *name = group_name(s, g, scenario);
	struct grid grid;
	size_t i, k;

	grid_start(&grid, g->nr_metrics + 2);
	for (i = 0; i < g->nr_metrics; i++) {
		scales[i] = column_scale(g, i);
		column_head(&grid, g, i, &scales[i]);
	}
	grid_head(&grid, g->nr_metrics + 1, "n", NULL, NULL);
	for (k = 0; k < g->nr_cells; k++) {
		grid_add(&grid,
			 sample_title_without(&s->results, g->cells[k], skip),
			 NULL);
		for (i = 0; i < g->nr_metrics; i++)
			add_figure(&grid, s, g, i, k, &scales[i]);
		grid_add(&grid, memory_printf("%zu", g->cells[k]->nr_runs),
			 NULL);
	}
	fputc('\n', s->out);
	text_wrap(s->out, s->width, "", name);
	grid_print(s->out, s->width, &grid);
	grid_free(&grid);
	free(scales);
	free(name);
}

/* "no p90, p99.9: the reason", each reason once. */
static void say_missing(struct show *s, struct group *g)
{
	size_t i, k;

	for (i = 0; i < s->nr_metrics; i++) {
		const char *why = g->missing[i];
		char *names;

		if (!why)
			continue;
		names = memory_text(figure_of(s->metrics[i]).head);
		for (k = i + 1; k < s->nr_metrics; k++) {
			char *longer;

			if (!g->missing[k] || strcmp(g->missing[k], why))
				continue;
			longer = memory_printf("%s, %s", names,
					       figure_of(s->metrics[k]).head);
			free(names);
			names = longer;
			g->missing[k] = NULL;
		}
		text_print(s->out, s->width, "  ", "no %s: %s", names, why);
		free(names);
	}
}

static size_t show_group(struct show *s, size_t from)
{
	struct group g = { 0 };
	size_t to = group_cells(&g, s, from);

	group_figures(&g, s);
	print_group(s, &g, sample_axis(g.cells[0], "scenario"));
	say_missing(s, &g);
	free(g.cells);
	free(g.figures);
	free(g.metrics);
	free(g.missing);
	return to;
}

void show_tables(struct show *s)
{
	const struct results *r = &s->results;
	const char *group = NULL;
	size_t i = 0;

	while (i < r->nr_cells) {
		if (!is_shown(s, &r->cells[i])) {
			i++;
			continue;
		}
		if (r->has_groups &&
		    (!group || strcmp(group, sample_group(&r->cells[i])))) {
			group = sample_group(&r->cells[i]);
			fputc('\n', s->out);
			text_print(s->out, s->width, "", "--- %s ---", group);
		}
		i = show_group(s, i);
	}
}
