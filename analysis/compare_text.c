/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of `faultstat compare`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "differences.h"
#include "drift.h"
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
	if (row->ratio.has_interval && !row->counted)
		return interval;
	free(interval);
	if (row->counted)
		return memory_text("counted");
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

static void print_table(FILE *out, size_t width, const struct results *r,
			const struct comparison *c,
			const struct compared_table *t)
{
	struct figure f = figure_of(t->metric);
	const char *group = NULL;
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
		group_heading(&grid, r, t->rows[i].a, &group);
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

static void widen(size_t *least, size_t *most, size_t n, bool first)
{
	*least = first || n < *least ? n : *least;
	*most = first || n > *most ? n : *most;
}

void unit_count_add(struct unit_count *count, const struct compared *row)
{
	if (row->paired) {
		widen(&count->least, &count->most, row->na, !count->paired);
		count->paired++;
		return;
	}
	widen(&count->least_a, &count->most_a, row->na, !count->unpaired);
	widen(&count->least_b, &count->most_b, row->nb, !count->unpaired);
	count->unpaired++;
}

/* "8", "5 to 8" */
static char *range_text(size_t least, size_t most)
{
	return least == most ? memory_printf("%zu", least)
			     : memory_printf("%zu to %zu", least, most);
}

static void print_unpaired_unit(FILE *out, size_t width,
				const struct unit_count *count,
				const struct comparison *c)
{
	char *a = range_text(count->least_a, count->most_a);
	char *b = range_text(count->least_b, count->most_b);

	if (c->by_boot)
		text_print(out, width, "  unit      ",
			   "the boot (the median of its runs): %s and %s a row",
			   a, b);
	else
		text_print(out, width, "  unit      ",
			   c->one_boot
				   ? "the run: %s and %s a row, all of the "
				     "same boot"
				   : "the run: %s and %s a row, of %zu and %zu "
				     "boots. The intervals do not cover what "
				     "differs from boot to boot; measure "
				     "several boots of each",
			   a, b, c->boots_a, c->boots_b);
	free(a);
	free(b);
}

void unit_print(FILE *out, size_t width, const struct unit_count *count,
		const struct comparison *c)
{
	if (count->paired) {
		char *n = range_text(count->least, count->most);

		text_print(out, width, "  unit      ",
			   "the run, in pairs within blocks: %s a row", n);
		free(n);
	}
	if (count->unpaired)
		print_unpaired_unit(out, width, count, c);
}

void group_heading(struct grid *grid, const struct results *r,
		   const struct cell_sample *c, const char **group)
{
	size_t i;

	if (!r->has_groups || (*group && !strcmp(*group, sample_group(c))))
		return;
	*group = sample_group(c);
	grid_add(grid, text_clean(memory_printf("--- %s ---", *group)), NULL);
	for (i = 1; i < grid->nr_columns; i++)
		grid_add(grid, NULL, NULL);
}

static void print_units(FILE *out, size_t width, const struct comparison *c)
{
	struct unit_count count = { 0 };
	size_t i, k;

	for (i = 0; i < c->nr_tables; i++)
		for (k = 0; k < c->tables[i].nr_rows; k++)
			unit_count_add(&count, &c->tables[i].rows[k]);
	unit_print(out, width, &count, c);
}

static void print_differences(FILE *out, size_t width, const struct results *r,
			      const struct comparison *c)
{
	struct differences d;

	differences_find(&d, r, c);
	differences_print(out, width, &d);
	differences_free(&d);
}

static void print_drift(FILE *out, size_t width, const struct comparison *c)
{
	struct drift d;

	drift_find(&d, c);
	drift_print(out, width, &d, c);
}

static void print_warnings(FILE *out, size_t width, const struct comparison *c)
{
	if (c->unpaired && c->interleaved)
		text_wrap(out, width, "  note      ",
			  "boots of both arms were measured in turns, so what "
			  "drifts over hours is in both alike.");
	else if (c->unpaired)
		text_wrap(out, width, "  note      ",
			  "the arms come from separate sessions, so no pairs "
			  "can be made, and what drifted between the sessions "
			  "is part of every difference. Multiples of an arm's "
			  "own baseline suffer less from that.");
	if (!c->direct)
		text_wrap(out, width, "  note      ",
			  "lock=vma is an access in user mode, lock=mmap one "
			  "by a system call: their times are never compared. "
			  "Each arm is compared with its own baseline, the "
			  "same cell alone, and the arms by these multiples.");
}

static void add_count(struct grid *grid, const struct results *r,
		      const struct comparison *c, const struct counted *row,
		      bool same_cell)
{
	const char *const skip[] = { c->axis, NULL };

	grid_add(grid, same_cell ? NULL : sample_title_without(r, row->a, skip),
		 NULL);
	grid_add(grid, memory_text(figure_of(row->metric).head), NULL);
	grid_add(grid, memory_printf("%.3f", row->value_a), NULL);
	grid_add(grid, memory_printf("%.3f", row->value_b), NULL);
	grid_add(grid, counted_nr(row->na, row->nb), NULL);
}

/* Those that differ. There is no noise in them, so they come first. */
static void print_counts(FILE *out, size_t width, const struct results *r,
			 const struct comparison *c)
{
	char *a = arm_title(c, c->a), *b = arm_title(c, c->b);
	const struct cell_sample *last = NULL;
	size_t i, vary = 0;
	struct grid grid;

	grid_start(&grid, 5);
	grid_head(&grid, 1, "of", NULL, NULL);
	grid_head(&grid, 2, a, NULL, NULL);
	grid_head(&grid, 3, b, NULL, NULL);
	grid_head(&grid, 4, "n", NULL, NULL);
	for (i = 0; i < c->nr_counts; i++) {
		const struct counted *row = &c->counts[i];

		vary += row->state == COUNTED_VARIES;
		if (row->state != COUNTED_DIFFERS)
			continue;
		add_count(&grid, r, c, row, row->a == last);
		last = row->a;
	}
	if (c->nr_counts)
		fputc('\n', out);
	if (c->nr_differ)
		text_print(out, width, "",
			   "counts of the witness, a fault: %zu of %zu differ:",
			   c->nr_differ, c->nr_counts);
	else if (c->nr_counts)
		text_print(
			out, width, "",
			"counts of the witness, a fault: none of %zu differs",
			c->nr_counts);
	if (c->nr_differ)
		grid_print(out, width, &grid);
	if (vary)
		text_print(out, width, c->nr_differ ? "  " : "",
			   "%zu of them vary between witnesses of one side, so "
			   "that nothing can be told",
			   vary);
	grid_free(&grid);
	free(a);
	free(b);
}

void compare_print(FILE *out, size_t width, const struct results *r,
		   const struct comparison *c)
{
	char *a = arm_title(c, c->a), *b = arm_title(c, c->b);
	size_t i;

	text_print(out, width, "  compared  ",
		   "%s: %s against %s, %zu pair%s of cells", c->axis, b, a,
		   c->nr_both, c->nr_both == 1 ? "" : "s");
	print_differences(out, width, r, c);
	print_units(out, width, c);
	print_warnings(out, width, c);
	if (c->direct)
		print_drift(out, width, c);
	print_counts(out, width, r, c);
	for (i = 0; i < c->nr_tables; i++)
		print_table(out, width, r, c, &c->tables[i]);
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

static size_t nr_counted(const struct comparison *c)
{
	size_t i, k, nr = 0;

	for (i = 0; i < c->nr_tables; i++)
		for (k = 0; k < c->tables[i].nr_rows; k++)
			nr += c->tables[i].rows[k].counted;
	return nr;
}

void compare_legend(FILE *out, size_t width, const struct comparison *c)
{
	size_t counted = nr_counted(c);

	if (!c->nr_rows)
		return;
	fputc('\n', out);
	if (counted)
		text_print(
			out, width, "",
			"counted: path lengths, medians of runs, which a "
			"boot of the same kernel repeats: no interval and no "
			"test; same: within ±%g%%.",
			c->margin * 100);
	if (counted == c->nr_rows)
		return;
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
