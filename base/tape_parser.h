/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the tape's parser share; for tape.c and
 * tape_scalars.c alone. */
#ifndef BASE_TAPE_PARSER_H
#define BASE_TAPE_PARSER_H

#include "tape.h"

struct parser {
	struct tape *t;
	size_t room;
	const char *text, *c, *end;
	char *free_text; /* where the next text with escapes goes */
	unsigned int depth;
};

/* The next place on the tape, made by now; as an index, for the tape may move.
 */
size_t tape_add(struct parser *p, enum tape_type type);

/* Notes the first thing that is wrong, and where. false. */
static inline bool wrong(struct parser *p, const char *why)
{
	if (!p->t->why) {
		p->t->why = why;
		p->t->position = (size_t)(p->c - p->text);
	}
	return false;
}

static inline bool take(struct parser *p, char c)
{
	if (p->c == p->end || *p->c != c)
		return false;
	p->c++;
	return true;
}

/* At its first character; false when it is none. */
bool tape_parse_text(struct parser *p);
bool tape_parse_number(struct parser *p);

#endif
