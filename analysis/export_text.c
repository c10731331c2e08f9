/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How exported words, numbers, units and dates are written. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export.h"
#include "memory.h"
#include "text.h"

char *export_text(const char *text)
{
	return text_clean(memory_text(text ? text : ""));
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

char *export_word(const char *text, const char *allowed)
{
	char *word = memory_text(text && *text ? text : "_"), *c;

	for (c = word; *c; c++)
		if (!is_plain(*c) && !strchr(allowed, *c))
			*c = '_';
	return word;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool are_unlike(char *const *words, size_t nr)
{
	char **sorted = memory_new(nr, sizeof(*sorted));
	size_t i = 1;

	memcpy(sorted, words, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), by_text);
	while (i < nr && strcmp(sorted[i - 1], sorted[i]))
		i++;
	free(sorted);
	return i >= nr;
}

void export_unlike(char **words, size_t nr)
{
	size_t i, k, number;

	if (are_unlike(words, nr))
		return;
	for (i = 1; i < nr; i++) {
		char *first = words[i], *word = memory_text(first);

		for (k = 0, number = 2; k < i; k++) {
			if (strcmp(words[k], word))
				continue;
			free(word);
			word = memory_printf("%s_%zu", first, number++);
			k = (size_t)-1; /* look at all of them again */
		}
		words[i] = word;
		free(first);
	}
}

void export_number(FILE *out, double number)
{
	char text[40];
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (!(fabs(strtod(text, NULL) - number) > 0))
			break;
	}
	fputs(text, out);
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n >= len && !strcmp(text + n - len, end);
}

void export_unit(const char *metric, char *unit, size_t size)
{
	const char *dot = strrchr(metric, '.'), *per;
	const char *name = dot ? dot + 1 : metric;
	char *c;

	per = strstr(name, "_per_");
	if (!strncmp(metric, "counter.", 8))
		snprintf(unit, size, "events/fault");
	else if (per)
		snprintf(unit, size, "%.*s/%s", (int)(per - name), name,
			 per + 5);
	else if (ends_in(name, "_ns"))
		snprintf(unit, size, "ns");
	else if (ends_in(name, "_s"))
		snprintf(unit, size, "s");
	else if (ends_in(name, "_bytes"))
		snprintf(unit, size, "B");
	else
		*unit = '\0';
	for (c = unit; *c; c++) /* names are foreign text */
		if (!is_plain(*c) && !strchr("_/-", *c))
			*c = '_';
}

bool export_date(double time_s, char *date, size_t size)
{
	static const double year_10000 = 253402300800.0;
	time_t seconds;
	struct tm tm;

	*date = '\0';
	if (!(time_s >= 0 && time_s < year_10000))
		return false;
	seconds = (time_t)time_s;
	return gmtime_r(&seconds, &tm) &&
	       strftime(date, size, "%Y-%m-%dT%H:%M:%S", &tm);
}

const char *export_fact(const struct record *session, const char *name)
{
	return pairs_find(&session->facts, name);
}

uint64_t export_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}
