/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records to JSON and back; the members are those of doc/format.md. What is
 * read is not trusted: every type and every size is looked at, and the first
 * thing that is wrong is the reason why the whole line is refused.
 */
#include "record.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "record_members.h"

static const char *const type_names[RECORD_NR_TYPES] = {
	"session", "run", "witness", "skip", "fail",
};

enum {
	MAX_ANTAGONISTS = 64,
	MAX_PLACED = 65536,
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

	put_text(o, "type", type_names[r->type]);
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

/* --- from JSON ------------------------------------------------------------ */

static void get_metrics(struct reader *rd, json_t *o, const char *name,
			struct metrics *m, bool required)
{
	json_t *values = get_members(rd, o, name, required), *v;
	const char *key;

	json_object_foreach(values, key, v)
	{
		if (json_is_number(v))
			metrics_add(m, key, json_number_value(v));
		else if (absent_reason(v))
			metrics_add_absent(m, key, "%s", absent_reason(v));
		else
			wrong(rd, key, "is neither a number nor absent");
	}
}

static void get_pairs(struct reader *rd, json_t *o, const char *name,
		      struct pairs *p, bool required)
{
	json_t *values = get_members(rd, o, name, required), *v;
	const char *key;

	json_object_foreach(values, key, v)
	{
		if (json_is_string(v))
			pairs_add(p, key, json_string_value(v));
		else if (absent_reason(v))
			pairs_add_absent(p, key, absent_reason(v));
		else
			wrong(rd, key, "is neither a text nor absent");
	}
}

static void hist_put(struct reader *rd, struct hist *h, json_t *pair)
{
	json_t *low = json_array_get(pair, 0), *nr = json_array_get(pair, 1);
	json_int_t ns = json_integer_value(low), n = json_integer_value(nr);
	unsigned int i;

	if (json_array_size(pair) != 2 || !json_is_integer(low) ||
	    !json_is_integer(nr) || ns < 0 || n < 1 || n > 1LL << 48) {
		wrong(rd, "hist_ns", "has an entry that is no [ns, count]");
		return;
	}
	i = hist_index((uint64_t)ns);
	if (!h->total || (uint64_t)ns < h->min)
		h->min = (uint64_t)ns;
	if (hist_high(i) - 1 > h->max)
		h->max = hist_high(i) - 1;
	h->total += (uint64_t)n;
	h->bucket[i] += (uint64_t)n;
}

static struct hist *get_hist(struct reader *rd, json_t *o,
			     const struct metrics *m)
{
	json_t *a = json_object_get(o, "hist_ns"), *pair;
	const struct value *max = metrics_find(m, "max_ns");
	struct hist *h;
	size_t i;

	if (!a)
		return NULL;
	if (!json_is_array(a) || json_array_size(a) > HIST_NR) {
		wrong(rd, "hist_ns", "is no histogram");
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h)
		abort();
	json_array_foreach(a, i, pair) hist_put(rd, h, pair);
	/* The bucket knows the largest value only roughly. */
	if (max && !max->absent && max->number >= 0 && max->number < 0x1p63 &&
	    hist_index((uint64_t)max->number) == hist_index(h->max))
		h->max = (uint64_t)max->number;
	return h;
}

static void get_antagonists(struct reader *rd, json_t *o, struct record *r)
{
	json_t *a = json_object_get(o, "antagonists"), *one;
	size_t i;

	if (a && (!json_is_array(a) || json_array_size(a) > MAX_ANTAGONISTS)) {
		wrong(rd, "antagonists", "is no list of at most 64");
		return;
	}
	json_array_foreach(a, i, one)
	{
		char *name = get_text(rd, one, "name", true);
		struct antagonist_result *result =
			record_add_antagonist(r, name ? name : "");

		free(name);
		get_metrics(rd, one, "metrics", &result->metrics, true);
		result->hist = get_hist(rd, one, &result->metrics);
	}
}

static void get_placed(struct reader *rd, json_t *o, struct record *r)
{
	json_t *a = json_object_get(o, "placed"), *one, *node;
	size_t i;

	if (a && (!json_is_array(a) || json_array_size(a) > MAX_PLACED)) {
		wrong(rd, "placed", "is no list of at most 65,536");
		return;
	}
	json_array_foreach(a, i, one)
	{
		char *role = get_text(rd, one, "role", true);
		struct placed *p = record_add_placed(
			r, role ? role : "", get_small(rd, one, "index"));

		free(role);
		p->pu = get_small(rd, one, "pu");
		node = json_object_get(one, "node");
		if (!json_is_integer(node) || json_integer_value(node) < -1 ||
		    json_integer_value(node) > RECORD_MAX_NUMBER)
			wrong(rd, "node", "is no node, nor -1");
		else
			p->node = (int)json_integer_value(node);
		p->verified = get_bool(rd, one, "verified");
	}
}

static void session_from_json(struct reader *rd, json_t *o, struct record *r)
{
	r->label = get_text(rd, o, "label", true);
	r->plan_name = get_text(rd, o, "plan_name", true);
	r->question = get_text(rd, o, "question", true);
	r->plan = get_text(rd, o, "plan", true);
	r->seed = get_count(rd, o, "seed", INT64_MAX);
	r->blocks = get_small(rd, o, "blocks");
	r->resumed = get_bool(rd, o, "resumed");
	if (json_object_get(o, "until_decided"))
		r->until_decided = get_bool(rd, o, "until_decided");
	get_pairs(rd, o, "facts", &r->facts, true);
}

static void cell_from_json(struct reader *rd, json_t *o, struct record *r)
{
	r->block = get_small(rd, o, "block");
	r->position = get_small(rd, o, "position");
	get_pairs(rd, o, "cell", &r->cell, true);
	r->group = get_text(rd, o, "group", false);
	r->command = get_text(rd, o, "command", true);
	if (r->type == RECORD_SKIP || r->type == RECORD_FAIL) {
		r->reason = get_text(rd, o, "reason", true);
		r->of_witness = get_bool(rd, o, "of_witness");
		return;
	}
	r->elapsed_s = get_number(rd, o, "elapsed_s");
	if (r->type == RECORD_WITNESS) {
		r->evidence = get_text(rd, o, "evidence", true);
		r->verdict = get_text(rd, o, "verdict", true);
		r->claim = get_text(rd, o, "claim", true);
	}
	get_pairs(rd, o, "facts", &r->facts, false);
	get_metrics(rd, o, "metrics", &r->metrics, true);
	get_metrics(rd, o, "counters", &r->counters, false);
	get_metrics(rd, o, "noise", &r->noise, false);
	r->hist = get_hist(rd, o, &r->metrics);
	get_antagonists(rd, o, r);
	get_placed(rd, o, r);
}

/* Looked at first: a newer session may have none of the members below. */
static void get_schema(struct reader *rd, json_t *o, struct record *r)
{
	uint64_t schema = get_count(rd, o, "schema", INT64_MAX);

	if (!rd->err && schema < 1)
		wrong(rd, "schema", "is less than 1");
	else if (!rd->err && schema > RECORD_SCHEMA)
		rd->err = error_set(rd->e, ENOTSUP,
				    "schema %llu is newer than this program, "
				    "which knows %d; use a newer faultline",
				    (unsigned long long)schema, RECORD_SCHEMA);
	r->schema = (unsigned int)schema;
}

static void from_object(struct reader *rd, json_t *o, struct record *r)
{
	char *type = get_text(rd, o, "type", true);
	int i;

	for (i = 0; type && i < RECORD_NR_TYPES; i++)
		if (!strcmp(type, type_names[i]))
			break;
	if (type && i == RECORD_NR_TYPES)
		wrong(rd, type, "is no type of record");
	free(type);
	if (rd->err)
		return;
	r->type = (enum record_type)i;
	if (r->type == RECORD_SESSION)
		get_schema(rd, o, r);
	if (rd->err)
		return;
	r->session = get_text(rd, o, "session", true);
	r->time_s = get_number(rd, o, "time_s");
	if (r->type == RECORD_SESSION)
		session_from_json(rd, o, r);
	else
		cell_from_json(rd, o, r);
}

/* What comes out of a file must not command a terminal. */
static void make_printable(struct error *e)
{
	char *c;

	for (c = e ? e->text : ""; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

int record_from_json(struct record *r, const char *text, size_t len,
		     struct error *e)
{
	struct reader rd = { .e = e };
	json_error_t why;
	json_t *o;

	memset(r, 0, sizeof(*r));
	o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!o)
		rd.err = error_set(e, EINVAL, "not JSON, at byte %d: %s",
				   why.position, why.text);
	else if (json_is_object(o))
		from_object(&rd, o, r);
	else
		rd.err = error_set(e, EINVAL, "is no record");
	json_decref(o);
	if (rd.err) {
		record_free(r);
		make_printable(e);
	}
	return rd.err;
}
