/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_file.h"

enum {
	MAX_CELLS = 10000,
	/* Combinations may be left out, or be the same cell: those that are
	 * tried, and the steps towards them. */
	MAX_TRIED = 10 * MAX_CELLS,
	MAX_STEPS = 10 * MAX_TRIED
};

static int compare_keys(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Notes the cell; false: it is there already. One spelling has one key. */
static bool key_add(struct reading *r, const struct spec *spec)
{
	char *key = pairs_key(&spec->pairs, NULL);
	char *const *kept = tsearch(key, &r->keys, compare_keys);

	if (!kept)
		abort();
	if (*kept == key)
		return true;
	free(key);
	return false;
}

static int cell_add(struct reading *r, const struct group *g,
		    const struct pairs *given)
{
	struct plan *plan = r->plan;
	struct axis *axis;
	struct spec spec;
	struct error e;
	int line = g->line;

	if (r->nr_tried++ == MAX_TRIED)
		return reading_fail(r, line, "more than 100000 combinations");
	if (spec_parse(&spec, given, r->topo, &e)) {
		axis = axis_find((struct group *)g, spec.culprit);
		if (!axis)
			axis = axis_find(&r->groups[0], spec.culprit);
		return reading_fail(r, axis ? axis->line : line, e.text);
	}
	if (!key_add(r, &spec)) {
		spec_free(&spec);
		return 1;
	}
	if (plan->nr_cells == MAX_CELLS) {
		spec_free(&spec);
		return reading_fail(r, line, "more than 10000 cells");
	}
	/* room for twice as many whenever it is used up */
	if (!(plan->nr_cells & (plan->nr_cells - 1)))
		plan->cells = realloc(
			plan->cells, (plan->nr_cells ? 2 * plan->nr_cells : 1) *
					     sizeof(*plan->cells));
	if (!plan->cells)
		abort();
	plan->cells[plan->nr_cells++] = spec;
	return 1;
}

/* The axes of a group, then the defaults that it does not set. */
static size_t collect_axes(struct reading *r, struct group *g,
			   struct axis **axes)
{
	size_t i, nr = 0;

	for (i = 0; i < g->nr; i++)
		axes[nr++] = &g->axis[i];
	for (i = 0; i < r->groups[0].nr; i++)
		if (!axis_find(g, r->groups[0].axis[i].name))
			axes[nr++] = &r->groups[0].axis[i];
	return nr;
}

/* Does any scenario of the group have such a setting? */
static bool anybody_has(const struct axis *scenarios, const char *name)
{
	size_t i;

	for (i = 0; i < scenarios->nr; i++)
		if (setting_find(
			    catalog_find(CATALOG_SCENARIO, scenarios->value[i]),
			    name))
			return true;
	return false;
}

static bool admits(const struct scenario *scenario, const char *lock)
{
	const void *object = catalog_find(CATALOG_LOCK, lock);

	return !object || scenario_admits(scenario, object);
}

/* A lock that makes no sense for this scenario but does for another of the
 * section: that cell is left out, as a setting is that this one does not
 * have. */
static bool left_out(struct axis *const *axes, size_t at,
		     const struct scenario *scenario, const char *value)
{
	size_t i;

	if (strcmp(axes[at]->name, "lock") || admits(scenario, value))
		return false;
	for (i = 0; i < axes[0]->nr; i++)
		if (admits(catalog_find(CATALOG_SCENARIO, axes[0]->value[i]),
			   value))
			return true;
	return false;
}

static int combine(struct reading *r, const struct group *g,
		   struct axis *const *axes, size_t nr, size_t at,
		   struct pairs *given)
{
	const struct scenario *scenario;
	size_t i;
	int ok = 1;

	if (r->nr_steps++ == MAX_STEPS)
		return reading_fail(r, g->line,
				    "more than 100000 combinations");
	if (at == nr)
		return cell_add(r, g, given);
	scenario = catalog_find(CATALOG_SCENARIO,
				given->nr ? given->at[0].text : "");
	if (at && scenario && !setting_find(scenario, axes[at]->name))
		return combine(r, g, axes, nr, at + 1, given);
	for (i = 0; ok && i < axes[at]->nr; i++) {
		if (at && left_out(axes, at, scenario, axes[at]->value[i]))
			continue;
		pairs_add(given, axes[at]->name, axes[at]->value[i]);
		ok = combine(r, g, axes, nr, at + 1, given);
		pairs_drop_last(given);
	}
	return ok;
}

static int expand(struct reading *r, struct group *g)
{
	struct axis *axes[2 * MAX_AXES], *swap;
	struct pairs given = { 0 };
	size_t nr = collect_axes(r, g, axes), i;
	struct error e;
	int ok;

	for (i = 0; i < nr && strcmp(axes[i]->name, "scenario"); i++)
		;
	if (i == nr)
		return reading_fail(
			r, g->line,
			"the section has no `scenario = ...`; `faultline "
			"list` shows them");
	swap = axes[0]; /* combine() looks for it in the first place */
	axes[0] = axes[i];
	axes[i] = swap;
	for (i = 0; i < axes[0]->nr; i++)
		if (!catalog_find(CATALOG_SCENARIO, axes[0]->value[i])) {
			catalog_unknown(CATALOG_SCENARIO, axes[0]->value[i],
					&e);
			return reading_fail(r, axes[0]->line, e.text);
		}
	for (i = 0; i < g->nr; i++)
		if (!anybody_has(axes[0], g->axis[i].name)) {
			spec_unknown(axes[0]->value[0], g->axis[i].name, &e);
			return reading_fail(r, g->axis[i].line, e.text);
		}
	ok = combine(r, g, axes, nr, 0, &given);
	pairs_free(&given);
	return ok;
}

/* --- the whole ------------------------------------------------------------ */

int plan_load(struct plan *plan, const char *path, const struct topo *topo,
	      struct error *e)
{
	struct reading r = { .plan = plan, .path = path, .topo = topo, .e = e };
	size_t i;

	memset(plan, 0, sizeof(*plan));
	reading_load(&r);
	for (i = 1; !r.err && i < r.nr_groups; i++)
		expand(&r, &r.groups[i]);
	if (!r.err && !plan->nr_cells)
		reading_fail(&r, r.line,
			     "no cells: a section [cells NAME] with at "
			     "least `scenario = ...` is missing");
	tdestroy(r.keys, free);
	reading_free(&r);
	if (r.err)
		plan_free(plan);
	return r.err;
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr_cells; i++)
		spec_free(&plan->cells[i]);
	free(plan->cells);
	free(plan->text);
	free(plan->name);
	free(plan->question);
	memset(plan, 0, sizeof(*plan));
}

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do, also 0. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

void plan_order(const struct plan *plan, uint64_t seed, unsigned int block,
		size_t *order)
{
	uint64_t state = seed ^ (uint64_t)block << 32;
	size_t i;

	for (i = 0; i < plan->nr_cells; i++)
		order[i] = i;
	for (i = plan->nr_cells; i > 1; i--) {
		size_t j = next_random(&state) % i, swap = order[j];

		order[j] = order[i - 1];
		order[i - 1] = swap;
	}
}

/* Start and set-up of a process; found by running configs/headline.conf. */
enum {
	SETUP_MS = 50,
	WITNESS_MS = 100
};

double plan_run_s(const struct spec *cell, bool witness)
{
	double s = (double)cell->time_ns / 1e9;

	if (witness && s > WITNESS_MS / 1e3)
		s = WITNESS_MS / 1e3;
	return 1.1 * s + SETUP_MS / 1e3;
}

double plan_total_s(const struct plan *plan)
{
	double s = 0;
	size_t i;

	for (i = 0; i < plan->nr_cells; i++)
		s += plan_run_s(&plan->cells[i], true) +
		     plan->blocks * plan_run_s(&plan->cells[i], false);
	return s;
}
