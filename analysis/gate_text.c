/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `faultstat gate` prints. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "counts.h"
#include "drift.h"
#include "figure.h"
#include "gate.h"
#include "grid.h"
#include "memory.h"
#include "text.h"

enum {
	MAX_TOLD = 10
};

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

/* --- rows ----------------------------------------------------------------- */

static char *figure_head(const struct gated *row)
{
	struct figure f = figure_of(row->metric);

	return memory_printf("%s%s", f.head, row->slowdown ? " / alone" : "");
}

static char *arm_text(const struct gated *row, const struct interval *v,
		      double count)
{
	struct interval plain = { .estimate = v->estimate };

	if (row->exact)
		return figure_text(figure_of(row->metric).kind, count);
	if (row->slowdown)
		return factor_text(&plain);
	return figure_text(figure_of(row->metric).kind, v->estimate);
}

static char *margin_text(const struct gated *row)
{
	return row->exact && !(row->margin > 0)
		       ? memory_text("equal")
		       : memory_printf("%g %%", row->margin * 100);
}

static char *nr_text(const struct compared *c)
{
	return c->paired ? memory_printf("%zu", c->na)
			 : memory_printf("%zu+%zu", c->na, c->nb);
}

/* last: the row above, whose title is not said again; or NULL. */
static void add_row(struct grid *grid, const struct gated *row,
		    const struct gated *last)
{
	bool same = last && last->arms.a == row->arms.a;
	struct interval cost = gated_cost(row);
	const struct compared *c = &row->arms;

	grid_add(grid, memory_text(same ? NULL : c->title), NULL);
	grid_add(grid, figure_head(row), NULL);
	grid_add(grid, arm_text(row, &c->va, row->count_a), NULL);
	grid_add(grid, arm_text(row, &c->vb, row->count_b), NULL);
	grid_add(grid,
		 !row->exact ? change_text(cost.estimate)
		 : figure_of(row->metric).kind == FIGURE_PATH
			 ? change_text(row->count_b / row->count_a)
			 : memory_text("-"),
		 NULL);
	grid_add(grid, row->exact ? memory_text("-") : change_interval(&cost),
		 NULL);
	grid_add(grid, margin_text(row), NULL);
	grid_add(grid, row->exact ? counted_nr(c->na, c->nb) : nr_text(c),
		 NULL);
}

static void print_rows(FILE *out, size_t width, const struct results *r,
		       const struct gating *g, enum outcome outcome)
{
	char *a = text_cut(axis_title(g->arms.axis, g->arms.a), 16);
	char *b = text_cut(axis_title(g->arms.axis, g->arms.b), 16);
	char *bounds = memory_printf("%g%% bounds", (1 - g->alpha) * 100);
	const struct gated *last = NULL;
	const char *group = NULL;
	struct grid grid;
	size_t i;

	grid_start(&grid, 8);
	grid_head(&grid, 1, "of", NULL, NULL);
	grid_head(&grid, 2, a, NULL, NULL);
	grid_head(&grid, 3, b, NULL, NULL);
	grid_head(&grid, 4, "slower", "by", NULL);
	grid_head(&grid, 5, bounds, NULL, NULL);
	grid_head(&grid, 6, "margin", NULL, NULL);
	grid_head(&grid, 7, "n", NULL, NULL);
	for (i = 0; i < g->nr_rows; i++) {
		if (g->rows[i].outcome != outcome)
			continue;
		group_heading(&grid, r, g->rows[i].arms.a, &group);
		add_row(&grid, &g->rows[i], last);
		last = &g->rows[i];
	}
	fputc('\n', out);
	text_print(out, width, "", "%s: %zu row%s", outcome_word(outcome),
		   g->outcomes[outcome], plural(g->outcomes[outcome]));
	grid_print(out, width, &grid);
	grid_free(&grid);
	free(a);
	free(b);
	free(bounds);
}

/* --- why not -------------------------------------------------------------- */

static bool is_beyond(const struct gating *g, const struct gated *row)
{
	return row->outcome == OUTCOME_INCONCLUSIVE && row->arms.p <= g->alpha;
}

/* What the undecided rows want. */
static void print_wants(FILE *out, size_t width, const struct gating *g)
{
	size_t i, few = 0, beyond = 0, narrow = 0;
	bool paired = false;

	for (i = 0; i < g->nr_rows; i++) {
		const struct gated *row = &g->rows[i];

		if (row->outcome != OUTCOME_INCONCLUSIVE)
			continue;
		few += !row->arms.ratio.has_interval;
		narrow += row->least > row->margin;
		beyond += is_beyond(g, row);
		paired |= is_beyond(g, row) && row->arms.paired;
	}
	if (few)
		text_print(out, width, "  ",
			   "%zu of them have too few runs for bounds of %g %%: "
			   "pairs need %zu",
			   few, (1 - g->alpha) * 100,
			   stats_needed(1 - 2 * g->alpha));
	if (narrow)
		text_print(out, width, "  ",
			   "%zu of them %s a margin that so few runs seldom "
			   "pass on this machine, as calibrated: more blocks, "
			   "or a wider margin",
			   narrow, narrow == 1 ? "has" : "have");
	if (beyond)
		text_print(out, width, "  ",
			   "%zu of them %s beyond the margin taken alone, but "
			   "not for sure among %zu tests (Holm)",
			   beyond, beyond == 1 ? "is" : "are", g->nr_tests);
	if (paired)
		text_print(out, width, "  ",
			   "with so many tests a failure takes at least %zu "
			   "pairs",
			   gating_needed(g->alpha, g->nr_tests));
}

static void print_left_out(FILE *out, size_t width, const struct gating *g)
{
	size_t i;

	if (g->nr_left_out) {
		fputc('\n', out);
		text_print(out, width, "", "Not gated:");
	}
	for (i = 0; i < g->nr_left_out; i++)
		text_print(out, width, "  ", "%zu: %s", g->left_out[i].nr,
			   g->left_out[i].why);
	if (g->stored)
		text_wrap(out, width, "  ",
			  "Sessions apart differ by what drifted between them, "
			  "on a quiet machine up to 9 % an hour: measure both "
			  "sides in the blocks of one plan to gate these, or "
			  "say --absolute.");
}

static void print_troubles(FILE *out, size_t width, const struct gating *g)
{
	size_t i;

	if (g->nr_troubles) {
		fputc('\n', out);
		text_print(out, width, "", "TROUBLE:");
	}
	for (i = 0; i < g->nr_troubles && i < MAX_TOLD; i++)
		text_wrap(out, width, "  ", g->troubles[i]);
	if (g->nr_troubles > MAX_TOLD)
		text_print(out, width, "  ", "and %zu more",
			   g->nr_troubles - MAX_TOLD);
}

/* The unit of the rows, and how many. */
static void print_unit(FILE *out, size_t width, const struct gating *g)
{
	struct unit_count count = { 0 };
	size_t i;

	for (i = 0; i < g->nr_rows; i++)
		if (!g->rows[i].exact)
			unit_count_add(&count, &g->rows[i].arms);
	unit_print(out, width, &count, &g->arms);
}

static double age_days(const struct gating *g, const struct results *r)
{
	return (r->sessions[r->nr_sessions - 1].time_s -
		g->calibration->time_s) /
	       86400;
}

static void print_calibration(FILE *out, size_t width, const struct results *r,
			      const struct gating *g)
{
	double days = g->calibration ? age_days(g, r) : 0;

	if (!g->calibration)
		return;
	text_print(out, width, "  floors    ",
		   "by a calibration of %zu rows, measured %.1f days %s the "
		   "results; floors are those of %llu pairs",
		   g->calibration->nr, fabs(days),
		   days < 0 ? "after" : "before",
		   (unsigned long long)g->calibration->nr_gated);
}

/* What else could be behind a verdict. */
static void print_notes(FILE *out, size_t width, const struct gating *g)
{
	struct drift d;

	if (g->nr_failed)
		text_print(out, width, "  note      ",
			   "%zu run%s of these cells failed and %s left out; "
			   "faultstat show tells why.",
			   g->nr_failed, plural(g->nr_failed),
			   g->nr_failed == 1 ? "is" : "are");
	if (!g->arms.direct)
		return;
	drift_find(&d, &g->arms);
	drift_print(out, width, &d, &g->arms);
}

void gate_print(FILE *out, size_t width, const struct results *r,
		const struct gating *g, bool all)
{
	static const enum outcome order[] = { OUTCOME_PASS,
					      OUTCOME_NOT_GATEABLE,
					      OUTCOME_INCONCLUSIVE,
					      OUTCOME_FAIL };
	size_t i;

	text_print(
		out, width, "  gated     ",
		"%s: is %s slower than %s? %zu row%s, bounds of %g %% each%s",
		g->arms.axis, g->arms.b, g->arms.a, g->nr_rows,
		plural(g->nr_rows), (1 - g->alpha) * 100,
		g->until_decided ? " as the runs went on until a verdict" : "");
	print_unit(out, width, g);
	print_calibration(out, width, r, g);
	print_notes(out, width, g);
	print_left_out(out, width, g);
	for (i = 0; i < NR_OUTCOMES; i++) {
		if (!g->outcomes[order[i]] ||
		    (order[i] == OUTCOME_PASS && !all))
			continue;
		print_rows(out, width, r, g, order[i]);
		if (order[i] == OUTCOME_INCONCLUSIVE)
			print_wants(out, width, g);
	}
	print_troubles(out, width, g);
}

/* --- the closing line ----------------------------------------------------- */

/* The failed row that is furthest beyond its margin; a count that changed
 * before any time. */
static const struct gated *worst_of(const struct gating *g)
{
	const struct gated *worst = NULL;
	double most = 0;
	size_t i;

	for (i = 0; i < g->nr_rows; i++) {
		const struct gated *row = &g->rows[i];
		double by = row->exact ? INFINITY
				       : gated_cost(row).estimate /
						 (1 + row->margin);

		if (row->outcome == OUTCOME_FAIL && (!worst || by > most)) {
			worst = row;
			most = by;
		}
	}
	return worst;
}

static char *worst_text(const struct gated *row)
{
	char *head = figure_head(row), *by, *margin, *text;

	if (row->exact) {
		enum figure_kind kind = figure_of(row->metric).kind;
		char *is = figure_text(kind, row->count_b);
		char *was = figure_text(kind, row->count_a);

		text = memory_printf("%s: %s a fault: %s, was %s",
				     row->arms.title, head, is, was);
		free(head);
		free(is);
		free(was);
		return text;
	}
	by = change_text(gated_cost(row).estimate);
	margin = margin_text(row);
	text = memory_printf("%s: %s slower by %s, margin %s", row->arms.title,
			     head, by, margin);
	free(head);
	free(by);
	free(margin);
	return text;
}

static char *fail_text(const struct gating *g)
{
	const struct gated *worst = worst_of(g);
	size_t open = g->outcomes[OUTCOME_INCONCLUSIVE];
	char *what, *text;

	if (!worst)
		return memory_printf("gate: FAIL: %zu of %zu rows undecided, "
				     "which was to count as a failure",
				     open, g->nr_rows);
	what = worst_text(worst);
	text = memory_printf("gate: FAIL: %zu of %zu rows; worst: %s%s",
			     g->outcomes[OUTCOME_FAIL], g->nr_rows, what,
			     open ? "; others are undecided" : "");
	free(what);
	return text;
}

char *gate_closing(const struct gating *g, enum gate_exit status)
{
	size_t open = g->outcomes[OUTCOME_INCONCLUSIVE];
	size_t pass = g->outcomes[OUTCOME_PASS];

	switch (status) {
	case GATE_PASSED:
		if (open)
			return memory_printf("gate: PASS: %zu of %zu rows "
					     "within their margins; %zu "
					     "undecided, which was to count as "
					     "a pass",
					     pass, g->nr_rows, open);
		return memory_printf("gate: PASS: %zu row%s, each within its "
				     "margin",
				     pass, plural(pass));
	case GATE_REGRESSED:
		return fail_text(g);
	case GATE_UNDECIDED:
		return memory_printf("gate: INCONCLUSIVE: %zu of %zu rows, "
				     "none failed; more blocks decide: "
				     "faultline run --until-decided",
				     open, g->nr_rows);
	case GATE_EMPTY:
		return memory_text("gate: NOTHING TO GATE: no row could be "
				   "judged; the reasons are above");
	default:
		return memory_printf("gate: TROUBLE: %s%s",
				     g->nr_troubles ? g->troubles[0] : "",
				     g->nr_troubles > 1 ? "; and more" : "");
	}
}

/* --- cells to measure on -------------------------------------------------- */

static void add_key(char ***keys, size_t *nr, const struct cell_sample *c)
{
	size_t i;

	for (i = 0; c && i < *nr; i++)
		if (!strcmp((*keys)[i], c->key))
			return;
	if (c)
		*(char **)memory_append((void **)keys, nr,
					sizeof(char *)) = c->key;
}

static bool has_control(const char *text)
{
	while (*text && !iscntrl((unsigned char)*text))
		text++;
	return *text;
}

void gate_print_undecided(FILE *out, const struct gating *g)
{
	char **keys = NULL;
	size_t i, nr = 0;

	for (i = 0; i < g->nr_rows; i++) {
		const struct compared *c = &g->rows[i].arms;

		if (g->rows[i].outcome != OUTCOME_INCONCLUSIVE)
			continue;
		add_key(&keys, &nr, c->a);
		add_key(&keys, &nr, c->b);
		add_key(&keys, &nr, c->a_alone);
		add_key(&keys, &nr, c->b_alone);
	}
	for (i = 0; i < nr; i++)
		if (!has_control(keys[i])) /* no plan can name such a cell */
			fprintf(out, "%s\n", keys[i]);
	free(keys);
}
