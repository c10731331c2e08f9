/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arms.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "memory.h"
#include "near.h"
#include "order.h"

/* --- files ---------------------------------------------------------------- */

void arms_parse(const char *arg, char **axis, char ***values)
{
	const char *equals = strchr(arg, '=');

	free(*axis);
	cli_words_free(*values);
	*axis = memory_printf("%.*s", (int)strcspn(arg, "="), arg);
	*values = equals ? cli_words(equals + 1) : NULL;
}

/* "old/a.jsonl" -> "old/a" */
static char *name_of(const char *path)
{
	size_t len = strlen(path);

	if (len > 6 && !strcmp(path + len - 6, ".jsonl"))
		len -= 6;
	return memory_printf("%.*s", (int)len, path);
}

int arms_load(struct results *r, struct cli_file *files, size_t nr, char **axis)
{
	bool by_file = !*axis && nr > 1, no_hists = r->no_hists;
	int status;
	size_t i;

	if (!*axis)
		*axis = memory_text("label");
	if (!strcmp(*axis, "kernel")) {
		r->label_fact = "kernel.release";
		free(*axis);
		*axis = memory_text("label");
	}
	status = cli_load(r, files, nr);
	if (status || !by_file || r->nr_labels != 1)
		return status;
	/* Sessions of the same label: the files' names tell them apart. */
	for (i = 0; i < nr; i++)
		if (!strcmp(files[i].path, "-"))
			return cli_trouble("all files have the label %s; tell "
					   "standard input apart: name=-",
					   r->labels[0]);
	results_free(r);
	r->no_hists = no_hists;
	for (i = 0; i < nr; i++)
		if (!files[i].label)
			files[i].label = name_of(files[i].path);
	return cli_load(r, files, nr);
}

/* --- arms ----------------------------------------------------------------- */

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

static int unknown_axis(const struct results *r, const char *axis)
{
	const char **names = NULL;
	struct error e;
	size_t i, nr = 0;

	for (i = 0; i < r->nr_axes; i++)
		add_text(&names, &nr, r->axes[i].name);
	add_text(&names, &nr, "label");
	add_text(&names, &nr, "kernel");
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
static int choose(const char **texts, size_t *nr, const char *axis,
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

static int too_few(const struct results *r, const char *axis, const char *text)
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

int arms_find(const struct results *r, const char *axis, char *const *values,
	      const char ***texts, size_t *nr)
{
	int status = 0;

	*texts = arms_texts(r, axis, nr);
	if (!*nr && strcmp(axis, "label"))
		status = unknown_axis(r, axis);
	if (!status)
		status = choose(*texts, nr, axis, values);
	if (!status && *nr < 2)
		status = too_few(r, axis, *nr ? (*texts)[0] : NULL);
	return status;
}
