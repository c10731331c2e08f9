/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "units_of.h"

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
	free(a.ids);
	free(b.ids);
}

/* The cell with just its runs of one boot; runs is the only thing it owns. */
static struct cell_sample in_boot(const struct results *r,
				  const struct cell_sample *c, const char *boot)
{
	struct cell_sample part = *c;
	size_t i;

	part.runs = memory_new(c->nr_runs, sizeof(*part.runs));
	part.nr_runs = 0;
	for (i = 0; i < c->nr_runs; i++)
		if (!strcmp(boot_of(r, c->runs[i].session), boot))
			part.runs[part.nr_runs++] = c->runs[i];
	return part;
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
	struct boots boots = { 0 };
	size_t i, nr = 0;

	if (!by_boot)
		return values_of(c, alone, metric, values);
	boots_add(&boots, r, c);
	for (i = 0; i < boots.nr; i++) {
		struct cell_sample part = in_boot(r, c, boots.ids[i]);
		double *own = memory_new(part.nr_runs, sizeof(*own));
		size_t n = values_of(&part, alone, metric, own);

		if (n)
			values[nr++] = stats_median(own, n);
		free(own);
		free(part.runs);
	}
	free(boots.ids);
	return nr;
}

bool units_paired(const struct cell_sample *a, const struct cell_sample *b)
{
	size_t i, k;

	for (i = 0; i < a->nr_runs; i++)
		for (k = 0; k < b->nr_runs; k++)
			if (a->runs[i].session == b->runs[k].session)
				return true;
	return false;
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

void units_free(struct units *u)
{
	free(u->x);
	free(u->y);
}
