/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where two sides were measured, in what they differ, and how to do it again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "brief.h"
#include "memory.h"

static char *date_of(double time_s)
{
	time_t t = isfinite(time_s) && fabs(time_s) < 1e11 ? (time_t)time_s : 0;
	char buf[64];
	struct tm tm;

	if (t <= 0 || !gmtime_r(&t, &tm) ||
	    !strftime(buf, sizeof(buf), "%Y-%m-%d", &tm))
		return memory_text("at an unknown time");
	return memory_text(buf);
}

static const struct cell_sample **cells_of(const struct brief *b, bool second)
{
	return second ? b->c->twins : b->c->both;
}

static const struct record *first_session(const struct brief *b, bool second)
{
	const struct results *r = &b->report->results;
	const struct cell_sample **cells = cells_of(b, second);

	return b->c->nr_both && cells[0]->session < r->nr_sessions
		       ? &r->sessions[cells[0]->session]
		       : NULL;
}

static const char *fact(const struct record *s, const char *name)
{
	const char *text = s ? pairs_find(&s->facts, name) : NULL;

	return text && *text ? text : NULL;
}

char *brief_side(const struct brief *b, bool second)
{
	const struct record *s = first_session(b, second);
	const struct cell_sample **cells = cells_of(b, second);
	const char *release = fact(s, "kernel.release");
	const char *arch = fact(s, "kernel.arch");
	const char *version = fact(s, "build.version");
	size_t i, runs = 0, boots = second ? b->c->boots_b : b->c->boots_a;
	char *date = date_of(s ? s->time_s : 0), *words;

	for (i = 0; i < b->c->nr_both; i++)
		runs += cells[i]->nr_runs;
	words = memory_printf(
		"Linux %s%s%s, %zu runs of %zu cells in %zu boot%s, %s%s%s",
		release ? release : "(unknown release)", arch ? " " : "",
		arch ? arch : "", runs, b->c->nr_both, boots,
		boots == 1 ? "" : "s", date, version ? ", faultline " : "",
		version ? version : "");
	free(date);
	return words;
}

/* Takes *words over. */
static void add(char **words, const char *before, const char *text,
		const char *after)
{
	char *longer;

	if (!text)
		return;
	longer = memory_printf("%s%s%s%s%s", *words, **words ? ", " : "",
			       before, text, after);
	free(*words);
	*words = longer;
}

static void add_count(char **words, const char *count, const char *noun)
{
	char *after = memory_printf(" %s%s", noun,
				    count && !strcmp(count, "1") ? "" : "s");

	add(words, "", count, after);
	free(after);
}

static char *gib(const char *bytes)
{
	double x = bytes ? strtod(bytes, NULL) : 0;

	return x >= 1 ? memory_printf("%.3g", x / (1u << 30)) : NULL;
}

/* A kernel's own part of the memory is no other machine. */
static char *machine_of(const struct record *s, bool with_memory)
{
	const char *virt = fact(s, "machine.virtualization");
	const char *emulated = fact(s, "machine.emulated");
	char *words = memory_text(""), *memory;

	add(&words, "", fact(s, "machine.cpu"), "");
	add_count(&words, fact(s, "machine.pus"), "CPU");
	add_count(&words, fact(s, "machine.nodes"), "NUMA node");
	memory = with_memory ? gib(fact(s, "machine.memory_bytes")) : NULL;
	add(&words, "", memory, " GiB");
	free(memory);
	add(&words, "", fact(s, "machine.vendor"), "");
	add(&words, "", fact(s, "machine.product"), "");
	if (virt && strcmp(virt, "none"))
		add(&words, "virtual machine (", virt, ")");
	if (emulated && strcmp(emulated, "no"))
		add(&words,
		    "emulated: counts and paths hold, times are screening "
		    "only",
		    "", "");
	return words;
}

char *brief_machine(const struct brief *b)
{
	const struct record *first = first_session(b, false);
	const struct record *second = first_session(b, true);
	char *one = machine_of(first, false), *two = machine_of(second, false);
	bool same = !strcmp(one, two);
	char *words;

	free(one);
	free(two);
	one = machine_of(first, true);
	two = machine_of(second, true);
	words = same ? memory_text(*one ? one : "unknown")
		     : memory_printf("%s; and another: %s", one, two);
	free(one);
	free(two);
	return words;
}

/* --- again ---------------------------------------------------------------- */

static char *compare_command(const struct brief *b)
{
	const struct report *r = b->report;
	const struct comparison *c = b->c;
	bool label = !strcmp(c->axis, "label");
	char *words, *next, *word, *pair;
	size_t i;

	pair = memory_printf("%s=%s,%s", c->axis, c->a, c->b);
	word = shell_word(pair);
	words = memory_printf("faultstat compare%s%s", label ? "" : " --by ",
			      label ? "" : word);
	free(pair);
	free(word);
	for (i = 0; i < r->nr_paths; i++) {
		const struct cell_sample *cell = NULL;

		if (!report_run_of(&r->results, i, &cell) || !label)
			pair = memory_text(base_name(r->paths[i]));
		else
			pair = memory_printf("%s=%s", cell->label,
					     base_name(r->paths[i]));
		word = shell_word(pair);
		next = memory_printf("%s %s", words, word);
		free(pair);
		free(word);
		free(words);
		words = next;
	}
	return words;
}

char *brief_command(const struct brief *b, size_t i)
{
	const struct report *r = b->report;

	if (i < r->nr_paths)
		return repeat_run_of(r, i);
	if (i == r->nr_paths)
		return compare_command(b);
	return NULL;
}

/* --- which sides ---------------------------------------------------------- */

static bool has_text(const struct results *r, const char *axis,
		     const char *text)
{
	size_t i;

	for (i = 0; i < r->nr_cells; i++) {
		const char *own = sample_axis(&r->cells[i], axis);

		if (own && !strcmp(own, text))
			return true;
	}
	return false;
}

bool brief_sides(const struct results *r, size_t next, const char **axis,
		 const char **a, const char **b)
{
	if (r->nr_labels > 1) {
		if (next + 1 >= r->nr_labels)
			return false;
		*axis = "label";
		*a = r->labels[0];
		*b = r->labels[next + 1];
		return true;
	}
	*axis = "lock";
	*a = "vma";
	*b = "mmap";
	return !next && has_text(r, "lock", "vma") &&
	       has_text(r, "lock", "mmap");
}
