/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forest of slowdowns: one group for each antagonist, one row an arm. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"

#define MAX_LINES 40  /* more make no picture */
#define GROUP_GAP 0.5 /* of a row's height */
#define ROW_PX	  21

struct forest {
	struct picture *picture;
	double y;
	size_t nr_heads, nr_lines, nr_left_out;
	double low[2], high[2];
	bool seen[NR_ARMS];
	bool has[2]; /* any estimate of this metric */
};

static void range_add(struct forest *f, size_t m, const struct interval *i)
{
	double low = i->has_interval ? i->low : i->estimate;
	double high = i->has_interval ? i->high : i->estimate;

	if (isnan(i->estimate))
		return;
	f->has[m] = true;
	f->low[m] = fmin(f->low[m], low);
	f->high[m] = fmax(f->high[m], high);
}

static char *arm_title(const struct arm_group *g, const struct arm_row *row)
{
	const char *mine = pairs_find(&row->cell->cell, "scenario");
	const char *first = pairs_find(&g->rows[0].cell->cell, "scenario");
	const char *lock = pairs_find(&row->cell->cell, "lock");
	static const char *const words[NR_ARMS] = {
		[ARM_VMA] = "VMA lock",	    [ARM_MMAP] = "mmap_lock",
		[ARM_REDONE] = "redone",    [ARM_HOLD] = "mmap_lock held",
		[ARM_OTHER] = "other lock",
	};

	if (!mine || !first || !strcmp(mine, first))
		return memory_text(words[row->arm]);
	if (lock && strcmp(lock, "vma"))
		return memory_printf("%s, %s", mine, lock);
	return clean_text(mine);
}

static void add_row(struct forest *f, const struct arm_group *g,
		    const struct arm_row *row)
{
	struct picture *p = f->picture;
	char *title = arm_title(g, row), *text;
	size_t m;

	f->nr_lines++;
	f->seen[row->arm] = true;
	vars_number_at(p, "line_at", f->nr_lines, f->y);
	vars_text_at(p, "line_text", f->nr_lines, title);
	dat_number(p, f->y);
	dat_number(p, row->arm);
	for (m = 0; m < 2; m++) {
		const struct interval *i = &row->slow[m];

		range_add(f, m, i);
		dat_number(p, i->estimate);
		dat_number(p, i->has_interval ? i->low : NAN);
		dat_number(p, i->has_interval ? i->high : NAN);
		text = interval_text(i);
		vars_text_at(p, m ? "number2" : "number1", f->nr_lines, text);
		free(text);
	}
	dat_number(p, (double)row->slow[0].n);
	dat_text(p, g->title);
	dat_text(p, title);
	dat_line(p);
	f->y++;
	free(title);
}

static void add_group(struct forest *f, const struct arm_group *g)
{
	char *title;
	size_t i;

	if (f->nr_lines + f->nr_heads + g->nr_rows + 1 > MAX_LINES) {
		f->nr_left_out++;
		return;
	}
	title = clean_text_cut(g->title, 110);
	f->nr_heads++;
	vars_number_at(f->picture, "head_at", f->nr_heads, f->y);
	vars_text_at(f->picture, "head_text", f->nr_heads, title);
	free(title);
	f->y++;
	for (i = 0; i < g->nr_rows; i++)
		add_row(f, g, &g->rows[i]);
	f->y += GROUP_GAP;
}

static void add_legend(struct forest *f)
{
	struct picture *p = f->picture;
	size_t arm, n = 0;

	vars_array(p, "arm_index", NR_ARMS);
	vars_array(p, "arm_text", NR_ARMS);
	for (arm = 1; arm < NR_ARMS; arm++) {
		if (!f->seen[arm])
			continue;
		n++;
		vars_number_at(p, "arm_index", n, (double)arm);
		vars_text_at(p, "arm_text", n, arm_names[arm]);
	}
	vars_number(p, "arms", (double)n);
}

/* An axis from a little before the least to a little after the largest, with
 * 1 on it; two panels whose ranges are near each other get the same. */
static void add_panels(struct forest *f)
{
	static const char *const words[2] = {
		"median fault, times its time alone",
		"99th percentile, times its time alone",
	};
	struct picture *p = f->picture;
	size_t m, nr = f->has[1] ? 2 : 1;
	double pad;

	vars_number(p, "panels", (double)nr);
	vars_array(p, "panel_low", 2);
	vars_array(p, "panel_high", 2);
	vars_array(p, "panel_text", 2);
	for (m = 0; m < nr; m++) {
		f->low[m] = fmin(f->low[m], 1);
		f->high[m] = fmax(f->high[m], 1.2);
		pad = fmax(pow(f->high[m] / f->low[m], 0.06), 1.015);
		vars_number_at(p, "panel_low", m + 1, f->low[m] / pad);
		vars_number_at(p, "panel_high", m + 1, f->high[m] * pad);
		vars_text_at(p, "panel_text", m + 1, words[m]);
	}
}

static const struct column columns[] = {
	{ "beside", false },
	{ "lock", false },
	{ "blocks", true },
	{ "p50 alone", true },
	{ "p50 beside", true },
	{ "p50 slowdown [95 %]", true },
	{ "p99 alone", true },
	{ "p99 beside", true },
	{ "p99 slowdown [95 %]", true },
};

static double median_of(const struct cell_sample *c, const char *metric)
{
	double *values = memory_new(c->nr_runs, sizeof(*values)), median;

	median = stats_median(values, sample_values(c, metric, values, NULL));
	free(values);
	return median;
}

static void add_table(struct picture *p, const struct arm_groups *g)
{
	size_t i, k, m;

	table_start(&p->table, columns);
	for (i = 0; i < g->nr_groups; i++) {
		for (k = 0; k < g->groups[i].nr_rows; k++) {
			const struct arm_row *row = &g->groups[i].rows[k];
			char *title = arm_title(&g->groups[i], row);

			table_add(&p->table, "%s", g->groups[i].title);
			table_add(&p->table, "%s", title);
			table_add(&p->table, "%zu", row->slow[0].n);
			for (m = 0; m < 2; m++) {
				table_add_time(
					&p->table,
					median_of(row->alone, arm_metrics[m]));
				table_add_time(
					&p->table,
					median_of(row->cell, arm_metrics[m]));
				table_add_ratio(&p->table, &row->slow[m]);
			}
			free(title);
		}
	}
}

void plot_locks(struct report *r, const struct arm_groups *g)
{
	struct picture *p = picture_new(r, "locks", "locks", NULL);
	struct forest f = {
		.picture = p, .y = 1, .low = { 1, 1 }, .high = { 1, 1 }
	};
	size_t i;

	picture_question(p, "How much slower is a fault beside an antagonist, "
			    "under each lock?");
	if (!g->nr_groups) {
		picture_skip(p, "the file has no cell with an antagonist and "
				"its like without one");
		return;
	}
	fputs("# Slowdown of a fault beside an antagonist, against the same "
	      "cell alone, paired by block.\n"
	      "# row: place from the top\tarm: colour (1 VMA lock, 2 "
	      "mmap_lock, 3 redone, 4 mmap_lock held)\n"
	      "# p50_low, p50_high: 95 % interval of p50, a ratio (no unit); "
	      "NaN: too few blocks or absent\n"
	      "# row\tarm\tp50\tp50_low\tp50_high\tp99\tp99_low\tp99_high"
	      "\tblocks\tbeside\tlock\n",
	      p->dat);
	vars_array(p, "head_at", MAX_LINES);
	vars_array(p, "head_text", MAX_LINES);
	vars_array(p, "line_at", MAX_LINES);
	vars_array(p, "line_text", MAX_LINES);
	vars_array(p, "number1", MAX_LINES);
	vars_array(p, "number2", MAX_LINES);
	for (i = 0; i < g->nr_groups; i++)
		add_group(&f, &g->groups[i]);
	vars_number(p, "heads", (double)f.nr_heads);
	vars_number(p, "lines", (double)f.nr_lines);
	vars_number(p, "rows", f.y - 1 - GROUP_GAP);
	add_legend(&f);
	add_panels(&f);
	add_table(p, g);
	p->height = (unsigned int)(100 + 92 + f.y * ROW_PX);
	picture_see(p,
		    "One row a lock; 1× means that the antagonist costs "
		    "nothing. The point is the slowdown against the same cell "
		    "alone, paired by block, the bar its 95 %% interval. Rows "
		    "of a group that keep apart, bars and all, are a "
		    "difference of the locks.%s",
		    f.nr_left_out ? " Not all groups fit the picture; the "
				    "table has them all."
				  : "");
}
