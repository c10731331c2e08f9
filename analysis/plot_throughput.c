/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Throughput against the rate of an antagonist, and against threads, each curve
 * in multiples of its own first point: alone, or with the fewest threads. So
 * no access in user mode is held against one by a system call.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "plot_sweep.h"
#include "units.h"

#define MAX_PICTURES 8
#define MAX_TICKS    16

struct axis_range {
	double low, high;  /* measured, without the ends below */
	double none, flat; /* their places */
	double at[MAX_TICKS];
	size_t nr;
};

static double place(const struct axis_range *a, double x)
{
	return x <= 0 ? a->none : isinf(x) ? a->flat : x;
}

static void tick_add(struct axis_range *a, double x)
{
	size_t i;

	for (i = 0; i < a->nr; i++) {
		if (a->at[i] == x)
			return;
	}
	if (a->nr < MAX_TICKS)
		a->at[a->nr++] = x;
}

static void axis_find(struct axis_range *a, const struct sweep *s)
{
	size_t i, k;

	*a = (struct axis_range){ .low = INFINITY };
	for (i = 0; i < s->nr; i++) {
		for (k = 0; k < s->curves[i].nr; k++) {
			double x = s->curves[i].at[k].x;

			tick_add(a, x);
			if (x <= 0 || isinf(x))
				continue;
			a->low = fmin(a->low, x);
			a->high = fmax(a->high, x);
		}
	}
	if (isinf(a->low))
		a->low = a->high = 1;
	a->none = a->low / 3;
	a->flat = a->high * 3;
}

static void add_axis(struct picture *p, const struct axis_range *a,
		     const struct sweep *s)
{
	double low = INFINITY, high = 0;
	char text[32];
	size_t i;

	vars_array(p, "tick_at", MAX_TICKS);
	vars_array(p, "tick_text", MAX_TICKS);
	for (i = 0; i < a->nr; i++) {
		double x = place(a, a->at[i]);

		if (a->at[i] <= 0)
			snprintf(text, sizeof(text), "none");
		else if (isinf(a->at[i]))
			snprintf(text, sizeof(text), "flat out");
		else if (s->threads)
			snprintf(text, sizeof(text), "%.0f", x);
		else
			snprintf(text, sizeof(text), "%.4g%s/s",
				 x >= 1e6   ? x / 1e6
				 : x >= 1e3 ? x / 1e3
					    : x,
				 x >= 1e6   ? "M"
				 : x >= 1e3 ? "k"
					    : "");
		vars_number_at(p, "tick_at", i + 1, x);
		vars_text_at(p, "tick_text", i + 1, text);
		low = fmin(low, x);
		high = fmax(high, x);
	}
	vars_number(p, "ticks", (double)a->nr);
	vars_number(p, "x_low", low / pow(high / low, 0.04));
	vars_number(p, "x_high", high * pow(high / low, 0.04));
	vars_text(p, "x_text",
		  s->threads ? "threads" : "rate of the antagonist");
	vars_text(p, "y_text",
		  s->threads ? "faults/s of all threads, times those of the "
			       "same curve's first point"
			     : "faults/s, times those of the same curve "
			       "without an antagonist");
}

static struct interval throughput(const struct cell_sample *c)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t n = sample_values(c, "faults_per_s", values, NULL);
	struct interval i = stats_median_interval(values, n, 0.95);

	free(values);
	return i;
}

/* In multiples of the first cell's, from pairs of runs within blocks. */
static struct interval multiple(const struct cell_sample *first,
				const struct cell_sample *c)
{
	double *x = memory_new(first->nr_runs, sizeof(*x));
	double *y = memory_new(first->nr_runs, sizeof(*y));
	struct interval i = { .low = 1,
			      .estimate = 1,
			      .high = 1,
			      .n = c->nr_runs,
			      .has_interval = true };

	if (c != first)
		i = stats_ratio_paired(
			x, y, sample_pairs(first, c, "faults_per_s", x, y),
			0.95);
	free(x);
	free(y);
	return i;
}

static const struct column columns[] = {
	{ "curve", false },   { "at", false },	    { "blocks", true },
	{ "faults/s", true }, { "multiple", true }, { "95 % interval", true },
};

static void add_row(struct picture *p, const struct sweep_curve *c, size_t k,
		    const struct sweep *s, const struct interval *i)
{
	const struct sweep_point *point = &c->at[k];
	const char *text = pairs_find(&point->cell->cell,
				      s->threads ? "threads" : "antagonist");
	char *at = axis_title(s->threads ? "threads" : "antagonist",
			      text ? text : "none");

	table_add(&p->table, "%s", c->title);
	table_add(&p->table, "%s", at);
	table_add(&p->table, "%zu", i->n);
	table_add_count(&p->table, throughput(point->cell).estimate);
	table_add(&p->table, "%.2f", i->estimate);
	if (!k)
		table_add(&p->table, "-");
	else if (i->has_interval)
		table_add(&p->table, "%.2f to %.2f", i->low, i->high);
	else
		table_add(&p->table, "needs %zu blocks, has %zu",
			  stats_needed(0.95), i->n);
	free(at);
}

static void add_curve(struct picture *p, const struct sweep *s, size_t index,
		      const struct axis_range *a, double *y_low, double *y_high)
{
	const struct sweep_curve *c = &s->curves[index];
	size_t k;

	fprintf(p->dat, "# ");
	dat_text(p, c->title);
	dat_line(p);
	for (k = 0; k < c->nr; k++) {
		struct interval i = multiple(c->at[0].cell, c->at[k].cell);

		add_row(p, c, k, s, &i);
		/* Without an interval the band ends, and does not narrow. */
		if (!i.has_interval)
			i.low = i.high = NAN;
		dat_number(p, place(a, c->at[k].x));
		dat_number(p, i.estimate);
		dat_number(p, i.low);
		dat_number(p, i.high);
		dat_number(p, (double)i.n);
		dat_line(p);
		*y_low = fmin(*y_low, fmin(i.low, i.estimate));
		*y_high = fmax(*y_high, fmax(i.high, i.estimate));
	}
	fputs("\n\n", p->dat);
	vars_text_at(p, "curve_text", index + 1, c->title);
	vars_number_at(p, "curve_arm", index + 1, c->arm);
	vars_number_at(p, "curve_level", index + 1, c->level);
}

static void add_curves(struct picture *p, const struct sweep *s)
{
	double y_low = INFINITY, y_high = 0, x, y;
	struct axis_range a;
	size_t i;

	fprintf(p->dat,
		"# Throughput in multiples of the first point of the same "
		"curve, one index for each curve.\n"
		"# x: %s\tmultiple, low, high: Hodges-Lehmann estimate and 95 "
		"%% interval\tblocks: pairs of runs\n"
		"# x\tmultiple\tlow\thigh\tblocks\n",
		s->threads ? "threads"
			   : "operations/s of the antagonist; the lowest is "
			     "\"none\", see tick_text in the .vars.gp");
	axis_find(&a, s);
	add_axis(p, &a, s);
	table_start(&p->table, columns);
	vars_array(p, "curve_text", s->nr);
	vars_array(p, "curve_arm", s->nr);
	vars_array(p, "curve_level", s->nr);
	for (i = 0; i < s->nr; i++)
		add_curve(p, s, i, &a, &y_low, &y_high);
	vars_number(p, "curves", (double)s->nr);
	vars_number(p, "ideal", s->threads);
	if (s->threads) {
		x = s->curves[0].at[0].x;
		y = 1;
		fprintf(p->dat, "# perfect scaling\n%g\t%g\n%g\t%g\n", x, y,
			a.high, y * a.high / x);
		y_high = fmax(y_high, y * a.high / x);
	}
	y_low = s->threads ? y_low / 1.3 : 0;
	y_high *= s->threads ? 1.3 : 1.12;
	vars_number(p, "y_low", y_low);
	vars_number(p, "y_high", y_high);
	if (s->threads)
		vars_ticks_log(p, "y_tick", y_low, y_high, false);
	else
		vars_ticks_linear(p, "y_tick", y_high);
	vars_number(p, "columns", 2);
	p->height = 464 + 20 * (unsigned int)((s->nr + 1 + s->threads) / 2);
}

static bool plot_sweep(struct report *r, const struct cell_sample *subject,
		       bool threads)
{
	struct sweep s = { .threads = threads, .subject = subject };
	struct picture *p;
	char *name, *what;
	bool any;

	sweep_find(&s, &r->results);
	any = s.nr > 0;
	if (any) {
		what = subject_words(&r->results, subject);
		name = memory_printf("%s-%s", threads ? "threads" : "rate",
				     what);
		p = picture_new(r, "throughput", "throughput", name);
		picture_question(p,
				 threads ? "How does throughput scale with "
					   "threads?  (%s)"
					 : "How does throughput hold against a "
					   "faster antagonist?  (%s)",
				 what);
		picture_see(p,
			    "%s The band is the 95 %% interval, from pairs of "
			    "runs within blocks.",
			    threads ? "The dashed line is perfect scaling from "
				      "the first point; a curve that leaves it "
				      "is a lock, or memory, that is used up."
				    : "A flat curve is a lock that the "
				      "antagonist does not disturb.");
		add_curves(p, &s);
		free(name);
		free(what);
	}
	sweep_free(&s);
	return any;
}

void plot_throughput(struct report *r)
{
	const struct results *all = &r->results;
	size_t i, k, nr = 0;
	struct picture *p;

	for (i = 0; i < all->nr_cells && nr < MAX_PICTURES; i++) {
		const struct cell_sample *c = &all->cells[i];

		for (k = 0; k < i && !sweep_same_subject(&all->cells[k], c);
		     k++)
			;
		if (k < i)
			continue;
		nr += plot_sweep(r, c, true);
		nr += plot_sweep(r, c, false);
	}
	if (nr)
		return;
	p = picture_new(r, "throughput", "throughput", NULL);
	picture_question(p, "How does throughput scale?");
	picture_skip(p, "the file sweeps neither threads nor an antagonist's "
			"rate: that takes more than two values of one of them");
}
