/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records to JSON; the members are those of doc/format.md. */
#include "record.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "record_members.h"

const char *const record_type_names[RECORD_NR_TYPES] = {
	"session", "run", "witness", "skip", "fail",
};

enum {
	REAL_DIGITS = 13 /* a date in s down to the ms */
};

/* --- to JSON -------------------------------------------------------------- */

static json_t *metrics_to_json(const struct metrics *m)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < m->nr; i++) {
		const struct metric *metric = &m->at[i];

		if (metric->value.absent)
			put_absent(o, metric->name, metric->value.absent);
		else
			put_number(o, metric->name, metric->value.number);
	}
	return o;
}

static json_t *pairs_to_json(const struct pairs *p)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < p->nr; i++) {
		if (p->at[i].text)
			put_text(o, p->at[i].name, p->at[i].text);
		else
			put_absent(o, p->at[i].name, p->at[i].absent);
	}
	return o;
}

static json_t *hist_to_json(const struct hist *h)
{
	json_t *a = json_array(), *pair;
	unsigned int i;

	for (i = 0; i < HIST_NR; i++) {
		if (!h->bucket[i])
			continue;
		pair = json_array();
		push(pair, json_integer((json_int_t)hist_low(i)));
		push(pair, json_integer((json_int_t)h->bucket[i]));
		push(a, pair);
	}
	return a;
}

static void session_to_json(json_t *o, const struct record *r)
{
	put_count(o, "schema", r->schema);
	put_text(o, "session", r->session);
	put_number(o, "time_s", r->time_s);
	put_text(o, "label", r->label);
	put_text(o, "plan_name", r->plan_name);
	put_text(o, "question", r->question);
	put_text(o, "plan", r->plan);
	put_count(o, "seed", r->seed);
	put_count(o, "blocks", r->blocks);
	put(o, "resumed", json_boolean(r->resumed));
	if (r->until_decided)
		put(o, "until_decided", json_true());
	put(o, "facts", pairs_to_json(&r->facts));
}

static json_t *antagonists_to_json(const struct record *r)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < r->nr_antagonists; i++) {
		const struct antagonist_result *one = &r->antagonists[i];

		o = json_object();
		put_text(o, "name", one->name);
		put(o, "metrics", metrics_to_json(&one->metrics));
		if (one->hist)
			put(o, "hist_ns", hist_to_json(one->hist));
		push(a, o);
	}
	return a;
}

static json_t *placed_to_json(const struct record *r)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < r->nr_placed; i++) {
		const struct placed *p = &r->placed[i];

		o = json_object();
		put_text(o, "role", p->role);
		put_count(o, "index", p->index);
		put_count(o, "pu", p->pu);
		put(o, "node", json_integer(p->node));
		put(o, "verified", json_boolean(p->verified));
		push(a, o);
	}
	return a;
}

static void measured_to_json(json_t *o, const struct record *r)
{
	put_number(o, "elapsed_s", r->elapsed_s);
	if (r->type == RECORD_WITNESS) {
		put_text(o, "evidence", r->evidence);
		put_text(o, "verdict", r->verdict);
		put_text(o, "claim", r->claim);
	}
	if (r->facts.nr)
		put(o, "facts", pairs_to_json(&r->facts));
	put(o, "metrics", metrics_to_json(&r->metrics));
	put(o, "counters", metrics_to_json(&r->counters));
	put(o, "noise", metrics_to_json(&r->noise));
	if (r->hist)
		put(o, "hist_ns", hist_to_json(r->hist));
	put(o, "antagonists", antagonists_to_json(r));
	put(o, "placed", placed_to_json(r));
}

static void cell_to_json(json_t *o, const struct record *r)
{
	put_text(o, "session", r->session);
	put_number(o, "time_s", r->time_s);
	put_count(o, "block", r->block);
	put_count(o, "position", r->position);
	put(o, "cell", pairs_to_json(&r->cell));
	if (r->group)
		put_text(o, "group", r->group);
	put_text(o, "command", r->command);
	if (r->type == RECORD_RUN || r->type == RECORD_WITNESS) {
		measured_to_json(o, r);
		return;
	}
	put(o, "of_witness", json_boolean(r->of_witness));
	put_text(o, "reason", r->reason);
}

char *record_to_json(const struct record *r)
{
	json_t *o = json_object();
	char *text;

	put_text(o, "type", record_type_names[r->type]);
	if (r->type == RECORD_SESSION)
		session_to_json(o, r);
	else
		cell_to_json(o, r);
	text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
	json_decref(o);
	if (!text)
		abort();
	return text;
}
