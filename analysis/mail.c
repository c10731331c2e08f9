/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mail about two sides. */
#include "mail.h"

#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "explain.h"
#include "memory.h"
#include "roles.h"

enum {
	MAX_EXPLAINED = 3,
	MAX_DIFFERENCES = 12,
	MAX_LEFT_OUT = 5,
	MAX_LEAD = 20
};

/* Takes text over. */
static void say(const struct sheet *s, const char *lead, char *text)
{
	if (text)
		sheet_say(s, lead, "%s", text);
	free(text);
}

static void say_side(const struct sheet *s, const struct brief *b, bool second)
{
	char *name = sheet_name(s, second ? b->b : b->a, MAX_LEAD);
	char *lead = memory_printf("  %-9s ", name);

	say(s, lead, brief_side(b, second));
	free(lead);
	free(name);
}

/* What could explain a difference beside the sides. */
static void print_drift(const struct sheet *s, const struct brief *b)
{
	struct drift drift;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	drift_find(&drift, b->c);
	drift_print(out, s->width, &drift, b->c);
	fclose(out);
	sheet_lines(s, text);
	free(text);
}

static void print_where(const struct sheet *s, const struct brief *b)
{
	const struct differences *d = &b->differences;
	bool broken;
	size_t i;

	fputc('\n', s->out);
	say(s, "  machine   ", brief_machine(b));
	say_side(s, b, false);
	say_side(s, b, true);
	for (i = 0; i < d->nr && i < MAX_DIFFERENCES; i++)
		sheet_say(s, "  differs   ", "%s: %s / %s", d->at[i].name,
			  d->at[i].a, d->at[i].b);
	if (d->nr > MAX_DIFFERENCES)
		sheet_say(s, "  differs   ", "and %zu more facts",
			  d->nr - MAX_DIFFERENCES);
	print_drift(s, b);
	say(s, "  proof     ", proof_words(&b->report->results, &broken));
}

/* What was not compared must not be missed. */
static void print_left_out(const struct sheet *s, const struct brief *b)
{
	const struct comparison *c = b->c;
	const struct results *r = &b->report->results;
	size_t i, told = 0, cells = 0;

	if (c->nr_only_a)
		sheet_say(s, "  left out  ", "%zu cell%s that only %s has",
			  c->nr_only_a, c->nr_only_a == 1 ? "" : "s", b->a);
	if (c->nr_only_b)
		sheet_say(s, "  left out  ", "%zu cell%s that only %s has",
			  c->nr_only_b, c->nr_only_b == 1 ? "" : "s", b->b);
	for (i = 0; i < r->nr_cells; i++)
		cells += r->cells[i].nr_reasons > 0;
	for (i = 0; i < r->nr_cells && told < MAX_LEFT_OUT; i++) {
		const struct cell_sample *cell = &r->cells[i];
		char *title;

		if (!cell->nr_reasons)
			continue;
		title = cell_title(r, cell, NULL);
		sheet_say(s, "  not run   ", "%s: %s", title, cell->reasons[0]);
		free(title);
		told++;
	}
	if (cells > told)
		sheet_say(s, "  not run   ", "and %zu more", cells - told);
	if (r->nr_bad)
		sheet_say(s, "  left out  ", "%zu malformed lines", r->nr_bad);
}

static void print_why(const struct sheet *s, const struct brief *b)
{
	size_t i, nr, *order = explain_order(b->c, &nr);

	if (nr)
		sheet_heading(s, "Why: what else changed where a row did");
	for (i = 0; i < nr && i < MAX_EXPLAINED; i++) {
		struct explanation x;

		explain_cells(&x, &b->report->results, b->c,
			      b->c->both[order[i]], b->c->twins[order[i]]);
		fputc('\n', s->out);
		explain_print(s, b->c, &x);
		explain_free(&x);
	}
	if (nr > MAX_EXPLAINED) {
		fputc('\n', s->out);
		sheet_say(s, "",
			  "%zu more cells changed; faultstat explain tells "
			  "them all.",
			  nr - MAX_EXPLAINED);
	}
	free(order);
}

/* The cell whose waits are shown: the clearest row's, else the first one with
 * a histogram. */
static bool waits_of(const struct brief *b, const struct cell_sample **one,
		     const struct cell_sample **two)
{
	size_t i;

	if (b->row && b->row->a->hist && b->row->b->hist) {
		*one = b->row->a;
		*two = b->row->b;
		return true;
	}
	for (i = 0; i < b->c->nr_both; i++) {
		*one = b->c->both[i];
		*two = b->c->twins[i];
		if ((*one)->hist && (*two)->hist)
			return true;
	}
	return false;
}

static void print_waits(const struct sheet *s, const struct brief *b)
{
	const struct cell_sample *one, *two;
	const char *const skip[] = { b->c->axis, NULL };
	struct waits columns[2] = { { b->a, NULL }, { b->b, NULL } };
	char *title, *what;
	size_t i;

	if (!waits_of(b, &one, &two))
		return;
	title = cell_title(&b->report->results, one, skip);
	what = memory_printf("Faults of %s, by the time they took", title);
	columns[0].hist = one->hist;
	columns[1].hist = two->hist;
	mail_waits(s, what, columns, 2);
	free(what);
	/* of the locks only the shapes would be comparable */
	if (b->row && b->c->direct)
		mail_plot(s, b->report, columns, 2);
	for (i = 0; i < one->nr_antagonists && i < two->nr_antagonists; i++) {
		what = memory_printf("Operations of %s meanwhile",
				     one->antagonist_name[i]);
		columns[0].hist = one->antagonist_hist[i];
		columns[1].hist = two->antagonist_hist[i];
		mail_waits(s, what, columns, 2);
		free(what);
	}
	free(title);
}

static void print_again(const struct sheet *s, const struct brief *b)
{
	char *command;
	size_t i;

	sheet_heading(s, "Again");
	for (i = 0; (command = brief_command(b, i)); i++) {
		sheet_command(s, command);
		free(command);
	}
	if (!b->row)
		return;
	sheet_say(s, "", "One run of the cell of the first paragraph:");
	command = cell_command(b->row->b);
	sheet_command(s, command);
	free(command);
}

void mail_sides(const struct sheet *s, const struct brief *b)
{
	say(s, "", brief_summary(b));
	fputc('\n', s->out);
	say(s, "", brief_verdict(b));
	print_where(s, b);
	print_left_out(s, b);
	mail_counts(s, b);
	mail_overview(s, b);
	mail_tables(s, b);
	print_why(s, b);
	print_waits(s, b);
	if (b->nr_rows) {
		sheet_heading(s, "How sure");
		say(s, "", brief_sure(b));
	}
	print_again(s, b);
}

static size_t count_runs(const struct results *r)
{
	size_t i, runs = 0;

	for (i = 0; i < r->nr_cells; i++)
		runs += r->cells[i].nr_runs;
	return runs;
}

/* Then it is not the locks' cost that matters, but whom they hold up. */
static bool somebody_waits(const struct results *r)
{
	struct roles all;
	bool waits = false;
	size_t i;

	roles_find(&all, r, NULL);
	for (i = 0; i < all.nr; i++)
		waits |= all.charts[i].delay_ns > 0;
	roles_free(&all);
	return waits;
}

int mail_report(FILE *out, struct report *r, struct error *e)
{
	struct sheet s = sheet_mail(out);
	const char *axis, *a, *b;
	bool alone = r->results.nr_labels < 2 && somebody_waits(&r->results);
	size_t i, told = 0;

	(void)e;
	for (i = 0; !alone && brief_sides(&r->results, i, &axis, &a, &b); i++) {
		struct comparison c;
		struct brief brief;

		comparison_make(&c, &r->results, axis, a, b, NULL,
				brief_metrics, brief_nr_metrics,
				COMPARE_MARGIN);
		brief_make(&brief, r, &c);
		if (brief.nr_rows) {
			if (told++)
				fputs("\n\n", out);
			mail_sides(&s, &brief);
		}
		brief_free(&brief);
		comparison_free(&c);
	}
	if (r->results.nr_labels < 2) {
		mail_cells(&s, r, told > 0);
	}
	fputc('\n', out);
	sheet_say(&s, "", "%zu cells, %zu runs; %zu malformed lines.",
		  r->results.nr_cells, count_runs(&r->results),
		  r->results.nr_bad);
	return 0;
}
