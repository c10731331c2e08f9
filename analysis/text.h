/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for a terminal or a mail: clean, measured, wrapped. UTF-8, or ASCII. */
#ifndef ANALYSIS_TEXT_H
#define ANALYSIS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Result files are foreign text. Replaces, in place, what could act on a
 * terminal (C0, C1, DEL), turn the writing direction round (bidi controls), or
 * is no UTF-8 by a '?' each. Returns text; NULL stays NULL.
 */
char *text_clean(char *text);

/* Columns that clean text takes: its characters. */
size_t text_columns(const char *text);

/* Cuts clean text in place to at most max characters, the last one then an
 * ellipsis. Returns text. */
char *text_cut(char *text, size_t max);

/* A copy in ASCII, without control characters, for a mail: "±" becomes "+-",
 * an ellipsis "...", what has no such form a '?'. malloc'ed. */
char *text_ascii(const char *text);

/* Prints text after lead, in lines of at most width columns, broken at blanks;
 * further lines are indented below the first one's text. Words longer than a
 * line are broken anywhere. Control characters are cleaned out. */
void text_wrap(FILE *out, size_t width, const char *lead, const char *text);

/* The same with printf. */
void text_print(FILE *out, size_t width, const char *lead, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Reasons told once: numbered, each text once. */
struct footnote {
	char *text;
	bool alike; /* stands for others that differ in their digits */
};

struct footnotes {
	struct footnote *at;
	size_t nr;
};

/* The number of that text, from 1. With alike, a note that differs just in
 * digits ("needs 10,000 samples, has 9,812") will do. */
size_t footnotes_add(struct footnotes *f, const char *text, bool alike);
void footnotes_print(FILE *out, size_t width, const struct footnotes *f);
void footnotes_free(struct footnotes *f);

#endif
