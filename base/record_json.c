/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records to JSON and back; the members are those of doc/format.md. */
#include "record.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[RECORD_NR_TYPES] = {
	"session", "run", "witness", "skip", "fail",
};

/* --- to JSON -------------------------------------------------------------- */

/* Text that is no UTF-8 (a kernel command line can hold anything) loses the
 * bytes that are not ASCII. */
static json_t *text_to_json(const char *text)
{
	json_t *json = json_string(text ? text : "");
	char *ascii, *c;

	if (json)
		return json;
	ascii = strdup(text);
	if (!ascii)
		abort();
	for (c = ascii; *c; c++)
		if (*c & 0x80)
			*c = '?';
	json = json_string(ascii);
	free(ascii);
	return json;
}

static void set_text(json_t *o, const char *name, const char *text)
{
	json_object_set_new(o, name, text_to_json(text));
}

static void set_number(json_t *o, const char *name, double x)
{
	if (x == rint(x) && fabs(x) < 9007199254740992.0)
		json_object_set_new(o, name, json_integer((json_int_t)x));
	else
		json_object_set_new(o, name, json_real(x));
}

static void set_absent(json_t *o, const char *name, const char *reason)
{
	json_t *absent = json_object();

	set_text(absent, "absent", reason);
	json_object_set_new(o, name, absent);
}

static json_t *metrics_to_json(const struct metrics *m)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < m->nr; i++) {
		const struct metric *metric = &m->at[i];

		if (metric->value.absent)
			set_absent(o, metric->name, metric->value.absent);
		else
			set_number(o, metric->name, metric->value.number);
	}
	return o;
}

static json_t *pairs_to_json(const struct pairs *p)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < p->nr; i++) {
		if (p->at[i].text)
			set_text(o, p->at[i].name, p->at[i].text);
		else
			set_absent(o, p->at[i].name, p->at[i].absent);
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
		json_array_append_new(pair,
				      json_integer((json_int_t)hist_low(i)));
		json_array_append_new(pair,
				      json_integer((json_int_t)h->bucket[i]));
		json_array_append_new(a, pair);
	}
	return a;
}

static void session_to_json(json_t *o, const struct record *r)
{
	json_object_set_new(o, "schema", json_integer((json_int_t)r->schema));
	set_text(o, "session", r->session);
	set_number(o, "time_s", r->time_s);
	set_text(o, "label", r->label);
	set_text(o, "plan_name", r->plan_name);
	set_text(o, "question", r->question);
	set_text(o, "plan", r->plan);
	json_object_set_new(o, "seed", json_integer((json_int_t)r->seed));
	json_object_set_new(o, "blocks", json_integer((json_int_t)r->blocks));
	json_object_set_new(o, "resumed", json_boolean(r->resumed));
	json_object_set_new(o, "facts", pairs_to_json(&r->facts));
}

static json_t *antagonists_to_json(const struct record *r)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < r->nr_antagonists; i++) {
		const struct antagonist_result *one = &r->antagonists[i];

		o = json_object();
		set_text(o, "name", one->name);
		json_object_set_new(o, "metrics",
				    metrics_to_json(&one->metrics));
		if (one->hist)
			json_object_set_new(o, "hist_ns",
					    hist_to_json(one->hist));
		json_array_append_new(a, o);
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
		set_text(o, "role", p->role);
		json_object_set_new(o, "index",
				    json_integer((json_int_t)p->index));
		json_object_set_new(o, "pu", json_integer((json_int_t)p->pu));
		json_object_set_new(o, "node", json_integer(p->node));
		json_object_set_new(o, "verified", json_boolean(p->verified));
		json_array_append_new(a, o);
	}
	return a;
}

static void measured_to_json(json_t *o, const struct record *r)
{
	set_number(o, "elapsed_s", r->elapsed_s);
	if (r->type == RECORD_WITNESS) {
		set_text(o, "evidence", r->evidence);
		set_text(o, "verdict", r->verdict);
		set_text(o, "claim", r->claim);
	}
	json_object_set_new(o, "metrics", metrics_to_json(&r->metrics));
	json_object_set_new(o, "counters", metrics_to_json(&r->counters));
	json_object_set_new(o, "noise", metrics_to_json(&r->noise));
	if (r->hist)
		json_object_set_new(o, "hist_ns", hist_to_json(r->hist));
	json_object_set_new(o, "antagonists", antagonists_to_json(r));
	json_object_set_new(o, "placed", placed_to_json(r));
}

static void cell_to_json(json_t *o, const struct record *r)
{
	set_text(o, "session", r->session);
	set_number(o, "time_s", r->time_s);
	json_object_set_new(o, "block", json_integer((json_int_t)r->block));
	json_object_set_new(o, "position",
			    json_integer((json_int_t)r->position));
	json_object_set_new(o, "cell", pairs_to_json(&r->cell));
	set_text(o, "command", r->command);
	if (r->type == RECORD_RUN || r->type == RECORD_WITNESS) {
		measured_to_json(o, r);
		return;
	}
	json_object_set_new(o, "of_witness", json_boolean(r->of_witness));
	set_text(o, "reason", r->reason);
}

char *record_to_json(const struct record *r)
{
	json_t *o = json_object();
	char *text;

	set_text(o, "type", type_names[r->type]);
	if (r->type == RECORD_SESSION)
		session_to_json(o, r);
	else
		cell_to_json(o, r);
	text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(10));
	json_decref(o);
	if (!text)
		abort();
	return text;
}

/* --- from JSON ------------------------------------------------------------ */

/* Reads members of one object; the first that is wrong leaves its reason. */
struct reader {
	struct error *e;
	int err;
};

static void wrong(struct reader *rd, const char *name, const char *what)
{
	if (!rd->err)
		rd->err = error_set(rd->e, EINVAL, "\"%.40s\" %s", name, what);
}

static char *get_text(struct reader *rd, json_t *o, const char *name,
		      bool required)
{
	json_t *v = json_object_get(o, name);
	char *text;

	if (!v && !required)
		return NULL;
	if (!json_is_string(v)) {
		wrong(rd, name, v ? "is no text" : "is missing");
		return NULL;
	}
	text = strdup(json_string_value(v));
	if (!text)
		abort();
	return text;
}

static double get_number(struct reader *rd, json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	if (!json_is_number(v)) {
		wrong(rd, name, v ? "is no number" : "is missing");
		return 0;
	}
	return json_number_value(v);
}

static uint64_t get_count(struct reader *rd, json_t *o, const char *name,
			  uint64_t max)
{
	json_t *v = json_object_get(o, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max) {
		wrong(rd, name, v ? "is no count, or too large" : "is missing");
		return 0;
	}
	return (uint64_t)json_integer_value(v);
}

static bool get_bool(struct reader *rd, json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	if (!json_is_boolean(v))
		wrong(rd, name, v ? "is neither true nor false" : "is missing");
	return json_is_true(v);
}

/* {"absent": "reason"}: the reason; NULL when it is something else. */
static const char *absent_reason(json_t *v)
{
	return json_string_value(json_object_get(v, "absent"));
}

static void get_metrics(struct reader *rd, json_t *o, const char *name,
			struct metrics *m, bool required)
{
	json_t *values = json_object_get(o, name), *v;
	const char *key;

	if (!values && !required)
		return;
	if (!json_is_object(values)) {
		wrong(rd, name, values ? "is no object" : "is missing");
		return;
	}
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
		      struct pairs *p)
{
	json_t *values = json_object_get(o, name), *v;
	const char *key;

	if (!json_is_object(values)) {
		wrong(rd, name, values ? "is no object" : "is missing");
		return;
	}
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
	/* The buckets know the largest value only roughly. */
	if (max && !max->absent && max->number >= (double)h->min &&
	    max->number < (double)h->max)
		h->max = (uint64_t)max->number;
	return h;
}

static void get_antagonists(struct reader *rd, json_t *o, struct record *r)
{
	json_t *a = json_object_get(o, "antagonists"), *one;
	size_t i;

	if (a && (!json_is_array(a) || json_array_size(a) > 64)) {
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

	if (a && (!json_is_array(a) || json_array_size(a) > 65536)) {
		wrong(rd, "placed", "is no list of at most 65,536");
		return;
	}
	json_array_foreach(a, i, one)
	{
		char *role = get_text(rd, one, "role", true);
		struct placed *p = record_add_placed(
			r, role ? role : "",
			(unsigned int)get_count(rd, one, "index", 65536));

		free(role);
		node = json_object_get(one, "node");
		p->pu = (unsigned int)get_count(rd, one, "pu", 1 << 20);
		p->node = json_is_integer(node) &&
					  json_integer_value(node) < 1 << 20
				  ? (int)json_integer_value(node)
				  : -1;
		p->verified = get_bool(rd, one, "verified");
	}
}

static void session_from_json(struct reader *rd, json_t *o, struct record *r)
{
	r->schema = (unsigned int)get_count(rd, o, "schema", 1 << 20);
	r->label = get_text(rd, o, "label", true);
	r->plan_name = get_text(rd, o, "plan_name", true);
	r->question = get_text(rd, o, "question", true);
	r->plan = get_text(rd, o, "plan", true);
	r->seed = get_count(rd, o, "seed", INT64_MAX);
	r->blocks = (unsigned int)get_count(rd, o, "blocks", 1 << 20);
	r->resumed = get_bool(rd, o, "resumed");
	get_pairs(rd, o, "facts", &r->facts);
}

static void cell_from_json(struct reader *rd, json_t *o, struct record *r)
{
	r->block = (unsigned int)get_count(rd, o, "block", 1 << 20);
	r->position = (unsigned int)get_count(rd, o, "position", 1 << 20);
	get_pairs(rd, o, "cell", &r->cell);
	r->command = get_text(rd, o, "command", true);
	if (r->type == RECORD_SKIP || r->type == RECORD_FAIL) {
		r->reason = get_text(rd, o, "reason", true);
		r->of_witness = get_bool(rd, o, "of_witness");
		return;
	}
	r->elapsed_s = get_number(rd, o, "elapsed_s");
	r->evidence = get_text(rd, o, "evidence", r->type == RECORD_WITNESS);
	r->verdict = get_text(rd, o, "verdict", r->type == RECORD_WITNESS);
	r->claim = get_text(rd, o, "claim", r->type == RECORD_WITNESS);
	get_metrics(rd, o, "metrics", &r->metrics, true);
	get_metrics(rd, o, "counters", &r->counters, false);
	get_metrics(rd, o, "noise", &r->noise, false);
	r->hist = get_hist(rd, o, &r->metrics);
	get_antagonists(rd, o, r);
	get_placed(rd, o, r);
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
	r->session = get_text(rd, o, "session", true);
	r->time_s = get_number(rd, o, "time_s");
	if (r->type == RECORD_SESSION)
		session_from_json(rd, o, r);
	else
		cell_from_json(rd, o, r);
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
		return error_set(e, EINVAL, "no JSON, at byte %d: %s",
				 why.position, why.text);
	if (json_is_object(o))
		from_object(&rd, o, r);
	else
		wrong(&rd, "record", "is no object");
	json_decref(o);
	if (rd.err)
		record_free(r);
	return rd.err;
}
