/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of the faults, in `faultstat show`: how often, per fault, each
 * reason for a retry was seen in the witness pass; what the timed runs know by
 * themselves is their median. Neighbours of one scenario, lock and policy whose
 * counts are the same are one row: a longer delay is no other
 * path.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "grid.h"
#include "memory.h"
#include "report_table.h"
#include "show.h"

static const struct account {
	const char *metric, *head, *words;
	bool rare; /* told where it happens, and not missed elsewhere */
} accounts[] = {
	{ "vma_lock_handled_per_fault", "handled",
	  "handled: under the VMA lock", false },
	{ "vma_lock_refused_per_fault", "refused",
	  "refused: the VMA lock was not to be had, or is not enough", false },
	{ "retried_after_wait_per_fault", "waited",
	  "waited: dropped its lock to wait, and was retried", false },
	{ "redone_under_mmap_lock_per_fault", "redone",
	  "redone: under mmap_lock", false },
	{ "redone_under_vma_lock_per_fault", "redone-vma",
	  "redone-vma: under the VMA lock", true },
	{ "retried_again_per_fault", "again", "again: retried more than once",
	  false },
	{ "completed_per_fault", "completed",
	  "completed: done with its lock dropped, and not retried", false },
	{ "switches_per_fault", "switches",
	  "switches: of context, in the timed runs if they know", false },
	{ "wakeups_per_fault", "wake-ups", "wake-ups: of threads", false },
};

enum {
	NR_ACCOUNTS = sizeof(accounts) / sizeof(accounts[0])
};

struct row {
	const struct cell_sample **cells;
	size_t nr_cells;
};

struct rows {
	struct row *at;
	size_t nr;
};

static struct shown count_of(const struct cell_sample *c, size_t account)
{
	return show_figure(c, accounts[account].metric);
}

/* Has the witness anything to say, be it why it knows nothing? */
static bool has_accounts(const struct cell_sample *c)
{
	size_t i;

	for (i = 0; c->has_witness && i < NR_ACCOUNTS; i++)
		if (metrics_find(&c->witness.metrics, accounts[i].metric))
			return true;
	return false;
}

/* Runs scatter a little: fewer digits. */
static char *text_of(const struct shown *f)
{
	return !isfinite(f->v.estimate)
		       ? memory_text("-")
		       : memory_printf(f->exact ? "%.3f" : "%.2f",
				       f->v.estimate);
}

static const char *reason_of(const struct shown *f)
{
	return isfinite(f->v.estimate) ? NULL
	       : f->absent	       ? f->absent
				       : show_not_measured;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_counts(const struct cell_sample *a,
			const struct cell_sample *b)
{
	bool same = true;
	size_t i;

	for (i = 0; i < NR_ACCOUNTS && same; i++) {
		struct shown v = count_of(a, i), w = count_of(b, i);
		char *x = text_of(&v), *y = text_of(&w);

		same = same_text(x, y) &&
		       same_text(reason_of(&v), reason_of(&w));
		free(x);
		free(y);
	}
	return same;
}

static bool same_axis(const struct cell_sample *a, const struct cell_sample *b,
		      const char *axis)
{
	return same_text(sample_axis(a, axis), sample_axis(b, axis));
}

static void rows_add(struct rows *rows, const struct cell_sample *c)
{
	const struct cell_sample *last =
		rows->nr ? rows->at[rows->nr - 1].cells[0] : NULL;
	struct row *row;

	if (last && same_axis(last, c, "scenario") &&
	    same_axis(last, c, "lock") && same_axis(last, c, "policy") &&
	    same_axis(last, c, "label") && same_counts(last, c))
		row = &rows->at[rows->nr - 1];
	else
		row = memory_append((void **)&rows->at, &rows->nr,
				    sizeof(*row));
	*(const struct cell_sample **)memory_append(
		(void **)&row->cells, &row->nr_cells, sizeof(*row->cells)) = c;
}

/* What all cells of the row have, and how many they are. malloc'ed. */
static char *row_title(const struct results *r, const struct row *row)
{
	const char **skip = NULL;
	size_t i, k, nr = 0;
	char *title, *longer;

	for (i = 0; i < r->nr_axes; i++) {
		for (k = 1; k < row->nr_cells; k++)
			if (!same_axis(row->cells[0], row->cells[k],
				       r->axes[i].name))
				break;
		if (k < row->nr_cells)
			*(const char **)memory_append((void **)&skip, &nr,
						      sizeof(*skip)) =
				r->axes[i].name;
	}
	memory_append((void **)&skip, &nr, sizeof(*skip)); /* the NULL */
	title = sample_title_without(r, row->cells[0], skip);
	free(skip);
	if (row->nr_cells == 1)
		return title;
	longer = memory_printf("%s (%zu cells)", title, row->nr_cells);
	free(title);
	return longer;
}

/* The reason that all absent counts of a cell share; NULL: there is none. */
static const char *one_reason(const struct cell_sample *c, const bool *shown)
{
	const char *reason = NULL, *next;
	size_t i;

	for (i = 0; i < NR_ACCOUNTS; i++) {
		struct shown f = count_of(c, i);

		next = shown[i] ? reason_of(&f) : NULL;
		if (reason && next && strcmp(reason, next))
			return NULL;
		reason = next ? next : reason;
	}
	return reason;
}

static char *mark_of(struct show *s, const char *reason)
{
	return reason ? memory_printf("[%zu]",
				      footnotes_add(&s->notes, reason, true))
		      : NULL;
}

static void print_row(struct grid *grid, struct show *s, const struct row *row,
		      const bool *shown)
{
	const struct cell_sample *c = row->cells[0];
	const char *shared = one_reason(c, shown);
	char *mark = mark_of(s, shared), *title = row_title(&s->results, row);
	size_t i;

	grid_add(grid,
		 memory_printf("%s%s%s", title, mark ? " " : "",
			       mark ? mark : ""),
		 NULL);
	for (i = 0; i < NR_ACCOUNTS; i++) {
		struct shown f = count_of(c, i);

		if (shown[i])
			grid_add(grid, text_of(&f),
				 shared ? NULL : mark_of(s, reason_of(&f)));
	}
	free(mark);
	free(title);
}

/* A column that no cell has a count for is not shown, but told. */
static void find_shown(const struct rows *rows, bool *shown)
{
	size_t i, k;

	for (i = 0; i < NR_ACCOUNTS; i++) {
		shown[i] = false;
		for (k = 0; k < rows->nr; k++) {
			struct shown f = count_of(rows->at[k].cells[0], i);

			shown[i] |= !reason_of(&f) &&
				    !(accounts[i].rare && f.v.estimate <= 0);
		}
	}
}

static void append(char **text, const char *before, const char *more)
{
	char *longer = memory_printf("%s%s%s", *text ? *text : "",
				     *text ? before : "", more);

	free(*text);
	*text = longer;
}

/* "no again, completed: the reason", each reason once. */
static void say_missing(struct show *s, const struct rows *rows,
			const bool *shown)
{
	const struct cell_sample *c = rows->at[0].cells[0];
	size_t i, k;

	for (i = 0; i < NR_ACCOUNTS; i++) {
		struct shown f = count_of(c, i);
		const char *why = reason_of(&f);
		char *names = NULL;
		bool said = false;

		for (k = 0; why && !shown[i] && k < NR_ACCOUNTS; k++) {
			f = count_of(c, k);
			if (shown[k] || accounts[k].rare ||
			    !same_text(reason_of(&f), why))
				continue;
			said |= k < i;
			append(&names, ", ", accounts[k].head);
		}
		if (names && !said)
			text_print(s->out, s->width, "  ", "no %s: %s", names,
				   why);
		free(names);
	}
}

/* A witness's count of one thing over all cells; those where it is absent are
 * not in *nr_cells. */
static double sum_of(const struct rows *rows, const char *metric,
		     size_t *nr_cells)
{
	double sum = 0;
	size_t i, k;

	*nr_cells = 0;
	for (i = 0; i < rows->nr; i++) {
		for (k = 0; k < rows->at[i].nr_cells; k++) {
			struct shown f = show_figure(rows->at[i].cells[k],
						     metric);

			if (!isfinite(f.v.estimate))
				continue;
			sum += f.v.estimate;
			++*nr_cells;
		}
	}
	return sum;
}

/* Does VM_FAULT_RETRY or VM_FAULT_COMPLETED alone say that the lock was
 * dropped?
 */
static void say_rule(struct show *s, const struct rows *rows)
{
	size_t nr, unused;
	double attempts = sum_of(rows, "lock_rule_attempts", &nr);

	if (!nr)
		return;
	text_print(
		s->out, s->width, "  ",
		"The lock of %.0f attempts in %zu cells was looked at before "
		"and after: %.0f returned VM_FAULT_RETRY or "
		"VM_FAULT_COMPLETED with their lock held, %.0f neither and "
		"had dropped it; %.0f returned one of the two with an error.",
		attempts, nr, sum_of(rows, "retry_with_lock_held", &unused),
		sum_of(rows, "done_without_lock", &unused),
		sum_of(rows, "retry_with_error", &unused));
}

static void print_rows(struct show *s, const struct rows *rows)
{
	bool shown[NR_ACCOUNTS];
	size_t i, columns = 1;
	char *words = NULL;
	struct grid grid;

	find_shown(rows, shown);
	for (i = 0; i < NR_ACCOUNTS; i++)
		columns += shown[i];
	grid_start(&grid, columns);
	for (i = 0, columns = 1; i < NR_ACCOUNTS; i++) {
		if (!shown[i])
			continue;
		grid_head(&grid, columns++, accounts[i].head, NULL, NULL);
		append(&words, "; ", accounts[i].words);
	}
	for (i = 0; words && i < rows->nr; i++)
		print_row(&grid, s, &rows->at[i], shown);
	fputc('\n', s->out);
	text_wrap(s->out, s->width, "",
		  "What became of the faults, counted per fault in the witness "
		  "pass:");
	if (words) {
		grid_print(s->out, s->width, &grid);
		text_print(s->out, s->width, "  ", "%s.", words);
	}
	say_missing(s, rows, shown);
	say_rule(s, rows);
	grid_free(&grid);
	free(words);
}

static void rows_find(struct rows *rows, const struct results *r,
		      const char *glob)
{
	size_t i;

	*rows = (struct rows){ 0 };
	for (i = 0; i < r->nr_cells; i++)
		if (has_accounts(&r->cells[i]) && cli_wants(&r->cells[i], glob))
			rows_add(rows, &r->cells[i]);
}

static void rows_free(struct rows *rows)
{
	while (rows->nr)
		free(rows->at[--rows->nr].cells);
	free(rows->at);
}

void show_accounts(struct show *s)
{
	struct rows rows;

	rows_find(&rows, &s->results, s->scenario);
	if (rows.nr)
		print_rows(s, &rows);
	rows_free(&rows);
}

static const struct column columns[] = {
	{ "per fault", false }, { "handled", true },
	{ "refused", true },	{ "waited", true },
	{ "redone", true },	{ "redone-vma", true },
	{ "again", true },	{ "completed", true },
	{ "switches", true },	{ "wake-ups", true },
	{ "evidence", false },	{ "why not counted", false },
};

bool accounts_table(struct table *t, const struct results *r)
{
	struct rows rows;
	size_t i, k;

	table_start(t, columns);
	rows_find(&rows, r, NULL);
	for (i = 0; i < rows.nr; i++) {
		const struct cell_sample *c = rows.at[i].cells[0];
		char *title = row_title(r, &rows.at[i]), *why = NULL;

		table_add(t, "%s", title);
		for (k = 0; k < NR_ACCOUNTS; k++) {
			struct shown f = count_of(c, k);
			const char *reason = reason_of(&f);
			char *text = text_of(&f);

			table_add(t, "%s", text);
			if (reason && !accounts[k].rare &&
			    (!why || !strstr(why, reason)))
				append(&why, "; ", reason);
			free(text);
		}
		table_add(t, "%s",
			  c->witness.evidence ? c->witness.evidence : "–");
		table_add(t, "%s", why ? why : "");
		free(title);
		free(why);
	}
	rows_free(&rows);
	return table_rows(t) > 0;
}
