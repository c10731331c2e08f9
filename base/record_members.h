/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects for record_json.c, written so that none is silently
 * lost. Knows no member by name, and is for that one file only: what jansson is
 * stays out of record.h.
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

#endif
