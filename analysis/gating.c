/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gating.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "counts.h"
#include "figure.h"
#include "memory.h"
#include "units_of.h"

const char *outcome_word(enum outcome outcome)
{
	static const char *const words[NR_OUTCOMES] = {
		[OUTCOME_PASS] = "pass",
		[OUTCOME_FAIL] = "FAIL",
		[OUTCOME_INCONCLUSIVE] = "inconclusive",
		[OUTCOME_NOT_GATEABLE] = "not gateable here",
	};

	return words[outcome];
}

struct interval gated_cost(const struct gated *row)
{
	struct interval v = row->arms.ratio;

	if (figure_of(row->metric).sense >= 0)
		return v;
	v.estimate = 1 / v.estimate;
	v.low = 1 / row->arms.ratio.high;
	v.high = 1 / row->arms.ratio.low;
	return v;
}

size_t gating_needed(double alpha, size_t nr)
{
	size_t n = 1;

	while (n < 64 && ldexp(1, -(int)n) * (double)nr > alpha)
		n++;
	return n;
}

/* --- one row -------------------------------------------------------------- */

struct gater {
	struct gating *g;
	const struct results *r;
	const struct gating_options *o;
};

static char *title_of(const struct gater *t, const struct cell_sample *c)
{
	const char *const skip[] = { t->g->arms.axis, NULL };

	return sample_title_without(t->r, c, skip);
}

/* Takes the row over. */
static void keep(const struct gater *t, struct gated *row)
{
	struct gating *g = t->g;

	row->arms.title = title_of(t, row->arms.a);
	*(struct gated *)memory_append((void **)&g->rows, &g->nr_rows,
				       sizeof(*g->rows)) = *row;
}

static double above_p(const struct units *u, int sense, double limit)
{
	bool rate = sense < 0;
	const double *from = rate ? u->y : u->x, *to = rate ? u->x : u->y;
	size_t nr_from = rate ? u->ny : u->nx, nr_to = rate ? u->nx : u->ny;

	return u->paired ? stats_ratio_paired_above_p(from, to, u->nx, limit)
			 : stats_ratio_unpaired_above_p(from, nr_from, to,
							nr_to, limit);
}

static void judge(const struct gater *t, struct gated *row, struct units *u)
{
	struct compared *c = &row->arms;
	double level = 1 - 2 * t->g->alpha;
	const struct noise_floor *f = NULL;

	c->paired = u->paired;
	c->ratio = u->paired ? stats_ratio_paired(u->x, u->y, u->nx, level)
			     : stats_ratio_unpaired(u->x, u->nx, u->y, u->ny,
						    level);
	c->na = u->paired ? c->ratio.n : u->nx;
	c->nb = u->paired ? c->ratio.n : u->ny;
	c->p = c->adjusted = above_p(u, figure_of(row->metric).sense,
				     1 + row->margin);
	row->floor = row->least = NAN;
	if (t->o->calibration)
		f = calibration_find(t->o->calibration, &c->b->cell,
				     row->metric, row->slowdown,
				     t->g->arms.axis);
	if (f) {
		row->floor = f->floor;
		row->least = f->least;
	}
	row->outcome = row->floor > row->margin ? OUTCOME_NOT_GATEABLE
						: OUTCOME_INCONCLUSIVE;
	if (t->o->calibration && !f)
		gating_leave_out(t->g,
				 "rows that the calibration does not have: "
				 "gated without knowing their noise floor");
}

/* A flat-out writer of the address space runs at one of two speeds. */
static bool is_flat_out(const struct cell_sample *c)
{
	const char *text = sample_axis(c, "antagonist");
	const char *at = text ? strstr(text, "rate=0") : NULL;

	return at && strchr(" ,", at[6]) && !strstr(text, "pause=");
}

static bool is_antagonists(const char *metric)
{
	return !strncmp(metric, "antagonist", 10);
}

/* Both arms have the figure; else why not, which may be trouble. */
static bool has_figures(const struct gater *t, const struct cell_sample *a,
			const struct cell_sample *b, const char *metric)
{
	double *values = memory_new(a->nr_runs + b->nr_runs, sizeof(*values));
	const char *why_a, *why_b;
	char *title;

	sample_values(a, metric, values, &why_a);
	sample_values(b, metric, values, &why_b);
	free(values);
	if (!why_a && !why_b)
		return true;
	title = title_of(t, a);
	if (!why_a)
		gating_trouble(t->g, "%s: %s is missing in %s: %s", title,
			       figure_of(metric).head, t->g->arms.b,
			       b->nr_reasons ? b->reasons[0] : why_b);
	else if (!why_b)
		gating_leave_out(t->g, "rows that %s has and %s has not: %s",
				 t->g->arms.b, t->g->arms.a,
				 a->nr_reasons ? a->reasons[0] : why_a);
	else
		gating_leave_out(t->g,
				 "rows without a figure on either side: %s",
				 b->nr_reasons ? b->reasons[0] : why_b);
	free(title);
	return false;
}

/* Is it the figure itself, or its multiple of a baseline? false: neither. */
static bool choose_kind(const struct gater *t, struct gated *row)
{
	struct gating *g = t->g;
	struct compared *c = &row->arms;
	bool alone = sample_is_alone(c->a), paired = units_paired(c->a, c->b);
	bool direct = g->arms.direct || is_antagonists(row->metric);

	if (direct && (paired || t->o->absolute))
		return true;
	if (alone || is_antagonists(row->metric)) {
		if (direct) {
			g->stored = true;
			gating_leave_out(
				g, "absolute figures of separate sessions");
		}
		return false;
	}
	row->slowdown = true;
	c->a_alone = results_baseline(t->r, c->a);
	c->b_alone = results_baseline(t->r, c->b);
	if (!c->a_alone || !c->b_alone)
		gating_leave_out(g,
				 "rows without such a cell without antagonist, "
				 "whose multiple they could be");
	return c->a_alone && c->b_alone;
}

static struct interval median_of(const struct cell_sample *c,
				 const char *metric, double level)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t nr = sample_values(c, metric, values, NULL);
	struct interval v = stats_median_interval(values, nr, level);

	free(values);
	return v;
}

static void gate_figure(const struct gater *t, const struct cell_sample *a,
			const struct cell_sample *b, const char *metric,
			double margin)
{
	struct gated row = { .arms = { .a = a, .b = b },
			     .metric = metric,
			     .margin = margin };
	struct units u = { .by_boot = t->g->arms.by_boot };
	char *title;

	if (is_antagonists(metric) && sample_is_alone(a))
		return;
	if (is_flat_out(b)) {
		gating_leave_out(t->g,
				 "rows beside a flat-out writer, which runs at "
				 "one of two speeds");
		return;
	}
	if (!has_figures(t, a, b, metric) || !choose_kind(t, &row))
		return;
	if (row.slowdown) {
		units_of_slowdowns(&u, t->r, &row.arms, metric);
		row.arms.va = comparison_slowdown(a, row.arms.a_alone, metric);
		row.arms.vb = comparison_slowdown(b, row.arms.b_alone, metric);
	} else {
		units_of_figures(&u, t->r, &row.arms, metric);
		row.arms.va = median_of(a, metric, COMPARE_LEVEL);
		row.arms.vb = median_of(b, metric, COMPARE_LEVEL);
	}
	units_show(&u, &row.arms);
	judge(t, &row, &u);
	units_free(&u);
	if (isfinite(row.arms.ratio.estimate)) {
		keep(t, &row);
		return;
	}
	title = title_of(t, a);
	gating_trouble(t->g,
		       "%s: %s: no block in which all of it was measured, or "
		       "zeros",
		       title, figure_of(metric).head);
	free(title);
}

/* --- counts of the witness ------------------------------------------------ */

static void gate_count(const struct gater *t, const struct cell_sample *a,
		       const struct cell_sample *b, const char *metric)
{
	static const enum outcome outcomes[] = {
		[COUNTED_SAME] = OUTCOME_PASS,
		[COUNTED_DIFFERS] = OUTCOME_FAIL,
		[COUNTED_VARIES] = OUTCOME_NOT_GATEABLE,
	};
	struct gated row = { .arms = { .a = a, .b = b, .p = NAN },
			     .metric = metric,
			     .exact = true,
			     .floor = NAN,
			     .least = NAN };
	struct counted counted;
	char *title;

	if (!counts_comparable(t->g->arms.axis, a))
		return;
	counted_make(&counted, a, b, metric);
	if (counted.state != COUNTED_ABSENT) {
		row.arms.na = counted.na;
		row.arms.nb = counted.nb;
		row.count_a = counted.value_a;
		row.count_b = counted.value_b;
		row.outcome = outcomes[counted.state];
		keep(t, &row);
	} else if (counted.na) {
		title = title_of(t, a);
		gating_trouble(t->g, "%s: %s is missing in %s: %s", title,
			       figure_of(metric).head, t->g->arms.b,
			       counted.why_b);
		free(title);
	} else {
		gating_leave_out(t->g,
				 "counts without which nothing is proven: %s",
				 counted.why_a);
	}
}

/* --- path length ---------------------------------------------------------- */

/* Repeatable counts of runs: no test, and those of separate boots are as good
 * as those of one. */
static void gate_path(const struct gater *t, const struct cell_sample *a,
		      const struct cell_sample *b, const char *metric,
		      double margin)
{
	struct gated row = { .arms = { .a = a, .b = b, .p = NAN },
			     .metric = metric,
			     .exact = true,
			     .margin = margin,
			     .floor = NAN,
			     .least = NAN };

	if (!counts_comparable(t->g->arms.axis, a) ||
	    !results_count_instructions(t->r) || !has_figures(t, a, b, metric))
		return;
	row.count_a = median_of(a, metric, COMPARE_LEVEL).estimate;
	row.count_b = median_of(b, metric, COMPARE_LEVEL).estimate;
	row.arms.na = a->nr_runs;
	row.arms.nb = b->nr_runs;
	row.outcome = row.count_b == row.count_a ||
				      (margin > 0 &&
				       row.count_b <=
					       row.count_a * (1 + margin))
			      ? OUTCOME_PASS
			      : OUTCOME_FAIL;
	keep(t, &row);
}

static bool is_broken(const struct cell_sample *c)
{
	return c->has_witness && c->witness.verdict &&
	       !strcmp(c->witness.verdict, "broken");
}

/* A broken witness: the runs do not measure what they say. Of B alone it may
 * be the very regression, when a count failed. */
static void check_witness(const struct gater *t, const struct cell_sample *a,
			  const struct cell_sample *b, size_t first_row)
{
	const struct cell_sample *bad = is_broken(a)   ? a
					: is_broken(b) ? b
						       : NULL;
	char *title;
	size_t i;

	if (!bad)
		return;
	for (i = first_row; bad == b && i < t->g->nr_rows; i++)
		if (t->g->rows[i].exact &&
		    t->g->rows[i].outcome == OUTCOME_FAIL)
			return;
	title = title_of(t, bad);
	gating_trouble(t->g, "%s: the witness of %s is broken: %s", title,
		       bad == a ? t->g->arms.a : t->g->arms.b,
		       bad->witness.claim ? bad->witness.claim : "no claim");
	free(title);
}

/* --- all rows ------------------------------------------------------------- */

static void gate_cell(const struct gater *t, const struct cell_sample *a,
		      const struct cell_sample *b, const char **metrics,
		      size_t nr)
{
	const char *scenario = sample_axis(a, "scenario");
	size_t i, first_row = t->g->nr_rows;

	for (i = 0; i < nr; i++) {
		const struct margin *m = margins_find(t->g->margins, scenario,
						      metrics[i]);

		if (m && m->kind != MARGIN_IGNORE &&
		    figure_of(metrics[i]).kind == FIGURE_PATH)
			gate_path(t, a, b, metrics[i], m->ratio);
		else if (m && m->kind == MARGIN_RATIO)
			gate_figure(t, a, b, metrics[i], m->ratio);
		else if (m && m->kind == MARGIN_EXACT)
			gate_count(t, a, b, metrics[i]);
	}
	check_witness(t, a, b, first_row);
	if (t->g->nr_rows > first_row)
		t->g->nr_failed += a->nr_fails + b->nr_fails;
}

/* Cells that only one arm has. Of a plan's own axis that is its choice. */
static void check_missing(const struct gater *t)
{
	struct comparison *c = &t->g->arms;
	size_t i;

	for (i = 0; i < c->nr_only_a; i++) {
		char *title = title_of(t, c->only_a[i]);

		if (!strcmp(c->axis, "label"))
			gating_trouble(t->g, "%s: is missing in %s", title,
				       c->b);
		else
			gating_leave_out(t->g, "cells that only %s has", c->a);
		free(title);
	}
	for (i = 0; i < c->nr_only_b; i++)
		gating_leave_out(t->g, "cells that only %s has", c->b);
}

static void check_required(struct gating *g)
{
	size_t i, k;

	for (i = 0; i < g->margins->nr_require; i++) {
		const char *want = g->margins->require[i];

		for (k = 0; k < g->nr_rows; k++)
			if (g->rows[k].outcome != OUTCOME_NOT_GATEABLE &&
			    cli_wants(g->rows[k].arms.a, want))
				break;
		if (k == g->nr_rows)
			gating_trouble(
				g,
				"%s is required, and none of its rows was "
				"gated",
				want);
	}
}

/* Holm over all that is gated by a test; PASS needs none. */
static void decide(struct gating *g)
{
	double *p = memory_new(g->nr_rows, sizeof(*p));
	size_t i;

	for (i = 0; i < g->nr_rows; i++) {
		const struct gated *row = &g->rows[i];

		p[i] = row->outcome == OUTCOME_NOT_GATEABLE ? NAN : row->arms.p;
		g->nr_tests += isnan(p[i]) ? 0 : 1;
	}
	stats_holm(p, g->nr_rows);
	for (i = 0; i < g->nr_rows; i++) {
		struct gated *row = &g->rows[i];
		struct interval cost = gated_cost(row);

		row->arms.adjusted = p[i];
		if (row->exact || row->outcome == OUTCOME_NOT_GATEABLE)
			;
		else if (p[i] <= g->alpha)
			row->outcome = OUTCOME_FAIL;
		else if (cost.has_interval && cost.high <= 1 + row->margin)
			row->outcome = OUTCOME_PASS;
		g->outcomes[row->outcome]++;
	}
	free(p);
}

/* Several looks at the data, each at its own level. */
static bool was_until_decided(const struct results *r)
{
	size_t i;

	for (i = 0; i < r->nr_sessions; i++)
		if (r->sessions[i].until_decided)
			return true;
	return false;
}

void gating_make(struct gating *g, const struct results *r,
		 const struct gating_options *o)
{
	struct gater t = { .g = g, .r = r, .o = o };
	const char **metrics;
	size_t i, nr;

	*g = (struct gating){ .margins = o->margins,
			      .calibration = o->calibration,
			      .alpha = o->margins->alpha,
			      .until_decided = was_until_decided(r) };
	if (g->until_decided)
		g->alpha = fmin(g->alpha, GATE_LOOK_ALPHA);
	if (o->alpha > 0)
		g->alpha = o->alpha;
	comparison_arms(&g->arms, r, o->axis, o->a, o->b, o->scenario);
	metrics = margins_metrics(o->margins, &nr);
	for (i = 0; i < g->arms.nr_both; i++)
		gate_cell(&t, g->arms.both[i], g->arms.twins[i], metrics, nr);
	free(metrics);
	check_missing(&t);
	check_required(g);
	decide(g);
}

void gating_free(struct gating *g)
{
	comparison_free(&g->arms);
	while (g->nr_rows)
		free(g->rows[--g->nr_rows].arms.title);
	while (g->nr_left_out)
		free(g->left_out[--g->nr_left_out].why);
	while (g->nr_troubles)
		free(g->troubles[--g->nr_troubles]);
	free(g->rows);
	free(g->left_out);
	free(g->troubles);
}
