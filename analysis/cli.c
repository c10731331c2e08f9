/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "memory.h"
#include "near.h"
#include "text.h"

enum {
	MAX_BAD_TOLD = 5
};

__attribute__((format(printf, 1, 0))) static void say(const char *fmt,
						      va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	fflush(stdout);
	fprintf(stderr, "faultstat: %s\n", text_clean(text));
	free(text);
}

int cli_trouble(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return EXIT_TROUBLE;
}

void cli_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

/* --- files ---------------------------------------------------------------- */

void cli_file_parse(struct cli_file *f, const char *arg)
{
	const char *equals = strchr(arg, '=');

	f->label = NULL;
	f->path = arg;
	if (!equals || equals == arg || !access(arg, F_OK))
		return; /* a file of that very name wins */
	f->label = memory_printf("%.*s", (int)(equals - arg), arg);
	f->path = equals + 1;
}

error_t cli_option(struct cli_options *o, int key, char *arg,
		   struct argp_state *state)
{
	switch (key) {
	case 's':
		o->scenario = arg;
		return 0;
	case 'M':
		cli_words_free(o->metrics);
		o->metrics = cli_words(arg);
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'm':
		o->mail = true;
		return 0;
	case ARGP_KEY_ARG:
		cli_file_parse(memory_append((void **)&o->files, &o->nr_files,
					     sizeof(*o->files)),
			       arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which result file? faultline run writes "
				  "one, results.jsonl; - is standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void cli_options_free(struct cli_options *o)
{
	while (o->nr_files)
		free(o->files[--o->nr_files].label);
	free(o->files);
	cli_words_free(o->metrics);
}

static void tell_bad(const char *message, void *arg)
{
	size_t *told = arg;

	if ((*told)++ < MAX_BAD_TOLD)
		cli_note("%s", message);
}

static bool same_label(const struct cli_file *a, const struct cli_file *b)
{
	return a->label && b->label ? !strcmp(a->label, b->label)
				    : a->label == b->label;
}

/* Is files[i] one of those before it, under the same label? */
static bool is_given_twice(const struct cli_file *files, size_t i)
{
	struct stat a, b;
	size_t k;

	for (k = 0; k < i; k++)
		if (!strcmp(files[i].path, "-") && !strcmp(files[k].path, "-"))
			return true; /* it can be read but once */
	if (stat(files[i].path, &a))
		return false;
	for (k = 0; k < i; k++)
		if (same_label(&files[i], &files[k]) &&
		    !stat(files[k].path, &b) && a.st_dev == b.st_dev &&
		    a.st_ino == b.st_ino)
			return true;
	return false;
}

int cli_load(struct results *r, const struct cli_file *files, size_t nr)
{
	struct error e = { "" };
	size_t i, told = 0;

	for (i = 0; i < nr; i++) {
		if (is_given_twice(files, i))
			return cli_trouble("%s: given twice; its runs would "
					   "count twice. Give it once",
					   files[i].path);
		if (results_load(r, files[i].path, files[i].label, tell_bad,
				 &told, &e) < 0)
			return cli_trouble("%s", e.text);
	}
	if (told > MAX_BAD_TOLD)
		cli_note("%zu more lines like these were left out",
			 told - MAX_BAD_TOLD);
	return 0;
}

/* --- words ---------------------------------------------------------------- */

char **cli_words(const char *text)
{
	const char *separators = strchr(text, ';') ? ";" : ",";
	char *copy = memory_text(text), *word, *rest = NULL, **words = NULL;
	size_t nr = 0;

	for (word = strtok_r(copy, separators, &rest); word;
	     word = strtok_r(NULL, separators, &rest))
		*(char **)memory_append((void **)&words, &nr,
					sizeof(char *)) = memory_text(word);
	memory_append((void **)&words, &nr, sizeof(char *)); /* the NULL */
	free(copy);
	return words;
}

void cli_words_free(char **words)
{
	char **word;

	for (word = words; word && *word; word++)
		free(*word);
	free(words);
}

/* --- names that must be there --------------------------------------------- */

static void add_name(const char ***names, size_t *nr, const char *name)
{
	size_t i;

	for (i = 0; i < *nr; i++)
		if (!strcmp((*names)[i], name))
			return;
	*(const char **)memory_append((void **)names, nr,
				      sizeof(char *)) = name;
}

static void add_metrics(const char ***names, size_t *nr,
			const struct metrics *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++)
		add_name(names, nr, m->at[i].name);
}

int cli_check_metric(const struct results *r, const char *metric)
{
	const char **names = NULL;
	size_t i, k, nr = 0;
	struct error e;
	bool found = false;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		for (k = 0; k < c->nr_runs; k++)
			add_metrics(&names, &nr, &c->runs[k].metrics);
		if (c->has_witness)
			add_metrics(&names, &nr, &c->witness.metrics);
	}
	for (i = 0; i < nr; i++)
		found |= !strcmp(names[i], metric);
	if (!found)
		near_error("metric", metric, names, nr, &e);
	free(names);
	return found ? 0 : cli_trouble("%s", e.text);
}

bool cli_wants(const struct cell_sample *c, const char *glob)
{
	const char *scenario = sample_axis(c, "scenario");

	return !glob || !fnmatch(glob, scenario ? scenario : "", 0);
}

int cli_check_scenario(const struct results *r, const char *glob)
{
	const char **names = NULL;
	size_t i, nr = 0;
	struct error e;
	bool found = !glob;

	for (i = 0; i < r->nr_cells && !found; i++) {
		const char *name = sample_axis(&r->cells[i], "scenario");

		found = cli_wants(&r->cells[i], glob);
		if (name)
			add_name(&names, &nr, name);
	}
	if (!found)
		near_error("scenario", glob, names, nr, &e);
	free(names);
	return found ? 0 : cli_trouble("%s", e.text);
}
