/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"
#include "text.h"
#include "units_of.h"

enum {
	LEAST_ROWS = 4, /* of a shift */
	LEAST_PAIRS = 8 /* in one order: no chance */
};

#define METRIC "p50_ns"

/* --- order ---------------------------------------------------------------- */

struct signed_sum { /* of one block */
	unsigned int session, block;
	double sum;
	size_t nr;
};

struct order {
	struct signed_sum *blocks;
	size_t nr, at, first_a, first_b;
};

static double number_of(const struct run_sample *run)
{
	const struct value *v = metrics_find(&run->metrics, METRIC);

	return v && !v->absent && v->number > 0 ? v->number : NAN;
}

static void add_signed(struct order *o, const struct run_sample *run, double x)
{
	size_t i = 0, k;

	/* from the last one that was met: blocks come in the same order */
	for (k = 0; k < o->nr; k++) {
		i = (o->at + k) % o->nr;
		if (o->blocks[i].session == run->session &&
		    o->blocks[i].block == run->block)
			break;
	}
	if (k == o->nr)
		i = o->nr;
	o->at = i + 1;
	if (i == o->nr)
		*(struct signed_sum *)memory_append((void **)&o->blocks, &o->nr,
						    sizeof(*o->blocks)) =
			(struct signed_sum){ .session = run->session,
					     .block = run->block };
	o->blocks[i].sum += x;
	o->blocks[i].nr++;
}

/* What the arms differ by but for the order: the middle of both orders'. A
 * median of all would lie on the side of the order that came more often. */
static double middle_of(double *const logs[2], const size_t nr[2])
{
	double x = stats_median(logs[0], nr[0]);
	double y = stats_median(logs[1], nr[1]);

	return !nr[0] ? y : !nr[1] ? x : x / 2 + y / 2;
}

static void add_row(struct order *o, const struct cell_sample *a,
		    const struct cell_sample *b)
{
	double *logs[2], middle; /* b first, a first */
	const struct run_sample **others[2];
	size_t i, k, nr[2] = { 0 }, from = 0;

	for (k = 0; k < 2; k++) {
		logs[k] = memory_new(a->nr_runs, sizeof(double));
		others[k] = memory_new(a->nr_runs, sizeof(*others[k]));
	}
	for (i = 0; i < a->nr_runs; i++) {
		const struct run_sample *run = &a->runs[i];
		const struct run_sample *other = sample_partner(b, run, &from);
		double x = other ? log(number_of(other)) - log(number_of(run))
				 : NAN;

		if (!other)
			continue;
		k = run->position < other->position;
		*(k ? &o->first_a : &o->first_b) += 1;
		if (!isfinite(x))
			continue;
		logs[k][nr[k]] = x;
		others[k][nr[k]++] = other;
	}
	middle = middle_of(logs, nr);
	for (k = 0; k < 2; k++) {
		for (i = 0; i < nr[k]; i++)
			add_signed(o, others[k][i],
				   k ? logs[k][i] - middle
				     : middle - logs[k][i]);
		free(logs[k]);
		free(others[k]);
	}
}

static void find_order(struct drift *d, const struct comparison *c)
{
	struct order o = { 0 };
	double *means;
	size_t i;

	for (i = 0; i < c->nr_both; i++)
		add_row(&o, c->both[i], c->twins[i]);
	means = memory_new(o.nr, sizeof(*means));
	for (i = 0; i < o.nr; i++)
		means[i] = o.blocks[i].sum / (double)o.blocks[i].nr;
	d->nr_blocks = o.nr;
	d->order = stats_signed_rank(means, o.nr, ORDER_LEVEL);
	d->order.estimate = exp(d->order.estimate);
	d->order.low = exp(d->order.low);
	d->order.high = exp(d->order.high);
	d->one_order = o.first_a + o.first_b >= LEAST_PAIRS &&
		       (!o.first_a || !o.first_b);
	d->a_first = o.first_a > 0;
	free(means);
	free(o.blocks);
}

/* --- shift ---------------------------------------------------------------- */

static double ratio_of(const struct cell_sample *a, const struct cell_sample *b,
		       const char *metric)
{
	double *values = memory_new(a->nr_runs + b->nr_runs, sizeof(*values));
	double x = stats_median(values, sample_values(a, metric, values, NULL));
	double y = stats_median(values, sample_values(b, metric, values, NULL));

	free(values);
	return y / x;
}

static void find_shift(struct drift *d, const struct comparison *c)
{
	double *ratios = memory_new(c->nr_both, sizeof(*ratios)), *present;
	size_t i, nr_present = 0;

	present = memory_new(c->nr_both, sizeof(*present));
	for (i = 0; i < c->nr_both; i++) {
		double x;

		if (units_paired(c->both[i], c->twins[i]))
			continue;
		x = ratio_of(c->both[i], c->twins[i], "present_p50_ns");
		if (isfinite(x) && x > 0)
			present[nr_present++] = x;
		x = ratio_of(c->both[i], c->twins[i], METRIC);
		if (!isfinite(x) || !(x > 0))
			continue;
		ratios[d->nr_rows++] = x;
		d->least = fmin(d->least, x);
		d->most = fmax(d->most, x);
	}
	d->shift = stats_geometric_mean(ratios, d->nr_rows, NULL);
	d->present = stats_median(present, nr_present);
	/* all the same way, and spread by less than they moved; within 1 %
	 * nothing moved */
	d->shifted = d->nr_rows >= LEAST_ROWS && fabs(log(d->shift)) > 0.01 &&
		     log(d->least) * log(d->most) > 0 &&
		     log(d->most / d->least) < fabs(log(d->shift));
	free(ratios);
	free(present);
}

void drift_find(struct drift *d, const struct comparison *c)
{
	*d = (struct drift){ .least = INFINITY, .most = 0 };
	find_order(d, c);
	find_shift(d, c);
}

/* --- told ----------------------------------------------------------------- */

static bool has_order_effect(const struct drift *d)
{
	return d->order.has_interval && !d->one_order &&
	       (d->order.low > 1 || d->order.high < 1);
}

void drift_print(FILE *out, size_t width, const struct drift *d,
		 const struct comparison *c)
{
	if (has_order_effect(d))
		text_print(out, width, "  note      ",
			   "order effect: of two arms in a block, the one "
			   "measured second takes %+.1f %% time [%+.1f, %+.1f] "
			   "(p50, %zu blocks). The order is shuffled, so that "
			   "it favours nobody, but widens the intervals.",
			   (d->order.estimate - 1) * 100,
			   (d->order.low - 1) * 100, (d->order.high - 1) * 100,
			   d->nr_blocks);
	if (d->one_order) {
		char *first = axis_title(c->axis, d->a_first ? c->a : c->b);
		char *second = axis_title(c->axis, d->a_first ? c->b : c->a);

		text_print(out, width, "  note      ",
			   "%s was measured before %s in every block: an "
			   "effect of the order would be part of every "
			   "difference.",
			   first, second);
		free(first);
		free(second);
	}
	if (!d->shifted)
		return;
	text_print(out, width, "  note      ",
		   "all %zu rows moved the same way, by %+.1f to %+.1f %% of "
		   "p50: that is what another clock speed or another host "
		   "looks like. Read the multiples of the baselines.",
		   d->nr_rows, (d->least - 1) * 100, (d->most - 1) * 100);
	if (isfinite(d->present))
		text_print(out, width, "  note      ",
			   "the same touch without a fault moved by %+.1f %%.",
			   (d->present - 1) * 100);
}

json_t *drift_json(const struct drift *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "second_over_first", json_interval(&d->order));
	json_object_set_new(o, "blocks", json_count(d->nr_blocks));
	json_object_set_new(o, "one_order", json_boolean(d->one_order));
	json_object_set_new(o, "all_rows_moved_alike",
			    json_boolean(d->shifted));
	json_object_set_new(o, "mean_ratio", json_number(d->shift));
	json_object_set_new(o, "present_ratio", json_number(d->present));
	return o;
}
