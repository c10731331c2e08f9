/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From records to samples. A record's histogram is added to its cell's and
 * forgotten at once, so what stays in memory is a few numbers a run.
 */
#include "sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "order.h"
#include "text.h"

enum {
	MAX_REASONS = 20
};

struct loader {
	struct results *r;
	const char *path, *label;
	size_t first_session; /* of this file */
	bool has_twin;	      /* one of its sessions has the id of one before */
	record_bad_fn *bad;
	void *arg;
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

/* The session that a record belongs to: by its id, else the latest. */
static unsigned int session_of(const struct loader *l, const struct record *rec)
{
	size_t i;

	for (i = l->r->nr_sessions; i-- > l->first_session;)
		if (rec->session && l->r->sessions[i].session &&
		    !strcmp(rec->session, l->r->sessions[i].session))
			return (unsigned int)i;
	return (unsigned int)(l->r->nr_sessions - 1);
}

static void add_axes(struct results *r, const struct pairs *cell)
{
	size_t i, k;

	for (i = 0; i < cell->nr; i++) {
		for (k = 0; k < r->nr_axes; k++)
			if (!strcmp(r->axes[k].name, cell->at[i].name))
				break;
		if (k == r->nr_axes) {
			struct axis *axis = memory_append(
				(void **)&r->axes, &r->nr_axes, sizeof(*axis));

			axis->name = memory_text(cell->at[i].name);
		}
	}
}

/* A scenario has one group, the first that a record tells: also in a file that
 * tells none, read beside one that does. */
static void set_groups(struct results *r)
{
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++) {
		struct cell_sample *c = &r->cells[i];
		const char *scenario = pairs_find(&c->cell, "scenario");

		for (k = 0; scenario && k < r->nr_cells; k++) {
			struct cell_sample *told = &r->cells[k];
			const char *other = pairs_find(&told->cell, "scenario");

			if (told->group && other && !strcmp(scenario, other))
				break;
		}
		if (!scenario || k == r->nr_cells || k == i)
			continue;
		free(c->group);
		c->group = memory_text(r->cells[k].group);
		r->has_groups = true;
	}
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

/* The cell of a record, made when it is new; takes the record's cell. */
static struct cell_sample *cell_of(struct loader *l, struct record *rec)
{
	unsigned int session = session_of(l, rec);
	const char *label = label_of(l, session);
	char *key = pairs_key(&rec->cell, NULL);
	struct cell_sample *c;
	size_t i;

	for (i = 0; i < l->r->nr_cells; i++) {
		c = &l->r->cells[i];
		if (!strcmp(c->key, key) && !strcmp(c->label, label)) {
			free(key);
			take_group(l->r, c, rec);
			return c;
		}
	}
	add_axes(l->r, &rec->cell);
	add_text(&l->r->labels, &l->r->nr_labels, label);
	c = memory_append((void **)&l->r->cells, &l->r->nr_cells, sizeof(*c));
	c->key = key;
	c->label = memory_text(label);
	c->session = session;
	c->cell = rec->cell;
	c->command = rec->command;
	rec->cell = (struct pairs){ 0 };
	rec->command = NULL;
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
	const struct results *r = l->r;
	const char *id = r->sessions[session].session;
	const struct run_sample *last = c->nr_runs ? &c->runs[c->nr_runs - 1]
						   : NULL;
	size_t i;

	/* the usual case at once: the next block of a session of one file */
	if (!l->has_twin &&
	    (!last || last->session != session || last->block < rec->block))
		return false;
	for (i = 0; i < c->nr_runs; i++) {
		const struct run_sample *run = &c->runs[i];
		const char *other = r->sessions[run->session].session;

		if (run->block == rec->block &&
		    run->position == rec->position &&
		    !(fabs(run->time_s - rec->time_s) > 0) && id && other &&
		    !strcmp(id, other))
			return true;
	}
	return false;
}

static void add_run(struct loader *l, struct record *rec)
{
	unsigned int session = session_of(l, rec);
	struct cell_sample *c = cell_of(l, rec);
	struct run_sample *run;
	size_t i;

	if (is_copy(l, c, session, rec)) {
		char *text = memory_printf(
			"%s: the run of block %u, position %u is there twice; "
			"counted once",
			l->path, rec->block, rec->position);

		l->r->nr_bad++;
		if (l->bad)
			l->bad(text, l->arg);
		free(text);
		return;
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
}

static void add_witness(struct loader *l, struct record *rec)
{
	struct cell_sample *c = cell_of(l, rec);

	if (c->has_witness && c->witness.verdict &&
	    !strcmp(c->witness.verdict, "broken"))
		return;
	record_free(&c->witness);
	free(rec->hist);
	rec->hist = NULL;
	c->witness = *rec;
	c->has_witness = true;
	memset(rec, 0, sizeof(*rec));
}

static void add_reason(struct loader *l, struct record *rec)
{
	struct cell_sample *c = cell_of(l, rec);
	char *text = memory_printf(
		"%s%s: %s", rec->of_witness ? "witness " : "",
		rec->type == RECORD_SKIP ? "skipped" : "failed",
		rec->reason && *rec->reason ? rec->reason : "no reason given");

	if (rec->type == RECORD_SKIP)
		c->nr_skips++;
	else
		c->nr_fails++;
	if (c->nr_reasons < MAX_REASONS)
		add_text(&c->reasons, &c->nr_reasons, text);
	free(text);
}

static void add_session(struct loader *l, struct record *rec)
{
	struct results *r = l->r;
	size_t i;

	for (i = 0; i < r->nr_sessions; i++) {
		const char *id = r->sessions[i].session;

		l->has_twin |= id && rec->session && !strcmp(id, rec->session);
	}
	*(struct record *)memory_append((void **)&r->sessions, &r->nr_sessions,
					sizeof(*rec)) = *rec;
}

static int add_record(struct record *rec, void *arg)
{
	struct loader *l = arg;
	struct results *r = l->r;

	r->nr_records++;
	if (rec->type == RECORD_SESSION) {
		add_session(l, rec);
		return 0;
	}
	if (r->nr_sessions > l->first_session) {
		if (rec->type == RECORD_RUN)
			add_run(l, rec);
		else if (rec->type == RECORD_WITNESS)
			add_witness(l, rec);
		else
			add_reason(l, rec);
	}
	record_free(rec);
	return 0;
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
			    .arg = arg };
	size_t nr = r->nr_files++;
	int err;

	*(size_t *)memory_append((void **)&r->first_sessions, &nr,
				 sizeof(size_t)) = l.first_session;
	err = (r->no_hists ? result_read_figures
			   : result_read)(path, add_record, add_bad, &l, e);
	set_groups(r);
	results_order(r);
	return err;
}

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
	for (i = 0; i < c->nr_antagonists; i++)
		free(c->antagonist_hist[i]);
	texts_free(c->antagonist_name, c->nr_antagonists);
	texts_free(c->reasons, c->nr_reasons);
	free(c->antagonist_hist);
	free(c->runs);
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
	free(r->sessions);
	free(r->first_sessions);
	free(r->cells);
	free(r->axes);
	memset(r, 0, sizeof(*r));
}
