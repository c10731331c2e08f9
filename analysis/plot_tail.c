/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tails: which share of faults, or of an antagonist's own operations, took
 * longer than that. A picture for each scenario, a few curves each: the locks
 * alone and beside the antagonists that make the longest tails.
 */
#include <math.h>
#include <stdlib.h>

#include "comparison.h"
#include "memory.h"
#include "plot_curves.h"

#define MAX_PICTURES 8
#define QUANTILE_N   100 /* values beyond a percentile that is stated */

static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999 };

static const char *const questions[2] = {
	"How long do the slow faults take?",
	"How long are the antagonist's own calls held up?",
};

static const char *const sees[3] = {
	"Which share of faults took longer than the time below. Dotted: the "
	"same fault alone. The locks' medians differ because of how the kernel "
	"is entered; what the lock does shows in how far a curve leaves its "
	"dotted one. The points are the median, the 90th, 99th and 99.9th "
	"percentile.",
	"Which share of the antagonist's operations took longer than the time "
	"below, from when each was due, beside faults under each lock. Lower "
	"and further left is better. The points are the median, the 90th, "
	"99th and 99.9th percentile.",
	"Which share of faults took longer than the time below. The locks' "
	"medians differ because of how the kernel is entered, so that only "
	"the shapes may be compared. The points are the median, the 90th, "
	"99th and 99.9th percentile.",
};

static double quantile(const struct hist *h, double q)
{
	return (double)h->total * (1 - q) < QUANTILE_N ? NAN
						       : hist_quantile(h, q);
}

struct frame { /* the ranges of the axes */
	double x_low, x_high, y_low;
};

static void add_curve(struct picture *p, const struct hist *h, struct frame *f)
{
	double last_x = 0, last_y = 2, x, y;
	double first = fmax(hist_quantile(h, 0.02), 1) / 1e9; /* log axis */
	uint64_t beyond = h->total, before;
	unsigned int i;

	f->x_low = fmin(f->x_low, first);
	f->x_high = fmax(f->x_high, first);
	for (i = 0; i < HIST_NR; i++) {
		if (!h->bucket[i])
			continue;
		before = beyond;
		beyond -= h->bucket[i];
		if (beyond < CURVES_LEAST_BEYOND)
			break;
		/* Level up to the bucket, then down inside it: as
		 * hist_quantile() has it, so that the points lie on it. */
		if ((double)hist_low(i) / 1e9 > last_x * 1.004) {
			dat_number(p, (double)hist_low(i) / 1e9);
			dat_number(p, (double)before / (double)h->total);
			dat_line(p);
		}
		x = (double)hist_high(i) / 1e9;
		y = (double)beyond / (double)h->total;
		/* Points that no eye could tell from the last. */
		if (x < last_x * 1.004 && y > last_y * 0.985)
			continue;
		dat_number(p, x);
		dat_number(p, y);
		dat_line(p);
		last_x = x;
		last_y = y;
		f->x_high = fmax(f->x_high, x);
		f->y_low = fmin(f->y_low, y);
	}
	fputs("\n\n", p->dat);
}

static void add_points(struct picture *p, const struct hist *h)
{
	size_t i;

	for (i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		double x = quantile(h, quantiles[i]) / 1e9;

		if (isnan(x) && i) /* one line at least, or there is no index */
			continue;
		dat_number(p, x);
		dat_number(p, 1 - quantiles[i]);
		dat_line(p);
	}
	fputs("\n\n", p->dat);
}

/* bare: they all have the same antagonist, or none. */
static char *curve_title(const struct curve *c, bool bare)
{
	char *antagonist, *title, *cut;

	if (c->title)
		return clean_text_cut(c->title, 66);
	antagonist = axis_title("antagonist", c->antagonist);
	title = memory_printf("%s%s%s", arm_names[c->arm], bare ? "" : ", ",
			      bare ? "" : antagonist);
	cut = clean_text_cut(title, 66);
	free(antagonist);
	free(title);
	return cut;
}

static const struct column columns[] = {
	{ "curve", false },  { "values", true }, { "p50", true },
	{ "p90", true },     { "p99", true },	 { "p99.9", true },
	{ "largest", true },
};

static void add_all(struct picture *p, struct curves *curves)
{
	struct frame f = { INFINITY, 0, 1 };
	size_t i, k;

	fputs("# Shares of values that are larger, from the histograms of all "
	      "runs merged.\n"
	      "# first one index for each curve, s: the time in seconds\t"
	      "beyond: share of values above it, 0 to 1;\n"
	      "# then one index for each curve with its p50, p90, p99, p99.9\n"
	      "# s\tbeyond\n",
	      p->dat);
	table_start(&p->table, columns);
	vars_array(p, "curve_text", curves->nr);
	vars_array(p, "curve_arm", curves->nr);
	vars_array(p, "curve_level", curves->nr);
	for (i = 0; i < curves->nr; i++) {
		const struct curve *c = &curves->at[i];
		char *title = curve_title(c, curves->alone_only ||
						     curves->antagonist);

		fprintf(p->dat, "# %s\n", title);
		add_curve(p, c->hist, &f);
		vars_text_at(p, "curve_text", i + 1, title);
		vars_number_at(p, "curve_arm", i + 1, c->arm);
		vars_number_at(p, "curve_level", i + 1, c->level);
		table_add(&p->table, "%s", title);
		table_add_count(&p->table, (double)c->hist->total);
		for (k = 0; k < 4; k++)
			table_add_time(&p->table,
				       quantile(c->hist, quantiles[k]));
		table_add_time(&p->table, (double)c->hist->max);
		free(title);
	}
	for (i = 0; i < curves->nr; i++)
		add_points(p, curves->at[i].hist);
	vars_number(p, "curves", (double)curves->nr);
	vars_number(p, "columns", 2);
	f.x_low *= 0.93;
	f.x_high *= 1.1;
	vars_number(p, "x_low", f.x_low);
	vars_number(p, "x_high", f.x_high);
	vars_ticks_log(p, "tick", f.x_low, f.x_high, true);
	vars_number(p, "y_low", f.y_low * 0.8);
	p->height = 484 + 20 * (unsigned int)((curves->nr + 1) / 2);
}

/*
 * The faults of one cell on two sides: dotted and solid, in the lock's colour.
 */
void plot_tail_pair(struct report *r, const struct comparison *c,
		    const struct cell_sample *a, const struct cell_sample *b)
{
	const char *const skip[] = { c->axis, NULL };
	const char *texts[2] = { c->a, c->b };
	struct curve pair[2] = {
		{ .cell = a, .hist = a->hist, .arm = cell_arm(a), .level = 0 },
		{ .cell = b, .hist = b->hist, .arm = cell_arm(b), .level = 1 },
	};
	struct curves curves = { .at = pair, .nr = 2 };
	struct picture *p;
	char *title;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!pair[i].hist || pair[i].hist->total < CURVES_LEAST_TOTAL)
			return;
		pair[i].title = axis_title(c->axis, texts[i]);
	}
	p = picture_new(r, "tail", "tail", sample_axis(a, "scenario"));
	title = cell_title(&r->results, a, skip);
	picture_question(p, "%s  (%s)", questions[0], title);
	free(title);
	vars_text(p, "x_text", "time of a fault");
	vars_text(p, "y_text", "share of faults that take longer");
	picture_see(p,
		    "Which share of faults took longer than the time below; "
		    "lower and further left is better. Dotted: %s; solid: %s.",
		    pair[0].title, pair[1].title);
	add_all(p, &curves);
	for (i = 0; i < 2; i++)
		free(pair[i].title);
}

static void add_words(struct report *r, struct picture *p,
		      const struct curves *curves, bool victims)
{
	char *title = cell_title(&r->results, curves->at[0].cell, curves_axes);
	char *antagonist = curves->antagonist ? axis_title("antagonist",
							   curves->antagonist)
					      : NULL;

	picture_question(p, "%s  (%s%s%s)", questions[victims], title,
			 antagonist ? " beside " : "",
			 antagonist ? antagonist : "");
	vars_text(p, "x_text",
		  victims ? "time of an operation" : "time of a fault");
	vars_text(
		p, "y_text",
		victims ? "share of the antagonist's operations that take longer"
			: "share of faults that take longer");
	picture_see(p, "%s%s", sees[curves->alone_only ? 2 : victims],
		    curves->left ? " Only the antagonists with the longest "
				   "tails are drawn."
				 : "");
	free(title);
	free(antagonist);
}

static char *picture_subject(const struct report *r,
			     const struct curves *curves)
{
	char *what = subject_words(&r->results, curves->at[0].cell), *more;

	if (!curves->antagonist)
		return what;
	more = memory_printf("%s %s", what, curves->antagonist);
	free(what);
	return more;
}

static void plot_all(struct report *r, bool victims)
{
	const char *stem = victims ? "victims" : "tail";
	struct curves *all;
	struct picture *p;
	char *what;
	size_t i, nr;

	all = curves_find(&r->results, victims, &nr);
	for (i = 0; i < nr && i < MAX_PICTURES; i++) {
		what = picture_subject(r, &all[i]);
		p = picture_new(r, "tail", stem, what);
		free(what);
		add_words(r, p, &all[i], victims);
		add_all(p, &all[i]);
	}
	curves_free(all, nr);
	if (nr && nr <= MAX_PICTURES)
		return;
	p = picture_new(r, "tail", stem, NULL);
	picture_question(p, "%s", questions[victims]);
	if (nr)
		picture_skip(p,
			     "%zu more scenarios or labels have such a "
			     "picture, with fewer curves than those above",
			     nr - MAX_PICTURES);
	else
		picture_skip(p, victims ? "no antagonist has a histogram of "
					  "1,000 operations or more"
					: "no cell has a histogram of 1,000 "
					  "faults or more (batch above 1 has "
					  "none)");
}

void plot_tails(struct report *r)
{
	plot_all(r, false);
}

void plot_victims(struct report *r)
{
	plot_all(r, true);
}
