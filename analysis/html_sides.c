/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two labels in a page: what else changed where a row did, and their waits. */
#include <stdlib.h>

#include "brief_tables.h"
#include "html.h"
#include "memory.h"

enum {
	MAX_EXPLAINED = 6
};

static void element(FILE *f, const char *name, const char *class, char *text)
{
	html_element(f, name, class, text);
	free(text);
}

static void write_table(FILE *f, struct table *t)
{
	html_table(f, t);
	table_free(t);
}

static void write_cells(FILE *f, const struct brief *b, size_t i)
{
	const struct cell_sample *one = b->c->both[i], *two = b->c->twins[i];
	struct table t = { 0 };
	struct explanation x;

	explain_cells(&x, &b->report->results, b->c, one, two);
	html_element(f, "h3", NULL, x.title);
	html_element(f, "p", NULL, x.reading);
	explain_table(&t, &x);
	write_table(f, &t);
	if (one->hist && two->hist && decades_table(&t, one->hist, two->hist)) {
		html_element(f, "p", "soft",
			     "Its faults by the time they "
			     "took, and of a million:");
		write_table(f, &t);
	}
	explain_free(&x);
}

static const struct column difference_columns[] = {
	{ "differs", false },
	{ "first", false },
	{ "second", false },
};

static void write_differences(FILE *f, const struct differences *d)
{
	struct table t = { 0 };
	size_t i;

	if (!d->nr)
		return;
	if (d->nr_fatal)
		html_element(f, "p", "bad",
			     "The two were measured on unlike machines: what "
			     "follows says nothing about a change.");
	table_start(&t, difference_columns);
	for (i = 0; i < d->nr; i++) {
		table_add(&t, "%s", d->at[i].name);
		table_add(&t, "%s", d->at[i].a);
		table_add(&t, "%s", d->at[i].b);
	}
	write_table(f, &t);
}

static void write_sides(FILE *f, const struct brief *b)
{
	size_t i, nr, *order = explain_order(b->c, &nr);
	struct table t = { 0 };

	html_element(f, "h2", NULL, "What changed, and what changed with it");
	element(f, "p", NULL, brief_summary(b));
	element(f, "p", NULL, brief_verdict(b));
	element(f, "p", "soft",
		memory_printf("In all tables of this section first is %s and "
			      "second %s.",
			      b->a, b->b));
	write_differences(f, &b->differences);
	overview_table(&t, b);
	write_table(f, &t);
	for (i = 0; i < nr && i < MAX_EXPLAINED; i++)
		write_cells(f, b, order[i]);
	if (nr > MAX_EXPLAINED)
		element(f, "p", "soft",
			memory_printf("%zu more cells changed: faultstat "
				      "explain tells them all.",
				      nr - MAX_EXPLAINED));
	element(f, "p", "soft", brief_sure(b));
	free(order);
}

void html_sides(FILE *f, const struct report *r)
{
	const char *axis, *a, *b;
	size_t i;

	if (r->results.nr_labels < 2)
		return;
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
}
