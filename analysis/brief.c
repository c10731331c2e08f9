/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "brief.h"

#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "explain_rules.h"
#include "figure.h"
#include "memory.h"

const char *const brief_metrics[] = {
	"p50_ns",
	"p99_ns",
	"faults_per_s",
	"antagonist.p99_ns",
	"antagonist.ops_per_s",
};
const size_t brief_nr_metrics = sizeof(brief_metrics) /
				sizeof(brief_metrics[0]);

static bool is_antagonists(const struct compared_table *t)
{
	return !strncmp(t->metric, "antagonist", 10);
}

/* An antagonist runs the same code whatever the axis is. */
bool brief_tells(const struct comparison *c, const struct compared_table *t)
{
	return t->nr_rows &&
	       (is_antagonists(t) ? !t->slowdowns : t->slowdowns == !c->direct);
}

/* --- the clearest row ----------------------------------------------------- */

struct clearest {
	const struct compared_table *table;
	const struct compared *row;
	double distance;
};

/* The faults' own figures go before those of who disturbs them. */
static void clearest_try(struct clearest *best, const struct compared_table *t,
			 const struct compared *row)
{
	bool own = !is_antagonists(t);
	bool best_own = best->table && !is_antagonists(best->table);
	double distance = interval_distance(&row->ratio);

	if (best->row &&
	    (own != best_own ? best_own : distance <= best->distance))
		return;
	*best = (struct clearest){ t, row, distance };
}

void brief_make(struct brief *b, const struct report *r,
		const struct comparison *c)
{
	struct clearest slower = { 0 }, faster = { 0 }, *best;
	bool label = !strcmp(c->axis, "label");
	size_t i, k;

	*b = (struct brief){ .report = r, .c = c };
	b->a = memory_printf("%s%s%s", label ? "" : c->axis, label ? "" : "=",
			     c->a);
	b->b = memory_printf("%s%s%s", label ? "" : c->axis, label ? "" : "=",
			     c->b);
	for (i = 0; i < c->nr_tables; i++) {
		const struct compared_table *t = &c->tables[i];

		for (k = 0; brief_tells(c, t) && k < t->nr_rows; k++) {
			const struct compared *row = &t->rows[k];

			b->nr_rows++;
			b->verdicts[row_verdict(row)]++;
			if (row_changed(row))
				clearest_try(row->verdict == VERDICT_SLOWER
						     ? &slower
						     : &faster,
					     t, row);
		}
	}
	differences_find(&b->differences, &r->results, c);
	best = slower.row ? &slower : &faster;
	b->table = best->table;
	b->row = best->row;
	if (slower.row) {
		b->best_table = faster.table;
		b->best = faster.row;
	}
}

void brief_free(struct brief *b)
{
	differences_free(&b->differences);
	free(b->a);
	free(b->b);
}

/* --- sentences ------------------------------------------------------------ */

static const struct record *session_of(const struct brief *b, bool second)
{
	const struct results *r = &b->report->results;
	const struct comparison *c = b->c;
	const struct cell_sample *cell = NULL;

	if (b->row)
		cell = second ? b->row->b : b->row->a;
	else if (c->nr_both)
		cell = second ? c->twins[0] : c->both[0];
	return cell && cell->session < r->nr_sessions
		       ? &r->sessions[cell->session]
		       : NULL;
}

static const char *fact(const struct record *session, const char *name,
			const char *otherwise)
{
	const char *text = session ? pairs_find(&session->facts, name) : NULL;

	return text && *text ? text : otherwise;
}

static const char *before(const char *axis, const char *text)
{
	return !strcmp(axis, "lock")				     ? "lock "
	       : !strcmp(axis, "antagonist") && strcmp(text, "none") ? "beside "
								     : "";
}

/* The cell in words without the axis: "swap-in, vma, shared VMA, 1 thread". */
static char *cell_words(const struct brief *b, const struct cell_sample *cell)
{
	static const char *const names[] = { "scenario", "lock", "vmas",
					     "threads", "antagonist" };
	char *words = memory_text(""), *longer, *part;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = sample_axis(cell, names[i]);

		if (!text || !strcmp(names[i], b->c->axis))
			continue;
		part = axis_title(names[i], text);
		longer = memory_printf("%s%s%s%s", words, *words ? ", " : "",
				       before(names[i], text), part);
		free(part);
		free(words);
		words = longer;
	}
	return words;
}

/* Kernels have regressions; of two locks, one is slower. */
static char *change_words(const struct brief *b)
{
	const char *of = b->table->slowdowns ? " beside an antagonist" : "";
	char *change = change_text(b->row->ratio.estimate), *words;

	if (strcmp(b->c->axis, "label"))
		words = memory_printf("%s%s %s (%s)", b->table->metric, of,
				      change, verdict_word(b->row->verdict));
	else
		words = memory_printf(
			"a %s %s of %s%s", change,
			b->row->verdict == VERDICT_SLOWER   ? "regression"
			: b->row->verdict == VERDICT_FASTER ? "improvement"
							    : "change",
			b->table->metric, of);
	free(change);
	return words;
}

/* The first count that differs: "locks 1.000 -> 0.000 a fault"; NULL: none. */
static const struct counted *first_count(const struct brief *b, char **words)
{
	size_t i;

	for (i = 0; i < b->c->nr_counts; i++) {
		const struct counted *row = &b->c->counts[i];

		if (row->state != COUNTED_DIFFERS)
			continue;
		*words = memory_printf("%s %.3f -> %.3f a fault",
				       figure_of(row->metric).head,
				       row->value_a, row->value_b);
		return row;
	}
	return NULL;
}

/* Of counts, or that nothing changed. */
static char *other_subject(const struct brief *b)
{
	const struct counted *row;
	const char *scenario;
	char *change, *words;

	row = first_count(b, &change);
	if (!row)
		return memory_printf("faultline: page_fault: no change beyond "
				     "doubt, %s against %s",
				     b->b, b->a);
	scenario = sample_axis(row->a, "scenario");
	words = memory_printf("faultline: page_fault %s: %s on %s",
			      scenario ? scenario : "", change, b->b);
	free(change);
	return words;
}

char *brief_subject(const struct brief *b)
{
	char *change, *words;
	const char *scenario;

	if (!b->row)
		return other_subject(b);
	change = change_words(b);
	scenario = sample_axis(b->row->a, "scenario");
	words = memory_printf("faultline: page_fault %s: %s on %s",
			      scenario ? scenario : "", change, b->b);
	free(change);
	return words;
}

static char *kernels(const struct brief *b)
{
	const char *one = fact(session_of(b, false), "kernel.release", NULL);
	const char *two = fact(session_of(b, true), "kernel.release", NULL);

	if (strcmp(b->c->axis, "label"))
		return memory_printf("%s against %s, Linux %s", b->b, b->a,
				     one ? one : "(unknown release)");
	return memory_printf("%s (Linux %s) against %s (Linux %s)", b->b,
			     two ? two : "of an unknown release", b->a,
			     one ? one : "of an unknown release");
}

/* "In the same cell p50_ns +17.8 %, faults_per_s -14.9 %." or nothing. */
static char *same_cell(const struct brief *b)
{
	char *words = memory_text(""), *longer, *change;
	size_t i, k;

	for (i = 0; i < b->c->nr_tables; i++) {
		const struct compared_table *t = &b->c->tables[i];

		for (k = 0; brief_tells(b->c, t) && k < t->nr_rows; k++) {
			const struct compared *row = &t->rows[k];

			if (row->a != b->row->a || row == b->row ||
			    !row_changed(row))
				continue;
			change = change_text(row->ratio.estimate);
			longer = memory_printf("%s%s%s %s", words,
					       *words ? ", "
						      : " In the same cell: ",
					       t->metric, change);
			free(change);
			free(words);
			words = longer;
		}
	}
	longer = memory_printf("%s%s", words, *words ? "." : "");
	free(words);
	return longer;
}

static const char *unlike(const struct brief *b)
{
	return b->differences.nr_fatal
		       ? " BEWARE: the two were measured on unlike machines, "
			 "so this says nothing about a change."
		       : "";
}

/* Figures of a broken witness mean something else than they say. */
static const char *beware(const struct brief *b)
{
	const struct cell_sample *sides[2] = { b->row->a, b->row->b };
	size_t i;

	for (i = 0; i < 2; i++)
		if (sides[i]->has_witness && sides[i]->witness.verdict &&
		    !strcmp(sides[i]->witness.verdict, "broken"))
			return " BEWARE: the witness of this cell is broken, "
			       "its faults did not take the path that they "
			       "are said to.";
	return "";
}

static char *best_words(const struct brief *b)
{
	char *cell, *change, *interval, *words;

	if (!b->best)
		return memory_text("");
	cell = cell_words(b, b->best->a);
	change = change_text(b->best->ratio.estimate);
	interval = change_interval(&b->best->ratio);
	words = memory_printf(" The clearest improvement: %s, %s %s %s.", cell,
			      b->best_table->metric, change,
			      interval ? interval : "");
	free(cell);
	free(change);
	free(interval);
	return words;
}

/* " The witness counts otherwise: ..." or nothing. */
static char *counts_words(const struct brief *b)
{
	const struct counted *row;
	char *change, *cell, *words;

	row = first_count(b, &change);
	if (!row)
		return memory_text("");
	cell = cell_words(b, row->a);
	words = memory_printf(" The witness counts otherwise in %zu of %zu "
			      "counts: %s: %s.",
			      b->c->nr_differ, b->c->nr_counts, cell, change);
	free(cell);
	free(change);
	return words;
}

/* No row changed. */
static char *nothing_words(const struct brief *b)
{
	char *where = kernels(b), *counts = counts_words(b), *words;

	words = memory_printf(
		"faultline: page_fault: %s on %s%s%s%s",
		!*counts     ? "no change beyond doubt"
		: b->nr_rows ? "other counts, and no change of a time beyond "
			       "doubt,"
			     : "other counts",
		where,
		b->c->nr_tests || (*counts && !b->nr_rows) ? "."
		: *counts ? " (there are too few runs)."
			  : ": there are too few runs to say anything.",
		counts, unlike(b));
	free(counts);
	free(where);
	return words;
}

char *brief_summary(const struct brief *b)
{
	char *change, *where, *interval, *cell, *a, *two, *words, *others;
	char *best, *counts;
	struct figure f;

	if (!b->row)
		return nothing_words(b);
	where = kernels(b);
	counts = counts_words(b);
	f = figure_of(b->table->metric);
	change = change_words(b);
	interval = change_interval(&b->row->ratio);
	others = same_cell(b);
	best = best_words(b);
	cell = cell_words(b, b->row->a);
	if (b->table->slowdowns) {
		a = factor_text(&b->row->va);
		two = factor_text(&b->row->vb);
	} else {
		a = figure_text(f.kind, b->row->va.estimate);
		two = figure_text(f.kind, b->row->vb.estimate);
	}
	words = memory_printf(
		"faultline: page_fault %s: %s on %s: %s -> %s%s, 95 %% "
		"interval of the change %s.%s%s%s%s%s",
		cell, change, where, a, two,
		b->table->slowdowns ? " times the same side's own figure alone"
				    : "",
		interval ? interval : "unknown", unlike(b), beware(b), others,
		best, counts);
	free(counts);
	free(others);
	free(best);
	free(change);
	free(interval);
	free(cell);
	free(a);
	free(two);
	free(where);
	return words;
}
