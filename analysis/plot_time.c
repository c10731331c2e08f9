/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs in order of time: the cheapest lie detector. */
#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "report.h"

#define PAUSE_S	   120.0 /* a longer one is cut out of the axis ... */
#define CUT_S	   15.0	 /* ... down to this */
#define MAX_BREAKS 20

struct point { /* one run */
	double time_s, minutes, percent;
	unsigned int session, block;
	enum arm arm;
	bool alone;
	size_t cell;
};

struct points {
	struct point *at;
	size_t nr;
};

static void points_of_cell(struct points *points, const struct cell_sample *c,
			   size_t index)
{
	double *values = memory_new(c->nr_runs, sizeof(*values)), median;
	size_t i;

	median = stats_median(values, sample_values(c, "p50_ns", values, NULL));
	free(values);
	if (!(median > 0))
		return;
	for (i = 0; i < c->nr_runs; i++) {
		const struct value *v = metrics_find(&c->runs[i].metrics,
						     "p50_ns");
		struct point *p;

		if (!v || v->absent)
			continue;
		p = memory_append((void **)&points->at, &points->nr,
				  sizeof(*p));
		*p = (struct point){ .time_s = c->runs[i].time_s,
				     .percent = 100 * (v->number / median - 1),
				     .session = c->runs[i].session,
				     .block = c->runs[i].block,
				     .arm = cell_arm(c),
				     .alone = sample_is_alone(c),
				     .cell = index };
	}
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->time_s < y->time_s ? -1 : x->time_s > y->time_s;
}

/* Minutes since the first run, long pauses cut out; returns how many. */
static size_t place_points(struct points *points, struct picture *p)
{
	double now = 0, step;
	size_t i, breaks = 0;

	for (i = 0; i < points->nr; i++) {
		step = i ? points->at[i].time_s - points->at[i - 1].time_s : 0;
		if (step > PAUSE_S) {
			step = CUT_S;
			if (breaks < MAX_BREAKS)
				vars_number_at(p, "break_at", ++breaks,
					       (now + step / 2) / 60);
		}
		now += step;
		points->at[i].minutes = now / 60;
	}
	vars_number(p, "breaks", (double)breaks);
	return breaks;
}

static double median_where(const struct points *points, const struct point *as,
			   bool by_block, double from, double to,
			   double *minutes)
{
	double *values = memory_new(points->nr, sizeof(*values)), median;
	double *when = memory_new(points->nr, sizeof(*when));
	size_t i, n = 0;

	for (i = 0; i < points->nr; i++) {
		const struct point *p = &points->at[i];

		if (by_block
			    ? p->session != as->session || p->block != as->block
			    : p->cell != as->cell)
			continue;
		if (p->minutes < from || p->minutes > to)
			continue;
		values[n] = p->percent;
		when[n++] = p->minutes;
	}
	median = stats_median(values, n);
	if (minutes)
		*minutes = stats_median(when, n);
	free(values);
	free(when);
	return median;
}

static void add_points(struct picture *p, const struct points *points)
{
	bool seen[NR_ARMS] = { false };
	size_t i, n = 0;

	fputs("# Each run's median fault against the median of its cell.\n"
	      "# index 0: the runs\tminutes: since the first run, pauses cut "
	      "out\tdeviation: %\n"
	      "# arm: colour (1 VMA lock, 2 mmap_lock, 3 redone, 4 mmap_lock "
	      "held)\tbeside: 1 with an antagonist\n"
	      "# index 1: the median of each block\n"
	      "# minutes\tdeviation\tarm\tbeside\n",
	      p->dat);
	for (i = 0; i < points->nr; i++) {
		dat_number(p, points->at[i].minutes);
		dat_number(p, points->at[i].percent);
		dat_number(p, points->at[i].arm);
		dat_number(p, !points->at[i].alone);
		dat_line(p);
		seen[points->at[i].arm] = true;
	}
	vars_array(p, "arm_index", NR_ARMS);
	vars_array(p, "arm_text", NR_ARMS);
	for (i = 1; i < NR_ARMS; i++) {
		if (!seen[i])
			continue;
		n++;
		vars_number_at(p, "arm_index", n, (double)i);
		vars_text_at(p, "arm_text", n, arm_names[i]);
	}
	vars_number(p, "arms", (double)n);
}

/* The blocks' medians, in the order of time, as index 1. */
static void add_blocks(struct picture *p, const struct points *points)
{
	const struct point *last = NULL;
	double minutes, percent;
	size_t i;

	fputs("\n\n", p->dat);
	for (i = 0; i < points->nr; i++) {
		const struct point *point = &points->at[i];

		if (last && last->session == point->session &&
		    last->block == point->block)
			continue;
		if (last && last->session != point->session)
			fputc('\n', p->dat); /* no line between sessions */
		percent = median_where(points, point, true, -INFINITY, INFINITY,
				       &minutes);
		dat_number(p, minutes);
		dat_number(p, percent);
		dat_line(p);
		last = point;
	}
}

/* Wide enough for all but the odd run, which is drawn on the edge. */
static double y_limit(const struct points *points, size_t *beyond)
{
	double *values = memory_new(points->nr, sizeof(*values)), limit;
	size_t i, k;

	for (i = 0; i < points->nr; i++) {
		double x = fabs(points->at[i].percent);

		for (k = i; k > 0 && values[k - 1] > x; k--)
			values[k] = values[k - 1];
		values[k] = x;
	}
	limit = fmax(2,
		     1.3 * values[(size_t)((double)(points->nr - 1) * 0.96)]);
	if (values[points->nr - 1] < 1.5 * limit)
		limit = fmax(limit, 1.05 * values[points->nr - 1]);
	*beyond = 0;
	for (i = 0; i < points->nr; i++)
		*beyond += values[i] > limit;
	free(values);
	return limit;
}

static const struct column columns[] = {
	{ "cell", false },	 { "runs", true },
	{ "p50", true },	 { "lowest run", true },
	{ "highest run", true }, { "first half", true },
	{ "second half", true },
};

/* "+1.2 %", and no minus before a zero. */
static void add_percent(struct picture *p, double x)
{
	table_add(&p->table, fabs(x) < 0.05 ? "%.1f %%" : "%+.1f %%",
		  fabs(x) < 0.05 ? 0 : x);
}

static void add_table(struct report *r, struct picture *p,
		      const struct points *points)
{
	double middle = points->at[points->nr / 2].minutes;
	size_t i, k;

	table_start(&p->table, columns);
	for (i = 0; i < r->results.nr_cells; i++) {
		const struct cell_sample *c = &r->results.cells[i];
		double *values = memory_new(c->nr_runs, sizeof(*values));
		size_t n = sample_values(c, "p50_ns", values, NULL);
		double median = stats_median(values, n);
		double low = INFINITY, high = -INFINITY;
		struct point as = { .cell = i };
		char *title;

		for (k = 0; k < n; k++) {
			low = fmin(low, 100 * (values[k] / median - 1));
			high = fmax(high, 100 * (values[k] / median - 1));
		}
		free(values);
		if (!n || !(median > 0))
			continue;
		title = cell_title(&r->results, c, NULL);
		table_add(&p->table, "%s", title);
		free(title);
		table_add(&p->table, "%zu", n);
		table_add_time(&p->table, median);
		add_percent(p, low);
		add_percent(p, high);
		add_percent(p, median_where(points, &as, false, -INFINITY,
					    middle, NULL));
		add_percent(p, median_where(points, &as, false, middle,
					    INFINITY, NULL));
	}
}

void plot_time(struct report *r)
{
	struct picture *p = picture_new(r, "time", "time", NULL);
	struct points points = { 0 };
	size_t i, breaks, beyond;

	picture_question(
		p, "Did the machine stay the same while it was measured?");
	for (i = 0; i < r->results.nr_cells; i++)
		points_of_cell(&points, &r->results.cells[i], i);
	if (points.nr < 2) {
		picture_skip(p, "the file has fewer than two runs with a "
				"median");
		free(points.at);
		return;
	}
	qsort(points.at, points.nr, sizeof(*points.at), by_time);
	vars_array(p, "break_at", MAX_BREAKS);
	breaks = place_points(&points, p);
	vars_number(p, "y_limit", y_limit(&points, &beyond));
	add_points(p, &points);
	add_blocks(p, &points);
	add_table(r, p, &points);
	p->height = 452;
	picture_see(p,
		    "Each point is a run, its median fault against the median "
		    "of all runs of its cell. A band round 0 is a quiet "
		    "machine; a slope, a step or a wave is drift, which the "
		    "comparisons inside blocks cancel and absolute times do "
		    "not.%s%s",
		    beyond ? " Runs beyond the edge are drawn on it." : "",
		    breaks ? " Dashed uprights: a pause, cut out." : "");
	free(points.at);
}
