/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mail about cells by themselves: nothing is set against anything. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "mail.h"
#include "memory.h"
#include "roles.h"
#include "show.h"
#include "units.h"

enum {
	MAX_ROWS = 60
};

static const struct {
	const char *metric, *head;
} columns[] = {
	{ "p50_ns", "p50" },
	{ "p99_ns", "p99" },
	{ "faults_per_s", "faults/s" },
	{ "mmap_locks_per_fault", "locks" },
	{ "retries_per_fault", "retries" },
};

enum {
	NR_COLUMNS = sizeof(columns) / sizeof(columns[0])
};

static void say(const struct sheet *s, const char *lead, char *text)
{
	sheet_say(s, lead, "%s", text);
	free(text);
}

static void add_cell(const struct sheet *s, struct grid *g,
		     struct footnotes *notes, const struct results *r,
		     const struct cell_sample *c)
{
	size_t k;

	sheet_cell(s, g, cell_title(r, c, NULL), NULL);
	for (k = 0; k < NR_COLUMNS; k++) {
		struct shown f = show_figure(c, columns[k].metric);
		char *aside = f.exact ? NULL : figure_aside(&f.v);

		sheet_cell(s, g,
			   figure_text(figure_of(columns[k].metric).kind,
				       f.v.estimate),
			   aside      ? memory_printf("%s%%", aside)
			   : f.absent ? memory_printf("[%zu]",
						      footnotes_add(notes,
								    f.absent,
								    true))
				      : NULL);
		free(aside);
	}
	sheet_cell(s, g, memory_printf("%zu", c->nr_runs), NULL);
}

static void print_table(const struct sheet *s, const struct results *r)
{
	struct footnotes notes = { 0 };
	size_t i, shown = 0, left = 0;
	struct grid g;

	grid_start(&g, NR_COLUMNS + 2);
	for (i = 0; i < NR_COLUMNS; i++)
		sheet_head(s, &g, i + 1, columns[i].head,
			   i > 2 ? "/fault" : NULL);
	sheet_head(s, &g, NR_COLUMNS + 1, "n", NULL);
	for (i = 0; i < r->nr_cells; i++) {
		if (!r->cells[i].nr_runs)
			continue;
		if (shown < MAX_ROWS) {
			add_cell(s, &g, &notes, r, &r->cells[i]);
			shown++;
		} else {
			left++;
		}
	}
	grid_print(s->out, s->width, &g);
	grid_free(&g);
	if (left)
		sheet_say(s, "", "%zu more cells: faultstat show prints them.",
			  left);
	for (i = 0; i < notes.nr; i++) {
		char *lead = memory_printf("[%zu] ", i + 1);

		sheet_say(s, lead, "%s%s", notes.at[i].text,
			  notes.at[i].alike ? " (and the like)" : "");
		free(lead);
	}
	footnotes_free(&notes);
	sheet_say(s, "",
		  "Medians over n runs, each a fresh process; +-: half the "
		  "95 %% interval. locks, retries: counted per fault in an "
		  "untimed witness pass.");
}

static void print_reasons(const struct sheet *s, const struct results *r)
{
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++)
		for (k = 0; k < r->cells[i].nr_reasons; k++) {
			char *title = cell_title(r, &r->cells[i], NULL);

			sheet_say(s, "  not run   ", "%s: %s", title,
				  r->cells[i].reasons[k]);
			free(title);
		}
}

/* The cell with the longest tail, p99 over p50. */
static const struct cell_sample *longest(const struct results *r)
{
	const struct cell_sample *best = NULL;
	double most = 0;
	size_t i;

	for (i = 0; i < r->nr_cells; i++) {
		const struct hist *h = r->cells[i].hist;
		double tail = h && h->total >= 1000
				      ? hist_quantile(h, 0.99) /
						hist_quantile(h, 0.5)
				      : 0;

		if (tail > most) {
			most = tail;
			best = &r->cells[i];
		}
	}
	return best;
}

static void print_waits(const struct sheet *s, const struct results *r)
{
	const struct cell_sample *c = longest(r);
	struct waits column = { "faults", NULL };
	char *title, *what;
	size_t i;

	if (!c)
		return;
	title = cell_title(r, c, NULL);
	what = memory_printf("The longest tail: faults of %s, by the time "
			     "they took",
			     title);
	column.hist = c->hist;
	mail_waits(s, what, &column, 1);
	free(what);
	free(title);
	for (i = 0; i < c->nr_antagonists; i++) {
		what = memory_printf("Operations of %s meanwhile",
				     c->antagonist_name[i]);
		column = (struct waits){ "operations", c->antagonist_hist[i] };
		mail_waits(s, what, &column, 1);
		free(what);
	}
}

static double median_of(const struct cell_sample *c)
{
	return show_figure(c, "p50_ns").v.estimate;
}

/* "7 cells: the median fault takes from 621 ns (memfd) to 6.11 us (swap-in)" */
static char *range_words(const struct results *r)
{
	const struct cell_sample *least = NULL, *most = NULL;
	char *a, *b, low[32], high[32], *words;
	size_t i, cells = 0;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		if (isnan(median_of(c)))
			continue;
		cells++;
		if (!least || median_of(c) < median_of(least))
			least = c;
		if (!most || median_of(c) > median_of(most))
			most = c;
	}
	if (!cells)
		return memory_text("no cell has a median: see what did not "
				   "run, and why.");
	a = cell_title(r, least, NULL);
	b = cell_title(r, most, NULL);
	words = memory_printf(
		"%zu cell%s, each by itself; the median fault takes from %s "
		"(%s) to %s (%s).",
		cells, cells == 1 ? "" : "s",
		units_time(low, sizeof(low), median_of(least)), a,
		units_time(high, sizeof(high), median_of(most)), b);
	free(a);
	free(b);
	return words;
}

static char *answer(const struct report *r)
{
	struct roles roles;
	char *words;

	roles_find(&roles, &r->results, NULL);
	words = roles_sentences(roles.charts, roles.nr);
	roles_free(&roles);
	return words ? words : range_words(&r->results);
}

/* Who waits for whom, where somebody does: as faultstat show has it. */
static void print_waiting(const struct sheet *s, const struct results *r)
{
	struct show show = { .results = *r, /* borrowed */
			     .width = s->width };
	char *text = NULL;
	size_t size;

	show.out = open_memstream(&text, &size);
	if (!show.out)
		abort();
	show_waiting(&show);
	fclose(show.out);
	if (*text) {
		sheet_lines(s, text + 1); /* without its empty line */
		fputc('\n', s->out);
	}
	free(text);
}

static void print_where(const struct sheet *s, const struct report *r)
{
	const struct results *all = &r->results;
	const char *question = r->title		  ? r->title
			       : all->nr_sessions ? all->sessions[0].question
						  : NULL;
	char *text = answer(r);
	bool broken;

	sheet_say(s, "", "faultline: page_fault: %s", text);
	free(text);
	fputc('\n', s->out);
	if (question && *question)
		sheet_say(s, "  question  ", "%s", question);
	say(s, "  machine   ", machine_words(all));
	say(s, "  kernel    ", kernel_words(all));
	say(s, "  runs      ", runs_words(all));
	say(s, "  proof     ", proof_words(all, &broken));
	print_reasons(s, all);
	fputc('\n', s->out);
}

void mail_cells(const struct sheet *s, const struct report *r, bool brief)
{
	char *command;
	size_t i;

	if (brief)
		sheet_heading(s, "Every cell by itself");
	else
		print_where(s, r);
	if (!brief)
		print_waiting(s, &r->results);
	print_table(s, &r->results);
	if (brief)
		return;
	print_waits(s, &r->results);
	sheet_heading(s, "Again");
	for (i = 0; i < r->nr_paths; i++) {
		command = repeat_run_of(r, i);
		sheet_command(s, command);
		free(command);
	}
}
