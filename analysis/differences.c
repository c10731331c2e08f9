/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "differences.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "memory.h"
#include "text.h"

enum {
	MAX_TOLD = 24,
	LONG_TEXT = 40
};

/* Another machine: times, multiples and counts of the two tell nothing about a
 * change of the kernel. */
static const char *const fatal[] = {
	"machine.cpu",	 "machine.topology",   "machine.pus",
	"machine.cores", "machine.nodes",      "machine.packages",
	"kernel.arch",	 "machine.page_bytes",
};

/* Differ from session to session, and tell nothing. */
static const char *const ignored[] = {
	"kernel.boot_id",    "clock.empty_pair_ns",  "clock.step_ns",
	"clock.ns_per_tick", "machine.memory_bytes",
};

static bool is_in(const char *const *list, size_t nr, const char *name)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

/* The sessions of one arm's runs and witnesses. */
static bool *sessions_of(const struct results *r,
			 const struct cell_sample **cells, size_t nr)
{
	bool *in = memory_new(r->nr_sessions, sizeof(*in));
	size_t i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < cells[i]->nr_runs; k++)
			in[cells[i]->runs[k].session] = true;
	for (i = 0; i < nr; i++)
		for (k = 0; k < cells[i]->nr_witnesses; k++)
			in[cells[i]->witnesses[k].session] = true;
	return in;
}

static void add_once(const char ***texts, size_t *nr, const char *text)
{
	if (!is_in(*texts, *nr, text))
		*(const char **)memory_append((void **)texts, nr,
					      sizeof(**texts)) = text;
}

/* "6.1.0" or "6.1.0 | 6.12.3"; NULL when no session has the fact. */
static char *texts_of(const struct results *r, const bool *in, const char *name)
{
	const char **texts = NULL;
	char *all = NULL;
	size_t i, nr = 0;

	for (i = 0; i < r->nr_sessions; i++) {
		const char *text =
			in[i] ? pairs_find(&r->sessions[i].facts, name) : NULL;

		if (text)
			add_once(&texts, &nr, text);
	}
	for (i = 0; i < nr; i++) {
		char *longer = memory_printf("%s%s%s", all ? all : "",
					     all ? " | " : "", texts[i]);

		free(all);
		all = longer;
	}
	free(texts);
	return all;
}

static void look_at(struct differences *d, const struct results *r,
		    const bool *in_a, const bool *in_b, const char *name)
{
	struct difference new = { .name = name };

	if (is_in(ignored, sizeof(ignored) / sizeof(ignored[0]), name))
		return;
	new.fatal = is_in(fatal, sizeof(fatal) / sizeof(fatal[0]), name);
	new.a = texts_of(r, in_a, name);
	new.b = texts_of(r, in_b, name);
	if (!new.a || !new.b || !strcmp(new.a, new.b)) {
		free(new.a);
		free(new.b);
		return;
	}
	memory_append((void **)&d->at, &d->nr, sizeof(*d->at));
	if (new.fatal) {
		memmove(d->at + d->nr_fatal + 1, d->at + d->nr_fatal,
			(d->nr - 1 - d->nr_fatal) * sizeof(*d->at));
		d->at[d->nr_fatal++] = new;
	} else {
		d->at[d->nr - 1] = new;
	}
}

void differences_find(struct differences *d, const struct results *r,
		      const struct comparison *c)
{
	bool *in_a = sessions_of(r, c->both, c->nr_both);
	bool *in_b = sessions_of(r, c->twins, c->nr_both);
	const char **names = NULL;
	size_t i, k, nr = 0;

	*d = (struct differences){ 0 };
	for (i = 0; i < r->nr_sessions && memcmp(in_a, in_b, r->nr_sessions);
	     i++)
		for (k = 0; in_a[i] && k < r->sessions[i].facts.nr; k++)
			add_once(&names, &nr, r->sessions[i].facts.at[k].name);
	for (i = 0; i < nr; i++)
		look_at(d, r, in_a, in_b, names[i]);
	free(names);
	free(in_a);
	free(in_b);
}

void differences_free(struct differences *d)
{
	while (d->nr) {
		free(d->at[--d->nr].a);
		free(d->at[d->nr].b);
	}
	free(d->at);
	*d = (struct differences){ 0 };
}

/* --- told ----------------------------------------------------------------- */

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *p = text;

	while ((p = strstr(p, word))) {
		if ((p == text || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return true;
		p += len;
	}
	return false;
}

/* The words of a text that another one has not; long ones differ in few. */
static char *words_without(const char *text, const char *other)
{
	char *copy = memory_text(text), *rest = NULL, *word;
	char *left = memory_text(""), *longer;

	for (word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		if (has_word(other, word))
			continue;
		longer = memory_printf("%s%s%s", left, *left ? " " : "", word);
		free(left);
		left = longer;
	}
	free(copy);
	return left;
}

static void print_one(FILE *out, size_t width, const struct difference *d)
{
	char *a = words_without(d->a, d->b), *b = words_without(d->b, d->a);
	bool parts = strlen(d->a) + strlen(d->b) > LONG_TEXT && (*a || *b) &&
		     (strcmp(a, d->a) || strcmp(b, d->b));

	if (parts)
		text_print(out, width, "  differs   ",
			   "%s: ... %s ... / ... %s ...", d->name,
			   *a ? a : "(without)", *b ? b : "(without)");
	else
		text_print(out, width, "  differs   ", "%s: %s / %s%s", d->name,
			   d->a, d->b, d->fatal ? " -- another machine" : "");
	free(a);
	free(b);
}

void differences_print(FILE *out, size_t width, const struct differences *d)
{
	size_t i;

	for (i = 0; i < d->nr && i < MAX_TOLD; i++)
		print_one(out, width, &d->at[i]);
	if (d->nr > MAX_TOLD)
		text_print(out, width, "  differs   ", "and %zu more facts",
			   d->nr - MAX_TOLD);
}

json_t *differences_json(const struct differences *d)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < d->nr; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "name", json_text(d->at[i].name));
		json_object_set_new(o, "a", json_text(d->at[i].a));
		json_object_set_new(o, "b", json_text(d->at[i].b));
		json_object_set_new(o, "fatal", json_boolean(d->at[i].fatal));
		json_array_append_new(list, o);
	}
	return list;
}

int differences_refuse(const struct differences *d, bool force)
{
	if (!d->nr_fatal || force)
		return 0;
	return cli_trouble("the two sides were measured on unlike machines "
			   "(%s: %s, and %s), so the difference says nothing "
			   "about a change; --force compares all the same",
			   d->at[0].name, d->at[0].a, d->at[0].b);
}
