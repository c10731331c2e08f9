/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a text is written on: a width that no line exceeds, and whether it may
 * have more than ASCII. A mail has 72 columns and ASCII.
 */
#ifndef ANALYSIS_SHEET_H
#define ANALYSIS_SHEET_H

#include <stdbool.h>
#include <stdio.h>

#include "grid.h"

struct sheet {
	FILE *out;
	size_t width;
	bool ascii;
};

struct sheet sheet_mail(FILE *out);
struct sheet sheet_terminal(FILE *out);

/* A paragraph, as text_print(). */
void sheet_say(const struct sheet *s, const char *lead, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "text" and a line below it, after an empty one. */
void sheet_heading(const struct sheet *s, const char *text);

/* A name for a heading, cut to at most max columns; malloc'ed. */
char *sheet_name(const struct sheet *s, const char *text, size_t max);

/* Lines that keep to the width already: a character stays one. */
void sheet_lines(const struct sheet *s, const char *text);

/* The next cell of a grid, which takes both over; and a column's heading. */
void sheet_cell(const struct sheet *s, struct grid *g, char *text, char *aside);
void sheet_head(const struct sheet *s, struct grid *g, size_t column,
		const char *first, const char *second);

/*
 * A command that a shell may be given as it stands: lines end in a backslash,
 * and a word longer than a line, quoted or not, is joined together again.
 * The text is shell words as report.h's repeat_*() and cell_command() make
 * them.
 */
void sheet_command(const struct sheet *s, const char *command);

#endif
