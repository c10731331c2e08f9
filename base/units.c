/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit times[] = {
	{ "ns", 1 },  { "us", 1e3 },   { "ms", 1e6 },
	{ "s", 1e9 }, { "min", 60e9 }, { NULL, 0 },
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "KiB", 1024 },
	{ "MiB", 1024 * 1024 },
	{ "GiB", 1024 * 1024 * 1024 },
	{ NULL, 0 },
};

static const struct unit counts[] = {
	{ "", 1 },
	{ "k", 1e3 },
	{ "M", 1e6 },
	{ NULL, 0 },
};

static int parse(const char *text, const struct unit *units, const char *like,
		 uint64_t *out, struct error *e)
{
	char *end;
	double number;

	/* strtod also knows hex, inf and nan, which nobody means here. */
	if (!isdigit((unsigned char)text[0]) || strpbrk(text, "xX"))
		return error_set(e, EINVAL,
				 "'%s' is not a number; write it like %s", text,
				 like);
	number = strtod(text, &end);
	if (number == 0 && !*end) {
		*out = 0;
		return 0;
	}
	for (; units->name; units++) {
		if (strcmp(end, units->name))
			continue;
		number *= units->factor;
		if (!(number < 9.2e18))
			break;
		*out = (uint64_t)llround(number);
		return 0;
	}
	return error_set(e, EINVAL, "'%s' has no known unit; write it like %s",
			 text, like);
}

int units_parse_time(const char *text, uint64_t *ns, struct error *e)
{
	return parse(text, times, "250ns, 100us, 1.5ms or 2s", ns, e);
}

int units_parse_size(const char *text, uint64_t *bytes, struct error *e)
{
	return parse(text, sizes, "4096, 64KiB or 2MiB", bytes, e);
}

int units_parse_count(const char *text, uint64_t *count, struct error *e)
{
	return parse(text, counts, "20, 50k or 1.2M", count, e);
}

/* Three digits that count: 1.23, 12.3, 123. */
static char *format3(char *buf, size_t size, double x, const char *unit)
{
	double a = fabs(x);
	int digits = a < 9.995 ? 2 : a < 99.95 ? 1 : 0;

	snprintf(buf, size, "%.*f%s%s", digits, x, *unit ? " " : "", unit);
	return buf;
}

char *units_time(char *buf, size_t size, double ns)
{
	double a = fabs(ns);

	if (a < 999.5)
		return format3(buf, size, ns, "ns");
	if (a < 999.5e3)
		return format3(buf, size, ns / 1e3, "us");
	if (a < 999.5e6)
		return format3(buf, size, ns / 1e6, "ms");
	return format3(buf, size, ns / 1e9, "s");
}

char *units_count(char *buf, size_t size, double count)
{
	double a = fabs(count);

	if (a < 999.5)
		return format3(buf, size, count, "");
	if (a < 999.5e3)
		return format3(buf, size, count / 1e3, "k");
	return format3(buf, size, count / 1e6, "M");
}
