/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From samples to rows and their changes. */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "change_points.h"
#include "cli.h"
#include "memory.h"

/* --- values --------------------------------------------------------------- */

/* The cell with just its runs of one point; owns nothing. *from is where to
 * look, and is moved on. */
static struct cell_sample part_of(const struct history *h,
				  const struct cell_sample *c, size_t point,
				  size_t *from)
{
	struct cell_sample part = *c;
	size_t end;

	if (!c->nr_runs)
		return part;
	while (*from < c->nr_runs &&
	       h->point_of[c->runs[*from].session] < point)
		++*from;
	for (end = *from; end < c->nr_runs; end++)
		if (h->point_of[c->runs[end].session] != point)
			break;
	part.runs = c->runs + *from;
	part.nr_runs = end - *from;
	return part;
}

static struct interval median_of(const struct cell_sample *c,
				 const char *metric)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t nr = sample_values(c, metric, values, NULL);
	struct interval v = stats_median_interval(values, nr, HISTORY_LEVEL);

	free(values);
	return v;
}

/* (c0 / c1) / (c2 / c3) within blocks; with two cells, c0 / c1. */
static struct interval ratio_of(const struct cell_sample *const *cells,
				size_t nr, const char *metric)
{
	size_t room = cells[0]->nr_runs, n, i;
	double *at[4] = { NULL };
	struct interval v;

	for (i = 0; i < nr; i++)
		at[i] = memory_new(room, sizeof(**at));
	n = sample_tuples(cells, nr, metric, at);
	for (i = 0; i < n && nr == 4; i++) {
		at[0][i] /= at[1][i];
		at[1][i] = at[2][i] / at[3][i];
	}
	v = stats_ratio_paired(at[1], at[0], n, HISTORY_LEVEL);
	for (i = 0; i < nr; i++)
		free(at[i]);
	return v;
}

/* One value for each point, of one cell or of the ratio of several. */
static void series_fill(const struct history *h, struct history_series *s,
			const struct cell_sample *const *cells, size_t nr,
			const char *metric)
{
	size_t from[4] = { 0 }, i, k;
	struct cell_sample parts[4];
	const struct cell_sample *at[4];

	s->values = memory_new(h->nr_points, sizeof(*s->values));
	for (i = 0; i < h->nr_points; i++) {
		for (k = 0; k < nr; k++) {
			parts[k] = part_of(h, cells[k], i, &from[k]);
			at[k] = &parts[k];
		}
		s->values[i] = nr == 1 ? median_of(at[0], metric)
				       : ratio_of(at, nr, metric);
		s->nr_values += isfinite(s->values[i].estimate) != 0;
	}
}

/* --- changes -------------------------------------------------------------- */

/* Of the values from..to: the size of the change at. */
static struct history_change change_of(const double *values,
				       const size_t *points, size_t from,
				       size_t at, size_t to)
{
	return (struct history_change){
		.at = points[at],
		.before = stats_median(values + from, at - from),
		.since = stats_median(values + at, to - at),
		.ratio = stats_ratio_unpaired(values + from, at - from,
					      values + at, to - at,
					      HISTORY_LEVEL),
	};
}

static void find_changes(const struct history *h, struct history_series *s)
{
	double *values = memory_new(h->nr_points, sizeof(*values));
	double *logs = memory_new(h->nr_points, sizeof(*logs));
	size_t *points = memory_new(h->nr_points, sizeof(*points));
	struct change_point *found;
	size_t i, n = 0;

	for (i = 0; i < h->nr_points; i++) {
		double x = s->values[i].estimate;

		if (!isfinite(x) || x <= 0)
			continue;
		values[n] = x;
		logs[n] = log(x);
		points[n++] = i;
	}
	s->nr_changes = change_points_find(logs, n, &found);
	s->changes = memory_new(s->nr_changes, sizeof(*s->changes));
	for (i = 0; i < s->nr_changes; i++) {
		s->changes[i] = change_of(
			values, points, i ? found[i - 1].at : 0, found[i].at,
			i + 1 < s->nr_changes ? found[i + 1].at : n);
		s->changes[i].p = found[i].p;
	}
	free(found);
	free(values);
	free(logs);
	free(points);
}

const struct history_change *history_change_near(
	const struct history_series *s, const struct history_change *like)
{
	size_t i;

	for (i = 0; i < s->nr_changes; i++) {
		const struct history_change *c = &s->changes[i];

		if (c->at + HISTORY_NEAR >= like->at &&
		    c->at <= like->at + HISTORY_NEAR &&
		    (c->ratio.estimate > 1) == (like->ratio.estimate > 1))
			return c;
	}
	return NULL;
}

/* --- rows ----------------------------------------------------------------- */

static void fill_row(const struct history *h, struct history_row *row)
{
	bool of_antagonist = !strncmp(row->metric, "antagonist", 10);
	const char *lock = sample_axis(row->cell, "lock");
	const struct cell_sample *cells[4] = { row->cell };
	size_t nr = of_antagonist ? 2 : 4, other = nr / 2;

	series_fill(h, &row->series[HISTORY_FIGURE], cells, 1, row->metric);
	cells[1] = of_antagonist ? NULL
				 : results_baseline(&h->results, row->cell);
	if (cells[1])
		series_fill(h, &row->series[HISTORY_SLOWDOWN], cells, 2,
			    row->metric);
	if (!lock || !strcmp(lock, "vma"))
		return;
	cells[other] = results_twin(&h->results, row->cell, "lock", "vma");
	if (!cells[other])
		return;
	if (!of_antagonist)
		cells[3] = results_baseline(&h->results, cells[2]);
	if (cells[1] && cells[nr - 1])
		series_fill(h, &row->series[HISTORY_ARMS], cells, nr,
			    row->metric);
}

void history_rows(struct history *h, const char *metric, const char *scenario)
{
	size_t i, k;

	for (i = 0; i < h->results.nr_cells; i++) {
		const struct cell_sample *c = &h->results.cells[i];
		struct history_row row = { .cell = c, .metric = metric };

		if (!cli_wants(c, scenario))
			continue;
		fill_row(h, &row);
		if (!row.series[HISTORY_FIGURE].nr_values) {
			free(row.series[HISTORY_FIGURE].values);
			free(row.series[HISTORY_SLOWDOWN].values);
			free(row.series[HISTORY_ARMS].values);
			continue;
		}
		row.title = sample_title(&h->results, c);
		for (k = 0; k < NR_HISTORY_KINDS; k++)
			if (row.series[k].values)
				find_changes(h, &row.series[k]);
		*(struct history_row *)memory_append(
			(void **)&h->rows, &h->nr_rows, sizeof(row)) = row;
	}
}

static void row_free(struct history_row *row)
{
	size_t k;

	free(row->title);
	for (k = 0; k < NR_HISTORY_KINDS; k++) {
		free(row->series[k].values);
		free(row->series[k].changes);
	}
}

void history_free(struct history *h)
{
	size_t i;

	for (i = 0; i < h->nr_rows; i++)
		row_free(&h->rows[i]);
	for (i = 0; i < h->nr_points; i++) {
		free(h->points[i].label);
		free(h->points[i].name);
		free(h->points[i].date);
	}
	for (i = 0; i < h->results.nr_sessions; i++)
		free(h->labels[i]);
	for (i = 0; i < h->nr_paths; i++)
		free(h->paths[i]);
	free(h->paths);
	free(h->labels);
	free(h->rows);
	free(h->points);
	free(h->point_of);
	results_free(&h->results);
}
