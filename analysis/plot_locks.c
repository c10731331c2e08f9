/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forest of slowdowns: one group for each antagonist, one row an arm. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "plot_forest.h"

static char *arm_title(const struct arm_group *g, const struct arm_row *row)
{
	const char *mine = pairs_find(&row->cell->cell, "scenario");
	const char *first = pairs_find(&g->rows[0].cell->cell, "scenario");
	const char *lock = pairs_find(&row->cell->cell, "lock");
	static const char *const words[NR_ARMS] = {
		[ARM_VMA] = "VMA lock",	     [ARM_MMAP] = "mmap_lock",
		[ARM_REDONE] = "redone",     [ARM_HOLD] = "mmap_lock held",
		[ARM_OTHER] = "other lock",  [ARM_RETRY_VMA] = "retry-vma",
		[ARM_VMA_HOLD] = "hold",     [ARM_NO_DROP] = "no-drop",
		[ARM_LEGACY65] = "legacy65",
	};

	if (!mine || !first || !strcmp(mine, first))
		return memory_text(words[row->arm]);
	if (lock && strcmp(lock, "vma"))
		return memory_printf("%s, %s", mine, lock);
	return clean_text(mine);
}

static void add_group(struct forest *f, const struct arm_group *g)
{
	size_t i;

	forest_head(f, g->title);
	for (i = 0; i < g->nr_rows; i++) {
		const struct arm_row *row = &g->rows[i];
		char *title = arm_title(g, row);
		struct forest_row line = { title,
					   row->arm,
					   { row->slow[0], row->slow[1] } };

		forest_row(f, &line, g->title);
		free(title);
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
	static const char *const panels[FOREST_PANELS] = {
		"median fault, times its time alone",
		"99th percentile, times its time alone",
	};
	struct picture *p = picture_new(r, "locks", "locks", NULL);
	struct forest f;
	size_t i, left_out = 0;

	picture_question(p, "How much slower is a fault beside an antagonist, "
			    "under each lock?");
	if (!g->nr_groups) {
		picture_skip(p, "the file has no cell with an antagonist and "
				"its like without one");
		return;
	}
	fputs("# Slowdown of a fault beside an antagonist, against the same "
	      "cell alone, paired by block.\n",
	      p->dat);
	forest_begin(&f, p);
	for (i = 0; i < g->nr_groups; i++) {
		if (forest_has_room(&f, g->groups[i].nr_rows + 1))
			add_group(&f, &g->groups[i]);
		else
			left_out++;
	}
	forest_end(&f, panels);
	add_table(p, g);
	picture_see(p,
		    "One row a lock; 1× means that the antagonist costs "
		    "nothing. The point is the slowdown against the same cell "
		    "alone, paired by block, the bar its 95 %% interval. Rows "
		    "of a group that keep apart, bars and all, are a "
		    "difference of the locks.%s",
		    left_out ? " Not all groups fit the picture; the table "
			       "has them all."
			     : "");
}
