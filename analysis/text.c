/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* One character of UTF-8 at p; its bytes, or 0 when there is none. Overlong
 * forms and surrogates are none. */
static size_t decode(const unsigned char *p, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80	     ? 1
		     : (p[0] & 0xe0) == 0xc0 ? 2
		     : (p[0] & 0xf0) == 0xe0 ? 3
		     : (p[0] & 0xf8) == 0xf0 ? 4
					     : 0;
	size_t i;

	if (len <= 1) {
		*character = p[0];
		return len;
	}
	*character = p[0] & (0xffu >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (p[i] & 0x3f);
	}
	if (*character < least[len] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return len;
}

static bool is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e ||
	       c == 0x200f || c == 0x061c || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char *text_clean(char *text)
{
	unsigned char *from = (unsigned char *)text;
	char *to = text;
	uint32_t c;

	while (text && *from) {
		size_t len = decode(from, &c);

		if (len && !is_harmful(c)) {
			memmove(to, from, len);
			to += len;
		} else {
			*to++ = c == '\t' || c == '\n' ? ' ' : '?';
		}
		from += len ? len : 1;
	}
	if (text)
		*to = '\0';
	return text;
}

/* What we write ourselves, or machines like to be called. */
static const struct {
	uint32_t character;
	const char *ascii;
} ascii_forms[] = {
	{ 0xa0, " " },	  { 0xae, "(R)" },  { 0xb0, "deg" },   { 0xb1, "+-" },
	{ 0xb5, "u" },	  { 0xb7, "-" },    { 0xd7, "x" },     { 0x3bc, "u" },
	{ 0x2013, "-" },  { 0x2014, "--" }, { 0x2018, "'" },   { 0x2019, "'" },
	{ 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2026, "..." }, { 0x2122, "TM" },
	{ 0x2192, "->" }, { 0x2260, "!=" }, { 0x2264, "<=" },  { 0x2265, ">=" },
};

static const char *ascii_form(uint32_t character)
{
	size_t i;

	for (i = 0; i < sizeof(ascii_forms) / sizeof(ascii_forms[0]); i++)
		if (ascii_forms[i].character == character)
			return ascii_forms[i].ascii;
	return "?";
}

char *text_ascii(const char *text)
{
	char *clean = text_clean(memory_text(text)), *ascii, *to;
	const unsigned char *from = (const unsigned char *)clean;
	uint32_t c;

	/* at least two bytes make at most three */
	ascii = to = memory_new(2 * strlen(clean) + 1, 1);
	while (*from) {
		size_t len = decode(from, &c);

		if (c < 0x80)
			*to++ = (char)c;
		else
			to = stpcpy(to, ascii_form(c));
		from += len;
	}
	free(clean);
	return ascii;
}

size_t text_columns(const char *text)
{
	size_t nr = 0;

	for (; *text; text++)
		nr += ((unsigned char)*text & 0xc0) != 0x80;
	return nr;
}

/* The bytes that the first `columns` characters take, at most. */
static size_t bytes_of(const char *text, size_t columns)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && !columns--)
			break;
	return i;
}

char *text_cut(char *text, size_t max)
{
	static const char dots[] = "\u2026";

	if (text_columns(text) > max) {
		/* what is cut off has at least two characters: room for it,
		 * unless they are narrow */
		size_t end = bytes_of(text, max - 1);

		if (strlen(text) - end >= sizeof(dots) - 1)
			strcpy(text + end, dots);
		else
			strcpy(text + end, "~");
	}
	return text;
}

void text_wrap(FILE *out, size_t width, const char *lead, const char *text)
{
	size_t indent = text_columns(lead), used = indent;
	size_t room = width > indent + 10 ? width - indent : 10;
	char *copy = text_clean(memory_text(text)), *word, *rest = NULL;
	bool first = true;

	fputs(lead, out);
	for (word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		size_t len = text_columns(word);

		if (!first && used - indent + 1 + len > room) {
			fprintf(out, "\n%*s", (int)indent, "");
			used = indent;
			first = true;
		}
		if (!first) {
			fputc(' ', out);
			used++;
		}
		while (len > room) {
			size_t bytes = bytes_of(word, room);

			fprintf(out, "%.*s\n%*s", (int)bytes, word, (int)indent,
				"");
			word += bytes;
			len -= room;
			used = indent;
		}
		fputs(word, out);
		used += len;
		first = false;
	}
	fputc('\n', out);
	free(copy);
}

void text_print(FILE *out, size_t width, const char *lead, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	text_wrap(out, width, lead, text);
	free(text);
}

static char digit_as_zero(char c)
{
	return c >= '0' && c <= '9' ? '0' : c;
}

static bool is_alike(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (digit_as_zero(*a) != digit_as_zero(*b))
			return false;
	return *a == *b;
}

size_t footnotes_add(struct footnotes *f, const char *text, bool alike)
{
	struct footnote *note;
	size_t i;

	for (i = 0; i < f->nr; i++) {
		note = &f->at[i];
		if (!strcmp(note->text, text))
			return i + 1;
		if (alike && is_alike(note->text, text)) {
			note->alike = true;
			return i + 1;
		}
	}
	note = memory_append((void **)&f->at, &f->nr, sizeof(*note));
	note->text = memory_text(text);
	return f->nr;
}

void footnotes_print(FILE *out, size_t width, const struct footnotes *f)
{
	char lead[32];
	size_t i;

	for (i = 0; i < f->nr; i++) {
		snprintf(lead, sizeof(lead), "[%zu] ", i + 1);
		text_print(out, width, lead, "%s%s", f->at[i].text,
			   f->at[i].alike ? " (and the like)" : "");
	}
}

void footnotes_free(struct footnotes *f)
{
	while (f->nr)
		free(f->at[--f->nr].text);
	free(f->at);
	f->at = NULL;
}
