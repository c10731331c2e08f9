/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts and numbers of JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tape_parser.h"

/* --- texts ---------------------------------------------------------------- */

/* Bytes of the UTF-8 character at s; 0 when it is none (Unicode 15, table 3-7).
 */
static size_t utf8_bytes(const unsigned char *s, size_t room)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n, i;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n > room)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* The four digits of \uXXXX; -1 when they are none. */
static long hex4(struct parser *p)
{
	long code = 0;
	int i;

	for (i = 0; i < 4 && p->c < p->end; i++, p->c++) {
		char c = *p->c;

		if (c >= '0' && c <= '9')
			code = code * 16 + c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			code = code * 16 + (c | 32) - 'a' + 10;
		else
			return -1;
	}
	return i == 4 ? code : -1;
}

static void put_utf8(char **to, unsigned long code)
{
	unsigned char *s = (unsigned char *)*to;

	if (code < 0x80) {
		*s++ = (unsigned char)code;
	} else if (code < 0x800) {
		*s++ = (unsigned char)(0xc0 | code >> 6);
		*s++ = (unsigned char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*s++ = (unsigned char)(0xe0 | code >> 12);
		*s++ = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		*s++ = (unsigned char)(0x80 | (code & 0x3f));
	} else {
		*s++ = (unsigned char)(0xf0 | code >> 18);
		*s++ = (unsigned char)(0x80 | (code >> 12 & 0x3f));
		*s++ = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		*s++ = (unsigned char)(0x80 | (code & 0x3f));
	}
	*to = (char *)s;
}

static bool unicode_escape(struct parser *p, char **to)
{
	long code = hex4(p), low;

	if (code <= 0)
		return wrong(p, code ? "a \\u without four digits"
				     : "a NUL in a text");
	if (code >= 0xdc00 && code <= 0xdfff)
		return wrong(p, "half of a surrogate pair");
	if (code >= 0xd800 && code <= 0xdbff) {
		if (!take(p, '\\') || !take(p, 'u'))
			return wrong(p, "half of a surrogate pair");
		low = hex4(p);
		if (low < 0xdc00 || low > 0xdfff)
			return wrong(p, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00;
	}
	put_utf8(to, (unsigned long)code);
	return true;
}

static bool escape(struct parser *p, char **to)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (p->c == p->end || !*p->c)
		return wrong(p, "an unknown escape");
	if (*p->c == 'u') {
		p->c++;
		return unicode_escape(p, to);
	}
	name = strchr(names, *p->c);
	if (!name)
		return wrong(p, "an unknown escape");
	*(*to)++ = meant[name - names];
	p->c++;
	return true;
}

/* From the first escape on: what it means, never longer than what stands. */
static bool copy_text(struct parser *p, char **to)
{
	while (p->c < p->end && *p->c != '"') {
		unsigned char c = (unsigned char)*p->c;
		size_t n = 1;

		if (c == '\\') {
			p->c++;
			if (!escape(p, to))
				return false;
			continue;
		}
		if (c < ' ')
			return wrong(p, "a control character in a text");
		if (c >= 0x80)
			n = utf8_bytes((const unsigned char *)p->c,
				       (size_t)(p->end - p->c));
		if (!n)
			return wrong(p, "a text that is no UTF-8");
		memcpy(*to, p->c, n);
		*to += n;
		p->c += n;
	}
	return true;
}

/* The bytes up to an escape or the end. */
static bool scan_text(struct parser *p)
{
	while (p->c < p->end) {
		unsigned char c = (unsigned char)*p->c;
		size_t n;

		if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
			p->c++;
			continue;
		}
		if (c == '"' || c == '\\')
			return true;
		if (c < ' ')
			return wrong(p, "a control character in a text");
		n = utf8_bytes((const unsigned char *)p->c,
			       (size_t)(p->end - p->c));
		if (!n)
			return wrong(p, "a text that is no UTF-8");
		p->c += n;
	}
	return true;
}

bool tape_parse_text(struct parser *p)
{
	size_t at = tape_add(p, TAPE_TEXT), len;
	const char *start;
	char *to;

	if (!take(p, '"'))
		return wrong(p, "no text where one must be");
	start = p->c;
	if (!scan_text(p))
		return false;
	len = (size_t)(p->c - start);
	if (p->c < p->end && *p->c == '\\') {
		if (!p->t->texts) {
			p->t->texts = malloc((size_t)(p->end - p->text));
			if (!p->t->texts)
				abort();
			p->free_text = p->t->texts;
		}
		memcpy(p->free_text, start, len);
		to = p->free_text + len;
		start = p->free_text;
		if (!copy_text(p, &to))
			return false;
		len = (size_t)(to - start);
		p->free_text = to;
	}
	if (!take(p, '"'))
		return wrong(p, "a text without end");
	p->t->at[at].text = start;
	p->t->at[at].nr = (unsigned int)len & 0xfffffff;
	return true;
}

/* --- numbers -------------------------------------------------------------- */

static bool is_digit(const struct parser *p)
{
	return p->c < p->end && *p->c >= '0' && *p->c <= '9';
}

struct decimal { /* digits * 10^exponent, when exact */
	uint64_t digits;
	int nr, exponent; /* nr: of the digits, without leading zeros */
};

static void scan_digits(struct parser *p, struct decimal *d, bool after_point)
{
	const char *c = p->c, *end = p->end;
	uint64_t digits = d->digits;
	int nr = d->nr;

	while (!nr && c < end && *c == '0')
		c++;
	for (; c < end && *c >= '0' && *c <= '9'; c++) {
		if (nr < 19)
			digits = digits * 10 + (uint64_t)(*c - '0');
		nr++;
	}
	if (after_point)
		d->exponent -= c - p->c < 10000 ? (int)(c - p->c) : 10000;
	d->digits = digits;
	d->nr = nr;
	p->c = c;
}

static bool scan_exponent(struct parser *p, struct decimal *d)
{
	bool minus = false;
	int exponent = 0;

	if (!take(p, '+'))
		minus = take(p, '-');
	if (!is_digit(p))
		return false;
	for (; is_digit(p); p->c++)
		if (exponent < 10000)
			exponent = exponent * 10 + *p->c - '0';
	d->exponent += minus ? -exponent : exponent;
	return true;
}

/* The nearest double. Up to 2^53 and 10^22 one operation is exact (Clinger
 * 1990); what is beyond is rare. */
static double real_of(const struct decimal *d, const char *start, size_t len)
{
	static const double powers[] = { 1e0,  1e1,  1e2,  1e3,	 1e4,  1e5,
					 1e6,  1e7,  1e8,  1e9,	 1e10, 1e11,
					 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
					 1e18, 1e19, 1e20, 1e21, 1e22 };
	double x = (double)d->digits;
	char *copy;

	if (d->nr <= 15 && d->exponent >= -22 && d->exponent <= 22) {
		x = d->exponent < 0 ? x / powers[-d->exponent]
				    : x * powers[d->exponent];
		return *start == '-' ? -x : x;
	}
	copy = strndup(start, len);
	if (!copy)
		abort();
	x = strtod(copy, NULL); /* nobody calls setlocale() */
	free(copy);
	return x;
}

/* What most numbers are: up to 18 digits and nothing else. */
static bool parse_digits(struct parser *p)
{
	const char *c = p->c;
	int64_t integer = 0;
	size_t at;

	while (c < p->end && *c >= '0' && *c <= '9' && c - p->c < 18)
		integer = integer * 10 + *c++ - '0';
	if (c == p->c || (*p->c == '0' && c - p->c > 1) ||
	    (c < p->end &&
	     (*c == '.' || (*c | 32) == 'e' || (*c >= '0' && *c <= '9'))))
		return false;
	at = tape_add(p, TAPE_INTEGER); /* first: the tape may move */
	p->t->at[at].integer = integer;
	p->c = c;
	return true;
}

static bool parse_any_number(struct parser *p)
{
	const char *start = p->c;
	struct decimal d = { 0 };
	size_t at = tape_add(p, TAPE_INTEGER);
	struct tape_value *v = &p->t->at[at];
	bool minus = take(p, '-'), is_real = false;

	if (!is_digit(p))
		return wrong(p, "neither a value nor its end");
	if (!take(p, '0'))
		scan_digits(p, &d, false);
	if (take(p, '.')) {
		is_real = true;
		if (!is_digit(p))
			return wrong(p, "a point without digits");
		scan_digits(p, &d, true);
	}
	if (p->c < p->end && (*p->c | 32) == 'e') {
		is_real = true;
		p->c++;
		if (!scan_exponent(p, &d))
			return wrong(p, "an exponent without digits");
	}
	if (!is_real) {
		if (d.nr > 19 || d.digits > (uint64_t)INT64_MAX + minus)
			return wrong(p, "too big an integer");
		v->integer = minus ? (int64_t)(0 - d.digits)
				   : (int64_t)d.digits;
		return true;
	}
	v->type = TAPE_REAL;
	v->real = real_of(&d, start, (size_t)(p->c - start));
	return isfinite(v->real) ? true : wrong(p, "a number that overflows");
}

bool tape_parse_number(struct parser *p)
{
	return parse_digits(p) || parse_any_number(p);
}
