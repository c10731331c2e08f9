/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for whom, in `faultstat show`: at one glance, in sentences, and
 * every figure of every role.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "memory.h"
#include "roles.h"
#include "show.h"
#include "units.h"

static char *time_text(double ns)
{
	char buf[32];

	return memory_text(isfinite(ns) ? units_time(buf, sizeof(buf), ns)
					: "-");
}

/* "1ms", and what else tells a row from its neighbours; malloc'ed. */
static char *delay_title(const struct roles_row *row)
{
	return memory_printf("%s%s%s", row->delay ? row->delay : "none",
			     row->beside ? ", " : "",
			     row->beside ? row->beside : "");
}

/* "same", or all of it when another role of that name works there too. */
static const char *place_of(const struct roles_chart *c, size_t role)
{
	const struct role *mine = &c->roles[role];
	size_t k;

	for (k = 1; k < c->nr_roles; k++)
		if (k != role && !strcmp(c->roles[k].name, mine->name) &&
		    !strcmp(c->roles[k].where, mine->where))
			return mine->rest;
	return mine->where;
}

/* Takes title over. */
static void add_heading(struct grid *grid, char *title)
{
	size_t k;

	grid_add(grid, title, NULL);
	for (k = 1; k < grid->nr_columns; k++)
		grid_add(grid, NULL, NULL);
}

/* --- at one glance -------------------------------------------------------- */

static void glance_head(struct grid *grid, const struct roles_chart *c,
			bool heads)
{
	size_t k;

	grid_head(grid, 0, NULL, heads ? "  delay" : NULL, NULL);
	grid_head(grid, 1, c->roles[0].name,
		  c->has_beyond ? "past delay" : NULL, NULL);
	for (k = 1; k < c->nr_roles; k++)
		grid_head(grid, k + 1, c->roles[k].name, place_of(c, k), NULL);
}

static void glance_row(struct grid *grid, const struct roles_chart *c,
		       const struct roles_row *row, char *title)
{
	size_t k;

	grid_add(grid, title, NULL);
	for (k = 0; k < c->nr_roles; k++) {
		const struct role_figure *f = &row->at[k];
		double ns = !k && c->has_beyond && row->delay_ns > 0
				    ? f->beyond.estimate
				    : f->p50.estimate;

		if (!f->cell)
			grid_add(grid, NULL, NULL);
		else
			grid_add(grid, time_text(ns),
				 f->held > HELD_NOT
					 ? memory_printf(" %s",
							 held_words[f->held])
					 : NULL);
	}
}

/* The row of the same arm with the longest delay. */
static const struct roles_row *last_of_arm(const struct roles_chart *c,
					   size_t row)
{
	while (row + 1 < c->nr_rows && c->rows[row + 1].arm == c->rows[row].arm)
		row++;
	return &c->rows[row];
}

/* "lock=vma: lock dropped, 1.000 retries/fault"; malloc'ed. */
static char *arm_title(const struct roles_chart *c, size_t row)
{
	const struct roles_row *last = last_of_arm(c, row);
	char *words = roles_lock_words(last);
	char *title = memory_printf("%s%s%s", last->title, words ? ": " : "",
				    words ? words : "");

	free(words);
	return title;
}

static void print_glance(struct show *s, const struct roles_chart *c)
{
	bool heads = roles_has_heads(c);
	struct grid grid;
	size_t i;

	grid_start(&grid, c->nr_roles + 1);
	glance_head(&grid, c, heads);
	for (i = 0; i < c->nr_rows; i++) {
		const struct roles_row *row = &c->rows[i];
		char *delay;

		if (heads && (!i || row[-1].arm != row->arm))
			add_heading(&grid, arm_title(c, i));
		delay = delay_title(row);
		glance_row(&grid, c, row,
			   heads ? memory_printf("  %s", delay)
				 : memory_text(row->title));
		free(delay);
	}
	grid_print(s->out, s->width, &grid);
	grid_free(&grid);
	for (i = 0; !heads && i < c->nr_rows; i++) {
		char *words = roles_lock_words(&c->rows[i]);

		if (words)
			text_print(s->out, s->width, "  ", "%s: %s",
				   c->rows[i].title, words);
		free(words);
	}
}

static void print_sentences(struct show *s, const struct roles_chart *c)
{
	size_t k;

	for (k = 1; k <= c->nr_roles; k++) {
		char *text = roles_sentence(c, k % c->nr_roles);

		if (text)
			text_wrap(s->out, s->width, "* ", text);
		free(text);
	}
}

/* --- every figure --------------------------------------------------------- */

/* Which columns has anybody, and why has nobody a p99? */
struct details {
	bool p99, max, held, times;
	const char *no_p99;
};

static struct details details_of(const struct roles_chart *c)
{
	struct details d = { .no_p99 = NULL };
	size_t i, k;

	for (i = 0; i < c->nr_rows; i++) {
		for (k = 0; k < c->nr_roles; k++) {
			const struct role_figure *f = &c->rows[i].at[k];

			if (!f->cell)
				continue;
			d.p99 |= isfinite(f->p99.estimate) != 0;
			d.max |= isfinite(f->max.estimate) != 0;
			d.held |= isfinite(f->held_share) != 0;
			d.times |= isfinite(f->times.estimate) != 0;
			if (f->no_p99 && !d.no_p99)
				d.no_p99 = f->no_p99;
		}
	}
	return d;
}

static void add_interval(struct grid *grid, struct show *s,
			 const struct interval *v, const char *absent)
{
	char *aside = figure_aside(v);

	if (!isfinite(v->estimate) && absent)
		aside = memory_printf("[%zu]",
				      footnotes_add(&s->notes, absent, true));
	grid_add(grid, time_text(v->estimate), aside);
}

/* One line of figures; max and share may be NAN. Takes title over. */
static void add_line(struct grid *grid, struct show *s, const struct details *d,
		     char *title, const struct role_figure *f)
{
	bool share = isfinite(f->held_share), times;

	times = isfinite(f->times.estimate);
	grid_add(grid, title, NULL);
	add_interval(grid, s, &f->p50, f->no_p50);
	if (d->p99)
		add_interval(grid, s, &f->p99, f->no_p99);
	if (d->max)
		grid_add(grid,
			 isfinite(f->max.estimate) ? time_text(f->max.estimate)
						   : NULL,
			 NULL);
	if (d->held)
		grid_add(grid,
			 share ? memory_printf("%.1f %%", 100 * f->held_share)
			       : NULL,
			 NULL);
	if (d->times)
		grid_add(grid, times ? factor_text(&f->times) : NULL, NULL);
	grid_add(grid, memory_printf("%zu", f->p50.n), NULL);
}

static void add_role(struct grid *grid, struct show *s,
		     const struct roles_chart *c, const struct details *d,
		     size_t role, const struct role_figure *f)
{
	struct role_figure whole = *f, beyond = *f;
	const char *place = place_of(c, role);

	if (isfinite(f->beyond.estimate))
		whole.times.estimate = NAN; /* that is of what is beyond */
	add_line(grid, s, d,
		 memory_printf("  %s%s%s", c->roles[role].name,
			       *place ? " " : "", place),
		 &whole);
	if (!isfinite(f->beyond.estimate))
		return;
	beyond.p50 = f->beyond;
	beyond.p99 = f->beyond_p99;
	beyond.max.estimate = NAN;
	add_line(grid, s, d, memory_text("    past its delay"), &beyond);
}

static void detail_head(struct grid *grid, const struct details *d)
{
	size_t column = 1;

	grid_head(grid, column++, "p50", NULL, " ±%");
	if (d->p99)
		grid_head(grid, column++, "p99", NULL, " ±%");
	if (d->max)
		grid_head(grid, column++, "max", NULL, NULL);
	if (d->held)
		grid_head(grid, column++, "held", "up", NULL);
	if (d->times)
		grid_head(grid, column++, "times the same with",
			  "the shortest delay", NULL);
	grid_head(grid, column, "n", NULL, NULL);
}

static void print_details(struct show *s, const struct roles_chart *c)
{
	struct details d = details_of(c);
	struct grid grid;
	size_t i, k;

	grid_start(&grid, 3u + d.p99 + d.max + d.held + d.times);
	detail_head(&grid, &d);
	for (i = 0; i < c->nr_rows; i++) {
		const struct roles_row *row = &c->rows[i];
		char *delay = delay_title(row);

		add_heading(&grid, row->delay ? memory_printf("%s, delay %s",
							      row->title, delay)
					      : memory_printf("%s, no delay",
							      row->title));
		for (k = 0; k < c->nr_roles; k++)
			if (row->at[k].cell)
				add_role(&grid, s, c, &d, k, &row->at[k]);
		free(delay);
	}
	grid_print(s->out, s->width, &grid);
	if (!d.p99 && d.no_p99)
		text_print(s->out, s->width, "  ", "no p99: %s (and the like)",
			   d.no_p99);
	grid_free(&grid);
}

/* --- all of it ------------------------------------------------------------ */

static void print_legend(struct show *s, const struct roles_chart *c)
{
	text_print(s->out, s->width, "",
		   "Figures are the p50 of each role's own operation. waits: "
		   "it takes at least %g of the delay longer than with the "
		   "shortest delay; part: between that and %g (the waiting "
		   "fault: %g, for timers are late too); no word: it is not "
		   "held up.%s elsewhere: on a VMA of its own.",
		   ROLES_WAITS, ROLES_NOT, ROLES_NOT_ITSELF,
		   c->has_beyond ? " The waiting fault's own figure is what "
				   "it takes beyond the delay that was set."
				 : "");
}

/* "uffd-missing: who waits for whom, ...?" */
static void print_question(struct show *s, const struct roles_chart *c)
{
	text_print(s->out, s->width, "", "%s%s while a fault waits%s%s?",
		   c->scenario ? c->scenario : "",
		   c->scenario ? ": who waits for whom" : "Who waits for whom",
		   c->one_delay ? " for " : "", c->one_delay ? c->delay : "");
}

static void show_glance(struct show *s, const struct roles_chart *c,
			bool sentences)
{
	print_question(s, c);
	print_glance(s, c);
	if (sentences)
		print_sentences(s, c);
	print_legend(s, c);
}

static void show_chart(struct show *s, const struct roles_chart *c)
{
	bool waits = c->delay_ns > 0;

	fputc('\n', s->out);
	if (waits) {
		show_glance(s, c, true);
		fputc('\n', s->out);
	}
	text_print(s->out, s->width, "",
		   "%s%s%s's own operation%s:", c->scenario ? c->scenario : "",
		   c->scenario ? ", " : "",
		   c->scenario ? "each role" : "Each role",
		   waits ? "; held up: of its operations on a schedule, and "
			   "of the time in a closed loop, the share that took "
			   "at least half of the delay longer than with the "
			   "shortest one"
			 : ", in cells with several antagonists");
	print_details(s, c);
}

void show_roles(struct show *s)
{
	struct roles all;
	size_t i;

	roles_find(&all, &s->results, s->scenario);
	for (i = 0; i < all.nr; i++)
		show_chart(s, &all.charts[i]);
	roles_free(&all);
}

void show_waiting(struct show *s)
{
	struct roles all;
	size_t i;

	roles_find(&all, &s->results, s->scenario);
	for (i = 0; i < all.nr; i++) {
		if (!(all.charts[i].delay_ns > 0))
			continue;
		fputc('\n', s->out);
		show_glance(s, &all.charts[i], false);
	}
	roles_free(&all);
}
