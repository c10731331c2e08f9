/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `faultstat show --json`: one object with what the tables show, in full
 * precision. {"command":"show", "level":0.95, "sessions":[...], "cells":[{cell,
 * label, title, runs, metrics:{NAME:{estimate, low, high, level, n} or
 * {absent}}, against_baseline, witness, reasons}]}.
 */
#include <stdlib.h>

#include "cli.h"
#include "comparison.h"
#include "json.h"
#include "memory.h"
#include "show.h"

static json_t *session_json(const struct record *s)
{
	json_t *o = json_object();
	size_t i;

	json_object_set_new(o, "session", json_text(s->session));
	json_object_set_new(o, "label", json_text(s->label));
	json_object_set_new(o, "time_s", json_number(s->time_s));
	json_object_set_new(o, "plan_name", json_text(s->plan_name));
	json_object_set_new(o, "question", json_text(s->question));
	for (i = 0; i < s->facts.nr; i++)
		json_object_set_new(o, s->facts.at[i].name,
				    json_text(s->facts.at[i].text));
	return o;
}

static json_t *figure_json(const struct shown *f)
{
	json_t *o;

	if (!f->v.n) {
		o = json_object();
		json_object_set_new(
			o, "absent",
			json_text(f->absent ? f->absent : "not applicable"));
		return o;
	}
	o = json_interval(&f->v);
	if (f->exact)
		json_object_set_new(o, "exact", json_true());
	return o;
}

static json_t *witness_json(const struct record *w)
{
	json_t *o = json_object();
	size_t i;

	json_object_set_new(o, "verdict", json_text(w->verdict));
	json_object_set_new(o, "evidence", json_text(w->evidence));
	json_object_set_new(o, "claim", json_text(w->claim));
	for (i = 0; i < w->metrics.nr; i++)
		json_object_set_new(o, w->metrics.at[i].name,
				    json_number(w->metrics.at[i].value.number));
	return o;
}

static json_t *slowdowns_json(const struct cell_sample *c,
			      const struct cell_sample *alone)
{
	static const char *const names[] = { "p50_ns", "p99_ns",
					     "faults_per_s" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct interval v = comparison_slowdown(c, alone, names[i]);

		json_object_set_new(o, names[i], json_interval(&v));
	}
	return o;
}

/* Every antagonist, with the figures that each one has. */
static json_t *antagonists_json(const struct cell_sample *c)
{
	static const char *const names[] = { "p50_ns", "p99_ns", "max_ns",
					     "ops_per_s" };
	json_t *all = json_array();
	size_t i, k;

	for (i = 0; i < c->nr_antagonists; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "name",
				    json_text(c->antagonist_name[i]));
		for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			char *metric = antagonist_metric(i, names[k]);
			struct shown f = show_figure(c, metric);

			json_object_set_new(o, names[k], figure_json(&f));
			free(metric);
		}
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *cell_json(const struct show *s, const struct cell_sample *c)
{
	const struct cell_sample *alone = results_baseline(&s->results, c);
	json_t *o = json_object(), *metrics = json_object();
	json_t *reasons = json_array();
	char *title = sample_title(&s->results, c);
	size_t i;

	json_object_set_new(o, "cell", json_cell(c));
	json_object_set_new(o, "label", json_text(c->label));
	json_object_set_new(o, "group", json_text(sample_group(c)));
	json_object_set_new(o, "title", json_text(title));
	json_object_set_new(o, "command", json_text(c->command));
	json_object_set_new(o, "runs", json_count(c->nr_runs));
	for (i = 0; i < s->nr_metrics; i++) {
		struct shown f = show_figure(c, s->metrics[i]);

		json_object_set_new(metrics, s->metrics[i], figure_json(&f));
	}
	json_object_set_new(o, "metrics", metrics);
	if (c->nr_antagonists)
		json_object_set_new(o, "antagonists", antagonists_json(c));
	if (alone)
		json_object_set_new(o, "against_baseline",
				    slowdowns_json(c, alone));
	if (c->has_witness)
		json_object_set_new(o, "witness", witness_json(&c->witness));
	for (i = 0; i < c->nr_reasons; i++)
		json_array_append_new(reasons, json_text(c->reasons[i]));
	json_object_set_new(o, "reasons", reasons);
	json_object_set_new(o, "skipped", json_count(c->nr_skips));
	json_object_set_new(o, "failed", json_count(c->nr_fails));
	free(title);
	return o;
}

int show_json(const struct show *s)
{
	const struct results *r = &s->results;
	json_t *o = json_object(), *sessions = json_array();
	json_t *cells = json_array();
	size_t i;

	for (i = 0; i < r->nr_sessions; i++)
		json_array_append_new(sessions, session_json(&r->sessions[i]));
	for (i = 0; i < r->nr_cells; i++)
		if (cli_wants(&r->cells[i], s->scenario))
			json_array_append_new(cells,
					      cell_json(s, &r->cells[i]));
	json_object_set_new(o, "command", json_text("show"));
	json_object_set_new(o, "level", json_number(SHOW_LEVEL));
	json_object_set_new(o, "sessions", sessions);
	json_object_set_new(o, "cells", cells);
	json_object_set_new(o, "malformed_lines", json_count(r->nr_bad));
	return json_print(s->out, o);
}
