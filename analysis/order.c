/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "order.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "sample.h"
#include "units.h"

/* Where the alphabet would mislead. */
static const char *const first_words[] = {
	"none", "stock", "retry-vma", "hold",	"no-drop", "legacy65",
	"vma",	"mmap",	 "mmap-hold", "shared", "private", "same",
};

enum {
	NR_FIRST = sizeof(first_words) / sizeof(first_words[0])
};

static unsigned int word_rank(const char *text)
{
	unsigned int i;

	for (i = 0; i < NR_FIRST; i++)
		if (!strcmp(text, first_words[i]))
			break;
	return i;
}

/* Any number with any unit; the axes never mix kinds of units. */
static bool number_of(const char *text, uint64_t *number)
{
	return isdigit((unsigned char)text[0]) &&
	       (!units_parse_count(text, number, NULL) ||
		!units_parse_time(text, number, NULL) ||
		!units_parse_size(text, number, NULL));
}

/* The first word in which two texts differ: "same" of "mprotect where=same".
 * Words end at blanks and '='. */
static unsigned int differing_rank(const char *text, const char *other)
{
	size_t i, start = 0, len;
	char word[32];

	for (i = 0; text[i] && text[i] == other[i]; i++)
		if (strchr(" =", text[i]))
			start = i + 1;
	len = strcspn(text + start, " =,");
	snprintf(word, sizeof(word), "%.*s", (int)(len < 31 ? len : 31),
		 text + start);
	return word_rank(word);
}

int axis_compare(const char *a, const char *b)
{
	unsigned int i, k;
	uint64_t x, y;
	bool nx, ny;

	if (!a || !b)
		return (a != NULL) - (b != NULL);
	nx = number_of(a, &x);
	ny = number_of(b, &y);
	if (nx && ny && x != y)
		return x < y ? -1 : 1;
	if (nx != ny)
		return nx ? -1 : 1;
	i = word_rank(a);
	k = word_rank(b);
	if (i == k) {
		i = differing_rank(a, b);
		k = differing_rank(b, a);
	}
	if (i != k)
		return i < k ? -1 : 1;
	return strverscmp(a, b);
}

/* What people ask for first; then by name; last what belongs to nothing. */
static unsigned int group_rank(const struct cell_sample *c)
{
	static const char *const first[] = { "resident", "file", "waiting",
					     "controls" };
	unsigned int i;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (!strcmp(sample_group(c), first[i]))
			return i;
	return c->group ? i : i + 1;
}

static int compare_groups(const struct cell_sample *x,
			  const struct cell_sample *y)
{
	unsigned int i = group_rank(x), k = group_rank(y);

	if (i != k)
		return i < k ? -1 : 1;
	return strcmp(sample_group(x), sample_group(y));
}

static int compare_cells(const void *a, const void *b, void *arg)
{
	const struct cell_sample *x = a, *y = b;
	const struct results *r = arg;
	size_t i;
	int d = compare_groups(x, y);

	if (!d)
		d = axis_compare(pairs_find(&x->cell, "scenario"),
				 pairs_find(&y->cell, "scenario"));
	for (i = 0; !d && i < r->nr_axes; i++)
		d = axis_compare(pairs_find(&x->cell, r->axes[i].name),
				 pairs_find(&y->cell, r->axes[i].name));
	if (d)
		return d;
	if (x->label_nr != y->label_nr)
		return x->label_nr < y->label_nr ? -1 : 1;
	return strcmp(x->key, y->key);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The cells are sorted by scenario. */
static void axis_look(const struct results *r, struct axis *axis)
{
	bool is_scenario = !strcmp(axis->name, "scenario");
	const char *scenario = NULL, *text = NULL;
	size_t i;

	axis->varies = false;
	axis->common = true;
	for (i = 0; i < r->nr_cells; i++) {
		const struct pairs *cell = &r->cells[i].cell;
		const char *own = pairs_find(cell, axis->name);
		const char *now = pairs_find(cell, "scenario");

		if (!own || (i && !same_text(own, text)))
			axis->common = false;
		if (own && text && strcmp(own, text) &&
		    (is_scenario || same_text(now, scenario)))
			axis->varies = true;
		if (own || !same_text(now, scenario))
			text = own;
		scenario = now;
	}
}

/* These are always said. */
static bool is_said(const char *axis)
{
	static const char *const said[] = { "scenario", "lock", "antagonist",
					    "delay" };
	size_t i;

	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (!strcmp(axis, said[i]))
			return true;
	return false;
}

/* Of cells [from, to), which are of one scenario: the text that more than half
 * of them have (Boyer and Moore's majority vote, then the count). */
static const char *majority(const struct results *r, size_t from, size_t to,
			    const char *axis)
{
	const char *text = NULL, *own;
	size_t i, votes = 0;

	for (i = from; i < to; i++) {
		own = pairs_find(&r->cells[i].cell, axis);
		if (!votes)
			text = own;
		votes += same_text(own, text) ? 1 : (size_t)-1;
	}
	for (i = from, votes = 0; i < to; i++)
		votes += same_text(pairs_find(&r->cells[i].cell, axis), text);
	return 2 * votes > to - from ? text : NULL;
}

static void find_usual(struct results *r, size_t from, size_t to)
{
	size_t i, k;

	for (i = from; i < to; i++) {
		free(r->cells[i].usual);
		r->cells[i].usual = memory_new(r->nr_axes, sizeof(bool));
	}
	for (k = 0; k < r->nr_axes; k++) {
		const char *name = r->axes[k].name;
		const char *text = is_said(name) ? NULL
						 : majority(r, from, to, name);

		for (i = from; text && i < to; i++)
			r->cells[i].usual[k] = same_text(
				pairs_find(&r->cells[i].cell, name), text);
	}
}

void results_order(struct results *r)
{
	size_t from, to;
	size_t i;

	if (r->nr_cells)
		qsort_r(r->cells, r->nr_cells, sizeof(*r->cells), compare_cells,
			r);
	for (i = 0; i < r->nr_axes; i++)
		axis_look(r, &r->axes[i]);
	for (from = 0; from < r->nr_cells; from = to) {
		const char *scenario = pairs_find(&r->cells[from].cell,
						  "scenario");

		for (to = from + 1;
		     to < r->nr_cells &&
		     same_text(pairs_find(&r->cells[to].cell, "scenario"),
			       scenario);)
			to++;
		find_usual(r, from, to);
	}
}
