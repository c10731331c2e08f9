/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects for record_json.c: written so that none is silently
 * lost, read so that none is trusted. Knows no member by name, and is for that
 * one file only: what jansson is stays out of record.h.
 */
#ifndef BASE_RECORD_MEMBERS_H
#define BASE_RECORD_MEMBERS_H

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

enum {
	RECORD_MAX_MEMBERS = 4096,
	RECORD_MAX_NUMBER = 1 << 20, /* of a block, a PU, a node, ... */
};

/* --- written -------------------------------------------------------------- */

/* A copy that any JSON can hold: every byte that is not ASCII is lost. */
static inline char *to_ascii(const char *text)
{
	char *ascii = strdup(text), *c;

	if (!ascii)
		abort();
	for (c = ascii; *c; c++)
		if (*c & 0x80)
			*c = '?';
	return ascii;
}

/* Text that is no UTF-8 is possible: a kernel command line holds anything. */
static inline json_t *text_to_json(const char *text)
{
	json_t *json = json_string(text ? text : "");
	char *ascii;

	if (json)
		return json;
	ascii = to_ascii(text);
	json = json_string(ascii);
	free(ascii);
	return json;
}

/* Takes the value. A member that was silently left out would be a lie. */
static inline void put(json_t *o, const char *name, json_t *value)
{
	char *ascii;

	if (!json_object_set(o, name, value)) {
		json_decref(value);
		return;
	}
	ascii = to_ascii(name);
	if (json_object_set_new(o, ascii, value))
		abort();
	free(ascii);
}

static inline void push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		abort();
}

static inline void put_text(json_t *o, const char *name, const char *text)
{
	put(o, name, text_to_json(text));
}

static inline void put_count(json_t *o, const char *name, uint64_t n)
{
	put(o, name, json_integer((json_int_t)n));
}

static inline void put_absent(json_t *o, const char *name, const char *reason)
{
	json_t *absent = json_object();

	put_text(absent, "absent", reason);
	put(o, name, absent);
}

static inline void put_number(json_t *o, const char *name, double x)
{
	if (!isfinite(x))
		put_absent(o, name, "not a number");
	else if (x == rint(x) && fabs(x) < 9007199254740992.0)
		put(o, name, json_integer((json_int_t)x));
	else
		put(o, name, json_real(x));
}

/* --- read ----------------------------------------------------------------- */

/* Reads members of one object; the first that is wrong leaves its reason. */
struct reader {
	struct error *e;
	int err;
};

static inline void wrong(struct reader *rd, const char *name, const char *what)
{
	if (!rd->err)
		rd->err = error_set(rd->e, EINVAL, "\"%.40s\" %s", name, what);
}

static inline char *get_text(struct reader *rd, json_t *o, const char *name,
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

static inline double get_number(struct reader *rd, json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	if (!json_is_number(v)) {
		wrong(rd, name, v ? "is no number" : "is missing");
		return 0;
	}
	return json_number_value(v);
}

static inline uint64_t get_count(struct reader *rd, json_t *o, const char *name,
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

static inline unsigned int get_small(struct reader *rd, json_t *o,
				     const char *name)
{
	return (unsigned int)get_count(rd, o, name, RECORD_MAX_NUMBER);
}

static inline bool get_bool(struct reader *rd, json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	if (!json_is_boolean(v))
		wrong(rd, name, v ? "is neither true nor false" : "is missing");
	return json_is_true(v);
}

/* {"absent": "reason"}: the reason; NULL when it is something else. */
static inline const char *absent_reason(json_t *v)
{
	return json_string_value(json_object_get(v, "absent"));
}

/* An object whose members have any name; NULL when there is none. */
static inline json_t *get_members(struct reader *rd, json_t *o,
				  const char *name, bool required)
{
	json_t *values = json_object_get(o, name);

	if (!values && !required)
		return NULL;
	if (!json_is_object(values))
		wrong(rd, name, values ? "is no object" : "is missing");
	else if (json_object_size(values) > RECORD_MAX_MEMBERS)
		wrong(rd, name, "has more than 4,096 members");
	else
		return values;
	return NULL;
}

#endif
