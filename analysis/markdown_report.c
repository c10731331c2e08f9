/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for a pull request or an issue. */
#include <stdlib.h>

#include "brief_tables.h"
#include "markdown.h"
#include "memory.h"

enum {
	MAX_EXPLAINED = 3
};

/* Takes text over. */
static void paragraph(FILE *f, char *text)
{
	markdown_text(f, text);
	fputs("\n\n", f);
	free(text);
}

static void point(FILE *f, const char *name, char *text)
{
	fprintf(f, "- %s: ", name);
	markdown_text(f, text);
	fputc('\n', f);
	free(text);
}

static void write_table(FILE *f, struct table *t)
{
	markdown_table(f, t);
	table_free(t);
}

static void write_where(FILE *f, const struct brief *b)
{
	bool broken;
	size_t i;

	point(f, "machine", brief_machine(b));
	for (i = 0; i < 2; i++) {
		char *side = brief_side(b, i);

		point(f, i ? "second" : "first",
		      memory_printf("%s: %s", i ? b->b : b->a, side));
		free(side);
	}
	for (i = 0; i < b->differences.nr; i++)
		point(f, "differs",
		      memory_printf("%s: %s / %s", b->differences.at[i].name,
				    b->differences.at[i].a,
				    b->differences.at[i].b));
	point(f, "proof", proof_words(&b->report->results, &broken));
	fputc('\n', f);
}

static void write_explained(FILE *f, const struct brief *b, size_t i)
{
	const struct cell_sample *one = b->c->both[i], *two = b->c->twins[i];
	struct table t = { 0 };
	struct explanation x;

	explain_cells(&x, &b->report->results, b->c, one, two);
	markdown_heading(f, 4, x.title);
	markdown_text(f, x.reading);
	fputs("\n\n", f);
	explain_table(&t, &x);
	write_table(f, &t);
	if (one->hist && two->hist && decades_table(&t, one->hist, two->hist)) {
		fputs("Its faults by the time they took:\n\n", f);
		write_table(f, &t);
	}
	explain_free(&x);
}

static void write_sides(FILE *f, const struct brief *b)
{
	size_t i, nr, *order = explain_order(b->c, &nr);
	struct table t = { 0 };
	char *command, *words;

	words = brief_subject(b);
	markdown_heading(f, 2, words);
	free(words);
	paragraph(f, brief_summary(b));
	paragraph(f, brief_verdict(b));
	write_where(f, b);
	overview_table(&t, b);
	write_table(f, &t);
	for (i = 0; i < b->c->nr_tables; i++) {
		if (!brief_tells(b->c, &b->c->tables[i]))
			continue;
		words = metric_words(&b->c->tables[i]);
		markdown_heading(f, 3, words);
		free(words);
		rows_table(&t, &b->c->tables[i]);
		write_table(f, &t);
	}
	if (nr)
		markdown_heading(f, 3, "Why: what else changed");
	for (i = 0; i < nr && i < MAX_EXPLAINED; i++)
		write_explained(f, b, order[i]);
	free(order);
	markdown_heading(f, 3, "How sure");
	paragraph(f, brief_sure(b));
	markdown_heading(f, 3, "Again");
	for (i = 0; (command = brief_command(b, i)); i++) {
		markdown_command(f, command);
		free(command);
	}
}

static void write_cells(FILE *f, const struct report *r)
{
	const struct results *all = &r->results;
	struct arm_groups groups;
	struct table t = { 0 };
	char *command;
	bool broken;

	arm_groups_find(&groups, all);
	markdown_heading(f, 2,
			 r->title ? r->title
			 : all->nr_sessions && all->sessions[0].question
				 ? all->sessions[0].question
				 : "What do these page faults cost?");
	paragraph(f, arm_groups_sentence(&groups));
	arm_groups_free(&groups);
	point(f, "machine", machine_words(all));
	point(f, "kernel", kernel_words(all));
	point(f, "runs", runs_words(all));
	point(f, "proof", proof_words(all, &broken));
	fputc('\n', f);
	cells_table(&t, all, NULL);
	write_table(f, &t);
	markdown_heading(f, 3, "Again");
	command = repeat_run(r);
	markdown_command(f, command);
	free(command);
}

int markdown_report(FILE *f, struct report *r, struct error *e)
{
	const char *axis, *a, *b;
	size_t i;

	(void)e;
	for (i = 0; brief_sides(&r->results, i, &axis, &a, &b); i++) {
		struct comparison c;
		struct brief brief;

		comparison_make(&c, &r->results, axis, a, b, NULL,
				brief_metrics, brief_nr_metrics,
				COMPARE_MARGIN);
		brief_make(&brief, r, &c);
		if (brief.nr_rows)
			write_sides(f, &brief);
		brief_free(&brief);
		comparison_free(&c);
	}
	if (r->results.nr_labels < 2)
		write_cells(f, r);
	return 0;
}
