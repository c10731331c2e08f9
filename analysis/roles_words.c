/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roles and rows in words, and what a chart comes to in sentences. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "roles.h"
#include "text.h"
#include "units.h"

const char *const held_words[NR_HELD] = {
	[HELD_UNKNOWN] = "",
	[HELD_NOT] = "",
	[HELD_PARTLY] = "part",
	[HELD_WAITS] = "waits",
};

__attribute__((format(printf, 2, 3))) static void append(char **text,
							 const char *fmt, ...)
{
	char *more, *longer;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&more, fmt, ap) < 0)
		abort();
	va_end(ap);
	longer = memory_printf("%s%s", *text ? *text : "", more);
	free(more);
	free(*text);
	*text = longer;
}

/* --- roles ---------------------------------------------------------------- */

/* "200/s", "flat out", or the word as it is. malloc'ed. */
static char *setting_words(const char *word)
{
	if (!strcmp(word, "rate=0"))
		return memory_text("flat out");
	if (!strncmp(word, "rate=", 5))
		return memory_printf("%s/s", word + 5);
	if (!strncmp(word, "where=", 6))
		return memory_text(word + 6);
	return memory_text(word);
}

static void name_antagonist(struct role *role, char *spec)
{
	char *word, *rest = NULL, *where = memory_text(""), *in = NULL;

	word = strtok_r(spec, " ", &rest);
	role->name = memory_text(word ? word : "?");
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *words = setting_words(word);

		append(&role->rest, "%s%s", *role->rest ? " " : "", words);
		if (!strncmp(word, "where=", 6))
			append(&role->where, "%s", words);
		if (!strcmp(word, "where=same"))
			append(&where, " on the same VMA");
		else if (!strcmp(word, "where=elsewhere"))
			append(&where, " elsewhere");
		else
			append(&in, "%s%s", in ? ", " : "", words);
		free(words);
	}
	if (role->nth)
		append(&role->rest, " #%zu", role->nth + 1);
	role->words = memory_printf("%s%s%s%s%s", role->name, where,
				    in ? " (" : "", in ? in : "",
				    in ? ")" : "");
	free(where);
	free(in);
}

void role_name(struct role *role)
{
	char *spec = text_clean(memory_text(role->text));

	role->where = memory_text("");
	role->rest = memory_text("");
	if (spec) {
		name_antagonist(role, spec);
	} else {
		role->name = memory_text("waiting fault");
		role->words = memory_text("the waiting fault itself");
	}
	free(spec);
}

/* --- rows ----------------------------------------------------------------- */

char *roles_row_title(const struct results *r, const struct cell_sample *c,
		      bool scenario)
{
	static const char *const skip[] = { "scenario",	  "lock",  "policy",
					    "antagonist", "delay", NULL };
	const char *name = sample_axis(c, "scenario");
	const char *lock = sample_axis(c, "lock");
	const char *policy = sample_axis(c, "policy");
	char *more = cell_title(r, c, skip), *title;
	/* a label that is there because nothing else tells cells apart */
	bool bare = r->nr_labels < 2 && !strcmp(more, c->label);

	/* Policies speak of what a user's touch does. */
	if (policy && lock && !strcmp(lock, "vma"))
		lock = NULL;
	title = memory_printf(
		"%s%s%s%s%s%s%s%s%s", scenario && name ? name : "",
		scenario && name ? " " : "", lock || !policy ? "lock=" : "",
		lock	 ? lock
		: policy ? ""
			 : "?",
		lock && policy ? " " : "", policy ? "policy=" : "",
		policy ? policy : "", bare || !*more ? "" : ", ",
		bare ? "" : more);
	free(more);
	return text_clean(title);
}

char *roles_lock_words(const struct roles_row *row)
{
	if (!isfinite(row->retries) || isnan(row->delay_ns))
		return NULL;
	if (row->retries < 0.005)
		return memory_printf("lock held, %.3f retries/fault",
				     row->retries);
	return memory_printf("lock dropped, %.3f retries/fault", row->retries);
}

bool roles_has_heads(const struct roles_chart *c)
{
	size_t i;

	for (i = 0; i < c->nr_rows; i++)
		if (!c->one_delay || c->rows[i].beside)
			return true;
	return false;
}

/* --- sentences ------------------------------------------------------------ */

static const char *const verbs[NR_HELD] = {
	[HELD_WAITS] = "is held up",
	[HELD_PARTLY] = "is held up for a part of it",
	[HELD_NOT] = "is not held up",
};

/* A list in the making: " with A (...)", ", B (...)", " and C (...)". */
struct list {
	char **text;
	size_t nr, of;
};

static void list_add(struct list *l, const struct roles_row *row)
{
	append(l->text, "%s%s%s%s",
	       !l->nr		   ? " with "
	       : l->nr + 1 < l->of ? ", "
				   : " and ",
	       row->title, row->beside ? " beside " : "",
	       row->beside ? row->beside : "");
	l->nr++;
}

/* Is the row at the chart's longest delay? */
static bool is_longest(const struct roles_chart *c, size_t row)
{
	return !(c->rows[row].delay_ns < c->delay_ns);
}

static size_t nr_held(const struct roles_chart *c, size_t role, enum held held)
{
	size_t i, nr = 0;

	for (i = 0; i < c->nr_rows; i++)
		nr += is_longest(c, i) && c->rows[i].at[role].held == held;
	return nr;
}

static void append_held(char **text, const struct roles_chart *c, size_t role,
			enum held held)
{
	struct list l = { text, 0, nr_held(c, role, held) };
	char buf[32];
	size_t i;

	for (i = 0; i < c->nr_rows; i++) {
		const struct role_figure *f = &c->rows[i].at[role];

		if (!is_longest(c, i) || f->held != held)
			continue;
		list_add(&l, &c->rows[i]);
		append(text, " (%s%s", l.nr == 1 ? "p50 " : "",
		       units_time(buf, sizeof(buf), f->p50.estimate));
		if (f->some_wait)
			append(text, ", though %.0f %% of the time it is",
			       100 * f->held_share);
		append(text, ")");
	}
}

static char *antagonist_sentence(const struct roles_chart *c, size_t role)
{
	char *text = NULL;
	size_t held;

	for (held = HELD_WAITS; held > HELD_UNKNOWN; held--) {
		if (!nr_held(c, role, (enum held)held))
			continue;
		if (text)
			append(&text, "; it %s", verbs[held]);
		else
			append(&text, "With delay=%s, %s %s", c->delay,
			       c->roles[role].words, verbs[held]);
		append_held(&text, c, role, (enum held)held);
	}
	if (text)
		append(&text, ".");
	return text;
}

static char *workers_sentence(const struct roles_chart *c)
{
	char *text = NULL, buf[32];
	size_t i;

	for (i = 0; i < c->nr_rows; i++) {
		const struct roles_row *row = &c->rows[i];
		double ns = row->at[0].beyond.estimate;

		if (!is_longest(c, i) || !isfinite(ns))
			continue;
		if (!text)
			append(&text,
			       "Beyond delay=%s, the waiting fault itself takes",
			       c->delay);
		else
			append(&text, ",");
		append(&text, " %s with %s%s%s",
		       units_time(buf, sizeof(buf), ns), row->title,
		       row->beside ? " beside " : "",
		       row->beside ? row->beside : "");
	}
	if (text)
		append(&text, " (p50).");
	return text;
}

char *roles_sentence(const struct roles_chart *c, size_t role)
{
	if (!(c->delay_ns > 0))
		return NULL;
	return role ? antagonist_sentence(c, role) : workers_sentence(c);
}

char *roles_sentences(const struct roles_chart *charts, size_t nr)
{
	char *text = NULL, *one;
	size_t i, k;

	for (i = 0; i < nr; i++) {
		for (k = 1; k <= charts[i].nr_roles; k++) {
			one = roles_sentence(&charts[i],
					     k % charts[i].nr_roles);
			if (one)
				append(&text, "%s%s", text ? " " : "", one);
			free(one);
		}
	}
	return text;
}
