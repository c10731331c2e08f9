/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "units_of.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* --- boots ---------------------------------------------------------------- */

struct boots {
	const char **ids;
	size_t nr;
};

static const char *boot_of(const struct results *r, unsigned int session)
{
	const char *id = pairs_find(&r->sessions[session].facts,
				    "kernel.boot_id");

	return id ? id : "unknown";
}

static void boots_add(struct boots *b, const struct results *r,
		      const struct cell_sample *c)
{
	size_t i, k;

	for (i = 0; i < c->nr_runs; i++) {
		const char *id = boot_of(r, c->runs[i].session);

		if (i && c->runs[i].session == c->runs[i - 1].session)
			continue;
		for (k = 0; k < b->nr && strcmp(b->ids[k], id); k++)
			;
		if (k == b->nr)
			*(const char **)memory_append((void **)&b->ids, &b->nr,
						      sizeof(*b->ids)) = id;
	}
}

struct span {
	double first, last;
};

static struct span span_of(const struct results *r,
			   const struct cell_sample **cells, size_t nr)
{
	struct span span = { INFINITY, -INFINITY };
	size_t i, k;

	for (i = 0; i < nr; i++) {
		for (k = 0; k < cells[i]->nr_runs; k++) {
			double at =
				r->sessions[cells[i]->runs[k].session].time_s;

			span.first = fmin(span.first, at);
			span.last = fmax(span.last, at);
		}
	}
	return span;
}

/* Did neither arm end before the other began? */
static bool are_interleaved(const struct comparison *c, const struct results *r)
{
	struct span a = span_of(r, c->both, c->nr_both);
	struct span b = span_of(r, c->twins, c->nr_both);

	return a.first < b.last && b.first < a.last;
}

void boots_count(struct comparison *c, const struct results *r)
{
	struct boots a = { 0 }, b = { 0 };
	size_t i;

	for (i = 0; i < c->nr_both; i++) {
		boots_add(&a, r, c->both[i]);
		boots_add(&b, r, c->twins[i]);
	}
	c->boots_a = a.nr;
	c->boots_b = b.nr;
	c->one_boot = a.nr == 1 && b.nr == 1 && !strcmp(a.ids[0], b.ids[0]);
	/* of one session, cells are pairs; else a boot is what varies */
	c->by_boot = !strcmp(c->axis, "label") && a.nr > 1 && b.nr > 1;
	c->interleaved = c->by_boot && are_interleaved(c, r);
	free(a.ids);
	free(b.ids);
}

/* A cell's runs boot by boot. */
struct by_boot {
	struct run_sample *runs; /* copies; their metrics are the cell's */
	size_t *starts;		 /* of each boot's; nr + 1 */
	size_t nr;
};

static void by_boot_sort(struct by_boot *by, const struct results *r,
			 const struct cell_sample *c)
{
	size_t *which = memory_new(c->nr_runs, sizeof(*which)), i, k, *next;
	struct boots boots = { 0 };

	boots_add(&boots, r, c);
	by->nr = boots.nr;
	by->starts = memory_new(boots.nr + 1, sizeof(*by->starts));
	by->runs = memory_new(c->nr_runs, sizeof(*by->runs));
	for (i = 0; i < c->nr_runs; i++) {
		const char *id = boot_of(r, c->runs[i].session);

		k = i && c->runs[i].session == c->runs[i - 1].session
			    ? which[i - 1]
			    : 0;
		while (strcmp(boots.ids[k], id))
			k++;
		which[i] = k;
		by->starts[k + 1]++;
	}
	for (k = 0; k < boots.nr; k++)
		by->starts[k + 1] += by->starts[k];
	next = memory_new(boots.nr, sizeof(*next));
	memcpy(next, by->starts, boots.nr * sizeof(*next));
	for (i = 0; i < c->nr_runs; i++)
		by->runs[next[which[i]]++] = c->runs[i];
	free(next);
	free(which);
	free(boots.ids);
}

/* --- values --------------------------------------------------------------- */

/* A cell's values, or with a baseline its ratios to it within blocks. */
static size_t values_of(const struct cell_sample *c,
			const struct cell_sample *alone, const char *metric,
			double *values)
{
	double *base;
	size_t i, nr;

	if (!alone)
		return sample_values(c, metric, values, NULL);
	base = memory_new(c->nr_runs, sizeof(*base));
	nr = sample_pairs(c, alone, metric, values, base);
	for (i = 0; i < nr; i++)
		values[i] /= base[i]; /* x / 0 is left out by the logs */
	free(base);
	return nr;
}

static size_t arm_values(const struct results *r, const struct cell_sample *c,
			 const struct cell_sample *alone, const char *metric,
			 bool by_boot, double *values)
{
	struct by_boot by;
	double *own;
	size_t i, nr = 0;

	if (!by_boot)
		return values_of(c, alone, metric, values);
	by_boot_sort(&by, r, c);
	own = memory_new(c->nr_runs, sizeof(*own));
	for (i = 0; i < by.nr; i++) {
		struct cell_sample part = *c;
		size_t n;

		part.runs = by.runs + by.starts[i];
		part.nr_runs = by.starts[i + 1] - by.starts[i];
		n = values_of(&part, alone, metric, own);
		if (n)
			values[nr++] = stats_median(own, n);
	}
	free(own);
	free(by.runs);
	free(by.starts);
	return nr;
}

bool units_paired(const struct cell_sample *a, const struct cell_sample *b)
{
	return samples_share_session(a, b);
}

static void units_room(struct units *u, const struct compared *row)
{
	u->x = memory_new(row->a->nr_runs, sizeof(*u->x));
	u->y = memory_new(row->a->nr_runs + row->b->nr_runs, sizeof(*u->y));
	u->paired = units_paired(row->a, row->b);
}

void units_of_figures(struct units *u, const struct results *r,
		      const struct compared *row, const char *metric)
{
	units_room(u, row);
	if (u->paired) {
		u->nx = u->ny = sample_pairs(row->a, row->b, metric, u->x,
					     u->y);
		return;
	}
	u->nx = arm_values(r, row->a, NULL, metric, u->by_boot, u->x);
	u->ny = arm_values(r, row->b, NULL, metric, u->by_boot, u->y);
}

void units_of_slowdowns(struct units *u, const struct results *r,
			const struct compared *row, const char *metric)
{
	const struct cell_sample *cells[] = { row->a, row->a_alone, row->b,
					      row->b_alone };
	double *at[4];
	size_t i;

	units_room(u, row);
	if (!u->paired) {
		u->nx = arm_values(r, row->a, row->a_alone, metric, u->by_boot,
				   u->x);
		u->ny = arm_values(r, row->b, row->b_alone, metric, u->by_boot,
				   u->y);
		return;
	}
	for (i = 0; i < 4; i++)
		at[i] = memory_new(row->a->nr_runs, sizeof(*at[i]));
	u->nx = u->ny = sample_tuples(cells, 4, metric, at);
	for (i = 0; i < u->nx; i++) {
		u->x[i] = at[0][i] / at[1][i];
		u->y[i] = at[2][i] / at[3][i];
	}
	for (i = 0; i < 4; i++)
		free(at[i]);
}

void units_show(const struct units *u, struct compared *row)
{
	if (!u->by_boot || u->paired)
		return;
	row->va = stats_median_interval(u->x, u->nx, COMPARE_LEVEL);
	row->vb = stats_median_interval(u->y, u->ny, COMPARE_LEVEL);
}

void units_free(struct units *u)
{
	free(u->x);
	free(u->y);
}
