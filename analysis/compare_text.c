/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of `faultstat compare`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "figure.h"
#include "grid.h"
#include "memory.h"
#include "text.h"

enum {
	MAX_TOLD = 10,
	MAX_HEAD = 24
};

/* As the heading of a column. */
static char *arm_title(const struct comparison *c, const char *text)
{
	return text_cut(axis_title(c->axis, text), MAX_HEAD);
}

/* --- one table ------------------------------------------------------------ */

static char *nr_text(const struct compared *row)
{
	return row->paired ? memory_printf("%zu", row->na)
			   : memory_printf("%zu+%zu", row->na, row->nb);
}

/* The interval, or what it would take to have one. */
static char *sure_text(const struct compared *row, char *interval)
{
	if (row->ratio.has_interval)
		return interval;
	free(interval);
	if (row->paired)
		return memory_printf("needs %zu pairs, has %zu",
				     stats_needed(COMPARE_LEVEL), row->na);
	return memory_printf("too few: %zu and %zu", row->na, row->nb);
}

static void add_direct(struct grid *grid, const struct compared *row,
		       const struct figure *f)
{
	const char *word = verdict_word(row->verdict);

	grid_add(grid, memory_text(row->title), NULL);
	grid_add(grid, figure_text(f->kind, row->va.estimate), NULL);
	grid_add(grid, figure_text(f->kind, row->vb.estimate), NULL);
	grid_add(grid, change_text(row->ratio.estimate),
		 row->ratio.has_interval
			 ? memory_printf("%s (%s)", f->noun, word)
			 : memory_text(f->noun));
	grid_add(grid, sure_text(row, change_interval(&row->ratio)), NULL);
	grid_add(grid, nr_text(row), memory_text(row->marked ? " *" : ""));
}

static void add_slowdown(struct grid *grid, const struct compared *row)
{
	grid_add(grid, memory_text(row->title), NULL);
	grid_add(grid, factor_text(&row->va), NULL);
	grid_add(grid, factor_text(&row->vb), NULL);
	grid_add(grid, factor_text(&row->ratio), NULL);
	grid_add(grid,
		 row->ratio.has_interval
			 ? memory_text(verdict_word(row->verdict))
			 : memory_text("too few"),
		 NULL);
	grid_add(grid, nr_text(row), memory_text(row->marked ? " *" : ""));
}

static void add_mean(struct grid *grid, const struct compared_table *t,
		     const struct figure *f)
{
	struct interval mean = { .estimate = t->mean };

	grid_add(grid, memory_printf("geometric mean of %zu rows", t->nr_mean),
		 NULL);
	grid_add(grid, NULL, NULL);
	grid_add(grid, NULL, NULL);
	if (t->slowdowns)
		grid_add(grid, factor_text(&mean), NULL);
	else
		grid_add(grid, change_text(t->mean), memory_text(f->noun));
	grid_add(grid, NULL, NULL);
	grid_add(grid, NULL, NULL);
}

static void head_direct(struct grid *grid, const struct comparison *c)
{
	char *a = arm_title(c, c->a), *b = arm_title(c, c->b);

	grid_head(grid, 1, a, NULL, NULL);
	grid_head(grid, 2, b, NULL, NULL);
	grid_head(grid, 3, "change", NULL, NULL);
	grid_head(grid, 4, "95% interval", NULL, NULL);
	grid_head(grid, 5, "n", NULL, NULL);
	free(a);
	free(b);
}

static void head_slowdowns(struct grid *grid, const struct comparison *c)
{
	char *a = arm_title(c, c->a), *b = arm_title(c, c->b);
	char *over = memory_printf("%s /", b);

	grid_head(grid, 1, a, NULL, NULL);
	grid_head(grid, 2, b, NULL, NULL);
	grid_head(grid, 3, over, a, NULL);
	grid_head(grid, 5, "n", NULL, NULL);
	free(a);
	free(b);
	free(over);
}

static void print_table(FILE *out, size_t width, const struct comparison *c,
			const struct compared_table *t)
{
	struct figure f = figure_of(t->metric);
	struct grid grid;
	size_t i;

	fputc('\n', out);
	text_print(out, width, "", "%s%s", f.head,
		   t->slowdowns ? " beside an antagonist, as a multiple of the "
				  "same arm's own figure alone:"
		   : !c->direct ? " of the antagonist, which runs the same "
				  "code in both arms:"
				: ":");
	grid_start(&grid, 6);
	if (t->slowdowns)
		head_slowdowns(&grid, c);
	else
		head_direct(&grid, c);
	for (i = 0; i < t->nr_rows; i++) {
		if (t->slowdowns)
			add_slowdown(&grid, &t->rows[i]);
		else
			add_direct(&grid, &t->rows[i], &f);
	}
	if (t->nr_rows > 1)
		add_mean(&grid, t, &f);
	if (t->nr_rows)
		grid_print(out, width, &grid);
	if (t->nr_without)
		text_print(out, width, "  ",
			   "left out: %zu row%s without a figure on one side "
			   "(%s)",
			   t->nr_without, t->nr_without == 1 ? "" : "s",
			   t->why);
	grid_free(&grid);
}

/* --- baselines that must not be compared ---------------------------------- */

static char *plain(const struct cell_sample *c, const char *metric)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t nr = sample_values(c, metric, values, NULL);
	char *text = figure_text(figure_of(metric).kind,
				 stats_median(values, nr));

	free(values);
	return text;
}

static void print_baselines(FILE *out, size_t width, const struct results *r,
			    const struct comparison *c)
{
	static const char *const metrics[] = { "p50_ns", "p99_ns",
					       "faults_per_s" };
	const char *const skip[] = { c->axis, NULL };
	char *a = arm_title(c, c->a), *b = arm_title(c, c->b);
	struct grid grid;
	size_t i, k;

	grid_start(&grid, 7);
	for (k = 0; k < 3; k++) {
		struct figure f = figure_of(metrics[k]);

		grid_head(&grid, 2 * k + 1, f.head, a, NULL);
		grid_head(&grid, 2 * k + 2, f.head, b, NULL);
	}
	for (i = 0; i < c->nr_both; i++) {
		if (!sample_is_alone(c->both[i]))
			continue;
		grid_add(&grid, sample_title_without(r, c->both[i], skip),
			 NULL);
		for (k = 0; k < 3; k++) {
			grid_add(&grid, plain(c->both[i], metrics[k]), NULL);
			grid_add(&grid, plain(c->twins[i], metrics[k]), NULL);
		}
	}
	if (grid.nr_cells) {
		fputc('\n', out);
		text_wrap(out, width, "",
			  "The baselines, which are not compared with each "
			  "other:");
		grid_print(out, width, &grid);
	}
	grid_free(&grid);
	free(a);
	free(b);
}

/* --- before and after ----------------------------------------------------- */

static void print_only(FILE *out, size_t width, const struct results *r,
		       const struct comparison *c, const char *arm,
		       const struct cell_sample **cells, size_t nr)
{
	const char *const skip[] = { c->axis, NULL };
	char *name = arm_title(c, arm);
	size_t i;

	if (nr) {
		fputc('\n', out);
		text_print(out, width, "", "Only with %s, not compared:", name);
	}
	for (i = 0; i < nr && i < MAX_TOLD; i++) {
		char *title = sample_title_without(r, cells[i], skip);

		text_wrap(out, width, "  ", title);
		free(title);
	}
	if (nr > MAX_TOLD)
		text_print(out, width, "  ", "and %zu more", nr - MAX_TOLD);
	free(name);
}

/* Facts in which the arms' sessions differ. */
static void print_facts(FILE *out, size_t width, const struct results *r,
			const struct comparison *c)
{
	static const char *const kinds[] = {
		"machine.",	  "kernel.release",  "kernel.version",
		"kernel.config.", "kernel.feature.", "kernel.mitigations",
		"setting.",	  "build."
	};
	const struct record *a, *b;
	size_t i, k, told = 0;

	if (strcmp(c->axis, "label") || !c->nr_both)
		return;
	a = &r->sessions[c->both[0]->session];
	b = &r->sessions[c->twins[0]->session];
	for (i = 0; i < a->facts.nr; i++) {
		const char *name = a->facts.at[i].name;
		const char *x = pairs_find(&a->facts, name);
		const char *y = pairs_find(&b->facts, name);

		for (k = 0; k < 8; k++)
			if (!strncmp(name, kinds[k], strlen(kinds[k])))
				break;
		if (k == 8 || !x || !y || !strcmp(x, y) || told++ >= MAX_TOLD)
			continue;
		text_print(out, width, "  differs   ", "%s: %s / %s", name, x,
			   y);
	}
	if (told > MAX_TOLD)
		text_print(out, width, "  differs   ", "and %zu more facts",
			   told - MAX_TOLD);
}

static void print_warnings(FILE *out, size_t width, const struct comparison *c)
{
	if (c->unpaired)
		text_wrap(out, width, "  note      ",
			  "the arms come from separate sessions, so no pairs "
			  "can be made, and what drifted between the sessions "
			  "is part of every difference. Multiples of an arm's "
			  "own baseline suffer less from that.");
	if (c->by_boot)
		text_print(out, width, "  note      ",
			   "the unit is the boot (the median of its runs): %zu "
			   "and %zu.",
			   c->boots_a, c->boots_b);
	else if (c->unpaired && !c->one_boot)
		text_print(out, width, "  note      ",
			   "boots: %zu and %zu. The intervals do not cover "
			   "what differs from boot to boot; measure several "
			   "boots of each.",
			   c->boots_a, c->boots_b);
	if (!c->direct)
		text_wrap(out, width, "  note      ",
			  "lock=vma is an access in user mode, lock=mmap one "
			  "by a system call: their times are never compared. "
			  "Each arm is compared with its own baseline, the "
			  "same cell alone, and the arms by these multiples.");
}

void compare_print(FILE *out, size_t width, const struct results *r,
		   const struct comparison *c)
{
	char *a = arm_title(c, c->a), *b = arm_title(c, c->b);
	size_t i;

	text_print(out, width, "  compared  ",
		   "%s: %s against %s, %zu pair%s of cells", c->axis, b, a,
		   c->nr_both, c->nr_both == 1 ? "" : "s");
	print_facts(out, width, r, c);
	print_warnings(out, width, c);
	for (i = 0; i < c->nr_tables; i++)
		print_table(out, width, c, &c->tables[i]);
	if (!c->direct)
		print_baselines(out, width, r, c);
	if (!c->direct && !c->nr_rows)
		text_wrap(out, width, "",
			  "Nothing is compared: no cell of both arms has an "
			  "antagonist and a baseline.");
	print_only(out, width, r, c, c->a, c->only_a, c->nr_only_a);
	print_only(out, width, r, c, c->b, c->only_b, c->nr_only_b);
	free(a);
	free(b);
}

void compare_legend(FILE *out, size_t width, const struct comparison *c)
{
	if (!c->nr_rows)
		return;
	fputc('\n', out);
	text_print(out, width, "",
		   "slower, faster: the 95%% interval of the ratio excludes 1; "
		   "same: it lies within ±%g%%; unclear: neither. *: stands "
		   "with at most %g%% false discoveries among the %zu tests of "
		   "this comparison (Benjamini-Hochberg).",
		   c->margin * 100, COMPARE_FDR * 100, c->nr_tests);
	text_wrap(
		out, width, "",
		"n pairs: ratios within blocks, Hodges-Lehmann estimate and "
		"exact signed-rank interval. n+m runs or boots: the same of two "
		"samples, Mann-Whitney.");
}
