/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON text (RFC 8259) as a flat array of values, for reading many lines
 * fast: a year of results is hundreds of megabytes. Each value is followed by
 * what is inside it; a member of an object is its name and then its value.
 *
 * The text is not trusted. Refused: what is not JSON to the letter, texts that
 * are no UTF-8, a NUL in a text, two members of one name, integers beyond 64
 * bits and numbers beyond a double, more than TAPE_DEPTH levels, more than 16
 * MiB. Time is linear in the length (times its logarithm, for names in an
 * object). tests/unit/test_tape.c holds it against jansson.
 */
#ifndef BASE_TAPE_H
#define BASE_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TAPE_DEPTH = 256,
	TAPE_MAX_LEN = 1 << 24
};

enum tape_type {
	TAPE_NULL,
	TAPE_FALSE,
	TAPE_TRUE,
	TAPE_INTEGER,
	TAPE_REAL,
	TAPE_TEXT,
	TAPE_LIST,
	TAPE_OBJECT,
};

struct tape_value {
	unsigned int type : 4;
	unsigned int nr : 28; /* bytes of a text, values, members */
	uint32_t takes;	      /* places on the tape: 1, and all inside it */
	union {
		int64_t integer;
		double real;
		const char *text; /* no NUL after it */
	};
};

struct tape {
	struct tape_value *at; /* at[0] is all of it */
	char *texts;	       /* those that had escapes; or NULL */
	size_t nr;
	size_t position; /* where parsing ended, in bytes */
	const char *why; /* NULL, or what is wrong there */
};

/*
 * Parses a list or an object of len bytes. Texts without escapes point into it,
 * so it must outlive the tape. false: see why and position. tape_free() in any
 * case.
 */
bool tape_parse(struct tape *t, const char *text, size_t len);
void tape_free(struct tape *t);

/* The value of that member; NULL when there is none, or o is NULL or no object.
 */
const struct tape_value *tape_member(const struct tape_value *o,
				     const char *name);

bool tape_is(const struct tape_value *v, const char *text); /* that text? */
char *tape_text(const struct tape_value *v); /* malloc'ed copy of a text */

static inline bool tape_is_number(const struct tape_value *v)
{
	return v && (v->type == TAPE_INTEGER || v->type == TAPE_REAL);
}

static inline double tape_number(const struct tape_value *v)
{
	return v->type == TAPE_REAL ? v->real : (double)v->integer;
}

/* The first value inside, and the one after v; count them by nr. */
static inline const struct tape_value *tape_inside(const struct tape_value *v)
{
	return v + 1;
}

static inline const struct tape_value *tape_after(const struct tape_value *v)
{
	return v + v->takes;
}

#endif
