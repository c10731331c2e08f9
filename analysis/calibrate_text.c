/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `faultstat calibrate` prints. */
#include <math.h>
#include <stdlib.h>

#include "calibrating.h"
#include "compare.h"
#include "figure.h"
#include "memory.h"
#include "text.h"

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

/* "0.62 %" */
static char *share_text(double x)
{
	return !isfinite(x) ? memory_text("-")
			    : memory_printf(x < 0.0995 ? "%.2f %%" : "%.0f %%",
					    x * 100);
}

static char *metric_text(const char *metric, bool slowdown)
{
	struct figure f = figure_of(metric);

	return memory_printf("%s%s", f.head, slowdown ? " / alone" : "");
}

static void print_rows(FILE *out, size_t width, const struct results *r,
		       const struct calibrating *g)
{
	const struct cell_sample *last = NULL;
	const char *group = NULL;
	struct grid grid;
	size_t i;

	grid_start(&grid, 7);
	grid_head(&grid, 1, "of", NULL, NULL);
	grid_head(&grid, 2, "noise", "floor", NULL);
	grid_head(&grid, 3, "smallest", "margin", NULL);
	grid_head(&grid, 4, "margin", NULL, NULL);
	grid_head(&grid, 5, "gateable", NULL, NULL);
	grid_head(&grid, 6, "n", NULL, NULL);
	for (i = 0; i < g->nr_rows; i++) {
		const struct calibrated *row = &g->rows[i];
		bool same = last == row->cell;

		group_heading(&grid, r, row->cell, &group);
		grid_add(&grid, memory_text(same ? NULL : row->title), NULL);
		grid_add(&grid, metric_text(row->metric, row->slowdown), NULL);
		grid_add(&grid, share_text(row->floor), NULL);
		grid_add(&grid, share_text(row->least), NULL);
		grid_add(&grid, memory_printf("%g %%", row->margin * 100),
			 NULL);
		grid_add(&grid, memory_text(gateable_word(row->gateable)),
			 NULL);
		grid_add(&grid, memory_printf("%zu", row->nr), NULL);
		last = row->cell;
	}
	fputc('\n', out);
	grid_print(out, width, &grid);
	grid_free(&grid);
}

static void print_controls(FILE *out, size_t width, const struct calibrating *g)
{
	struct grid grid;
	size_t i;

	if (!g->nr_controls)
		return;
	grid_start(&grid, 6);
	grid_head(&grid, 0, "positive control", NULL, NULL);
	grid_head(&grid, 1, "of", NULL, NULL);
	grid_head(&grid, 2, "injected", NULL, NULL);
	grid_head(&grid, 3, "seen", NULL, NULL);
	grid_head(&grid, 4, "95% interval", NULL, NULL);
	grid_head(&grid, 5, "found", NULL, NULL);
	for (i = 0; i < g->nr_controls; i++) {
		const struct control *row = &g->controls[i];
		const struct interval *v = &row->ratio;

		grid_add(&grid, memory_text(row->title), NULL);
		grid_add(&grid, metric_text(row->metric, false), NULL);
		grid_add(&grid, memory_printf("%.0f ns", row->injected_ns),
			 NULL);
		grid_add(&grid, memory_printf("%.0f ns", row->ns.estimate),
			 NULL);
		grid_add(&grid,
			 v->has_interval ? change_interval(v)
					 : memory_printf("%zu pairs", v->n),
			 NULL);
		grid_add(&grid, memory_text(row->found ? "yes" : "NO"), NULL);
	}
	fputc('\n', out);
	grid_print(out, width, &grid);
	grid_free(&grid);
}

static void print_order(FILE *out, size_t width, const struct calibrating *g)
{
	const struct interval *v = &g->drift.order;

	if (v->has_interval)
		text_print(out, width, "  order     ",
			   "of two arms in a block, the one measured second "
			   "takes %+.2f %% time [%+.2f, %+.2f] (p50, %zu "
			   "blocks, 99 %%)",
			   (v->estimate - 1) * 100, (v->low - 1) * 100,
			   (v->high - 1) * 100, g->drift.nr_blocks);
	else
		text_print(out, width, "  order     ",
			   "its effect takes 8 blocks to be seen, there are "
			   "%zu",
			   g->drift.nr_blocks);
	drift_print(out, width, &g->drift, &g->arms);
}

void calibrate_print(FILE *out, size_t width, const struct results *r,
		     const struct calibrating *g)
{
	text_print(out, width, "  games     ",
		   "%zu row%s, each by %d games of a gate of %zu pairs, "
		   "bounds of %g %%",
		   g->nr_rows, plural(g->nr_rows), CALIBRATE_DRAWS, g->nr_pairs,
		   (1 - g->alpha) * 100);
	print_order(out, width, g);
	print_rows(out, width, r, g);
	if (g->nr_without)
		text_print(out, width, "  left out: ", "%zu row%s: %s",
			   g->nr_without, plural(g->nr_without), g->why);
	print_controls(out, width, g);
	fputc('\n', out);
	text_print(out, width, "",
		   "noise floor: identical things differ by less in 95 %% of "
		   "the gates. smallest margin: within it they pass in 95 %% "
		   "of them. gateable with more: the margin lies between, so "
		   "that it takes more pairs. / alone: multiples of the cell "
		   "without antagonist, gated against a stored baseline; n is "
		   "then runs, else pairs.");
}

char *calibrate_closing(const struct calibrating *g)
{
	char *control =
		g->nr_controls
			? memory_printf("; control: %zu of %zu slow-downs "
					"found%s",
					g->nr_found, g->nr_controls,
					g->nr_found < g->nr_controls
						? ", so do not trust a pass"
						: "")
			: memory_text("; no positive control");
	char *text = memory_printf(
		"calibrate: %zu of %zu rows gateable with %zu pairs, %zu with "
		"more, %zu not here%s",
		g->outcomes[GATEABLE], g->nr_rows, g->nr_pairs,
		g->outcomes[GATEABLE_LATER], g->outcomes[GATEABLE_NOT],
		control);

	free(control);
	return text;
}
