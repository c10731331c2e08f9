/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sheet.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "memory.h"
#include "text.h"

enum {
	COMMAND_INDENT = 2,
	COMMAND_FURTHER = 6
};

struct sheet sheet_mail(FILE *out)
{
	return (struct sheet){ out, WIDTH_MAIL, true };
}

struct sheet sheet_terminal(FILE *out)
{
	return (struct sheet){ out, WIDTH_TERMINAL, false };
}

/* "8.3 %" -> "8.3%", as the mails of kernel people have it: a line cannot break
 * there. */
static void join_percents(char *text)
{
	char *to = text, *c;

	for (c = text; *c; c++)
		if (!(*c == ' ' && c[1] == '%' && c > text &&
		      isdigit((unsigned char)c[-1])))
			*to++ = *c;
	*to = '\0';
}

/* Takes text over. */
static char *folded(const struct sheet *s, char *text)
{
	char *ascii;

	if (!text || !s->ascii)
		return text_clean(text);
	ascii = text_ascii(text);
	free(text);
	join_percents(ascii);
	return ascii;
}

void sheet_say(const struct sheet *s, const char *lead, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	text = folded(s, text);
	text_wrap(s->out, s->width, lead, text);
	free(text);
}

char *sheet_name(const struct sheet *s, const char *text, size_t max)
{
	char *name = folded(s, memory_text(text));

	if (!s->ascii)
		return text_cut(name, max);
	if (strlen(name) > max)
		strcpy(name + max - 2, "..");
	return name;
}

void sheet_heading(const struct sheet *s, const char *text)
{
	char *line = folded(s, memory_text(text));
	size_t i;

	fputc('\n', s->out);
	text_wrap(s->out, s->width, "", line);
	for (i = 0; i < text_columns(line) && i < s->width; i++)
		fputc('-', s->out);
	fputc('\n', s->out);
	free(line);
}

void sheet_lines(const struct sheet *s, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (!s->ascii || c < 0x80)
			fputc(c, s->out);
		else if (c >= 0xc0) /* the first byte of a character */
			fputc('?', s->out);
	}
}

void sheet_cell(const struct sheet *s, struct grid *g, char *text, char *aside)
{
	grid_add(g, folded(s, text), folded(s, aside));
}

void sheet_head(const struct sheet *s, struct grid *g, size_t column,
		const char *first, const char *second)
{
	char *a = folded(s, memory_text(first));
	char *b = folded(s, memory_text(second));

	grid_head(g, column, a, b, NULL);
	free(a);
	free(b);
}

/* --- commands ------------------------------------------------------------- */

struct typist {
	FILE *out;
	size_t width, used;
	bool quoted;
};

/* One character, or '\'' inside quotes, which must stay together. */
static size_t unit_at(const char *c, bool quoted)
{
	return quoted && !strncmp(c, "'\\''", 4) ? 4 : 1;
}

/* The word at c, up to the next blank that is in no quotes. */
static size_t word_at(const char *c)
{
	bool quoted = false;
	size_t i = 0;

	while (c[i] && (quoted || c[i] != ' ')) {
		size_t unit = unit_at(c + i, quoted);

		if (unit == 1 && c[i] == '\'')
			quoted = !quoted;
		i += unit;
	}
	return i;
}

/* A word that has no room is cut, and joined by the shell: outside of quotes
 * it takes a backslash and the end of the line away. */
static void type_word(struct typist *t, const char *c, size_t len)
{
	const char *end = c + len;

	while (c < end) {
		size_t unit = unit_at(c, t->quoted);

		if (t->used + unit + 2 > t->width) {
			fputs(t->quoted ? "'\\\n'" : "\\\n", t->out);
			t->used = t->quoted;
		}
		fwrite(c, 1, unit, t->out);
		if (unit == 1 && *c == '\'')
			t->quoted = !t->quoted;
		t->used += unit;
		c += unit;
	}
}

void sheet_command(const struct sheet *s, const char *command)
{
	struct typist t = { .out = s->out, .width = s->width };
	char *text = s->ascii ? text_ascii(command)
			      : text_clean(memory_text(command));
	char *c = text;

	fprintf(t.out, "%*s", COMMAND_INDENT, "");
	t.used = COMMAND_INDENT;
	for (c += strspn(c, " "); *c; c += strspn(c, " ")) {
		size_t len = word_at(c), columns = 0, i;

		for (i = 0; i < len; i++)
			columns += ((unsigned char)c[i] & 0xc0) != 0x80;
		if (t.used > COMMAND_FURTHER &&
		    t.used + 1 + columns + 2 > t.width) {
			fprintf(t.out, " \\\n%*s", COMMAND_FURTHER, "");
			t.used = COMMAND_FURTHER;
		} else if (t.used > COMMAND_INDENT) {
			fputc(' ', t.out);
			t.used++;
		}
		type_word(&t, c, len);
		c += len;
	}
	fputc('\n', t.out);
	free(text);
}
