/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "memory.h"
#include "report.h"
#include "show.h"

static void heading(FILE *f, const char *id, const char *text)
{
	fprintf(f, "<h2 id=\"%s\">", id);
	html_text(f, text);
	fputs("</h2>\n", f);
}

static void link_to(FILE *f, const struct picture *p, const char *suffix)
{
	/* A picture's name is a-z, 0-9 and dashes. */
	fprintf(f, " <a href=\"%s.%s\">%s.%s</a>", p->name, suffix, p->name,
		suffix);
}

/* Where its files are, and the command that draws it again from them. */
static void write_again(FILE *f, const struct report *r,
			const struct picture *p)
{
	char *command;

	if (r->alone) {
		command = repeat_report(r);
		fputs("<br>Again, with its data: <code>", f);
	} else {
		fputs(" Files:", f);
		if (p->svg)
			link_to(f, p, "svg");
		if (p->png)
			link_to(f, p, "png");
		link_to(f, p, "dat");
		fputs("<br>Again, in this folder: <code>", f);
		command = memory_printf("gnuplot %s.vars.gp", p->name);
	}
	html_text(f, command);
	fputs("</code>", f);
	free(command);
}

static void picture_write(FILE *f, const struct report *r,
			  const struct picture *p)
{
	if (p->skipped) {
		html_element(f, "h3", NULL, p->question);
		fputs("<p class=\"skip\">", f);
		html_printf(f, "No picture: %s.", p->skipped);
		fputs("</p>\n", f);
		return;
	}
	fprintf(f, "<figure id=\"%s\">\n", p->name);
	if (p->svg) {
		fputs("<div class=\"card\">\n", f);
		fputs(p->svg, f); /* svg_finish() has been over it */
		fputs("</div>\n", f);
	} else {
		html_element(f, "h3", NULL, p->question);
		fputs("<p class=\"skip\">", f);
		html_printf(f, "No picture: %s.",
			    r->no_draw ? r->no_draw : p->trouble);
		fputs("</p>\n", f);
	}
	fputs("<figcaption>", f);
	html_text(f, p->see);
	write_again(f, r, p);
	fputs("</figcaption>\n</figure>\n", f);
	html_table(f, &p->table);
}

void html_pictures(FILE *f, const struct report *r)
{
	size_t i;

	heading(f, "pictures", "Pictures");
	if (r->no_draw) {
		fputs("<p class=\"bad\">", f);
		html_printf(f, "%s.", r->no_draw);
		fputs("</p>\n", f);
	}
	for (i = 0; i < r->nr_pictures; i++)
		if (!r->pictures[i]->skipped)
			picture_write(f, r, r->pictures[i]);
	for (i = 0; i < r->nr_pictures; i++)
		if (r->pictures[i]->skipped)
			picture_write(f, r, r->pictures[i]);
}

/* What became of the faults, reason by reason. */
static void write_accounts(FILE *f, const struct report *r)
{
	struct table t = { 0 };

	if (accounts_table(&t, &r->results)) {
		html_element(f, "h3", NULL, "What became of the faults");
		html_element(f, "p", NULL,
			     "handled: finished under the VMA lock. refused: "
			     "the VMA lock was not to be had, or is not "
			     "enough. waited: the lock was dropped to wait, "
			     "and the fault retried. redone: under mmap_lock. "
			     "again: retried more than once. completed: done "
			     "with the lock dropped, and not retried.");
		html_table(f, &t);
	}
	table_free(&t);
}

static const struct column proof_columns[] = {
	{ "cell", false },
	{ "verdict", false },
	{ "evidence", false },
	{ "what was promised and seen", false },
};

void html_proof(FILE *f, const struct report *r)
{
	struct table t = { 0 };
	size_t i;

	heading(f, "proof", "Proof");
	html_element(f, "p", NULL,
		     "The witness is an extra, untimed pass of a cell that "
		     "counts what the kernel did. held: what the scenario and "
		     "the lock promise on this kernel was seen. broken: it was "
		     "not, so the cell's figures mean something else. "
		     "unproven: the evidence at hand cannot tell.");
	table_start(&t, proof_columns);
	for (i = 0; i < r->results.nr_cells; i++) {
		const struct cell_sample *c = &r->results.cells[i];
		const struct record *w = &c->witness;
		char *title;

		if (!c->nr_runs && !c->has_witness)
			continue;
		title = cell_title(&r->results, c, NULL);
		table_add(&t, "%s", title);
		free(title);
		if (!c->has_witness) {
			table_add(&t, "none");
			table_add(&t, "–");
			table_add(&t, "no witness pass in these files");
			continue;
		}
		table_add(&t, "%s", w->verdict ? w->verdict : "–");
		table_add(&t, "%s", w->evidence ? w->evidence : "–");
		table_add(&t, "%s", w->claim ? w->claim : "–");
	}
	html_table(f, &t);
	table_free(&t);
	write_accounts(f, r);
}

static const struct column reason_columns[] = {
	{ "cell", false },
	{ "runs kept", true },
	{ "reason", false },
};

void html_reasons(FILE *f, const struct report *r)
{
	struct table t = { 0 };
	size_t i, k;

	heading(f, "reasons", "Skipped and failed");
	table_start(&t, reason_columns);
	for (i = 0; i < r->results.nr_cells; i++) {
		const struct cell_sample *c = &r->results.cells[i];

		for (k = 0; k < c->nr_reasons; k++) {
			char *title = cell_title(&r->results, c, NULL);

			table_add(&t, "%s", title);
			table_add(&t, "%zu", c->nr_runs);
			table_add(&t, "%s", c->reasons[k]);
			free(title);
		}
	}
	if (table_rows(&t))
		html_table(f, &t);
	else
		html_element(f, "p", NULL,
			     "Nothing: every cell of the plan ran.");
	table_free(&t);
	if (r->results.nr_bad) {
		fputs("<p class=\"bad\">", f);
		html_printf(f,
			    "%zu lines of the files could not be read and "
			    "are left out.",
			    r->results.nr_bad);
		fputs("</p>\n", f);
	}
}

void html_commands(FILE *f, const struct report *r)
{
	char *report = repeat_report(r), *run;
	size_t i;

	heading(f, "commands", "Again");
	fputs("<p>All of it:</p>\n<pre>", f);
	for (i = 0; i < r->nr_paths; i++) {
		run = repeat_run_of(r, i);
		html_text(f, run);
		fputc('\n', f);
		free(run);
	}
	html_text(f, report);
	fputs("</pre>\n<p>One run of one cell:</p>\n", f);
	free(report);
	fputs("<div class=\"wide\"><table>\n<thead><tr>"
	      "<th scope=\"col\">cell</th><th scope=\"col\">command</th>"
	      "</tr></thead>\n<tbody>\n",
	      f);
	for (i = 0; i < r->results.nr_cells; i++) {
		const struct cell_sample *c = &r->results.cells[i];
		char *title = cell_title(&r->results, c, NULL);
		char *command = cell_command(c);

		fputs("<tr><td>", f);
		html_text(f, title);
		fputs("</td><td><code>", f);
		html_text(f, command);
		fputs("</code></td></tr>\n", f);
		free(title);
		free(command);
	}
	fputs("</tbody></table></div>\n", f);
}

static const struct column fact_columns[] = {
	{ "fact", false },
	{ "value", false },
};

/* A plan, line by line: html_text() has no newlines. */
static void plan_write(FILE *f, const char *plan)
{
	char *copy = memory_text(plan), *rest = copy, *line;

	fputs("<pre>", f);
	while ((line = strsep(&rest, "\n"))) {
		html_text(f, line);
		fputc('\n', f);
	}
	fputs("</pre>\n", f);
	free(copy);
}

void html_facts(FILE *f, const struct report *r)
{
	size_t i, k;

	heading(f, "facts", "All facts");
	for (i = 0; i < r->results.nr_sessions; i++) {
		const struct record *s = &r->results.sessions[i];
		struct table t = { 0 };

		fputs("<h3>", f);
		html_printf(f, "Session %zu: %s%s", i + 1,
			    s->label ? s->label : "(no label)",
			    s->resumed ? " (resumed)" : "");
		fputs("</h3>\n", f);
		table_start(&t, fact_columns);
		for (k = 0; k < s->facts.nr; k++) {
			const struct pair *fact = &s->facts.at[k];

			table_add(&t, "%s", fact->name);
			if (fact->text)
				table_add(&t, "%s", fact->text);
			else
				table_add(&t, "absent: %s",
					  fact->absent ? fact->absent : "?");
		}
		table_add(&t, "session");
		table_add(&t, "%s", s->session ? s->session : "–");
		table_add(&t, "seed of the order");
		table_add(&t, "%llu", (unsigned long long)s->seed);
		table_add(&t, "blocks planned");
		table_add(&t, "%u", s->blocks);
		html_table(f, &t);
		table_free(&t);
		if (s->plan && *s->plan)
			plan_write(f, s->plan);
	}
}
