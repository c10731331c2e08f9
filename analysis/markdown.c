/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "markdown.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Addresses become links, and names behind an @ are called, once they are
 * whole: a comment in between is seen by nobody and keeps them apart. */
static bool is_joint(const char *text, const char *c)
{
	return (*c == ':' && c[1] == '/' && c[2] == '/') ||
	       (tolower((unsigned char)*c) == 'w' && c - text >= 2 &&
		!strncasecmp(c - 2, "www.", 4)) ||
	       ((*c == '@' || *c == '#') && is_word(c[1]));
}

/* "- x", "1. x", "---", "===" would be more than text. */
static bool begins_block(const char *text, const char *c)
{
	size_t digits = strspn(text, "0123456789");

	if (c == text && strchr("+-=", *c))
		return c[1] == ' ' || c[1] == *c || !c[1];
	return digits && c == text + digits && strchr(".)", *c) && *c &&
	       (c[1] == ' ' || !c[1]);
}

static void put(FILE *f, const char *text, const char *c)
{
	bool inside = *c == '_' && c > text && is_word(c[-1]) && is_word(c[1]);

	if (is_joint(text, c))
		fprintf(f, "%s%c<!-- -->", *c == '#' ? "\\" : "", *c);
	else if ((strchr("\\`*_[#|~$<>&", *c) && !inside) ||
		 begins_block(text, c))
		fprintf(f, "\\%c", *c);
	else
		fputc(*c, f);
}

void markdown_text(FILE *f, const char *text)
{
	char *clean = clean_text(text ? text : ""), *c;

	for (c = clean; *c; c++)
		put(f, clean, c);
	free(clean);
}

void markdown_printf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	markdown_text(f, text);
	free(text);
}

void markdown_heading(FILE *f, unsigned int level, const char *text)
{
	fprintf(f, "\n%.*s ", (int)level, "######");
	markdown_text(f, text);
	fputs("\n\n", f);
}

void markdown_table(FILE *f, const struct table *t)
{
	size_t i, k;

	fputc('|', f);
	for (k = 0; k < t->nr_columns; k++) {
		fputc(' ', f);
		markdown_text(f, t->columns[k].name);
		fputs(" |", f);
	}
	fputs("\n|", f);
	for (k = 0; k < t->nr_columns; k++)
		fputs(t->columns[k].number ? " ---: |" : " --- |", f);
	fputc('\n', f);
	for (i = 0; i < table_rows(t); i++) {
		fputc('|', f);
		for (k = 0; k < t->nr_columns; k++) {
			fputc(' ', f);
			markdown_text(f, t->cells[i * t->nr_columns + k]);
			fputs(" |", f);
		}
		fputc('\n', f);
	}
	fputc('\n', f);
}

void markdown_command(FILE *f, const char *command)
{
	char *clean = clean_text(command);

	fprintf(f, "    %s\n", clean);
	free(clean);
}
