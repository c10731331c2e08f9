/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cells and metrics are exported, under which names. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "export.h"
#include "memory.h"

static const char no_scenario[] = "no-scenario";

static const char *scenario_of(const struct cell_sample *c)
{
	const char *scenario = sample_axis(c, "scenario");

	return scenario && *scenario ? scenario : no_scenario;
}

/* --- names ---------------------------------------------------------------- */

static char *row_name(const struct cell_sample *c)
{
	static const char *const skip[] = { "scenario", NULL };
	char *key = pairs_key(&c->cell, skip), *name = export_text(key);

	free(key);
	if (*name)
		return name;
	free(name);
	return memory_text("all");
}

/* Nothing but the cell itself decides: an id is the same in a file with fewer
 * or more cells, so that a CI server finds its history. */
static char *cell_id(const struct cell_sample *c)
{
	char *id = export_word(scenario_of(c), "_-"), *longer;
	size_t i;

	for (i = 0; i < c->cell.nr; i++) {
		const struct pair *p = &c->cell.at[i];
		char *name, *text;

		if (!strcmp(p->name, "scenario") || !p->text ||
		    !strcmp(p->text, "none"))
			continue;
		name = export_word(p->name, "_-");
		text = export_word(p->text, "_-");
		longer = memory_printf("%s.%s-%s", id, name, text);
		free(name);
		free(text);
		free(id);
		id = longer;
	}
	return id;
}

char **export_cell_words(const struct export *x, export_word_fn *word)
{
	char **words = memory_new(x->nr_rows, sizeof(*words));
	char **all = memory_new(x->nr_rows, sizeof(*all));
	size_t *first = memory_new(x->nr_rows, sizeof(*first));
	size_t *which = memory_new(x->nr_rows, sizeof(*which));
	size_t i, k, nr = 0;

	for (i = 0; i < x->nr_rows; i++) {
		for (k = 0; k < nr; k++)
			if (!strcmp(x->rows[first[k]].cell->key,
				    x->rows[i].cell->key))
				break;
		which[i] = k;
		if (k < nr)
			continue;
		first[nr] = i;
		all[nr++] = word(x->rows[i].cell);
	}
	export_unlike(all, nr);
	for (i = 0; i < x->nr_rows; i++)
		words[i] = memory_text(all[which[i]]);
	export_words_free(all, nr);
	free(first);
	free(which);
	return words;
}

void export_words_free(char **words, size_t nr)
{
	while (nr--)
		free(words[nr]);
	free(words);
}

static void set_ids(struct export *x)
{
	char **ids = memory_new(x->nr_rows, sizeof(*ids));
	size_t i;

	for (i = 0; i < x->nr_rows; i++) {
		const struct export_row *row = &x->rows[i];
		char *label = export_word(row->cell->label, "_-");

		ids[i] = x->results->nr_labels > 1
				 ? memory_printf("%s.%s", label, row->cell_id)
				 : memory_text(row->cell_id);
		free(label);
	}
	export_unlike(ids, x->nr_rows);
	for (i = 0; i < x->nr_rows; i++)
		x->rows[i].id = ids[i];
	free(ids);
}

/* --- rows ----------------------------------------------------------------- */

static size_t suite_of(struct export *x, const struct export_row *row)
{
	const char *scenario = scenario_of(row->cell);
	char *name = x->results->nr_labels > 1
			     ? memory_printf("%s: %s", row->cell->label,
					     scenario)
			     : memory_text(scenario);
	char *clean = export_text(name);
	struct export_suite *s;
	size_t i;

	free(name);
	for (i = 0; i < x->nr_suites; i++) {
		if (strcmp(x->suites[i].name, clean))
			continue;
		free(clean);
		return i;
	}
	s = memory_append((void **)&x->suites, &x->nr_suites, sizeof(*s));
	s->name = clean;
	s->scenario = scenario;
	s->session = row->session;
	return i;
}

void export_rows(struct export *x, const char *scenario)
{
	char **ids;
	size_t i;

	for (i = 0; i < x->results->nr_cells; i++) {
		const struct cell_sample *c = &x->results->cells[i];
		struct export_row *row;

		if (!cli_wants(c, scenario))
			continue;
		row = memory_append((void **)&x->rows, &x->nr_rows,
				    sizeof(*row));
		row->cell = c;
		row->session = &x->results->sessions[c->session];
		row->name = row_name(c);
	}
	ids = export_cell_words(x, cell_id);
	for (i = 0; i < x->nr_rows; i++)
		x->rows[i].cell_id = ids[i];
	free(ids);
	set_ids(x);
	for (i = 0; i < x->nr_rows; i++)
		x->rows[i].suite = suite_of(x, &x->rows[i]);
}

void export_free(struct export *x)
{
	size_t i;

	for (i = 0; i < x->nr_rows; i++) {
		free(x->rows[i].name);
		free(x->rows[i].cell_id);
		free(x->rows[i].id);
	}
	for (i = 0; i < x->nr_suites; i++)
		free(x->suites[i].name);
	for (i = 0; i < x->nr_checks; i++)
		free(x->checks[i].detail);
	free(x->rows);
	free(x->suites);
	free(x->checks);
}

/* --- metrics -------------------------------------------------------------- */

/* What a history of numbers is kept of. */
static const char *const tracked[] = {
	"p50_ns",
	"p90_ns",
	"p99_ns",
	"p999_ns",
	"quiet_p50_ns",
	"beyond_delay_p50_ns",
	"faults_per_s",
	"switches_per_fault",
	"antagonist.p50_ns",
	"antagonist.p99_ns",
	"antagonist.ops_per_s",
	"mmap_locks_per_fault",
	"retries_per_fault",
};

struct names {
	const char **at;
	size_t nr;
};

static void names_add(struct names *n, const char *name)
{
	size_t i;

	for (i = 0; i < n->nr; i++)
		if (!strcmp(n->at[i], name))
			return;
	*(const char **)memory_append((void **)&n->at, &n->nr,
				      sizeof(*n->at)) = name;
}

static void names_of_cell(struct names *n, const struct cell_sample *c)
{
	size_t i, k;

	for (i = 0; i < c->nr_runs; i++)
		for (k = 0; k < c->runs[i].metrics.nr; k++)
			names_add(n, c->runs[i].metrics.at[k].name);
	for (k = 0; c->has_witness && k < c->witness.metrics.nr; k++)
		names_add(n, c->witness.metrics.at[k].name);
}

/* Those of the list that the cell tells of. */
static const char **names_that_are_there(const struct cell_sample *c,
					 const char *const *list, size_t nr)
{
	struct names all = { 0 }, some = { 0 };
	size_t i, k;

	names_of_cell(&all, c);
	for (i = 0; i < nr; i++)
		for (k = 0; k < all.nr; k++)
			if (!strcmp(list[i], all.at[k]))
				names_add(&some, all.at[k]);
	memory_append((void **)&some.at, &some.nr, sizeof(*some.at));
	free(all.at);
	return some.at;
}

static const char **asked_for(const struct export *x,
			      const struct cell_sample *c)
{
	size_t nr = 0;

	while (x->metrics[nr])
		nr++;
	return names_that_are_there(c, (const char *const *)x->metrics, nr);
}

const char **export_metrics(const struct export *x, const struct cell_sample *c)
{
	return x->metrics ? asked_for(x, c)
			  : names_that_are_there(c, tracked,
						 sizeof(tracked) /
							 sizeof(tracked[0]));
}

const char **export_all_metrics(const struct export *x,
				const struct cell_sample *c)
{
	struct names n = { 0 };

	if (x->metrics)
		return asked_for(x, c);
	names_of_cell(&n, c);
	memory_append((void **)&n.at, &n.nr, sizeof(*n.at));
	return n.at;
}
