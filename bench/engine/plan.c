/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "units.h"

enum {
	MAX_AXES = 48,	 /* settings in a group */
	MAX_VALUES = 64, /* values of one */
	MAX_GROUPS = 64,
	MAX_CELLS = 10000,
	MAX_BYTES = 1 << 20,
};

struct axis {
	char *name;
	int line;
	char *value[MAX_VALUES];
	size_t nr;
};

struct group {
	char *name;
	int line;
	struct axis axis[MAX_AXES];
	size_t nr;
};

/* What one reading of a file needs; gone when the plan is there. */
struct reading {
	struct plan *plan;
	const char *path, *rest; /* of the text */
	int line;
	const struct topo *topo;
	struct group *groups; /* [0] are the defaults */
	size_t nr_groups;
	struct error *e;
	int err;
};

static int fail(struct reading *r, int line, const char *what)
{
	r->err = error_set(r->e, EINVAL, "%s:%d: %s", r->path, line, what);
	return 0; /* inih: stop */
}

/* --- lines to axes -------------------------------------------------------- */

static struct axis *axis_find(struct group *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->nr; i++)
		if (!strcmp(g->axis[i].name, name))
			return &g->axis[i];
	return NULL;
}

/* Lines of these are one value each, with blanks in it. */
static bool is_line(const char *name)
{
	return !strcmp(name, "antagonist") || !strcmp(name, "counters");
}

static int add_values(struct reading *r, struct group *g, const char *name,
		      const char *text)
{
	struct axis *axis = axis_find(g, name);
	char *copy, *save, *word;

	if (axis && !is_line(name)) {
		struct error e;

		error_set(&e, EINVAL,
			  "%s is there already, in line %d; write its values "
			  "into one line, or begin another [cells NAME]",
			  name, axis->line);
		return fail(r, r->line, e.text);
	}
	if (!axis) {
		if (g->nr == MAX_AXES)
			return fail(r, r->line, "too many settings");
		axis = &g->axis[g->nr++];
		axis->name = strdup(name);
		axis->line = r->line;
	}
	copy = strdup(text);
	for (word = is_line(name) ? copy : strtok_r(copy, " \t", &save);
	     word && *word;
	     word = is_line(name) ? NULL : strtok_r(NULL, " \t", &save)) {
		if (axis->nr == MAX_VALUES) {
			free(copy);
			return fail(r, r->line, "too many values");
		}
		axis->value[axis->nr++] = strdup(word);
	}
	free(copy);
	if (!axis->nr)
		return fail(r, r->line, "a value is missing after the '='");
	return 1;
}

static int plan_line(struct reading *r, const char *name, const char *text)
{
	static const char *const names[] = { "question", "blocks", "seed" };
	uint64_t number;
	struct error e;

	if (!strcmp(name, "question")) {
		free(r->plan->question);
		r->plan->question = strdup(text);
		return 1;
	}
	if (strcmp(name, "blocks") && strcmp(name, "seed")) {
		near_error("setting of [plan]", name, names, 3, &e);
		return fail(r, r->line, e.text);
	}
	if (units_parse_count(text, &number, &e))
		return fail(r, r->line, e.text);
	if (!strcmp(name, "seed")) {
		r->plan->seed = number;
		return 1;
	}
	if (number < 1 || number > 10000)
		return fail(r, r->line, "blocks: between 1 and 10000");
	r->plan->blocks = (unsigned int)number;
	return 1;
}

static struct group *group_of(struct reading *r, const char *section)
{
	size_t i;

	if (!strcmp(section, "defaults"))
		return &r->groups[0];
	for (i = 1; i < r->nr_groups; i++)
		if (!strcmp(r->groups[i].name, section))
			return &r->groups[i];
	if (r->nr_groups == MAX_GROUPS)
		return NULL;
	r->groups[i].name = strdup(section);
	r->groups[i].line = r->line;
	r->nr_groups++;
	return &r->groups[i];
}

static int on_line(void *user, const char *section, const char *name,
		   const char *value)
{
	static const char *const sections[] = { "plan", "defaults", "cells" };
	struct reading *r = user;
	struct group *g;
	struct error e;

	if (!strcmp(section, "plan"))
		return plan_line(r, name, value);
	if (strcmp(section, "defaults") && strcmp(section, "cells") &&
	    strncmp(section, "cells ", 6)) {
		near_error("section", section, sections, 3, &e);
		return fail(r, r->line, e.text);
	}
	/* In the defaults it would be passed over cell by cell. */
	if (spec_check_name(name, &e))
		return fail(r, r->line, e.text);
	g = group_of(r, section);
	if (!g)
		return fail(r, r->line, "too many sections");
	return add_values(r, g, name, value);
}

/* inih asks for lines; ours are counted, so that errors can say where, and
 * begin at the margin: to inih an indented line would go on with the value
 * before it. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reading *r = stream;
	size_t len;

	if (!*r->rest || r->err)
		return NULL;
	r->line++;
	r->rest += strspn(r->rest, " \t");
	len = strcspn(r->rest, "\n");
	len += r->rest[len] == '\n';
	if (len >= (size_t)size) {
		fail(r, r->line, "the line is too long");
		return NULL;
	}
	memcpy(buf, r->rest, len);
	buf[len] = '\0';
	r->rest += len;
	return buf;
}

/* --- axes to cells -------------------------------------------------------- */

/* One spelling has one order. */
static bool is_same(const struct spec *a, const struct spec *b)
{
	size_t i;

	for (i = 0; i < a->pairs.nr && i < b->pairs.nr; i++)
		if (strcmp(a->pairs.at[i].text, b->pairs.at[i].text) ||
		    strcmp(a->pairs.at[i].name, b->pairs.at[i].name))
			return false;
	return a->pairs.nr == b->pairs.nr;
}

static int cell_add(struct reading *r, const struct group *g,
		    const struct pairs *given)
{
	struct plan *plan = r->plan;
	struct axis *axis;
	struct spec spec;
	struct error e;
	size_t i;
	int line = g->line;

	if (spec_parse(&spec, given, r->topo, &e)) {
		axis = axis_find((struct group *)g, spec.culprit);
		if (!axis)
			axis = axis_find(&r->groups[0], spec.culprit);
		return fail(r, axis ? axis->line : line, e.text);
	}
	for (i = 0; i < plan->nr_cells; i++)
		if (is_same(&spec, &plan->cells[i]))
			break;
	if (i < plan->nr_cells) {
		spec_free(&spec);
		return 1;
	}
	if (plan->nr_cells == MAX_CELLS) {
		spec_free(&spec);
		return fail(r, line, "more than 10000 cells");
	}
	plan->cells = realloc(plan->cells,
			      (plan->nr_cells + 1) * sizeof(*plan->cells));
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
		return fail(r, g->line,
			    "the section has no `scenario = ...`; `faultline "
			    "list` shows them");
	swap = axes[0]; /* combine() looks for it in the first place */
	axes[0] = axes[i];
	axes[i] = swap;
	for (i = 0; i < axes[0]->nr; i++)
		if (!catalog_find(CATALOG_SCENARIO, axes[0]->value[i])) {
			catalog_unknown(CATALOG_SCENARIO, axes[0]->value[i],
					&e);
			return fail(r, axes[0]->line, e.text);
		}
	for (i = 0; i < g->nr; i++)
		if (!anybody_has(axes[0], g->axis[i].name)) {
			spec_unknown(axes[0]->value[0], g->axis[i].name, &e);
			return fail(r, g->axis[i].line, e.text);
		}
	ok = combine(r, g, axes, nr, 0, &given);
	pairs_free(&given);
	return ok;
}

/* --- the whole ------------------------------------------------------------ */

static int read_all(struct plan *plan, const char *path, struct error *e)
{
	FILE *in = fopen(path, "re");
	size_t n;

	if (!in)
		return error_set(e, errno, "%s: %s%s", path, strerror(errno),
				 errno == ENOENT ? "; configs are in configs/"
						 : "");
	plan->text = calloc(1, MAX_BYTES + 1);
	if (!plan->text)
		abort();
	n = fread(plan->text, 1, MAX_BYTES, in);
	if (ferror(in) || n == MAX_BYTES || memchr(plan->text, 0, n)) {
		fclose(in);
		return error_set(e, EINVAL,
				 "%s: no config: not a text of less than 1 MiB",
				 path);
	}
	fclose(in);
	plan->name = strdup(strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	plan->question = strdup("");
	plan->blocks = 8;
	return 0;
}

static void groups_free(struct reading *r)
{
	size_t i, j, k;

	for (i = 0; i < r->nr_groups; i++) {
		struct group *g = &r->groups[i];

		for (j = 0; j < g->nr; j++) {
			for (k = 0; k < g->axis[j].nr; k++)
				free(g->axis[j].value[k]);
			free(g->axis[j].name);
		}
		free(g->name);
	}
	free(r->groups);
}

int plan_load(struct plan *plan, const char *path, const struct topo *topo,
	      struct error *e)
{
	struct reading r = { .plan = plan, .path = path, .topo = topo, .e = e };
	size_t i;
	int bad;

	memset(plan, 0, sizeof(*plan));
	r.err = read_all(plan, path, e);
	if (r.err)
		goto out;
	r.groups = calloc(MAX_GROUPS, sizeof(*r.groups));
	if (!r.groups)
		abort();
	r.nr_groups = 1;
	r.rest = plan->text;
	bad = ini_parse_stream(next_line, &r, on_line, &r);
	if (!r.err && bad)
		fail(&r, bad > 0 ? bad : r.line,
		     "this is no `name = value`, no [section] and no comment");
	for (i = 1; !r.err && i < r.nr_groups; i++)
		expand(&r, &r.groups[i]);
	if (!r.err && !plan->nr_cells)
		fail(&r, r.line,
		     "no cells: a section [cells NAME] with at "
		     "least `scenario = ...` is missing");
	groups_free(&r);
out:
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
