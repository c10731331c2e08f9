/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom: a tile for each role, by lock and delay. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "memory.h"
#include "roles.h"
#include "text.h"
#include "units.h"

enum {
	MAX_LINES = 48, /* more make no picture */
	LINE_PX = 27,
	LETTER_PX = 7,
	HEAD_LETTERS = 112, /* of all roles' headings together */
};

static const struct column columns[] = {
	{ "cell", false },   { "delay", true },
	{ "role", false },   { "p50", true },
	{ "p99", true },     { "max", true },
	{ "held up", true }, { "times the same, shortest delay [95 %]", true },
	{ "waits", false },
};

/* "1.14 ms ±0.3 %" */
static void add_times(struct table *t, const struct interval *v)
{
	char buf[32], *half = figure_aside(v);

	if (!half) {
		table_add_time(t, v->estimate);
		return;
	}
	table_add(t, "%s%s %%", units_time(buf, sizeof(buf), v->estimate),
		  half);
	free(half);
}

static const char *verdict_words(const struct role_figure *f)
{
	static const char *const words[NR_HELD] = {
		[HELD_UNKNOWN] = "–",
		[HELD_NOT] = "no",
		[HELD_PARTLY] = "in part",
		[HELD_WAITS] = "yes",
	};

	return words[f->held];
}

static void table_row(struct table *t, const struct roles_row *row,
		      const char *role, const struct role_figure *f)
{
	table_add(t, "%s%s%s", row->title, row->beside ? ", beside " : "",
		  row->beside ? row->beside : "");
	table_add(t, "%s", row->delay ? row->delay : "–");
	table_add(t, "%s", role);
	add_times(t, &f->p50);
	add_times(t, &f->p99);
	add_times(t, &f->max);
	if (isfinite(f->held_share))
		table_add(t, "%.1f %%", 100 * f->held_share);
	else
		table_add(t, "–");
	table_add_ratio(t, &f->times);
	table_add(t, "%s", verdict_words(f));
}

static void add_table(struct picture *p, const struct roles_chart *c)
{
	struct table *t = &p->table;
	size_t i, k;

	table_start(t, columns);
	for (i = 0; i < c->nr_rows; i++) {
		for (k = 0; k < c->nr_roles; k++) {
			struct role_figure f = c->rows[i].at[k];
			char *role;

			if (!f.cell)
				continue;
			if (isfinite(f.beyond.estimate)) {
				f.p50 = f.beyond;
				f.p99 = f.beyond_p99;
				f.max = (struct interval){ .estimate = NAN };
			}
			role = memory_printf("%s %s", c->roles[k].name,
					     isfinite(f.beyond.estimate)
						     ? "beyond its delay"
						     : c->roles[k].rest);
			table_row(t, &c->rows[i], role, &f);
			free(role);
		}
	}
}

/* --- the picture ---------------------------------------------------------- */

struct drawing {
	struct picture *p;
	const struct roles_chart *c;
	double y;
	size_t nr_heads, nr_lines, widest;
	bool heads, notes;
};

/* What the median hides: some operations wait, most don't. */
static void add_mark(struct picture *p, const struct role_figure *f)
{
	char *some = NULL;

	if (f->some_wait)
		some = memory_printf("held up %.0f %% of time",
				     100 * f->held_share);
	dat_text(p, some		 ? some
		    : f->held > HELD_NOT ? held_words[f->held]
					 : "-");
	free(some);
}

static void add_tile(struct drawing *d, const struct roles_row *row, size_t k)
{
	const struct role_figure *f = &row->at[k];
	const struct interval *v = isfinite(f->beyond.estimate) ? &f->beyond
								: &f->p50;
	char buf[32];

	if (!f->cell || !isfinite(v->estimate))
		return;
	dat_number(d->p, d->y);
	dat_number(d->p, (double)k + 1);
	dat_number(d->p, (double)f->held);
	dat_number(d->p, v->estimate / 1e9);
	dat_number(d->p, v->low / 1e9);
	dat_number(d->p, v->high / 1e9);
	dat_text(d->p, units_time(buf, sizeof(buf), v->estimate));
	add_mark(d->p, f);
	dat_text(d->p, d->c->roles[k].words);
	dat_text(d->p, row->title);
	dat_line(d->p);
}

static void add_head(struct drawing *d, const struct roles_row *last)
{
	char *words = roles_lock_words(last);
	char *title = clean_text_cut(last->title, 80);

	d->nr_heads++;
	d->y += 1;
	vars_number_at(d->p, "head_at", d->nr_heads, d->y);
	vars_text_at(d->p, "head_text", d->nr_heads, title);
	vars_text_at(d->p, "head_note", d->nr_heads, words ? words : "");
	free(words);
	free(title);
}

static void add_line(struct drawing *d, const struct roles_row *row)
{
	char *words = d->heads ? NULL : roles_lock_words(row);
	char *title = d->heads ? memory_printf("%s%s%s%s",
					       row->delay ? "delay " : "none",
					       row->delay ? row->delay : "",
					       row->beside ? ", " : "",
					       row->beside ? row->beside : "")
			       : memory_text(row->title);
	char *cut = clean_text_cut(title, 40);
	size_t width = text_columns(cut), k;

	d->widest = width > d->widest ? width : d->widest;
	d->notes |= words != NULL;
	d->nr_lines++;
	d->y += 1;
	vars_number_at(d->p, "line_at", d->nr_lines, d->y);
	vars_text_at(d->p, "line_text", d->nr_lines, cut);
	vars_text_at(d->p, "line_note", d->nr_lines, words ? words : "");
	for (k = 0; k < d->c->nr_roles; k++)
		add_tile(d, row, k);
	free(words);
	free(title);
	free(cut);
}

static void add_rows(struct drawing *d)
{
	const struct roles_chart *c = d->c;
	size_t i, last;

	for (i = 0; i < c->nr_rows && d->nr_lines < MAX_LINES; i++) {
		for (last = i; last + 1 < c->nr_rows &&
			       c->rows[last + 1].arm == c->rows[i].arm;
		     last++)
			;
		if (d->heads && (!i || c->rows[i - 1].arm != c->rows[i].arm))
			add_head(d, &c->rows[last]);
		add_line(d, &c->rows[i]);
	}
}

static void draw_roles(struct drawing *d)
{
	const struct roles_chart *c = d->c;
	size_t k;

	vars_array(d->p, "role_name", c->nr_roles);
	vars_array(d->p, "role_rest", c->nr_roles);
	for (k = 0; k < c->nr_roles; k++) {
		char *name = clean_text_cut(c->roles[k].name,
					    HEAD_LETTERS / c->nr_roles);
		/* "on the same VMA (200/s)", or where it is narrow the
		 * short words */
		const char *words = c->nr_roles > 5
					    ? c->roles[k].rest
					    : c->roles[k].words +
						      strlen(c->roles[k].name);
		char *rest = clean_text_cut(k ? words
					    : c->has_beyond
						    ? "beyond its delay"
						    : "its delay included",
					    HEAD_LETTERS / c->nr_roles);

		vars_text_at(d->p, "role_name", k + 1, name);
		vars_text_at(d->p, "role_rest", k + 1,
			     *rest == ' ' ? rest + 1 : rest);
		free(name);
		free(rest);
	}
	vars_number(d->p, "roles", (double)c->nr_roles);
}

static void draw(struct drawing *d)
{
	static const char *const arrays[] = { "head_at",   "head_text",
					      "head_note", "line_at",
					      "line_text", "line_note" };
	size_t i;

	for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		vars_array(d->p, arrays[i], MAX_LINES);
	fputs("# Each role's own latency, by lock and delay: medians over "
	      "runs.\n"
	      "# class: 0 no delay, 1 not held up, 2 in part, 3 held up\n"
	      "# row\trole\tclass\tp50_s\tlow\thigh\tfigure\tmark\twho\tcell\n",
	      d->p->dat);
	draw_roles(d);
	d->heads = roles_has_heads(d->c);
	add_rows(d);
	vars_number(d->p, "rows", d->y);
	vars_number(d->p, "heads", (double)d->nr_heads);
	vars_number(d->p, "lines", (double)d->nr_lines);
	vars_number(d->p, "left", 40 + LETTER_PX * (double)d->widest);
	vars_number(d->p, "note_width", d->notes ? 220 : 0);
	vars_text(d->p, "figure_words",
		  d->c->one_delay
			  ? "Median of each role's own operation."
			  : "Median of each role's own operation; held up is "
			    "what it takes longer than with the shortest "
			    "delay.");
	d->p->height = (unsigned int)(124 + 82 + d->y * LINE_PX);
}

static void plot_chart(struct report *r, const struct roles *all,
		       const struct roles_chart *c)
{
	struct drawing d = { .c = c };
	char *sentences = roles_sentences(c, 1);

	d.p = picture_new(r, "roles", "waiting",
			  c->scenario	? c->scenario
			  : all->nr > 1 ? "several"
					: NULL);
	picture_question(
		d.p, "%s%s while a fault waits%s%s?",
		c->scenario ? c->scenario : "",
		c->scenario ? ": who waits for whom" : "Who waits for whom",
		c->one_delay ? " for " : "", c->one_delay ? c->delay : "");
	draw(&d);
	add_table(d.p, c);
	picture_see(d.p, "%s%s", sentences ? sentences : "",
		    c->nr_rows > d.nr_lines
			    ? " Not all rows fit the picture; the table has "
			      "them all."
			    : "");
	free(sentences);
}

void plot_roles(struct report *r, const struct roles *all)
{
	size_t i, nr = 0;

	for (i = 0; i < all->nr; i++) {
		if (!(all->charts[i].delay_ns > 0))
			continue;
		plot_chart(r, all, &all->charts[i]);
		nr++;
	}
	if (nr)
		return;
	picture_question(picture_new(r, "roles", "waiting", NULL),
			 "Who waits for whom, while a fault waits?");
	picture_skip(r->pictures[r->nr_pictures - 1],
		     "the file has no cell whose faults wait for a delay "
		     "beside an antagonist");
}
