/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grid.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "text.h"

enum {
	INDENT = 2
};

struct widths {
	size_t text, aside, all;
};

void grid_start(struct grid *g, size_t nr_columns)
{
	g->nr_columns = nr_columns;
	g->head = memory_new(2 * nr_columns, sizeof(*g->head));
	g->cells = NULL;
	g->nr_cells = 0;
}

static void cells_free(struct grid_cell *cells, size_t nr)
{
	while (nr--) {
		free(cells[nr].text);
		free(cells[nr].aside);
	}
	free(cells);
}

void grid_free(struct grid *g)
{
	cells_free(g->head, 2 * g->nr_columns);
	cells_free(g->cells, g->nr_cells);
	*g = (struct grid){ 0 };
}

void grid_head(struct grid *g, size_t column, const char *first,
	       const char *second, const char *aside)
{
	g->head[column].text = memory_text(first);
	g->head[g->nr_columns + column].text = memory_text(second);
	g->head[g->nr_columns + column].aside = memory_text(aside);
}

void grid_add(struct grid *g, char *text, char *aside)
{
	struct grid_cell *c = memory_append((void **)&g->cells, &g->nr_cells,
					    sizeof(*c));

	c->text = text;
	c->aside = aside;
}

static size_t columns(const char *text)
{
	return text ? text_columns(text) : 0;
}

static void widen(size_t *width, size_t to)
{
	if (*width < to)
		*width = to;
}

/* A title on lines of its own, as far in as it was meant to be. */
static void print_title(FILE *out, size_t width, const char *text)
{
	char lead[8];

	snprintf(lead, sizeof(lead), "%*s",
		 (int)(text ? strspn(text, " ") % sizeof(lead) : 0), "");
	text_wrap(out, width, lead, text);
}

static bool is_empty(const struct grid_cell *row, size_t nr)
{
	while (nr--)
		if (columns(row[nr].text) || columns(row[nr].aside))
			return false;
	return true;
}

/* A row of nothing but a title. */
static bool is_heading(const struct grid *g, size_t cell)
{
	const struct grid_cell *row = &g->cells[cell - cell % g->nr_columns];

	return g->nr_columns > 1 && is_empty(row + 1, g->nr_columns - 1);
}

static struct widths widths_of(const struct grid *g, size_t column)
{
	const struct grid_cell *head = &g->head[column];
	struct widths w = { 0 };
	size_t i;

	widen(&w.text, columns(head[g->nr_columns].text));
	widen(&w.aside, columns(head[g->nr_columns].aside));
	for (i = column; i < g->nr_cells; i += g->nr_columns) {
		if (is_heading(g, i))
			continue;
		widen(&w.text, columns(g->cells[i].text));
		widen(&w.aside, columns(g->cells[i].aside));
	}
	w.all = w.text + w.aside;
	if (w.all < columns(head->text)) {
		w.text += columns(head->text) - w.all;
		w.all = columns(head->text);
	}
	return w;
}

/* Blanks are owed, not printed, so that no line ends in some. */
struct line {
	FILE *out;
	size_t owed, gap;
};

static void line_text(struct line *l, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(l->out, "%*s%s", (int)l->owed, "", text);
	l->owed = 0;
}

static void line_cell(struct line *l, const struct grid_cell *c,
		      const struct widths *w)
{
	size_t text = columns(c->text), aside = columns(c->aside);
	/* a heading may run on over the asides */
	size_t before = text <= w->text ? w->text - text : w->all - text;

	l->owed += l->gap + before;
	line_text(l, c->text);
	line_text(l, c->aside);
	l->owed += w->all - before - text - aside;
}

static void print_row(FILE *out, size_t width, const struct grid_cell *row,
		      const struct grid *g, const struct widths *w, size_t gap,
		      bool own_line)
{
	struct line l = { .out = out, .gap = gap };
	size_t i;

	if (own_line) {
		if (columns(row[0].text))
			print_title(out, width, row[0].text);
		/* the gap before the first column is the indent */
	} else {
		line_text(&l, row[0].text);
		l.owed += w[0].all - columns(row[0].text);
	}
	for (i = 1; i < g->nr_columns; i++)
		line_cell(&l, &row[i], &w[i]);
	fputc('\n', out);
}

/* "p50 ns": both lines of a column's heading. malloc'ed. */
static char *whole_head(const struct grid *g, size_t column)
{
	const char *first = g->head[column].text;
	const char *second = g->head[g->nr_columns + column].text;

	return memory_printf("%s%s%s", first ? first : "",
			     first && second && *second ? " " : "",
			     second ? second : "");
}

static void print_figure(FILE *out, size_t width, const struct grid *g,
			 const struct grid_cell *c, size_t column, size_t room)
{
	char *head = whole_head(g, column);
	char *lead = memory_printf("%*s%s%*s", INDENT, "", head,
				   (int)(room - columns(head) + INDENT), "");

	text_print(out, width, lead, "%s%s", c->text, c->aside ? c->aside : "");
	free(lead);
	free(head);
}

/* Every figure on a line of its own, below the title. */
static void print_stacked(FILE *out, size_t width, const struct grid *g)
{
	size_t i, k, room = 0;

	for (k = 1; k < g->nr_columns; k++) {
		char *head = whole_head(g, k);

		widen(&room, columns(head));
		free(head);
	}
	if (columns(g->head[0].text))
		text_wrap(out, width, "", g->head[0].text);
	for (i = 0; i + g->nr_columns <= g->nr_cells; i += g->nr_columns) {
		if (columns(g->cells[i].text))
			text_wrap(out, width, "", g->cells[i].text);
		for (k = 1; k < g->nr_columns; k++)
			if (columns(g->cells[i + k].text))
				print_figure(out, width, g, &g->cells[i + k], k,
					     room);
	}
}

void grid_print(FILE *out, size_t width, const struct grid *g)
{
	struct widths *w = memory_new(g->nr_columns, sizeof(*w));
	size_t i, figures = 0, gap = 2;
	bool own_line;

	for (i = 0; i < g->nr_columns; i++) {
		w[i] = widths_of(g, i);
		figures += i ? w[i].all : 0;
	}
	if (figures + gap * (g->nr_columns - 1) > width)
		gap = 1;
	figures += gap * (g->nr_columns - 1);
	own_line = w[0].all + figures > width;
	if (figures > width) {
		print_stacked(out, width, g);
		free(w);
		return;
	}
	for (i = 0; i < 2; i++)
		if (!is_empty(&g->head[i * g->nr_columns], g->nr_columns))
			print_row(out, width, &g->head[i * g->nr_columns], g, w,
				  gap, own_line);
	for (i = 0; i + g->nr_columns <= g->nr_cells; i += g->nr_columns)
		if (is_heading(g, i))
			text_wrap(out, width, "", g->cells[i].text);
		else
			print_row(out, width, &g->cells[i], g, w, gap,
				  own_line);
	free(w);
}
