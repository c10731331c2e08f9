/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Explanations as text, and faultstat explain, which prints them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "explain.h"
#include "figure.h"
#include "memory.h"
#include "sides.h"

enum {
	MAX_HEAD = 12
};

/* --- words ---------------------------------------------------------------- */

static enum figure_kind kind_of(const struct explain_item *item)
{
	/* counters are per fault, whatever their name */
	return !strncmp(item->metric, "counter.", 8)
		       ? FIGURE_COUNT
		       : figure_of(item->metric).kind;
}

char *item_side(const struct explain_item *item, double number)
{
	return figure_text(kind_of(item), number);
}

char *item_change(const struct explain_item *item)
{
	if (item->exact || !(item->a > 0) || !(item->b > 0))
		return memory_text("");
	return change_text(isnan(item->ratio.estimate) ? item->b / item->a
						       : item->ratio.estimate);
}

char *items_named(const struct explanation *x, enum explain_state state)
{
	char *names = NULL, *longer;
	size_t i;

	for (i = 0; i < x->nr_items; i++) {
		const struct explain_item *item = &x->items[i];
		bool why = state == EXPLAIN_ABSENT && item->absent;

		if (item->state != state)
			continue;
		longer = memory_printf("%s%s%s%s%s%s", names ? names : "",
				       names ? ", " : "", item->metric,
				       why ? " (" : "", why ? item->absent : "",
				       why ? ")" : "");
		free(names);
		names = longer;
	}
	return names;
}

/* --- text ----------------------------------------------------------------- */

/* A mail has no room for it, and has it in its tables. */
static char *interval_aside(const struct sheet *s, const struct interval *v)
{
	char *text = s->width > WIDTH_MAIL ? change_interval(v) : NULL, *aside;

	if (!text)
		return NULL;
	aside = memory_printf(" %s", text);
	free(text);
	return aside;
}

static void add_row(const struct sheet *s, struct grid *g,
		    const struct compared_table *t, const struct compared *row)
{
	struct figure f = figure_of(t->metric);
	char mark;
	const char *word = row_word(row, &mark);

	sheet_cell(s, g, memory_printf("  %s", t->metric), NULL);
	if (t->slowdowns) {
		sheet_cell(s, g, memory_printf("x%.3g", row->va.estimate),
			   NULL);
		sheet_cell(s, g, memory_printf("x%.3g", row->vb.estimate),
			   NULL);
	} else {
		sheet_cell(s, g, figure_text(f.kind, row->va.estimate), NULL);
		sheet_cell(s, g, figure_text(f.kind, row->vb.estimate), NULL);
	}
	sheet_cell(s, g, change_text(row->ratio.estimate),
		   interval_aside(s, &row->ratio));
	sheet_cell(s, g, NULL,
		   memory_printf(mark == ' ' ? "%s" : "%s %c", word, mark));
}

static void add_item(const struct sheet *s, struct grid *g,
		     const struct explain_item *item)
{
	sheet_cell(s, g, memory_printf("  %s", item->metric), NULL);
	sheet_cell(s, g, item_side(item, item->a), NULL);
	sheet_cell(s, g, item_side(item, item->b), NULL);
	sheet_cell(s, g, item_change(item), interval_aside(s, &item->ratio));
	sheet_cell(s, g, NULL,
		   memory_text(item->exact	   ? "counted"
			       : item->b > item->a ? "more"
						   : "less"));
}

static void add_title(const struct sheet *s, struct grid *g, const char *text)
{
	size_t i;

	sheet_cell(s, g, memory_text(text), NULL);
	for (i = 1; i < 5; i++)
		sheet_cell(s, g, NULL, NULL);
}

static void print_names(const struct sheet *s, const char *lead, char *names)
{
	if (names)
		sheet_say(s, lead, "%s", names);
	free(names);
}

void explain_print(const struct sheet *s, const struct comparison *c,
		   const struct explanation *x)
{
	char *a = sheet_name(s, c->a, MAX_HEAD);
	char *b = sheet_name(s, c->b, MAX_HEAD);
	struct grid g;
	size_t i, moved = 0;

	sheet_say(s, "", "%s", x->title);
	grid_start(&g, 5);
	sheet_head(s, &g, 1, a, NULL);
	sheet_head(s, &g, 2, b, NULL);
	sheet_head(s, &g, 3, "change", NULL);
	for (i = 0; i < x->nr_rows; i++)
		add_row(s, &g, x->tables[i], x->rows[i]);
	for (i = 0; i < x->nr_items; i++) {
		if (x->items[i].state != EXPLAIN_MOVED)
			continue;
		if (!moved++)
			add_title(s, &g, "with it went:");
		add_item(s, &g, &x->items[i]);
	}
	grid_print(s->out, s->width, &g);
	grid_free(&g);
	if (!moved)
		sheet_say(s, "", "with it went: nothing that was measured");
	print_names(s, "  as before  ", items_named(x, EXPLAIN_STAYED));
	print_names(s, "  unclear    ", items_named(x, EXPLAIN_UNCLEAR));
	print_names(s, "  not known  ", items_named(x, EXPLAIN_ABSENT));
	sheet_say(s, "  read       ", "%s", x->reading);
	free(a);
	free(b);
}

/* --- the command ---------------------------------------------------------- */

struct options {
	struct sides sides;
	const char *row;
	bool mail;
};

static const struct argp_option option_table[] = {
	{ "row", 'r', "WORDS", 0,
	  "the rows whose name has these words, changed or not (default: all "
	  "that changed, the clearest first)",
	  0 },
	{ "mail", 'm', NULL, 0, "72 columns and ASCII, for a mail", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'r':
		o->row = arg;
		return 0;
	case 'm':
		o->mail = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->sides;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* All pairs of cells whose title has the words. */
static size_t *named(const struct results *r, const struct comparison *c,
		     const char *words, size_t *nr)
{
	const char *const skip[] = { c->axis, NULL };
	size_t *order = memory_new(c->nr_both, sizeof(*order)), i;

	*nr = 0;
	for (i = 0; i < c->nr_both; i++) {
		char *title = sample_title_without(r, c->both[i], skip);

		if (strstr(title, words))
			order[(*nr)++] = i;
		free(title);
	}
	return order;
}

static void print_all(const struct sheet *s, const struct results *r,
		      const struct comparison *c, const size_t *order,
		      size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct explanation x;

		explain_cells(&x, r, c, c->both[order[i]], c->twins[order[i]]);
		if (i)
			fputc('\n', s->out);
		explain_print(s, c, &x);
		explain_free(&x);
	}
}

static void print_closing(const struct sheet *s, const struct comparison *c,
			  size_t nr, const struct options *o)
{
	char *a = axis_title(c->axis, c->a), *b = axis_title(c->axis, c->b);

	if (nr)
		fputc('\n', s->out);
	sheet_say(s, "",
		  "%s against %s: %zu pair%s of cells, %zu told (%s). *: "
		  "stands with at most %g %% false discoveries among %zu "
		  "tests. ?: does not, though its interval excludes no "
		  "change. counted: in one untimed witness pass of each side. "
		  "That two figures moved together proves no cause.",
		  b, a, c->nr_both, c->nr_both == 1 ? "" : "s", nr,
		  o->row ? "by name" : "changed beyond doubt",
		  COMPARE_FDR * 100, c->nr_tests);
	free(a);
	free(b);
}

static int explain(struct results *r, struct options *o)
{
	static const char *const metrics[] = {
		"p50_ns",
		"p99_ns",
		"faults_per_s",
		"antagonist.p99_ns",
		"antagonist.ops_per_s",
	};
	struct sheet s = o->mail ? sheet_mail(stdout) : sheet_terminal(stdout);
	struct comparison c;
	size_t *order, nr;
	int status = sides_load(r, &o->sides);

	if (status)
		return status;
	comparison_make(&c, r, o->sides.axis, o->sides.a, o->sides.b,
			o->sides.cli.scenario, metrics,
			sizeof(metrics) / sizeof(metrics[0]), o->sides.margin);
	order = o->row ? named(r, &c, o->row, &nr) : explain_order(&c, &nr);
	status = sides_check(&o->sides, r, &c);
	if (!status && o->row && !nr)
		status = cli_trouble("no row has \"%s\" in its name; faultstat "
				     "compare lists them",
				     o->row);
	if (!status) {
		print_all(&s, r, &c, order, nr);
		print_closing(&s, &c, nr, o);
	}
	free(order);
	comparison_free(&c);
	return status;
}

int command_explain(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &sides_argp, 0, NULL, 0 }, { 0 }
	};
	static const struct argp argp = {
		option_table,
		parse,
		"[LABEL=]A [LABEL=]B\n--by AXIS=A,B FILE...",
		"Why a row changed: the locks and retries of both sides, the "
		"same touch on a present page, context switches, counters, "
		"noise, the antagonist's rate, and which of them moved with "
		"it.",
		children,
		NULL,
		NULL
	};
	struct options o = { .row = NULL };
	struct results r = { 0 };
	int status;

	sides_start(&o.sides);
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = explain(&r, &o);
	results_free(&r);
	sides_free(&o.sides);
	return status;
}
