/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One figure of one cell, from its runs or from its witness. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "show.h"

static bool has_metric(const struct cell_sample *c, const char *metric)
{
	size_t i;

	for (i = 0; i < c->nr_runs; i++)
		if (metrics_find(&c->runs[i].metrics, metric))
			return true;
	return false;
}

/* What is said when no record says more. */
const char show_no_witness[] = "no witness pass";
const char show_not_measured[] = "not measured";

static struct shown witness_figure(const struct cell_sample *c,
				   const char *metric)
{
	const struct value *v =
		c->has_witness ? metrics_find(&c->witness.metrics, metric)
			       : NULL;
	struct shown s = {
		.v = { .low = NAN, .estimate = NAN, .high = NAN, .level = NAN },
		.exact = true
	};

	if (v && !v->absent && isfinite(v->number)) {
		s.v.estimate = v->number;
		s.v.n = 1;
	} else if (v) {
		s.absent = v->absent;
	} else if (!strncmp(metric, "antagonist", 10) && sample_is_alone(c)) {
		s.absent = NULL; /* nobody expects one */
	} else {
		bool by_witness = figure_of(metric).kind == FIGURE_SHARE;

		s.absent = by_witness && !c->has_witness ? show_no_witness
							 : show_not_measured;
	}
	return s;
}

struct shown show_figure(const struct cell_sample *c, const char *metric)
{
	struct shown s = { .absent = NULL };
	double *values;
	size_t nr;

	if (!has_metric(c, metric))
		return witness_figure(c, metric);
	values = memory_new(c->nr_runs, sizeof(*values));
	nr = sample_values(c, metric, values, &s.absent);
	s.v = stats_median_interval(values, nr, SHOW_LEVEL);
	free(values);
	return s;
}

bool show_is_batch(const struct cell_sample *c)
{
	const char *batch = sample_axis(c, "batch");

	return batch && strcmp(batch, "1");
}
