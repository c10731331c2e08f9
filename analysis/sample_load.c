/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From records to samples. A record's histogram is added to its cell's and
 * forgotten at once, so what stays in memory is a few numbers a run.
 */
#include "sample.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "order.h"
#include "text.h"

enum {
	MAX_REASONS = 20,
	MAX_AXES = 256 /* faultline has some 40 */
};

struct loader {
	struct results *r;
	const char *path, *label;
	size_t first_session; /* of this file */
	record_bad_fn *bad;
	void *arg;
	struct error *e;
};

static void add_text(char ***texts, size_t *nr, const char *text)
{
	size_t i;

	for (i = 0; i < *nr; i++)
		if (!strcmp((*texts)[i], text))
			return;
	*(char **)memory_append((void **)texts, nr,
				sizeof(char *)) = memory_text(text);
}

/* The number of what is there already, by a kind and what tells it from others
 * of that kind; SIZE_MAX: it is new, and to be numbered. */
__attribute__((format(printf, 2, 3))) static size_t *known(struct results *r,
							   const char *fmt, ...)
{
	va_list ap;
	size_t *number;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	number = lookup(&r->known, text);
	free(text);
	return number;
}

static size_t *known_session(const struct loader *l, const char *id)
{
	return known(l->r, "session %zu %s", l->first_session, id);
}

/* The session that a record belongs to: by its id, else the latest. */
static unsigned int session_of(const struct loader *l, const struct record *rec)
{
	size_t latest = l->r->nr_sessions - 1, *number;

	if (!rec->session)
		return (unsigned int)latest;
	number = known_session(l, rec->session);
	return (unsigned int)(*number == SIZE_MAX ? latest : *number);
}

static int add_axes(struct loader *l, const struct pairs *cell)
{
	struct results *r = l->r;
	size_t i;

	for (i = 0; i < cell->nr; i++) {
		size_t *number = known(r, "axis %s", cell->at[i].name);
		struct axis *axis;

		if (*number != SIZE_MAX)
			continue;
		if (r->nr_axes == MAX_AXES)
			return error_set(l->e, E2BIG,
					 "%s: record %zu: its cells have more "
					 "than %d names of settings; is it a "
					 "result file?",
					 l->path, r->nr_records, MAX_AXES);
		*number = r->nr_axes;
		axis = memory_append((void **)&r->axes, &r->nr_axes,
				     sizeof(*axis));
		axis->name = memory_text(cell->at[i].name);
	}
	return 0;
}

static size_t label_number(struct results *r, const char *label)
{
	size_t *number = known(r, "label %s", label);

	if (*number == SIZE_MAX) {
		*number = r->nr_labels;
		*(char **)memory_append((void **)&r->labels, &r->nr_labels,
					sizeof(char *)) = memory_text(label);
	}
	return *number;
}

/* A scenario has one group, the first that a record tells: also in a file that
 * tells none, read beside one that does. */
static void set_groups(struct results *r)
{
	struct lookup told = { 0 };
	size_t i, *first;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];
		const char *scenario = pairs_find(&c->cell, "scenario");

		if (!scenario || !c->group)
			continue;
		first = lookup(&told, scenario);
		if (*first == SIZE_MAX)
			*first = i;
	}
	for (i = 0; told.nr && i < r->nr_cells; i++) {
		struct cell_sample *c = &r->cells[i];
		const char *scenario = pairs_find(&c->cell, "scenario");

		first = scenario ? lookup(&told, scenario) : &i;
		if (*first == SIZE_MAX || *first == i)
			continue;
		free(c->group);
		c->group = memory_text(r->cells[*first].group);
	}
	lookup_free(&told);
}

static void take_group(struct results *r, struct cell_sample *c,
		       struct record *rec)
{
	if (c->group || !rec->group || !*rec->group)
		return;
	c->group = text_clean(rec->group);
	rec->group = NULL;
	r->has_groups = true;
}

static const char *label_of(const struct loader *l, unsigned int session)
{
	const struct record *s = &l->r->sessions[session];
	const char *label = l->r->label_fact
				    ? pairs_find(&s->facts, l->r->label_fact)
			    : l->label ? l->label
				       : s->label;

	return label && *label ? label : "unnamed";
}

static struct cell_sample *cell_new(struct loader *l, struct record *rec,
				    const char *label, unsigned int session)
{
	struct results *r = l->r;
	size_t number = r->nr_cells, nr = number;
	struct cell_sample *c;

	if (add_axes(l, &rec->cell))
		return NULL;
	*(size_t *)memory_append((void **)&r->place, &nr,
				 sizeof(size_t)) = number;
	c = memory_append((void **)&r->cells, &r->nr_cells, sizeof(*c));
	c->number = number;
	c->label = memory_text(label);
	c->label_nr = label_number(r, label);
	c->session = session;
	c->cell = rec->cell;
	c->command = rec->command;
	rec->cell = (struct pairs){ 0 };
	rec->command = NULL;
	return c;
}

/* The cell of a record, made when it is new; takes the record's cell. NULL:
 * the file is refused, and l->e says why. */
static struct cell_sample *cell_of(struct loader *l, struct record *rec)
{
	unsigned int session = session_of(l, rec);
	const char *label = label_of(l, session);
	char *key = pairs_key(&rec->cell, NULL);
	size_t number = *known(l->r, "cell %zu %s%s", strlen(label), label,
			       key);
	struct cell_sample *c;

	if (number != SIZE_MAX) {
		free(key);
		c = &l->r->cells[l->r->place[number]];
	} else {
		c = cell_new(l, rec, label, session);
		if (!c) {
			free(key);
			return NULL;
		}
		*known(l->r, "cell %zu %s%s", strlen(label), label,
		       key) = c->number;
		c->key = key;
	}
	take_group(l->r, c, rec);
	return c;
}

/* Moves on in to->at, which has room. */
static void add_metrics(struct results *r, struct metrics *to,
			const char *prefix, const struct metrics *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++) {
		const struct value *v = &from->at[i].value;
		struct metric *m = &to->at[to->nr++];

		m->name = text_pool_add(&r->texts, prefix, from->at[i].name);
		m->value.number = v->number;
		m->value.absent = v->absent ? text_pool_add(&r->texts, "",
							    v->absent)
					    : NULL;
	}
}

static size_t count_metrics(const struct record *rec)
{
	size_t nr = rec->metrics.nr + rec->counters.nr + rec->noise.nr, i;

	for (i = 0; i < rec->nr_antagonists; i++)
		nr += rec->antagonists[i].metrics.nr;
	return nr;
}

static void merge_hist(struct hist **to, struct hist **from)
{
	if (!*from)
		return;
	if (*to) {
		hist_merge(*to, *from);
		return;
	}
	*to = *from;
	*from = NULL;
}

static void add_antagonist(struct results *r, struct cell_sample *c,
			   struct run_sample *run, struct antagonist_result *a,
			   size_t i)
{
	size_t nr = c->nr_antagonists;
	char *prefix = antagonist_metric(i, "");

	add_metrics(r, &run->metrics, prefix, &a->metrics);
	free(prefix);
	if (i == nr) {
		memory_append((void **)&c->antagonist_name, &nr,
			      sizeof(*c->antagonist_name));
		nr = c->nr_antagonists;
		memory_append((void **)&c->antagonist_hist, &nr,
			      sizeof(*c->antagonist_hist));
		c->antagonist_name[i] = memory_text(a->name);
		c->nr_antagonists = nr;
	}
	merge_hist(&c->antagonist_hist[i], &a->hist);
}

/* Is this very run there already, from another copy of the file? */
static bool is_copy(const struct loader *l, const struct cell_sample *c,
		    unsigned int session, const struct record *rec)
{
	const char *id = l->r->sessions[session].session;
	size_t *number = known(l->r, "run %zu %u %u %a %s", c->number,
			       rec->block, rec->position, rec->time_s, id);
	bool is = *number != SIZE_MAX;

	*number = 0;
	return is;
}

static int add_run(struct loader *l, struct record *rec)
{
	unsigned int session = session_of(l, rec);
	struct cell_sample *c = cell_of(l, rec);
	struct run_sample *run;
	size_t i;

	if (!c)
		return -E2BIG;
	if (is_copy(l, c, session, rec)) {
		char *text = memory_printf(
			"%s: the run of block %u, position %u is there twice; "
			"counted once",
			l->path, rec->block, rec->position);

		l->r->nr_bad++;
		if (l->bad)
			l->bad(text, l->arg);
		free(text);
		return 0;
	}
	run = memory_append((void **)&c->runs, &c->nr_runs, sizeof(*run));
	run->block = rec->block;
	run->position = rec->position;
	run->file = l->r->nr_files - 1;
	run->session = session;
	run->time_s = rec->time_s;
	run->metrics.at = memory_new(count_metrics(rec),
				     sizeof(*run->metrics.at));
	add_metrics(l->r, &run->metrics, "", &rec->metrics);
	for (i = 0; i < rec->nr_antagonists; i++)
		add_antagonist(l->r, c, run, &rec->antagonists[i], i);
	add_metrics(l->r, &run->metrics, "counter.", &rec->counters);
	add_metrics(l->r, &run->metrics, "noise.", &rec->noise);
	merge_hist(&c->hist, &rec->hist);
	return 0;
}

/* A session has one witness of a cell; a second is a copy of the file. */
static void add_counts(struct loader *l, struct cell_sample *c,
		       const struct record *rec)
{
	unsigned int session = session_of(l, rec);
	size_t *number = known(l->r, "witness %zu %s", c->number,
			       l->r->sessions[session].session);
	struct run_sample *counts;

	if (*number != SIZE_MAX)
		return;
	*number = 0;
	counts = memory_append((void **)&c->witnesses, &c->nr_witnesses,
			       sizeof(*counts));
	counts->session = session;
	counts->metrics.at = memory_new(rec->metrics.nr,
					sizeof(*counts->metrics.at));
	add_metrics(l->r, &counts->metrics, "", &rec->metrics);
}

static int add_witness(struct loader *l, struct record *rec)
{
	struct cell_sample *c = cell_of(l, rec);

	if (!c)
		return -E2BIG;
	add_counts(l, c, rec);
	if (c->has_witness && c->witness.verdict &&
	    !strcmp(c->witness.verdict, "broken"))
		return 0;
	record_free(&c->witness);
	free(rec->hist);
	rec->hist = NULL;
	c->witness = *rec;
	c->has_witness = true;
	memset(rec, 0, sizeof(*rec));
	return 0;
}

static int add_reason(struct loader *l, struct record *rec)
{
	struct cell_sample *c = cell_of(l, rec);
	char *text;

	if (!c)
		return -E2BIG;
	if (rec->type == RECORD_SKIP)
		c->nr_skips++;
	else
		c->nr_fails++;
	if (c->nr_reasons == MAX_REASONS)
		return 0;
	text = memory_printf("%s%s: %s", rec->of_witness ? "witness " : "",
			     rec->type == RECORD_SKIP ? "skipped" : "failed",
			     rec->reason && *rec->reason ? rec->reason
							 : "no reason given");
	add_text(&c->reasons, &c->nr_reasons, text);
	free(text);
	return 0;
}

static void add_session(struct loader *l, struct record *rec)
{
	struct results *r = l->r;

	*known_session(l, rec->session) = r->nr_sessions;
	*(struct record *)memory_append((void **)&r->sessions, &r->nr_sessions,
					sizeof(*rec)) = *rec;
}

static int add_record(struct record *rec, void *arg)
{
	struct loader *l = arg;
	struct results *r = l->r;
	int err = 0;

	r->nr_records++;
	if (rec->type == RECORD_SESSION) {
		add_session(l, rec);
		return 0;
	}
	if (r->nr_sessions > l->first_session) {
		if (rec->type == RECORD_RUN)
			err = add_run(l, rec);
		else if (rec->type == RECORD_WITNESS)
			err = add_witness(l, rec);
		else
			err = add_reason(l, rec);
	}
	record_free(rec);
	return err;
}

static void add_bad(const char *message, void *arg)
{
	struct loader *l = arg;

	l->r->nr_bad++;
	if (l->bad)
		l->bad(message, l->arg);
}

int results_load(struct results *r, const char *path, const char *label,
		 record_bad_fn *bad, void *arg, struct error *e)
{
	struct loader l = { .r = r,
			    .path = path,
			    .label = label,
			    .first_session = r->nr_sessions,
			    .bad = bad,
			    .arg = arg,
			    .e = e };
	size_t nr = r->nr_files++, i;
	int err;

	*(size_t *)memory_append((void **)&r->first_sessions, &nr,
				 sizeof(size_t)) = l.first_session;
	err = (r->no_hists ? result_read_figures
			   : result_read)(path, add_record, add_bad, &l, e);
	set_groups(r);
	results_order(r);
	for (i = 0; i < r->nr_cells; i++)
		r->place[r->cells[i].number] = i;
	return err;
}
