/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records from JSON; the members are those of doc/format.md. What is read is
 * not trusted: every type and every size is looked at, and the first thing that
 * is wrong is the reason why the whole line is refused.
 */
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

enum {
	MAX_ANTAGONISTS = 64,
	MAX_PLACED = 65536,
	MAX_MEMBERS = 4096,
	MAX_NUMBER = 1 << 20, /* of a block, a PU, a node, ... */
};

/* --- members -------------------------------------------------------------- */

/* Reads members of one object; the first that is wrong leaves its reason. */
struct reader {
	struct error *e;
	int err;
	bool no_hists;
};

static void wrong_name(struct reader *rd, const char *name, size_t len,
		       const char *what)
{
	if (!rd->err)
		rd->err = error_set(rd->e, EINVAL, "\"%.*s\" %s",
				    len < 40 ? (int)len : 40, name, what);
}

static void wrong(struct reader *rd, const char *name, const char *what)
{
	wrong_name(rd, name, strlen(name), what);
}

static char *get_text(struct reader *rd, const struct tape_value *o,
		      const char *name, bool required)
{
	const struct tape_value *v = tape_member(o, name);

	if (!v && !required)
		return NULL;
	if (!v || v->type != TAPE_TEXT) {
		wrong(rd, name, v ? "is no text" : "is missing");
		return NULL;
	}
	return tape_text(v);
}

static double get_number(struct reader *rd, const struct tape_value *o,
			 const char *name)
{
	const struct tape_value *v = tape_member(o, name);

	if (!tape_is_number(v)) {
		wrong(rd, name, v ? "is no number" : "is missing");
		return 0;
	}
	return tape_number(v);
}

static uint64_t get_count(struct reader *rd, const struct tape_value *o,
			  const char *name, uint64_t max)
{
	const struct tape_value *v = tape_member(o, name);

	if (!v || v->type != TAPE_INTEGER || v->integer < 0 ||
	    (uint64_t)v->integer > max) {
		wrong(rd, name, v ? "is no count, or too large" : "is missing");
		return 0;
	}
	return (uint64_t)v->integer;
}

static unsigned int get_small(struct reader *rd, const struct tape_value *o,
			      const char *name)
{
	return (unsigned int)get_count(rd, o, name, MAX_NUMBER);
}

static bool get_bool(struct reader *rd, const struct tape_value *o,
		     const char *name)
{
	const struct tape_value *v = tape_member(o, name);

	if (!v || (v->type != TAPE_TRUE && v->type != TAPE_FALSE))
		wrong(rd, name, v ? "is neither true nor false" : "is missing");
	return v && v->type == TAPE_TRUE;
}

/* {"absent": "reason"}: the reason; NULL when it is something else. */
static const struct tape_value *absent_reason(const struct tape_value *v)
{
	const struct tape_value *reason = tape_member(v, "absent");

	return reason && reason->type == TAPE_TEXT ? reason : NULL;
}

/* An object whose members have any name; NULL when there is none. */
static const struct tape_value *get_members(struct reader *rd,
					    const struct tape_value *o,
					    const char *name, bool required)
{
	const struct tape_value *v = tape_member(o, name);

	if (!v && !required)
		return NULL;
	if (!v || v->type != TAPE_OBJECT)
		wrong(rd, name, v ? "is no object" : "is missing");
	else if (v->nr > MAX_MEMBERS)
		wrong(rd, name, "has more than 4,096 members");
	else
		return v;
	return NULL;
}

/* A list of at most max; NULL, with what is said then, when it is none. */
static const struct tape_value *get_list(struct reader *rd,
					 const struct tape_value *o,
					 const char *name, size_t max,
					 const char *what)
{
	const struct tape_value *v = tape_member(o, name);

	if (!v || (v->type == TAPE_LIST && v->nr <= max))
		return v;
	wrong(rd, name, what);
	return NULL;
}

/* --- parts ---------------------------------------------------------------- */

static void get_metrics(struct reader *rd, const struct tape_value *o,
			const char *name, struct metrics *m, bool required)
{
	const struct tape_value *values = get_members(rd, o, name, required);
	const struct tape_value *key, *v, *reason;
	size_t i;

	if (!values || !values->nr)
		return;
	m->at = calloc(values->nr, sizeof(*m->at));
	if (!m->at)
		abort();
	for (key = tape_inside(values), i = 0; i < values->nr;
	     i++, key = tape_after(v)) {
		struct metric *metric = &m->at[m->nr];

		v = key + 1;
		reason = absent_reason(v);
		if (!tape_is_number(v) && !reason) {
			wrong_name(rd, key->text, key->nr,
				   "is neither a number nor absent");
			continue;
		}
		m->nr++;
		metric->name = tape_text(key);
		metric->value.number = reason ? NAN : tape_number(v);
		metric->value.absent = reason ? tape_text(reason) : NULL;
	}
}

static void get_pairs(struct reader *rd, const struct tape_value *o,
		      const char *name, struct pairs *p, bool required)
{
	const struct tape_value *values = get_members(rd, o, name, required);
	const struct tape_value *key, *v, *reason;
	size_t i;

	if (!values || !values->nr)
		return;
	p->at = calloc(values->nr, sizeof(*p->at));
	if (!p->at)
		abort();
	for (key = tape_inside(values), i = 0; i < values->nr;
	     i++, key = tape_after(v)) {
		struct pair *pair = &p->at[p->nr];

		v = key + 1;
		reason = absent_reason(v);
		if (v->type != TAPE_TEXT && !reason) {
			wrong_name(rd, key->text, key->nr,
				   "is neither a text nor absent");
			continue;
		}
		p->nr++;
		pair->name = tape_text(key);
		if (reason)
			pair->absent = tape_text(reason);
		else
			pair->text = tape_text(v);
	}
}

static bool hist_entry(struct reader *rd, const struct tape_value *pair)
{
	const struct tape_value *low = pair + 1, *nr = pair + 2;

	if (pair->type == TAPE_LIST && pair->nr == 2 &&
	    low->type == TAPE_INTEGER && nr->type == TAPE_INTEGER &&
	    low->integer >= 0 && nr->integer >= 1 && nr->integer <= 1LL << 48)
		return true;
	wrong(rd, "hist_ns", "has an entry that is no [ns, count]");
	return false;
}

static void hist_put(struct hist *h, const struct tape_value *pair)
{
	uint64_t ns = (uint64_t)pair[1].integer, n = (uint64_t)pair[2].integer;
	unsigned int i = hist_index(ns);

	if (!h->total || ns < h->min)
		h->min = ns;
	if (hist_high(i) - 1 > h->max)
		h->max = hist_high(i) - 1;
	h->total += n;
	h->bucket[i] += n;
}

static struct hist *get_hist(struct reader *rd, const struct tape_value *o,
			     const struct metrics *m)
{
	const struct tape_value *list, *pair;
	const struct value *max = metrics_find(m, "max_ns");
	struct hist *h;
	size_t i;

	list = get_list(rd, o, "hist_ns", HIST_NR, "is no histogram");
	if (!list)
		return NULL;
	h = rd->no_hists ? NULL : calloc(1, sizeof(*h));
	if (!h && !rd->no_hists)
		abort();
	for (pair = tape_inside(list), i = 0; i < list->nr;
	     i++, pair = tape_after(pair))
		if (hist_entry(rd, pair) && h)
			hist_put(h, pair);
	/* The bucket knows the largest value only roughly. */
	if (h && max && !max->absent && max->number >= 0 &&
	    max->number < 0x1p63 &&
	    hist_index((uint64_t)max->number) == hist_index(h->max))
		h->max = (uint64_t)max->number;
	return h;
}

static void get_antagonists(struct reader *rd, const struct tape_value *o,
			    struct record *r)
{
	const struct tape_value *list, *one;
	size_t i;

	list = get_list(rd, o, "antagonists", MAX_ANTAGONISTS,
			"is no list of at most 64");
	if (!list)
		return;
	for (one = tape_inside(list), i = 0; i < list->nr;
	     i++, one = tape_after(one)) {
		char *name = get_text(rd, one, "name", true);
		struct antagonist_result *result =
			record_add_antagonist(r, name ? name : "");

		free(name);
		get_metrics(rd, one, "metrics", &result->metrics, true);
		result->hist = get_hist(rd, one, &result->metrics);
	}
}

static void get_placed(struct reader *rd, const struct tape_value *o,
		       struct record *r)
{
	const struct tape_value *list, *one, *node;
	size_t i;

	list = get_list(rd, o, "placed", MAX_PLACED,
			"is no list of at most 65,536");
	if (!list)
		return;
	for (one = tape_inside(list), i = 0; i < list->nr;
	     i++, one = tape_after(one)) {
		char *role = get_text(rd, one, "role", true);
		struct placed *p = record_add_placed(
			r, role ? role : "", get_small(rd, one, "index"));

		free(role);
		p->pu = get_small(rd, one, "pu");
		node = tape_member(one, "node");
		if (!node || node->type != TAPE_INTEGER || node->integer < -1 ||
		    node->integer > MAX_NUMBER)
			wrong(rd, "node", "is no node, nor -1");
		else
			p->node = (int)node->integer;
		p->verified = get_bool(rd, one, "verified");
	}
}

/* --- records -------------------------------------------------------------- */

static void session_from_json(struct reader *rd, const struct tape_value *o,
			      struct record *r)
{
	r->label = get_text(rd, o, "label", true);
	r->plan_name = get_text(rd, o, "plan_name", true);
	r->question = get_text(rd, o, "question", true);
	r->plan = get_text(rd, o, "plan", true);
	r->seed = get_count(rd, o, "seed", INT64_MAX);
	r->blocks = get_small(rd, o, "blocks");
	r->resumed = get_bool(rd, o, "resumed");
	if (tape_member(o, "until_decided"))
		r->until_decided = get_bool(rd, o, "until_decided");
	get_pairs(rd, o, "facts", &r->facts, true);
}

static void cell_from_json(struct reader *rd, const struct tape_value *o,
			   struct record *r)
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
static void get_schema(struct reader *rd, const struct tape_value *o,
		       struct record *r)
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

static void from_object(struct reader *rd, const struct tape_value *o,
			struct record *r)
{
	char *type = get_text(rd, o, "type", true);
	int i;

	for (i = 0; type && i < RECORD_NR_TYPES; i++)
		if (!strcmp(type, record_type_names[i]))
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

static int from_json(struct record *r, const char *text, size_t len,
		     bool no_hists, struct error *e)
{
	struct reader rd = { .e = e, .no_hists = no_hists };
	struct tape tape;

	memset(r, 0, sizeof(*r));
	if (!tape_parse(&tape, text, len))
		rd.err = error_set(e, EINVAL, "not JSON, at byte %zu: %s",
				   tape.position, tape.why);
	else if (tape.at[0].type == TAPE_OBJECT)
		from_object(&rd, tape.at, r);
	else
		rd.err = error_set(e, EINVAL, "is no record");
	tape_free(&tape);
	if (rd.err) {
		record_free(r);
		make_printable(e);
	}
	return rd.err;
}

int record_from_json(struct record *r, const char *text, size_t len,
		     struct error *e)
{
	return from_json(r, text, len, false, e);
}

int record_figures_from_json(struct record *r, const char *text, size_t len,
			     struct error *e)
{
	return from_json(r, text, len, true, e);
}
