/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

char *antagonist_metric(size_t i, const char *metric)
{
	return i ? memory_printf("antagonist%zu.%s", i + 1, metric)
		 : memory_printf("antagonist.%s", metric);
}

/* The same place in the last run's metrics, *at, is tried first: runs of a cell
 * have theirs in the same order. */
static const struct value *find_value(const struct run_sample *run,
				      const char *metric, size_t *at)
{
	const struct metrics *m = &run->metrics;
	size_t i;

	if (*at < m->nr && !strcmp(m->at[*at].name, metric))
		return &m->at[*at].value;
	for (i = 0; i < m->nr; i++) {
		if (!strcmp(m->at[i].name, metric)) {
			*at = i;
			return &m->at[i].value;
		}
	}
	return NULL;
}

static bool is_usable(const struct value *v)
{
	return v && !v->absent && isfinite(v->number);
}

size_t sample_values(const struct cell_sample *c, const char *metric,
		     double *values, const char **absent)
{
	size_t i, nr = 0, at = 0;

	if (absent)
		*absent = c->nr_runs ? "not measured in these runs" : "no runs";
	for (i = 0; i < c->nr_runs; i++) {
		const struct value *v = find_value(&c->runs[i], metric, &at);

		if (is_usable(v))
			values[nr++] = v->number;
		else if (v && v->absent && absent)
			*absent = v->absent;
	}
	if (nr && absent)
		*absent = NULL;
	return nr;
}

size_t sample_counts(const struct cell_sample *c, const char *metric,
		     double *values, const char **absent)
{
	struct cell_sample witnesses = { .runs = c->witnesses,
					 .nr_runs = c->nr_witnesses };
	size_t nr = sample_values(&witnesses, metric, values, absent);

	if (!c->nr_witnesses && absent)
		*absent = "no witness counted it";
	return nr;
}

bool sample_has_witness_of(const struct cell_sample *c, size_t session)
{
	size_t i;

	for (i = 0; i < c->nr_witnesses; i++)
		if (c->witnesses[i].session == session)
			return true;
	return false;
}

static bool same_block(const struct run_sample *a, const struct run_sample *b)
{
	return a->session == b->session && a->block == b->block;
}

/* How many runs of that block come before run i: 0, unless a cell is in a
 * block more than once. In a file these stand one after the other. */
static size_t turn_of(const struct cell_sample *c, size_t i)
{
	size_t turn = 0;

	while (turn < i && same_block(&c->runs[i - turn - 1], &c->runs[i]))
		turn++;
	return turn;
}

/* The search begins at *from, where the last one ended: cells of a plan have
 * their blocks in the same order. */
static const struct run_sample *run_of(const struct cell_sample *c,
				       const struct run_sample *like,
				       size_t turn, size_t *from)
{
	size_t i, at;

	for (i = 0; i < c->nr_runs; i++) {
		at = turn ? i : *from + i;
		at -= at < c->nr_runs ? 0 : c->nr_runs;
		if (same_block(&c->runs[at], like) && !turn--) {
			*from = at + 1;
			return &c->runs[at];
		}
	}
	return NULL;
}

const struct run_sample *sample_partner(const struct cell_sample *c,
					const struct run_sample *like,
					size_t *from)
{
	return run_of(c, like, 0, from);
}

bool samples_share_session(const struct cell_sample *a,
			   const struct cell_sample *b)
{
	unsigned int most = 0;
	bool *seen, found = false;
	size_t i;

	for (i = 0; i < a->nr_runs; i++)
		if (a->runs[i].session > most)
			most = a->runs[i].session;
	seen = memory_new((size_t)most + 1, sizeof(*seen));
	for (i = 0; i < a->nr_runs; i++)
		seen[a->runs[i].session] = true;
	for (i = 0; i < b->nr_runs && !found; i++)
		found = b->runs[i].session <= most && seen[b->runs[i].session];
	free(seen);
	return found;
}

size_t sample_tuples(const struct cell_sample *const *cells, size_t nr,
		     const char *metric, double *const *at)
{
	size_t *from, i, k, found = 0, place = 0;

	for (k = 1; k < nr; k++)
		if (!samples_share_session(cells[0], cells[k]))
			return 0; /* not after a search for each run */
	from = memory_new(nr, sizeof(*from));
	for (i = 0; i < cells[0]->nr_runs; i++) {
		const struct run_sample *first = &cells[0]->runs[i];
		size_t turn = turn_of(cells[0], i);

		for (k = 0; k < nr; k++) {
			const struct run_sample *run = run_of(cells[k], first,
							      turn, &from[k]);
			const struct value *v =
				run ? find_value(run, metric, &place) : NULL;

			if (!is_usable(v))
				break;
			at[k][found] = v->number;
		}
		found += k == nr;
	}
	free(from);
	return found;
}

size_t sample_pairs(const struct cell_sample *a, const struct cell_sample *b,
		    const char *metric, double *x, double *y)
{
	const struct cell_sample *cells[] = { a, b };
	double *const at[] = { x, y };

	return sample_tuples(cells, 2, metric, at);
}

/* --- cells that belong together ------------------------------------------- */

const char *sample_axis(const struct cell_sample *c, const char *axis)
{
	return strcmp(axis, "label") ? pairs_find(&c->cell, axis) : c->label;
}

const char *sample_group(const struct cell_sample *c)
{
	return c->group ? c->group : "other";
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Does each of a's pairs, axis left out, have the same text in b? */
static bool same_pairs(const struct cell_sample *a, const struct cell_sample *b,
		       const char *axis)
{
	bool own_settings = !strcmp(axis, "scenario");
	size_t i;

	for (i = 0; i < a->cell.nr; i++) {
		const char *name = a->cell.at[i].name;
		const char *x = pairs_find(&a->cell, name);
		const char *y = pairs_find(&b->cell, name);

		if (strcmp(name, axis) && !same_text(x, y) &&
		    !(own_settings && (!x || !y)))
			return false;
	}
	return true;
}

const struct cell_sample *results_twin(const struct results *r,
				       const struct cell_sample *c,
				       const char *axis, const char *text)
{
	size_t i;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *t = &r->cells[i];

		if (t != c && same_text(sample_axis(t, axis), text) &&
		    (!strcmp(axis, "label") || !strcmp(t->label, c->label)) &&
		    same_pairs(c, t, axis) && same_pairs(t, c, axis))
			return t;
	}
	return NULL;
}

bool sample_is_alone(const struct cell_sample *c)
{
	const char *antagonist = sample_axis(c, "antagonist");

	return !antagonist || !strcmp(antagonist, "none");
}

const struct cell_sample *results_baseline(const struct results *r,
					   const struct cell_sample *c)
{
	const struct cell_sample *twin;

	if (sample_is_alone(c))
		return NULL;
	twin = results_twin(r, c, "antagonist", "none");
	return twin ? twin : results_twin(r, c, "antagonist", NULL);
}

bool results_count_instructions(const struct results *r)
{
	const char *text;
	size_t i;

	for (i = 0; i < r->nr_sessions; i++) {
		text = pairs_find(&r->sessions[i].facts, "machine.icount");
		if (text && !strcmp(text, "yes"))
			return true;
	}
	return false;
}

/* --- the end ------------------------------------------------------------- */

static void texts_free(char **texts, size_t nr)
{
	while (nr--)
		free(texts[nr]);
	free(texts);
}

static void cell_free(struct cell_sample *c)
{
	/* whatever has a record's parts is freed as a record */
	struct record rec = { .cell = c->cell, .command = c->command };
	size_t i;

	record_free(&rec);
	record_free(&c->witness);
	for (i = 0; i < c->nr_runs; i++)
		free(c->runs[i].metrics.at);
	for (i = 0; i < c->nr_witnesses; i++)
		free(c->witnesses[i].metrics.at);
	for (i = 0; i < c->nr_antagonists; i++)
		free(c->antagonist_hist[i]);
	texts_free(c->antagonist_name, c->nr_antagonists);
	texts_free(c->reasons, c->nr_reasons);
	free(c->antagonist_hist);
	free(c->runs);
	free(c->witnesses);
	free(c->hist);
	free(c->label);
	free(c->group);
	free(c->key);
	free(c->usual);
}

void results_free(struct results *r)
{
	size_t i;

	for (i = 0; i < r->nr_sessions; i++)
		record_free(&r->sessions[i]);
	for (i = 0; i < r->nr_cells; i++)
		cell_free(&r->cells[i]);
	for (i = 0; i < r->nr_axes; i++)
		free(r->axes[i].name);
	text_pool_free(&r->texts);
	texts_free(r->labels, r->nr_labels);
	lookup_free(&r->known);
	free(r->place);
	free(r->sessions);
	free(r->first_sessions);
	free(r->cells);
	free(r->axes);
	memset(r, 0, sizeof(*r));
}
