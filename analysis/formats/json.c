/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON: what each cell came to, in full precision. {"format":
 * "faultline-export", "version": 1, "level", "sessions": [{session, label,
 * date, facts}], "cells": [{id, label, group, cell, command, runs, metrics:
 * {NAME: {estimate, low, high, level, n, unit, better} or {absent, unit,
 * better}}, witness: {verdict, evidence, claim}, checks: [{what, status,
 * detail}]}]}. A metric with "exact" was counted by the witness. better is
 * "lower", "higher", or null where neither is. Values of single runs are
 * csv's.
 */
#include "json.h"

#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "show.h"

static json_t *session_json(const struct record *s)
{
	json_t *o = json_object(), *facts = json_object();
	char date[32];
	size_t i;

	export_date(s->time_s, date, sizeof(date));
	json_object_set_new(o, "session", json_text(s->session));
	json_object_set_new(o, "label", json_text(s->label));
	json_object_set_new(o, "date",
			    *date ? json_sprintf("%sZ", date) : json_null());
	for (i = 0; i < s->facts.nr; i++)
		json_object_set_new(facts, s->facts.at[i].name,
				    json_text(s->facts.at[i].text));
	json_object_set_new(o, "facts", facts);
	return o;
}

static json_t *metric_json(const struct cell_sample *c, const char *metric)
{
	struct shown f = show_figure(c, metric);
	int sense = figure_of(metric).sense;
	json_t *o = f.v.n ? json_interval(&f.v) : json_object();
	char unit[64];

	export_unit(metric, unit, sizeof(unit));
	if (!f.v.n)
		json_object_set_new(
			o, "absent",
			json_text(f.absent ? f.absent : show_not_measured));
	else if (f.exact)
		json_object_set_new(o, "exact", json_true());
	json_object_set_new(o, "unit", json_text(unit));
	json_object_set_new(o, "better",
			    json_text(sense > 0	  ? "lower"
				      : sense < 0 ? "higher"
						  : NULL));
	return o;
}

static json_t *witness_json(const struct record *w)
{
	json_t *o = json_object();

	json_object_set_new(o, "verdict", json_text(w->verdict));
	json_object_set_new(o, "evidence", json_text(w->evidence));
	json_object_set_new(o, "claim", json_text(w->claim));
	return o;
}

static json_t *checks_json(const struct export *x, size_t row)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < x->nr_checks; i++) {
		const struct check *c = &x->checks[i];
		json_t *o;

		if (c->row != row)
			continue;
		o = json_object();
		json_object_set_new(o, "what", json_text(c->what));
		json_object_set_new(o, "status",
				    json_text(check_status_name(c->status)));
		json_object_set_new(o, "detail", json_text(c->detail));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *row_json(const struct export *x, size_t row)
{
	const struct cell_sample *c = x->rows[row].cell;
	const char **metrics = export_all_metrics(x, c);
	json_t *o = json_object(), *m = json_object();
	size_t i;

	json_object_set_new(o, "id", json_text(x->rows[row].id));
	json_object_set_new(o, "label", json_text(c->label));
	json_object_set_new(o, "group", json_text(sample_group(c)));
	json_object_set_new(o, "cell", json_cell(c));
	json_object_set_new(o, "command", json_text(c->command));
	json_object_set_new(o, "runs", json_count(c->nr_runs));
	for (i = 0; metrics[i]; i++)
		json_object_set_new(m, metrics[i], metric_json(c, metrics[i]));
	json_object_set_new(o, "metrics", m);
	if (c->has_witness)
		json_object_set_new(o, "witness", witness_json(&c->witness));
	json_object_set_new(o, "checks", checks_json(x, row));
	free(metrics);
	return o;
}

int export_json(const struct export *x, struct error *e)
{
	json_t *o = json_object(), *sessions = json_array();
	json_t *cells = json_array();
	size_t i;

	for (i = 0; i < x->results->nr_sessions; i++)
		json_array_append_new(sessions,
				      session_json(&x->results->sessions[i]));
	for (i = 0; i < x->nr_rows; i++)
		json_array_append_new(cells, row_json(x, i));
	json_object_set_new(o, "format", json_text("faultline-export"));
	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "level", json_number(SHOW_LEVEL));
	json_object_set_new(o, "sessions", sessions);
	json_object_set_new(o, "cells", cells);
	return json_print(x->out, o) ? error_set(e, EIO, "no JSON") : 0;
}
