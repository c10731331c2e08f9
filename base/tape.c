/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tape.h"

#include <stdlib.h>
#include <string.h>

#include "tape_parser.h"

size_t tape_add(struct parser *p, enum tape_type type)
{
	struct tape *t = p->t;

	if (t->nr == p->room) {
		p->room = p->room ? 2 * p->room : 1024;
		t->at = realloc(t->at, p->room * sizeof(*t->at));
		if (!t->at)
			abort();
	}
	t->at[t->nr] = (struct tape_value){ .type = type, .takes = 1 };
	return t->nr++;
}

static void skip_space(struct parser *p)
{
	while (p->c < p->end && (*p->c == ' ' || *p->c == '\t' ||
				 *p->c == '\n' || *p->c == '\r'))
		p->c++;
}

/* --- values --------------------------------------------------------------- */

static bool parse_value(struct parser *p);

static bool parse_word(struct parser *p, const char *word, enum tape_type type)
{
	size_t len = strlen(word);

	tape_add(p, type);
	if ((size_t)(p->end - p->c) < len || memcmp(p->c, word, len))
		return wrong(p, "neither a value nor its end");
	p->c += len;
	return true;
}

static bool parse_list(struct parser *p)
{
	size_t at = tape_add(p, TAPE_LIST), nr = 0;

	p->c++;
	skip_space(p);
	if (!take(p, ']')) {
		do {
			if (!parse_value(p))
				return false;
			nr++;
			skip_space(p);
		} while (take(p, ','));
		if (!take(p, ']'))
			return wrong(p, "a list without end");
	}
	p->t->at[at].nr = (unsigned int)nr & 0xfffffff;
	p->t->at[at].takes = (uint32_t)(p->t->nr - at);
	return true;
}

static bool same_text(const struct tape_value *a, const struct tape_value *b)
{
	return a->nr == b->nr && !memcmp(a->text, b->text, a->nr);
}

static int compare_names(const void *a, const void *b)
{
	const struct tape_value *x = *(const struct tape_value *const *)a;
	const struct tape_value *y = *(const struct tape_value *const *)b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return memcmp(x->text, y->text, x->nr);
}

static bool has_twins_sorted(const struct tape_value *o)
{
	const struct tape_value **names = malloc(o->nr * sizeof(*names));
	const struct tape_value *name = tape_inside(o);
	bool found = false;
	size_t i;

	if (!names)
		abort();
	for (i = 0; i < o->nr; i++, name = tape_after(name + 1))
		names[i] = name;
	qsort(names, o->nr, sizeof(*names), compare_names);
	for (i = 1; i < o->nr && !found; i++)
		found = same_text(names[i - 1], names[i]);
	free(names);
	return found;
}

/* Has the object two members of one name? Most have few; bits of their lengths
 * and ends tell nearly all of those apart. */
static bool has_twins(const struct tape_value *o)
{
	const struct tape_value *name = tape_inside(o), *other;
	uint64_t seen = 0;
	size_t i;

	if (o->nr > 48)
		return has_twins_sorted(o);
	for (i = 0; i < o->nr; i++, name = tape_after(name + 1)) {
		unsigned int hash = name->nr;
		uint64_t bit;

		if (name->nr)
			hash = hash * 31 + (unsigned char)name->text[0] * 7u +
			       (unsigned char)name->text[name->nr / 2] * 11u;
		bit = 1ull << (hash & 63);
		for (other = tape_inside(o); seen & bit && other != name;
		     other = tape_after(other + 1))
			if (same_text(other, name))
				return true;
		seen |= bit;
	}
	return false;
}

static bool parse_object(struct parser *p)
{
	size_t at = tape_add(p, TAPE_OBJECT), nr = 0;

	p->c++;
	skip_space(p);
	if (!take(p, '}')) {
		do {
			skip_space(p);
			if (!tape_parse_text(p))
				return false;
			skip_space(p);
			if (!take(p, ':'))
				return wrong(p, "a name without a value");
			if (!parse_value(p))
				return false;
			nr++;
			skip_space(p);
		} while (take(p, ','));
		if (!take(p, '}'))
			return wrong(p, "an object without end");
	}
	p->t->at[at].nr = (unsigned int)nr & 0xfffffff;
	p->t->at[at].takes = (uint32_t)(p->t->nr - at);
	return has_twins(&p->t->at[at]) ? wrong(p, "a duplicate member") : true;
}

static bool parse_inside(struct parser *p)
{
	bool good;

	if (p->depth == TAPE_DEPTH)
		return wrong(p, "a depth of more than 256 levels");
	p->depth++;
	good = *p->c == '{' ? parse_object(p) : parse_list(p);
	p->depth--;
	return good;
}

static bool parse_value(struct parser *p)
{
	skip_space(p);
	if (p->c == p->end)
		return wrong(p, "it ends too early");
	switch (*p->c) {
	case '{':
	case '[':
		return parse_inside(p);
	case '"':
		return tape_parse_text(p);
	case 't':
		return parse_word(p, "true", TAPE_TRUE);
	case 'f':
		return parse_word(p, "false", TAPE_FALSE);
	case 'n':
		return parse_word(p, "null", TAPE_NULL);
	default:
		return tape_parse_number(p);
	}
}

bool tape_parse(struct tape *t, const char *text, size_t len)
{
	struct parser p = {
		.t = t, .text = text, .c = text, .end = text + len
	};

	*t = (struct tape){ 0 };
	if (len > TAPE_MAX_LEN)
		return wrong(&p, "more than 16 MiB");
	skip_space(&p);
	if (p.c == p.end || (*p.c != '{' && *p.c != '['))
		return wrong(&p, "neither a list nor an object");
	if (!parse_inside(&p))
		return false;
	skip_space(&p);
	return p.c == p.end ? true : wrong(&p, "something after its end");
}

void tape_free(struct tape *t)
{
	free(t->at);
	free(t->texts);
	*t = (struct tape){ 0 };
}

/* --- looking in ----------------------------------------------------------- */

bool tape_is(const struct tape_value *v, const char *text)
{
	return v && v->type == TAPE_TEXT && strlen(text) == v->nr &&
	       !memcmp(v->text, text, v->nr);
}

const struct tape_value *tape_member(const struct tape_value *o,
				     const char *name)
{
	size_t len = strlen(name), i;
	const struct tape_value *v;

	if (!o || o->type != TAPE_OBJECT)
		return NULL;
	for (v = tape_inside(o), i = 0; i < o->nr; i++, v = tape_after(v + 1))
		if (v->nr == len && !memcmp(v->text, name, len))
			return v + 1;
	return NULL;
}

char *tape_text(const struct tape_value *v)
{
	char *copy = strndup(v->text, v->nr);

	if (!copy)
		abort();
	return copy;
}
