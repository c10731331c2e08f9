/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first lines of every table: what was asked, and where it was measured. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "show.h"

static const char *fact(const struct record *session, const char *name)
{
	const char *text = pairs_find(&session->facts, name);

	return text && *text ? text : NULL;
}

/* Adds ", THP never" unless the fact is absent. */
static void phrase_add(char **phrase, const char *before, const char *text,
		       const char *after)
{
	char *longer;

	if (!text)
		return;
	longer = memory_printf("%s%s%s%s%s", *phrase, **phrase ? ", " : "",
			       before, text, after);
	free(*phrase);
	*phrase = longer;
}

static void count_add(char **phrase, const char *count, const char *noun)
{
	char *after;

	if (!count)
		return;
	after = memory_printf(" %s%s", noun, strcmp(count, "1") ? "s" : "");
	phrase_add(phrase, "", count, after);
	free(after);
}

static char *machine_of(const struct record *s)
{
	char *phrase = memory_text("");

	phrase_add(&phrase, "", fact(s, "machine.cpu"), "");
	count_add(&phrase, fact(s, "machine.pus"), "PU");
	count_add(&phrase, fact(s, "machine.cores"), "core");
	count_add(&phrase, fact(s, "machine.nodes"), "NUMA node");
	phrase_add(&phrase, "virtualization ",
		   fact(s, "machine.virtualization"), "");
	return phrase;
}

/* "" unless software executed each instruction. */
static const char *emulated_of(const struct record *s)
{
	const char *by = fact(s, "machine.emulated");
	const char *icount = fact(s, "machine.icount");

	if (icount && !strcmp(icount, "yes"))
		return "emulated, instructions are counted: path length, no "
		       "time";
	return by && strcmp(by, "no")
		       ? "emulated: counts and paths hold, times are screening "
			 "only"
		       : "";
}

static char *kernel_of(const struct record *s)
{
	char *phrase = memory_text("");

	phrase_add(&phrase, "", fact(s, "kernel.release"), "");
	phrase_add(&phrase, "", fact(s, "kernel.arch"), "");
	phrase_add(&phrase, "per-VMA lock ",
		   fact(s, "kernel.feature.per-vma-lock"), "");
	phrase_add(&phrase, "THP ", fact(s, "setting.thp"), "");
	return phrase;
}

static char *date_of(double time_s)
{
	time_t t = isfinite(time_s) && fabs(time_s) < 1e11 ? (time_t)time_s : 0;
	char buf[64];
	struct tm tm;

	if (t <= 0 || !gmtime_r(&t, &tm) ||
	    !strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M UTC", &tm))
		return memory_text("at an unknown time");
	return memory_text(buf);
}

/* Runs of a session, and in how many blocks they lie. */
static size_t count_runs(const struct results *r, size_t session,
			 size_t *blocks)
{
	size_t i, k, runs = 0, nr = 0;
	unsigned int *seen = NULL;

	for (i = 0; i < r->nr_cells; i++) {
		for (k = 0; k < r->cells[i].nr_runs; k++) {
			const struct run_sample *run = &r->cells[i].runs[k];
			size_t b;

			if (run->session != session)
				continue;
			runs++;
			for (b = 0; b < nr && seen[b] != run->block; b++)
				;
			if (b == nr)
				*(unsigned int *)memory_append(
					(void **)&seen, &nr,
					sizeof(*seen)) = run->block;
		}
	}
	free(seen);
	*blocks = nr;
	return runs;
}

/* By its runs: the label that the reader gave to the file, if any, holds for a
 * resumed session too, whose cells were all begun before. */
static const char *label_of(const struct results *r, size_t session)
{
	const char *label = r->sessions[session].label;
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++)
		for (k = 0; k < r->cells[i].nr_runs; k++)
			if (r->cells[i].runs[k].session == session)
				return r->cells[i].label;
	for (i = 0; i < r->nr_cells; i++)
		if (sample_has_witness_of(&r->cells[i], session))
			return r->cells[i].label;
	return label ? label : "unnamed";
}

static void print_line(FILE *out, size_t width, const char *name,
		       const char *text)
{
	char lead[32];

	snprintf(lead, sizeof(lead), "  %-9s ", name);
	if (text && *text)
		text_wrap(out, width, lead, text);
}

/* A line that is the same as the last session's is not said again. */
static void print_new(FILE *out, size_t width, const char *name, char *text,
		      char **last)
{
	if (!*last || strcmp(*last, text))
		print_line(out, width, name, text);
	free(*last);
	*last = text;
}

static char *measured_of(const struct results *r, size_t session)
{
	size_t blocks, runs = count_runs(r, session, &blocks);
	const struct record *s = &r->sessions[session];
	char *date = date_of(s->time_s), *text, *what;
	const char *version = fact(s, "build.version");

	what = runs ? memory_printf("%zu run%s in %zu block%s", runs,
				    runs == 1 ? "" : "s", blocks,
				    blocks == 1 ? "" : "s")
		    : memory_text("no runs");
	text = memory_printf("label %s: %s, %s%s%s%s", label_of(r, session),
			     what, date, s->resumed ? ", resumed" : "",
			     version ? ", faultline " : "",
			     version ? version : "");
	free(what);
	free(date);
	return text;
}

/* What all cells have in common. */
static char *common_of(const struct results *r)
{
	char *phrase = memory_text("");
	size_t i;

	for (i = 0; i < r->nr_axes && r->nr_cells > 1; i++) {
		const char *name = r->axes[i].name;
		char *longer;

		if (!r->axes[i].common)
			continue;
		longer = memory_printf("%s%s%s=%s", phrase, *phrase ? " " : "",
				       name,
				       pairs_find(&r->cells[0].cell, name));
		free(phrase);
		phrase = longer;
	}
	return phrase;
}

/* A session without a run and a witness says nothing new, unless there is no
 * other. */
static bool is_empty(const struct results *r, size_t session)
{
	size_t blocks, i;

	if (r->nr_sessions < 2 || count_runs(r, session, &blocks))
		return false;
	for (i = 0; i < r->nr_cells; i++)
		if (sample_has_witness_of(&r->cells[i], session))
			return false;
	return true;
}

void show_head(FILE *out, size_t width, const struct results *r)
{
	char *question = NULL, *plan = NULL, *machine = NULL, *kernel = NULL;
	char *emulated = NULL, *common = common_of(r), *measured;
	size_t i;

	for (i = 0; i < r->nr_sessions; i++) {
		const struct record *s = &r->sessions[i];

		if (is_empty(r, i))
			continue;
		if (s->question && *s->question &&
		    (!question || strcmp(question, s->question))) {
			text_wrap(out, width, "", s->question);
			free(question);
			question = memory_text(s->question);
		}
		if (s->plan_name)
			print_new(out, width, "plan", memory_text(s->plan_name),
				  &plan);
		print_new(out, width, "machine", machine_of(s), &machine);
		print_new(out, width, "kernel", kernel_of(s), &kernel);
		print_new(out, width, "", memory_text(emulated_of(s)),
			  &emulated);
		measured = measured_of(r, i);
		print_line(out, width, "measured", measured);
		free(measured);
	}
	print_line(out, width, "all cells", common);
	free(common);
	free(question);
	free(plan);
	free(machine);
	free(kernel);
	free(emulated);
}
