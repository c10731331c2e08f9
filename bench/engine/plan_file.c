/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "units.h"

enum {
	MAX_GROUPS = 64,
	MAX_BYTES = 1 << 20
};

int reading_fail(struct reading *r, int line, const char *what)
{
	r->err = error_set(r->e, EINVAL, "%s:%d: %s", r->path, line, what);
	return 0; /* inih: stop */
}

struct axis *axis_find(struct group *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->nr; i++)
		if (!strcmp(g->axis[i].name, name))
			return &g->axis[i];
	return NULL;
}

/* Lines of these are one value each, with blanks in it. */
static bool is_line(const char *name)
{
	return !strcmp(name, "antagonist") || !strcmp(name, "counters");
}

static int add_values(struct reading *r, struct group *g, const char *name,
		      const char *text)
{
	struct axis *axis = axis_find(g, name);
	char *copy, *save, *word;

	if (axis && !is_line(name)) {
		struct error e;

		error_set(&e, EINVAL,
			  "%s is there already, in line %d; write its values "
			  "into one line, or begin another [cells NAME]",
			  name, axis->line);
		return reading_fail(r, r->line, e.text);
	}
	if (!axis) {
		if (g->nr == MAX_AXES)
			return reading_fail(r, r->line, "too many settings");
		axis = &g->axis[g->nr++];
		axis->name = strdup(name);
		axis->line = r->line;
	}
	copy = strdup(text);
	for (word = is_line(name) ? copy : strtok_r(copy, " \t", &save);
	     word && *word;
	     word = is_line(name) ? NULL : strtok_r(NULL, " \t", &save)) {
		if (axis->nr == MAX_VALUES) {
			free(copy);
			return reading_fail(r, r->line, "too many values");
		}
		axis->value[axis->nr++] = strdup(word);
	}
	free(copy);
	if (!axis->nr)
		return reading_fail(r, r->line,
				    "a value is missing after the '='");
	return 1;
}

static int plan_line(struct reading *r, const char *name, const char *text)
{
	static const char *const names[] = { "question", "blocks", "seed" };
	uint64_t number;
	struct error e;

	if (!strcmp(name, "question")) {
		free(r->plan->question);
		r->plan->question = strdup(text);
		return 1;
	}
	if (strcmp(name, "blocks") && strcmp(name, "seed")) {
		near_error("setting of [plan]", name, names, 3, &e);
		return reading_fail(r, r->line, e.text);
	}
	if (units_parse_count(text, &number, &e))
		return reading_fail(r, r->line, e.text);
	if (!strcmp(name, "seed")) {
		r->plan->seed = number;
		return 1;
	}
	if (number > 10000)
		return reading_fail(
			r, r->line,
			"blocks: at most 10000; 0: witness passes alone");
	r->plan->blocks = (unsigned int)number;
	return 1;
}

static struct group *group_of(struct reading *r, const char *section)
{
	size_t i;

	if (!strcmp(section, "defaults"))
		return &r->groups[0];
	for (i = 1; i < r->nr_groups; i++)
		if (!strcmp(r->groups[i].name, section))
			return &r->groups[i];
	if (r->nr_groups == MAX_GROUPS)
		return NULL;
	r->groups[i].name = strdup(section);
	r->groups[i].line = r->line;
	r->nr_groups++;
	return &r->groups[i];
}

static int on_line(void *user, const char *section, const char *name,
		   const char *value)
{
	static const char *const sections[] = { "plan", "defaults", "cells" };
	struct reading *r = user;
	struct group *g;
	struct error e;

	if (!strcmp(section, "plan"))
		return plan_line(r, name, value);
	if (strcmp(section, "defaults") && strcmp(section, "cells") &&
	    strncmp(section, "cells ", 6)) {
		near_error("section", section, sections, 3, &e);
		return reading_fail(r, r->line, e.text);
	}
	/* In the defaults it would be passed over cell by cell. */
	if (spec_check_name(name, &e))
		return reading_fail(r, r->line, e.text);
	g = group_of(r, section);
	if (!g)
		return reading_fail(r, r->line, "too many sections");
	return add_values(r, g, name, value);
}

/* inih asks for lines; ours are counted, so that errors can say where, and
 * begin at the margin: to inih an indented line would go on with the value
 * before it. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reading *r = stream;
	size_t len;

	if (!*r->rest || r->err)
		return NULL;
	r->line++;
	r->rest += strspn(r->rest, " \t");
	len = strcspn(r->rest, "\n");
	len += r->rest[len] == '\n';
	if (len >= (size_t)size) {
		reading_fail(r, r->line, "the line is too long");
		return NULL;
	}
	memcpy(buf, r->rest, len);
	buf[len] = '\0';
	r->rest += len;
	return buf;
}

static int read_all(struct plan *plan, const char *path, struct error *e)
{
	FILE *in = fopen(path, "re");
	size_t n;

	if (!in)
		return error_set(e, errno, "%s: %s%s", path, strerror(errno),
				 errno == ENOENT ? "; configs are in configs/"
						 : "");
	plan->text = calloc(1, MAX_BYTES + 1);
	if (!plan->text)
		abort();
	n = fread(plan->text, 1, MAX_BYTES, in);
	if (ferror(in) || n == MAX_BYTES || memchr(plan->text, 0, n)) {
		fclose(in);
		return error_set(e, EINVAL,
				 "%s: no config: not a text of less than 1 MiB",
				 path);
	}
	fclose(in);
	plan->name = strdup(strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	plan->question = strdup("");
	plan->blocks = 8;
	return 0;
}

void reading_load(struct reading *r)
{
	int bad;

	r->groups = calloc(MAX_GROUPS, sizeof(*r->groups));
	if (!r->groups)
		abort();
	r->nr_groups = 1;
	r->err = read_all(r->plan, r->path, r->e);
	if (r->err)
		return;
	r->rest = r->plan->text;
	bad = ini_parse_stream(next_line, r, on_line, r);
	if (!r->err && bad)
		reading_fail(r, bad > 0 ? bad : r->line,
			     "this is no `name = value`, no [section] and no "
			     "comment");
}

void reading_free(struct reading *r)
{
	size_t i, j, k;

	for (i = 0; i < r->nr_groups; i++) {
		struct group *g = &r->groups[i];

		for (j = 0; j < g->nr; j++) {
			for (k = 0; k < g->axis[j].nr; k++)
				free(g->axis[j].value[k]);
			free(g->axis[j].name);
		}
		free(g->name);
	}
	free(r->groups);
}
