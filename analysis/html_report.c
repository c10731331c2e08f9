/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page. First screen: the question, what the file answers, where it was
 * measured and how often. Then the pictures with their figures, the proof that
 * the faults took the locks that they were said to, what did not run and why,
 * the command of every cell, and all facts of the sessions.
 *
 * One file, nothing fetched; its only script sorts tables, and the page is
 * whole without it.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "brief_tables.h"
#include "html.h"
#include "memory.h"
#include "report.h"

static void fact_row(FILE *f, const char *name, const char *text)
{
	fputs("<dt>", f);
	html_text(f, name);
	fputs("</dt><dd>", f);
	html_text(f, text);
	fputs("</dd>\n", f);
}

static char *date_words(double time_s)
{
	time_t t = isfinite(time_s) && fabs(time_s) < 1e11 ? (time_t)time_s : 0;
	char buf[64];
	struct tm tm;

	if (t <= 0 || !gmtime_r(&t, &tm) ||
	    !strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M UTC", &tm))
		return memory_text("an unknown time");
	return memory_text(buf);
}

/* The label that a session's cells go by. */
static const char *session_label(const struct results *r, size_t session)
{
	size_t i;

	for (i = 0; i < r->nr_cells; i++) {
		if (r->cells[i].session == session)
			return r->cells[i].label;
	}
	return r->sessions[session].label ? r->sessions[session].label
					  : "no label";
}

static void write_first_facts(FILE *f, const struct report *r)
{
	const struct results *all = &r->results;
	char *text;
	size_t i, cells = 0;
	bool broken;

	fputs("<dl class=\"facts\">\n", f);
	text = machine_words(all);
	fact_row(f, "machine", text);
	free(text);
	text = kernel_words(all);
	fact_row(f, "kernel", text);
	free(text);
	text = runs_words(all);
	fact_row(f, "runs", text);
	free(text);
	for (i = 0; i < all->nr_sessions; i++) {
		char *date = date_words(all->sessions[i].time_s);

		text = memory_printf("%s, %s", date, session_label(all, i));
		fact_row(f, i ? "" : "measured", text);
		free(date);
		free(text);
	}
	text = proof_words(all, &broken);
	fputs("<dt>proof</dt><dd", f);
	fputs(broken ? " class=\"bad\">" : ">", f);
	html_text(f, text);
	fputs("</dd>\n", f);
	free(text);
	for (i = 0; i < all->nr_cells; i++)
		cells += all->cells[i].nr_reasons > 0;
	if (cells) {
		fputs("<dt>not all ran</dt><dd>", f);
		html_printf(f, "%zu cell%s skipped or failed: ", cells,
			    cells == 1 ? "" : "s");
		fputs("<a href=\"#reasons\">why</a></dd>\n", f);
	}
	fputs("</dl>\n", f);
}

static const struct column answer_columns[] = {
	{ "beside", false },
	{ "locks", false },
	{ "median, times alone", true },
	{ "second / first [95 %]", true },
	{ "verdict", false },
	{ "p99, times alone", true },
	{ "second / first [95 %]", true },
	{ "verdict", false },
};

static void answer_row(struct table *t, const struct arm_group *g, size_t k)
{
	const struct arm_row *first = &g->rows[0], *row = &g->rows[k];
	char a[32], b[32];
	size_t m;

	table_add(t, "%s", g->title);
	table_add(t, "%s → %s", arm_names[first->arm], arm_names[row->arm]);
	for (m = 0; m < 2; m++) {
		if (isnan(first->slow[m].estimate) ||
		    isnan(row->slow[m].estimate))
			table_add(t, "–");
		else
			table_add(t, "%s → %s",
				  ratio_text(a, sizeof(a),
					     first->slow[m].estimate),
				  ratio_text(b, sizeof(b),
					     row->slow[m].estimate));
		table_add_ratio(t, &row->more[m]);
		table_add(t, "%s", ratio_verdict(&row->more[m]));
	}
}

static void write_locks_answer(FILE *f, const struct arm_groups *g)
{
	struct table t = { 0 };
	size_t i, k;

	table_start(&t, answer_columns);
	for (i = 0; i < g->nr_groups; i++) {
		for (k = 1; k < g->groups[i].nr_rows; k++)
			answer_row(&t, &g->groups[i], k);
	}
	html_table(f, &t);
	table_free(&t);
	html_element(f, "p", "soft",
		     "\"Times alone\" is how many times as long as without the "
		     "antagonist a fault takes, under the first and under the "
		     "second lock; the ratio sets the two against each other, "
		     "all four figures paired by block. Locks are never "
		     "compared in ns: a fault from user mode costs more to "
		     "enter than one inside the kernel.");
}

static void write_table(FILE *f, struct table *t)
{
	html_table(f, t);
	table_free(t);
}

/* A table of each group; the cells are sorted by it. */
static void write_cells(FILE *f, const struct results *r)
{
	const char *group = NULL;
	struct table t = { 0 };
	size_t i;

	for (i = 0; i < r->nr_cells && r->has_groups; i++) {
		const struct cell_sample *c = &r->cells[i];

		if (!c->nr_runs || (group && !strcmp(group, sample_group(c))))
			continue;
		group = sample_group(c);
		html_element(f, "h3", NULL, group);
		cells_table(&t, r, group);
		write_table(f, &t);
	}
	if (!r->has_groups) {
		cells_table(&t, r, NULL);
		write_table(f, &t);
	}
}

static bool has_contest(const struct arm_groups *g)
{
	size_t i;

	for (i = 0; i < g->nr_groups; i++) {
		if (g->groups[i].nr_rows > 1)
			return true;
	}
	return false;
}

/* The tables of the labels' comparisons; their pictures come below. */
static void write_versus(FILE *f, const struct report *r)
{
	size_t i;

	for (i = 0; i < r->nr_pictures; i++) {
		const struct picture *p = r->pictures[i];

		if (strncmp(p->name, "versus-", 7) || p->skipped)
			continue;
		html_element(f, "h3", NULL, p->question);
		html_table(f, &p->table);
	}
}

static void write_first_screen(FILE *f, const struct report *r,
			       const struct arm_groups *g)
{
	const struct results *all = &r->results;
	const char *question = r->title;
	char *sentence;

	if (!question && all->nr_sessions)
		question = all->sessions[0].question;
	if (!question || !*question)
		question = "What do these page faults cost?";
	html_element(f, "p", "kicker",
		     "faultline: page faults and their locks");
	html_element(f, "h1", NULL, question);
	sentence = r->versus			   ? memory_text(r->versus)
		   : r->waiting && !has_contest(g) ? memory_text(r->waiting)
						   : arm_groups_sentence(g);
	html_element(f, "p", "answer", sentence);
	free(sentence);
	write_first_facts(f, r);
	if (r->versus)
		write_versus(f, r);
	else if (has_contest(g))
		write_locks_answer(f, g);
	else
		write_cells(f, all);
	fputs("<nav><a href=\"#pictures\">pictures</a>"
	      "<a href=\"#proof\">proof</a>"
	      "<a href=\"#commands\">commands</a>"
	      "<a href=\"#facts\">all facts</a>",
	      f);
	if (!r->alone)
		fputs("<a href=\"report.txt\">as plain text</a>", f);
	fputs("</nav>\n", f);
}

static void write_locks_section(FILE *f, const struct arm_groups *g)
{
	char *sentence = arm_groups_sentence(g);

	html_element(f, "h2", NULL, "The locks");
	html_element(f, "p", NULL, sentence);
	free(sentence);
	write_locks_answer(f, g);
}

void html_write(FILE *f, const struct report *r, const struct arm_groups *g)
{
	html_begin(f, r->title ? r->title : "faultline report");
	write_first_screen(f, r, g);
	html_sides(f, r);
	if (r->versus && has_contest(g))
		write_locks_section(f, g);
	html_pictures(f, r);
	if (r->versus || has_contest(g)) {
		html_element(f, "h2", NULL, "Every cell");
		write_cells(f, &r->results);
	}
	html_proof(f, r);
	html_reasons(f, r);
	html_commands(f, r);
	html_facts(f, r);
	html_end(f);
}

int html_report(const struct report *r, const struct arm_groups *g,
		const char *name, struct error *e)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int err;

	if (!f)
		abort();
	html_write(f, r, g);
	fclose(f);
	err = file_write(r->dir, name, text, size, e);
	free(text);
	return err;
}
