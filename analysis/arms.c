/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arms.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "memory.h"
#include "near.h"
#include "order.h"

static void add_text(const char ***texts, size_t *nr, const char *text)
{
	size_t i;

	for (i = 0; text && i < *nr; i++)
		if (!strcmp((*texts)[i], text))
			return;
	if (text)
		*(const char **)memory_append((void **)texts, nr,
					      sizeof(**texts)) = text;
}

static int compare_texts(const void *a, const void *b)
{
	return axis_compare(*(const char *const *)a, *(const char *const *)b);
}

/* All texts of an axis, in the order of tables; labels as they appeared. */
const char **arms_texts(const struct results *r, const char *axis, size_t *nr)
{
	const char **texts = NULL;
	size_t i;

	*nr = 0;
	if (!strcmp(axis, "label")) {
		for (i = 0; i < r->nr_labels; i++)
			add_text(&texts, nr, r->labels[i]);
		return texts;
	}
	for (i = 0; i < r->nr_cells; i++)
		add_text(&texts, nr, sample_axis(&r->cells[i], axis));
	if (*nr)
		qsort(texts, *nr, sizeof(*texts), compare_texts);
	return texts;
}

int arms_unknown_axis(const struct results *r, const char *axis)
{
	const char **names = NULL;
	struct error e;
	size_t i, nr = 0;

	for (i = 0; i < r->nr_axes; i++)
		add_text(&names, &nr, r->axes[i].name);
	add_text(&names, &nr, "label");
	near_error("axis", axis, names, nr, &e);
	free(names);
	return cli_trouble("%s", e.text);
}

/* A text as typed, or the only one that begins with these words: "mprotect"
 * is enough for "mprotect where=same rate=10k". NULL when there is none. */
static const char *text_find(const char **texts, size_t nr, const char *typed)
{
	size_t i, len = strlen(typed), found = 0;
	const char *text = NULL;

	for (i = 0; i < nr; i++) {
		if (!strcmp(texts[i], typed))
			return texts[i];
		if (!strncmp(texts[i], typed, len) && texts[i][len] == ' ') {
			text = texts[i];
			found++;
		}
	}
	return found == 1 ? text : NULL;
}

/* The arms that were asked for, as they are spelled in the file. */
int arms_choose(const char **texts, size_t *nr, const char *axis,
		char *const *values)
{
	const char **chosen = NULL;
	struct error e;
	size_t i, used = 0;

	for (i = 0; values && values[i]; i++) {
		const char *text = text_find(texts, *nr, values[i]);

		if (!text) {
			near_error(axis, values[i], texts, *nr, &e);
			free(chosen);
			return cli_trouble("%s", e.text);
		}
		add_text(&chosen, &used, text);
	}
	if (used) {
		memcpy(texts, chosen, used * sizeof(*texts));
		*nr = used;
	}
	free(chosen);
	return 0;
}

/* "lock, antagonist": the axes in which cells differ, or "nothing". */
static char *varying(const struct results *r)
{
	char *names = memory_text("");
	size_t i;

	for (i = 0; i < r->nr_axes; i++) {
		char *longer;

		if (!r->axes[i].varies)
			continue;
		longer = memory_printf("%s%s%s", names, *names ? ", " : "",
				       r->axes[i].name);
		free(names);
		names = longer;
	}
	if (*names)
		return names;
	free(names);
	return memory_text("nothing");
}

int arms_too_few(const struct results *r, const char *axis, const char *text)
{
	char *names = varying(r);

	if (!strcmp(axis, "label"))
		cli_trouble("nothing to compare: there is one label, %s; give "
			    "two files, or --by AXIS: the cells differ in: %s",
			    text ? text : "-", names);
	else
		cli_trouble("nothing to compare by %s: it is %s in all cells; "
			    "they differ in: %s",
			    axis, text ? text : "absent", names);
	free(names);
	return EXIT_TROUBLE;
}
