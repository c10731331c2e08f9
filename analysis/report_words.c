/* SPDX-License-Identifier: GPL-2.0-or-later */
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
	[ARM_RETRY_VMA] = "redone under the VMA lock",
	[ARM_VMA_HOLD] = "VMA lock, held while waiting",
	[ARM_NO_DROP] = "VMA lock, given up to wait",
	[ARM_LEGACY65] = "VMA lock as in 6.5",
};

/* The policies that change how a user-mode fault meets the locks. */
static const struct {
	const char *policy;
	enum arm arm;
} by_policy[] = {
	{ "retry-vma", ARM_RETRY_VMA }, { "hold", ARM_VMA_HOLD },
	{ "no-drop", ARM_NO_DROP },	{ "legacy65", ARM_LEGACY65 },
	{ "mmap", ARM_MMAP },		{ "mmap-hold", ARM_HOLD },
};

enum arm cell_arm(const struct cell_sample *c)
{
	const char *lock = pairs_find(&c->cell, "lock");
	const char *policy = pairs_find(&c->cell, "policy");
	const struct value *redone;
	size_t i;

	if (!lock)
		return ARM_OTHER;
	if (!strcmp(lock, "mmap"))
		return ARM_MMAP;
	if (!strcmp(lock, "mmap-hold"))
		return ARM_HOLD;
	if (strcmp(lock, "vma"))
		return ARM_OTHER;
	for (i = 0; policy && i < sizeof(by_policy) / sizeof(by_policy[0]); i++)
		if (!strcmp(policy, by_policy[i].policy))
			return by_policy[i].arm;
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
	static const char *const always[] = { "scenario", "lock",
					      "policy",	  "vmas",
					      "threads",  "antagonist",
					      "label",	  NULL };
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
	const char *emulated = fact(session, "machine.emulated");
	const char *icount = fact(session, "machine.icount");
	bool metal = !virt || !strcmp(virt, "none");

	return memory_printf("%s%s%s%s%s%s%s", cpu ? cpu : "unknown CPU",
			     pus ? ", " : "", pus ? pus : "",
			     pus ? " CPUs" : "", metal ? "" : ", ",
			     metal ? "" : virt,
			     !emulated || !strcmp(emulated, "no") ? ""
			     : icount && !strcmp(icount, "yes")
				     ? ", emulated, instructions are counted: "
				       "no times"
				     : ", emulated: times are screening only");
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

/* Takes words over and adds ", 2 broken" when there are any. */
static char *words_more(char *words, size_t n, const char *what)
{
	char *longer;

	if (!n)
		return words;
	longer = memory_printf("%s, %zu %s", words, n, what);
	free(words);
	return longer;
}

char *proof_words(const struct results *r, bool *broken)
{
	size_t i, held = 0, bad = 0, open = 0, none = 0;
	char *words;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];
		const char *verdict = c->has_witness ? c->witness.verdict
						     : NULL;

		if (!c->nr_runs)
			continue;
		if (!verdict)
			none++;
		else if (!strcmp(verdict, "held"))
			held++;
		else if (!strcmp(verdict, "broken"))
			bad++;
		else
			open++;
	}
	*broken = bad > 0;
	words = memory_printf("%zu of %zu cells proved by the witness", held,
			      held + bad + open + none);
	words = words_more(words, bad, "broken");
	words = words_more(words, open, "unproven");
	return words_more(words, none, "without a witness");
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
