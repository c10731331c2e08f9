/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "figure.h"
#include "memory.h"
#include "units_of.h"

const char *verdict_word(enum verdict verdict)
{
	static const char *const words[NR_VERDICTS] = {
		[VERDICT_SAME] = "same",	[VERDICT_SLOWER] = "slower",
		[VERDICT_FASTER] = "faster",	[VERDICT_MORE] = "more",
		[VERDICT_LESS] = "less",	[VERDICT_UNCLEAR] = "unclear",
		[VERDICT_FEW] = "too few runs",
	};

	return words[verdict];
}

enum verdict verdict_of(const struct interval *ratio, int sense, double margin)
{
	bool up = ratio->low > 1;

	if (!ratio->has_interval)
		return VERDICT_FEW;
	/* symmetric for logs: as much slower as faster */
	if (ratio->low >= 1 / (1 + margin) && ratio->high <= 1 + margin)
		return VERDICT_SAME;
	if (!up && !(ratio->high < 1))
		return VERDICT_UNCLEAR;
	if (!sense)
		return up ? VERDICT_MORE : VERDICT_LESS;
	return up == (sense > 0) ? VERDICT_SLOWER : VERDICT_FASTER;
}

/* --- rows ----------------------------------------------------------------- */

/* A repeatable count: no interval but itself, no test. */
static void row_judge_path(struct compared *row, double margin)
{
	double ratio = row->vb.estimate / row->va.estimate;

	row->ratio = (struct interval){ .low = ratio,
					.estimate = ratio,
					.high = ratio,
					.level = 1,
					.has_interval = isfinite(ratio) != 0 };
	row->na = row->a->nr_runs;
	row->nb = row->b->nr_runs;
	row->p = row->adjusted = NAN;
	row->counted = true;
	row->verdict = verdict_of(&row->ratio, 0, margin);
}

static void row_judge(struct compared *row, const struct units *u,
		      const char *metric, double margin)
{
	row->paired = u->paired;
	row->na = u->nx;
	row->nb = u->ny;
	row->p = NAN;
	if (u->paired) {
		row->ratio = stats_ratio_paired(u->x, u->y, u->nx,
						COMPARE_LEVEL);
		row->na = row->nb = row->ratio.n;
		if (row->ratio.has_interval)
			row->p = stats_ratio_paired_p(u->x, u->y, u->nx);
	} else {
		row->ratio = stats_ratio_unpaired(u->x, u->nx, u->y, u->ny,
						  COMPARE_LEVEL);
		if (row->ratio.has_interval)
			row->p = stats_ratio_unpaired_p(u->x, u->nx, u->y,
							u->ny);
	}
	row->adjusted = row->p;
	row->verdict = verdict_of(&row->ratio, figure_of(metric).sense, margin);
}

static struct interval median_of(const struct cell_sample *c,
				 const char *metric, const char **why)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t nr = sample_values(c, metric, values, why);
	struct interval v = stats_median_interval(values, nr, COMPARE_LEVEL);

	free(values);
	return v;
}

struct interval comparison_slowdown(const struct cell_sample *c,
				    const struct cell_sample *alone,
				    const char *metric)
{
	double *x = memory_new(c->nr_runs, sizeof(*x));
	double *y = memory_new(c->nr_runs, sizeof(*y));
	size_t nr = sample_pairs(c, alone, metric, y, x);
	struct interval v = stats_ratio_paired(x, y, nr, COMPARE_LEVEL);

	free(x);
	free(y);
	return v;
}

/* Fills the row; false, with a reason, when an arm has no figure. */
static bool row_make(struct compared *row, const struct comparison *c,
		     const struct results *r, const char *metric,
		     bool slowdowns, const char **why)
{
	struct units u = { .by_boot = c->by_boot };
	const char *why_a, *why_b;

	row->va = median_of(row->a, metric, &why_a);
	row->vb = median_of(row->b, metric, &why_b);
	*why = why_a ? why_a : why_b;
	if (*why)
		return false;
	if (slowdowns) {
		*why = "no such cell without antagonist";
		row->a_alone = results_baseline(r, row->a);
		row->b_alone = results_baseline(r, row->b);
		if (!row->a_alone || !row->b_alone)
			return false;
		units_of_slowdowns(&u, r, row, metric);
		row->va = comparison_slowdown(row->a, row->a_alone, metric);
		row->vb = comparison_slowdown(row->b, row->b_alone, metric);
	} else {
		units_of_figures(&u, r, row, metric);
	}
	units_show(&u, row);
	if (figure_of(metric).kind == FIGURE_PATH && !slowdowns)
		row_judge_path(row, c->margin);
	else
		row_judge(row, &u, metric, c->margin);
	units_free(&u);
	*why = "no block in which all of it was measured";
	return isfinite(row->ratio.estimate) != 0;
}

static bool is_antagonists(const char *metric)
{
	return !strncmp(metric, "antagonist", 10);
}

static void table_mean(struct compared_table *t)
{
	double *ratios = memory_new(t->nr_rows, sizeof(*ratios));
	size_t i;

	for (i = 0; i < t->nr_rows; i++)
		ratios[i] = t->rows[i].ratio.estimate;
	t->mean = stats_geometric_mean(ratios, t->nr_rows, &t->nr_mean);
	free(ratios);
}

static void table_make(struct comparison *c, const struct results *r,
		       const char *metric, bool slowdowns)
{
	const char *const skip[] = { c->axis, NULL };
	struct compared_table t = { .metric = metric, .slowdowns = slowdowns };
	size_t i;

	for (i = 0; i < c->nr_both; i++) {
		struct compared row = { .a = c->both[i], .b = c->twins[i] };
		const char *why;

		/* nobody expects these */
		if (sample_is_alone(row.a) &&
		    (slowdowns || is_antagonists(metric)))
			continue;
		if (!row_make(&row, c, r, metric, slowdowns, &why)) {
			t.nr_without++;
			if (!t.why)
				t.why = why;
			continue;
		}
		row.title = sample_title_without(r, row.a, skip);
		*(struct compared *)memory_append((void **)&t.rows, &t.nr_rows,
						  sizeof(*t.rows)) = row;
	}
	if (!t.nr_rows && !t.nr_without)
		return;
	table_mean(&t);
	*(struct compared_table *)memory_append(
		(void **)&c->tables, &c->nr_tables, sizeof(*c->tables)) = t;
}

/* --- arms ----------------------------------------------------------------- */

static bool is_arm(const struct cell_sample *cell, const char *axis,
		   const char *text)
{
	const char *own = sample_axis(cell, axis);

	return own && !strcmp(own, text);
}

static void add_cell(const struct cell_sample ***cells, size_t *nr,
		     const struct cell_sample *cell)
{
	*(const struct cell_sample **)memory_append((void **)cells, nr,
						    sizeof(**cells)) = cell;
}

static void find_arms(struct comparison *c, const struct results *r,
		      const char *scenario)
{
	size_t i;

	if (!strcmp(c->axis, "scenario"))
		scenario = NULL; /* the arms are chosen already */
	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *cell = &r->cells[i], *twin;

		if (!cli_wants(cell, scenario))
			continue;
		if (is_arm(cell, c->axis, c->a)) {
			twin = results_twin(r, cell, c->axis, c->b);
			if (twin) {
				size_t nr = c->nr_both;

				add_cell(&c->twins, &nr, twin);
				add_cell(&c->both, &c->nr_both, cell);
			} else {
				add_cell(&c->only_a, &c->nr_only_a, cell);
			}
		} else if (is_arm(cell, c->axis, c->b) &&
			   !results_twin(r, cell, c->axis, c->a)) {
			add_cell(&c->only_b, &c->nr_only_b, cell);
		}
	}
}

static void count_up(struct comparison *c)
{
	size_t i, k, nr = 0;
	double *p;

	for (i = 0; i < c->nr_tables; i++)
		c->nr_rows += c->tables[i].nr_rows;
	p = memory_new(c->nr_rows, sizeof(*p));
	for (i = 0; i < c->nr_tables; i++) {
		for (k = 0; k < c->tables[i].nr_rows; k++) {
			const struct compared *row = &c->tables[i].rows[k];

			c->verdicts[row->verdict]++;
			c->unpaired |= !row->paired;
			c->nr_tests += isnan(row->p) ? 0 : 1;
			p[nr++] = row->p;
		}
	}
	stats_benjamini_hochberg(p, nr);
	nr = 0;
	for (i = 0; i < c->nr_tables; i++) {
		for (k = 0; k < c->tables[i].nr_rows; k++) {
			struct compared *row = &c->tables[i].rows[k];

			row->adjusted = p[nr++];
			row->marked = row->adjusted <= COMPARE_FDR;
		}
	}
	free(p);
}

static void compare_counts(struct comparison *c)
{
	static const char *const metrics[] = {
		"mmap_locks_per_fault",	      "retries_per_fault",
		"vma_lock_handled_per_fault", "vma_lock_refused_per_fault",
		"completed_per_fault",
	};
	size_t i, k, nr = sizeof(metrics) / sizeof(metrics[0]);
	struct counted row;

	for (i = 0; i < c->nr_both; i++) {
		for (k = 0; k < nr && counts_comparable(c->axis, c->both[i]);
		     k++) {
			counted_make(&row, c->both[i], c->twins[i], metrics[k]);
			if (row.state == COUNTED_ABSENT)
				continue;
			c->nr_differ += row.state == COUNTED_DIFFERS;
			*(struct counted *)memory_append((void **)&c->counts,
							 &c->nr_counts,
							 sizeof(row)) = row;
		}
	}
}

void comparison_arms(struct comparison *c, const struct results *r,
		     const char *axis, const char *a, const char *b,
		     const char *scenario)
{
	*c = (struct comparison){ .axis = axis,
				  .a = a,
				  .b = b,
				  .direct = strcmp(axis, "lock") != 0 };
	find_arms(c, r, scenario);
	boots_count(c, r);
}

void comparison_make(struct comparison *c, const struct results *r,
		     const char *axis, const char *a, const char *b,
		     const char *scenario, const char *const *metrics,
		     size_t nr_metrics, double margin)
{
	size_t i;

	comparison_arms(c, r, axis, a, b, scenario);
	c->margin = margin;
	for (i = 0; i < nr_metrics && c->direct; i++)
		table_make(c, r, metrics[i], false);
	for (i = 0; i < nr_metrics && strcmp(axis, "antagonist"); i++)
		if (!is_antagonists(metrics[i]))
			table_make(c, r, metrics[i], true);
	/* an antagonist runs the same code whatever the lock is */
	for (i = 0; i < nr_metrics && !c->direct; i++)
		if (is_antagonists(metrics[i]))
			table_make(c, r, metrics[i], false);
	count_up(c);
	compare_counts(c);
}

void comparison_free(struct comparison *c)
{
	size_t i, k;

	for (i = 0; i < c->nr_tables; i++) {
		for (k = 0; k < c->tables[i].nr_rows; k++)
			free(c->tables[i].rows[k].title);
		free(c->tables[i].rows);
	}
	free(c->tables);
	free(c->counts);
	free(c->both);
	free(c->twins);
	free(c->only_a);
	free(c->only_b);
}
