/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history_facts.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "text.h"

enum {
	MAX_FACTS = 6, /* told of one change */
	MAX_TEXT = 40
};

/* Different in each session, or told by another fact. */
static bool is_passing(const char *name)
{
	static const char *const passing[] = { "kernel.boot_id",
					       "kernel.version" };
	size_t i;

	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (!strcmp(name, passing[i]))
			return true;
	return !strncmp(name, "clock.", 6);
}

static char *fact_text(const struct record *session, const char *name)
{
	const char *text = pairs_find(&session->facts, name);

	return text_cut(text_clean(memory_text(text ? text : "(unknown)")),
			MAX_TEXT);
}

/* "setting.thp never -> always, ..."; NULL when nothing did. */
static char *facts_changed(const struct record *a, const struct record *b)
{
	char *words = NULL, *next;
	size_t i, nr = 0;

	for (i = 0; i < b->facts.nr; i++) {
		const char *name = b->facts.at[i].name;
		char *x, *y;

		if (is_passing(name))
			continue;
		x = fact_text(a, name);
		y = fact_text(b, name);
		if (strcmp(x, y) && nr++ < MAX_FACTS) {
			next = memory_printf("%s%s%s %s -> %s",
					     words ? words : "",
					     words ? ", " : "", name, x, y);
			free(words);
			words = next;
		}
		free(x);
		free(y);
	}
	if (nr <= MAX_FACTS)
		return words;
	next = memory_printf("%s and %zu more", words, nr - MAX_FACTS);
	free(words);
	return next;
}

static bool changes_at(const struct history *h, size_t point)
{
	size_t i, k, m;

	for (i = 0; i < h->nr_rows; i++)
		for (k = 0; k < NR_HISTORY_KINDS; k++)
			for (m = 0; m < h->rows[i].series[k].nr_changes; m++)
				if (h->rows[i].series[k].changes[m].at == point)
					return true;
	return false;
}

size_t history_facts_print(FILE *out, size_t width, const struct history *h)
{
	const struct record *sessions = h->results.sessions;
	size_t i, nr = 0;

	for (i = 1; i < h->nr_points; i++) {
		char *words, *since;

		if (!changes_at(h, i))
			continue;
		if (!nr++)
			fputs("What else changed:\n", out);
		since = history_since(h, i);
		words = facts_changed(&sessions[h->points[i - 1].session],
				      &sessions[h->points[i].session]);
		text_print(out, width, "  ", "%s: %s", since,
			   words ? words : "no fact of the session");
		free(since);
		free(words);
	}
	if (nr)
		fputc('\n', out);
	return nr;
}
