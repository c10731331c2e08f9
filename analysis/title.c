/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells' names for tables, in as few words as are clear. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "sample.h"
#include "text.h"

/* "mprotect where=same rate=10k" -> "mprotect same 10k/s"; several, separated
 * by commas, by " + ". */
static char *antagonist_title(const char *text)
{
	char *copy = memory_text(text), *title = memory_text(""), *rest = NULL;
	char *word, *next;
	bool first = true;

	for (word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		size_t len = strlen(word);
		bool ends = len && word[len - 1] == ',';

		if (ends)
			word[len - 1] = '\0';
		if (!strcmp(word, "rate=0"))
			next = memory_printf("%s flat out", title);
		else if (!strncmp(word, "rate=", 5))
			next = memory_printf("%s %s/s", title, word + 5);
		else
			next = memory_printf(
				"%s%s%s", title, first ? "" : " ",
				strncmp(word, "where=", 6) ? word : word + 6);
		free(title);
		title = next;
		first = false;
		if (ends) {
			next = memory_printf("%s +", title);
			free(title);
			title = next;
		}
	}
	free(copy);
	return title;
}

char *axis_title(const char *axis, const char *text)
{
	static const char *const clear[] = { "scenario", "lock", "placement",
					     "label" };
	char *title = NULL;
	size_t i;

	for (i = 0; i < sizeof(clear) / sizeof(clear[0]); i++)
		if (!strcmp(axis, clear[i]))
			title = memory_text(text);
	if (title)
		;
	else if (!strcmp(axis, "vmas"))
		title = memory_printf("%s VMA%s", text,
				      strcmp(text, "shared") ? "s" : "");
	else if (!strcmp(axis, "threads"))
		title = memory_printf("%s thread%s", text,
				      strcmp(text, "1") ? "s" : "");
	else if (!strcmp(axis, "antagonist"))
		title = strcmp(text, "none") ? antagonist_title(text)
					     : memory_text("alone");
	else if (!strcmp(axis, "order") || !strcmp(axis, "tag"))
		title = memory_printf("%s %s", axis, text);
	else
		title = memory_printf("%s=%s", axis, text);
	return text_clean(title);
}

static bool is_in(const char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static void title_add(char **title, const char *axis, const char *text)
{
	char *part = axis_title(axis, text);
	char *longer = memory_printf("%s%s%s", *title, **title ? ", " : "",
				     part);

	free(part);
	free(*title);
	*title = longer;
}

char *sample_title_without(const struct results *r, const struct cell_sample *c,
			   const char *const *skip)
{
	char *title = memory_text("");
	const char *text;
	size_t i;

	for (i = 0; i < r->nr_axes; i++) {
		if (!r->axes[i].varies || c->usual[i] ||
		    is_in(skip, r->axes[i].name))
			continue;
		text = pairs_find(&c->cell, r->axes[i].name);
		if (text)
			title_add(&title, r->axes[i].name, text);
	}
	if (r->nr_labels > 1 && !is_in(skip, "label"))
		title_add(&title, "label", c->label);
	/* Nothing varies: the lock, or the scenario, names the only cell. */
	for (i = 0; !*title && i < 3; i++) {
		static const char *const names[] = { "scenario", "lock",
						     "label" };

		text = sample_axis(c, names[i]);
		if (text && (i == 2 || !is_in(skip, names[i])))
			title_add(&title, names[i], text);
	}
	return title;
}

char *sample_title(const struct results *r, const struct cell_sample *c)
{
	return sample_title_without(r, c, NULL);
}
