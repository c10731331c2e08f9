/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"
#include "text.h"

/* A file's name, made of what may be foreign. */
static char *picture_name(const struct report *r, const char *stem,
			  const char *what)
{
	char letters[64];
	size_t i, n = 0;
	char *name;

	n = (size_t)snprintf(letters, sizeof(letters), "%s%s", stem,
			     what ? "-" : "");
	for (; what && *what && n < 48; what++) {
		char c = (char)tolower((unsigned char)*what);

		if (!isascii(c) || !isalnum((unsigned char)c))
			c = '-';
		if (c != '-' || (n && letters[n - 1] != '-'))
			letters[n++] = c;
	}
	letters[n] = '\0';
	name = memory_text(letters);
	for (i = 0; i < r->nr_pictures; i++) {
		if (strcmp(r->pictures[i]->name, name))
			continue;
		free(name);
		name = memory_printf("%s-%zu", letters, r->nr_pictures + 1);
		break;
	}
	return name;
}

struct picture *picture_new(struct report *r, const char *recipe,
			    const char *stem, const char *what)
{
	struct picture *p = memory_new(1, sizeof(*p));
	struct picture **slot;

	p->name = picture_name(r, stem, what);
	p->recipe = recipe;
	p->height = 480;
	p->dat = open_memstream(&p->dat_text, &p->dat_size);
	p->vars = open_memstream(&p->vars_text, &p->vars_size);
	if (!p->dat || !p->vars)
		abort();
	slot = memory_append((void **)&r->pictures, &r->nr_pictures,
			     sizeof(*r->pictures));
	*slot = p;
	return p;
}

void picture_free(struct picture *p)
{
	if (p->dat)
		fclose(p->dat);
	if (p->vars)
		fclose(p->vars);
	table_free(&p->table);
	free(p->name);
	free(p->question);
	free(p->subtitle);
	free(p->see);
	free(p->skipped);
	free(p->dat_text);
	free(p->vars_text);
	free(p->svg);
	free(p->trouble);
	free(p);
}

#define SET_TEXT(dst)                                                          \
	do {                                                                   \
		va_list ap;                                                    \
                                                                               \
		free(dst);                                                     \
		va_start(ap, fmt);                                             \
		if (vasprintf(&(dst), fmt, ap) < 0)                            \
			abort();                                               \
		va_end(ap);                                                    \
	} while (0)

void picture_question(struct picture *p, const char *fmt, ...)
{
	SET_TEXT(p->question);
}

void picture_see(struct picture *p, const char *fmt, ...)
{
	SET_TEXT(p->see);
}

void picture_skip(struct picture *p, const char *fmt, ...)
{
	SET_TEXT(p->skipped);
}

char *clean_text(const char *text)
{
	return text_clean(memory_text(text));
}

char *clean_text_cut(const char *text, size_t max)
{
	char *clean = clean_text(text), *cut;
	size_t i, n = 0;

	if (text_columns(clean) <= max)
		return clean;
	for (i = 0; clean[i]; i++) {
		n += (clean[i] & 0xc0) != 0x80;
		if (n == max)
			break;
	}
	cut = memory_printf("%.*s…", (int)i, clean);
	free(clean);
	return cut;
}

/*
 * Text between single quotes, where gnuplot substitutes nothing. Its way to
 * have a single quote in there is to double it, but 5.4 ends a string at the
 * second pair of two in a row ('a''''b'), and what follows would be commands:
 * so there is never one, but an apostrophe (U+2019).
 */
static void quote(FILE *f, const char *text)
{
	char *clean = clean_text(text), *c;

	fputc('\'', f);
	for (c = clean; *c; c++) {
		if (*c == '\'')
			fputs("’", f);
		else
			fputc(*c, f);
	}
	fputc('\'', f);
	free(clean);
}

static void number(FILE *f, double x)
{
	if (isnan(x))
		fputs("NaN", f);
	else
		fprintf(f, "%.9g", x);
}

void vars_number(struct picture *p, const char *name, double x)
{
	fprintf(p->vars, "%s = ", name);
	number(p->vars, x);
	fputc('\n', p->vars);
}

void vars_text(struct picture *p, const char *name, const char *text)
{
	fprintf(p->vars, "%s = ", name);
	quote(p->vars, text);
	fputc('\n', p->vars);
}

void vars_array(struct picture *p, const char *name, size_t nr)
{
	/* gnuplot has no array of nothing */
	fprintf(p->vars, "array %s[%zu]\n", name, nr ? nr : 1);
}

void vars_number_at(struct picture *p, const char *name, size_t i, double x)
{
	fprintf(p->vars, "%s[%zu] = ", name, i);
	number(p->vars, x);
	fputc('\n', p->vars);
}

void vars_text_at(struct picture *p, const char *name, size_t i,
		  const char *text)
{
	fprintf(p->vars, "%s[%zu] = ", name, i);
	quote(p->vars, text);
	fputc('\n', p->vars);
}

static void dat_tab(struct picture *p)
{
	if (p->mid_line)
		fputc('\t', p->dat);
	p->mid_line = true;
}

void dat_number(struct picture *p, double x)
{
	dat_tab(p);
	number(p->dat, x);
}

void dat_text(struct picture *p, const char *text)
{
	char *clean = clean_text_cut(text, 160), *c;

	/* A quote would start a quoted field, a # a comment. */
	for (c = clean; *c; c++) {
		if (*c == '"' || *c == '#')
			*c = '\'';
	}
	dat_tab(p);
	fputs(clean, p->dat);
	free(clean);
}

void dat_line(struct picture *p)
{
	p->mid_line = false;
	fputc('\n', p->dat);
}
