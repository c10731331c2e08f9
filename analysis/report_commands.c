/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that make a report, or one of its figures, again. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"

char *shell_word(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_=+.,:/@%";
	char *clean = clean_text(text), *word, *out, *c;

	if (*clean && strspn(clean, plain) == strlen(clean))
		return clean;
	word = out = memory_new(strlen(clean) * 4 + 3, 1);
	*out++ = '\'';
	for (c = clean; *c; c++) {
		if (*c != '\'') {
			*out++ = *c;
			continue;
		}
		memcpy(out, "'\\''", 4);
		out += 4;
	}
	*out = '\'';
	free(clean);
	return word;
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!strcmp(path, "-")) /* standard input has no name to say */
		return "results.jsonl";
	return slash && slash[1] ? slash + 1 : path;
}

char *repeat_run(const struct report *r)
{
	const char *plan = r->results.nr_sessions
				   ? r->results.sessions[0].plan_name
				   : NULL;
	char *conf = shell_word(plan && *plan ? plan : "PLAN.conf");
	char *out = shell_word(r->nr_paths ? base_name(r->paths[0])
					   : "results.jsonl");
	char *words = memory_printf("faultline run %s -o %s", conf, out);

	free(conf);
	free(out);
	return words;
}

/* The first run that came from that file, and its cell. */
const struct run_sample *report_run_of(const struct results *r, size_t file,
				       const struct cell_sample **cell)
{
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++)
		for (k = 0; k < r->cells[i].nr_runs; k++)
			if (r->cells[i].runs[k].file == file) {
				*cell = &r->cells[i];
				return &r->cells[i].runs[k];
			}
	return NULL;
}

char *repeat_run_of(const struct report *r, size_t file)
{
	const struct cell_sample *cell = NULL;
	const struct run_sample *run = report_run_of(&r->results, file, &cell);
	const struct record *s = run ? &r->results.sessions[run->session]
				     : NULL;
	bool named = s && s->plan_name && *s->plan_name;
	char *plan = shell_word(named ? s->plan_name : "PLAN.conf");
	char *label = shell_word(cell && cell->label ? cell->label : "");
	char *out = shell_word(base_name(r->paths[file])), *words;

	words = memory_printf("faultline run %s -o %s%s%s", plan, out,
			      *label && r->results.nr_labels > 1 ? " --label "
								 : "",
			      r->results.nr_labels > 1 ? label : "");
	free(plan);
	free(label);
	free(out);
	return words;
}

static char *report_command(const struct report *r)
{
	char *words = memory_printf("faultstat %s",
				    r->command ? r->command : "report");
	char *next, *word;
	size_t i;

	for (i = 0; i < r->nr_paths; i++) {
		word = shell_word(base_name(r->paths[i]));
		next = memory_printf("%s %s", words, word);
		free(word);
		free(words);
		words = next;
	}
	word = shell_word(r->alone ? "report" : base_name(r->dir));
	next = memory_printf("%s -o %s", words, word);
	free(word);
	free(words);
	return next;
}

char *repeat_report(const struct report *r)
{
	if (r->again)
		return memory_text(r->again);
	return report_command(r);
}

/* Would a shell find words in it and nothing that it acts on? */
static bool is_plain_command(const char *text)
{
	bool quoted = false;

	if (strncmp(text, "faultline cell ", 15))
		return false;
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			return false;
		if (*text == '\'')
			quoted = !quoted;
		else if (!quoted && strchr("\"`$\\;&|<>(){}[]*?!#~", *text))
			return false;
	}
	return !quoted;
}

char *cell_command(const struct cell_sample *c)
{
	char *words, *next, *pair, *word;
	size_t i;

	if (c->command && is_plain_command(c->command))
		return clean_text(c->command);
	words = memory_text("faultline cell");
	for (i = 0; i < c->cell.nr; i++) {
		if (!c->cell.at[i].text)
			continue;
		pair = memory_printf("%s=%s", c->cell.at[i].name,
				     c->cell.at[i].text);
		word = shell_word(pair);
		next = memory_printf("%s %s", words, word);
		free(pair);
		free(word);
		free(words);
		words = next;
	}
	return words;
}
