/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"

const char *const arm_names[NR_ARMS] = {
	[ARM_VMA] = "VMA lock",
	[ARM_MMAP] = "mmap_lock",
	[ARM_REDONE] = "redone under mmap_lock",
	[ARM_HOLD] = "mmap_lock, held while waiting",
	[ARM_OTHER] = "another lock",
};

enum arm cell_arm(const struct cell_sample *c)
{
	const char *lock = pairs_find(&c->cell, "lock");
	const struct value *redone;

	if (!lock)
		return ARM_OTHER;
	if (!strcmp(lock, "mmap"))
		return ARM_MMAP;
	if (!strcmp(lock, "mmap-hold"))
		return ARM_HOLD;
	if (strcmp(lock, "vma"))
		return ARM_OTHER;
	if (!c->has_witness) {
		/* Known without: it has no ->map_pages to fault under. */
		const char *scenario = sample_axis(c, "scenario");

		return scenario && !strcmp(scenario, "memfd-secret")
			       ? ARM_REDONE
			       : ARM_VMA;
	}
	redone = metrics_find(&c->witness.metrics, "path_retried_share");
	return redone && !redone->absent && redone->number > 0.5 ? ARM_REDONE
								 : ARM_VMA;
}

/* Do all cells of c's scenario have the same text there? */
static bool is_alike(const struct results *r, const struct cell_sample *c,
		     const char *axis)
{
	const char *scenario = sample_axis(c, "scenario");
	const char *text = sample_axis(c, axis), *other;
	size_t i;

	for (i = 0; i < r->nr_cells; i++) {
		other = sample_axis(&r->cells[i], "scenario");
		if (!scenario || !other || strcmp(scenario, other))
			continue;
		other = sample_axis(&r->cells[i], axis);
		if (strcmp(text ? text : "", other ? other : ""))
			return false;
	}
	return true;
}

static bool is_in(const char *const *list, const char *name)
{
	for (; list && *list; list++) {
		if (!strcmp(*list, name))
			return true;
	}
	return false;
}

char *cell_title(const struct results *r, const struct cell_sample *c,
		 const char *const *skip)
{
	static const char *const always[] = { "scenario", "lock",	"vmas",
					      "threads",  "antagonist", "label",
					      NULL };
	const char **all = NULL;
	size_t i, nr = 0;
	char *title;

	for (; skip && *skip; skip++)
		*(const char **)memory_append((void **)&all, &nr,
					      sizeof(*all)) = *skip;
	for (i = 0; i < r->nr_axes; i++) {
		const char *name = r->axes[i].name;

		if (!is_in(always, name) && is_alike(r, c, name))
			*(const char **)memory_append((void **)&all, &nr,
						      sizeof(*all)) = name;
	}
	memory_append((void **)&all, &nr, sizeof(*all)); /* the NULL */
	title = sample_title_without(r, c, all);
	free(all);
	return title;
}

char *subject_words(const struct results *r, const struct cell_sample *c)
{
	const char *scenario = sample_axis(c, "scenario");
	bool several = r->nr_labels > 1 && c->label;

	return memory_printf("%s%s%s", scenario ? scenario : "",
			     several ? ", " : "", several ? c->label : "");
}

static const char *fact(const struct record *session, const char *name)
{
	const char *text = pairs_find(&session->facts, name);

	return text && *text ? text : NULL;
}

static char *machine_of(const struct record *session)
{
	const char *cpu = fact(session, "machine.cpu");
	const char *pus = fact(session, "machine.pus");
	const char *virt = fact(session, "machine.virtualization");
	bool metal = !virt || !strcmp(virt, "none");

	return memory_printf("%s%s%s%s%s%s", cpu ? cpu : "unknown CPU",
			     pus ? ", " : "", pus ? pus : "",
			     pus ? " CPUs" : "", metal ? "" : ", ",
			     metal ? "" : virt);
}

static char *kernel_of(const struct record *session)
{
	const char *release = fact(session, "kernel.release");

	return memory_printf("%s", release ? release : "(unknown release)");
}

/* What the sessions are, each once: "A / B". */
static char *join(const struct results *r, const char *before,
		  char *(*of)(const struct record *session))
{
	char *words = memory_text(before), *next, *cut, *one;
	size_t i, k;

	for (i = 0; i < r->nr_sessions; i++) {
		bool known = false;

		one = of(&r->sessions[i]);
		for (k = 0; k < i && !known; k++) {
			char *other = of(&r->sessions[k]);

			known = !strcmp(one, other);
			free(other);
		}
		next = known ? memory_text(words)
			     : memory_printf("%s%s%s", words, i ? " / " : "",
					     one);
		free(one);
		free(words);
		words = next;
	}
	cut = clean_text_cut(words, 90);
	free(words);
	return cut;
}

char *machine_words(const struct results *r)
{
	return join(r, "", machine_of);
}

char *kernel_words(const struct results *r)
{
	return join(r, "Linux ", kernel_of);
}

char *runs_words(const struct results *r)
{
	size_t i, low = 0, high = 0, cells = 0;

	for (i = 0; i < r->nr_cells; i++) {
		size_t n = r->cells[i].nr_runs;

		if (!n)
			continue;
		if (!cells++ || n < low)
			low = n;
		if (n > high)
			high = n;
	}
	if (!cells)
		return memory_text("no runs");
	if (low == high)
		return memory_printf("n = %zu run%s of each of %zu cell%s", low,
				     low == 1 ? "" : "s", cells,
				     cells == 1 ? "" : "s");
	return memory_printf("n = %zu to %zu runs of each of %zu cells", low,
			     high, cells);
}

char *subtitle_words(const struct results *r)
{
	char *machine = machine_words(r);
	char *kernel = kernel_words(r), *runs = runs_words(r);
	char *words = memory_printf("%s  ·  %s  ·  %s", machine, kernel, runs);

	free(machine);
	free(kernel);
	free(runs);
	return words;
}

/* A word for a shell: as it is, or between single quotes. malloc'ed. */
static char *shell_word(const char *text)
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

static const char *base_name(const char *path)
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

char *repeat_report(const struct report *r)
{
	char *words = memory_text("faultstat report"), *next, *word;
	size_t i;

	for (i = 0; i < r->nr_paths; i++) {
		word = shell_word(base_name(r->paths[i]));
		next = memory_printf("%s %s", words, word);
		free(word);
		free(words);
		words = next;
	}
	word = shell_word(base_name(r->dir));
	next = memory_printf("%s -o %s", words, word);
	free(word);
	free(words);
	return next;
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
