/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

const struct setting common_settings[] = {
	{ "scenario", SETTING_TEXT, NULL, NULL, "the fault that is provoked" },
	{ "lock", SETTING_TEXT, "vma", NULL,
	  "how the page is touched, hence which lock is taken" },
	{ "policy", SETTING_TEXT, NULL, NULL,
	  "what a fault that must wait does with its lock; unset: as it is" },
	{ "vmas", SETTING_WORD, "shared", "shared private",
	  "one VMA for all workers, or one for each" },
	{ "mode", SETTING_WORD, "threads", "threads processes",
	  "one address space for all workers, or one for each" },
	{ "threads", SETTING_TEXT, "1", NULL,
	  "workers: a number, or core, llc, node, package, max" },
	{ "placement", SETTING_TEXT, "compact", NULL,
	  "which PUs the threads are bound to" },
	{ "antagonist", SETTING_TEXT, "none", NULL,
	  "NAME [where=same|elsewhere] [rate=N] ..., several by comma" },
	{ "pages", SETTING_COUNT, "512", NULL,
	  "touches of a worker in a round; 65536 shows cold memory" },
	{ "order", SETTING_WORD, "sequential", "sequential random",
	  "in which pages are touched" },
	{ "targets", SETTING_WORD, "own", "own same",
	  "each worker its own pages, or all of them the same" },
	{ "batch", SETTING_COUNT, "1", NULL,
	  "touches between two stamps: 1 latency, more throughput" },
	{ "time", SETTING_TIME, "300ms", NULL, "how long a run lasts" },
	{ "nice", SETTING_NICE, "-20", NULL,
	  "of the whole cell; -20 as far as this user may" },
	{ "spin", SETTING_TIME, "0", NULL,
	  "positive control: spins so long inside each touch" },
	{ "counters", SETTING_TEXT, "none", NULL,
	  "hardware events in timed runs, \"cycles:k instructions:k\"" },
	{ "oversubscribe", SETTING_WORD, "no", "no yes",
	  "more threads than PUs are allowed" },
	{ "tag", SETTING_TEXT, "none", NULL,
	  "a word without effect, for A/A comparisons" },
	{ NULL, 0, NULL, NULL, NULL },
};

const struct setting antagonist_settings[] = {
	{ "where", SETTING_WORD, "elsewhere", "same elsewhere",
	  "on the workers' VMA, or on one of its own" },
	{ "rate", SETTING_COUNT, "0", NULL,
	  "operations/s on a schedule; 0 = flat out" },
	{ "pause", SETTING_TIME, "0", NULL,
	  "instead of a rate: begins so long after the last one ended" },
	{ "count", SETTING_COUNT, "1", NULL, "so many of them" },
	{ "nice", SETTING_NICE, "inherit", NULL,
	  "priority of its thread; the cell's own unless set" },
	{ "on", SETTING_WORD, "own", "own worker",
	  "its PU: one of its own, or the first worker's" },
	{ NULL, 0, NULL, NULL, NULL },
};

const struct setting *setting_in(const struct setting *table, const char *name)
{
	for (; table && table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

const struct setting *setting_find(const struct scenario *scenario,
				   const char *name)
{
	const struct setting *s = setting_in(common_settings, name);

	return s || !scenario ? s : setting_in(scenario->settings, name);
}

const char *setting_fallback(const struct scenario *scenario,
			     const struct setting *setting)
{
	if (scenario->pages && !strcmp(setting->name, "pages"))
		return scenario->pages;
	if (scenario->inherited && !strcmp(setting->name, "mode"))
		return "processes";
	return setting->fallback;
}

/* -20 .. 19, as the two's complement of a uint64_t. */
static int parse_nice(const char *text, uint64_t *number, struct error *e)
{
	char *end;
	long nice = strtol(text, &end, 10);

	if (end == text || *end || nice < -20 || nice > 19)
		return error_set(e, EINVAL, "'%s' is no nice value, -20 to 19",
				 text);
	*number = (uint64_t)nice;
	return 0;
}

int setting_number(const struct setting *setting, const char *text,
		   uint64_t *number, struct error *e)
{
	switch (setting->kind) {
	case SETTING_TIME:
		return units_parse_time(text, number, e);
	case SETTING_SIZE:
		return units_parse_size(text, number, e);
	case SETTING_COUNT:
		return units_parse_count(text, number, e);
	case SETTING_NICE:
		return parse_nice(text, number, e);
	default:
		return error_set(e, EINVAL, "%s is not a number",
				 setting->name);
	}
}

void setting_spell_number(enum setting_kind kind, uint64_t n, char *buf,
			  size_t size)
{
	static const struct {
		enum setting_kind kind;
		uint64_t factor;
		const char *unit;
	} units[] = {
		{ SETTING_TIME, 1000000000, "s" },
		{ SETTING_TIME, 1000000, "ms" },
		{ SETTING_TIME, 1000, "us" },
		{ SETTING_TIME, 1, "ns" },
		{ SETTING_SIZE, 1 << 30, "GiB" },
		{ SETTING_SIZE, 1 << 20, "MiB" },
		{ SETTING_SIZE, 1 << 10, "KiB" },
		{ SETTING_COUNT, 1000000, "M" },
		{ SETTING_COUNT, 1000, "k" },
	};
	size_t i;

	for (i = 0; n && i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].kind == kind && n % units[i].factor == 0) {
			snprintf(buf, size, "%llu%s",
				 (unsigned long long)(n / units[i].factor),
				 units[i].unit);
			return;
		}
	}
	snprintf(buf, size, "%llu", (unsigned long long)n);
}

/* Is word one of the blank-separated words? */
static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = words; len && (p = strstr(p, word)); p += len)
		if ((p == words || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return true;
	return false;
}

int setting_spell(const struct setting *setting, const char *text, char *buf,
		  size_t size, struct error *e)
{
	uint64_t n;
	int err;

	if (setting->kind == SETTING_WORD || setting->kind == SETTING_TEXT) {
		if (setting->words && !has_word(setting->words, text))
			return error_set(e, EINVAL,
					 "%s = '%s': it is one of: %s",
					 setting->name, text, setting->words);
		if (strlen(text) >= size || strpbrk(text, "\n\r"))
			return error_set(e, EINVAL,
					 "%s: the text is too long or has a "
					 "line break",
					 setting->name);
		strcpy(buf, text);
		return 0;
	}
	if (setting->kind == SETTING_NICE && setting->fallback &&
	    !strcmp(text, setting->fallback)) {
		snprintf(buf, size, "%s", text);
		return 0;
	}
	err = setting_number(setting, text, &n, e);
	if (err) {
		error_prefix(e, "%s", setting->name);
		return err;
	}
	if (setting->kind == SETTING_NICE) {
		snprintf(buf, size, "%d", (int)(int64_t)n);
		return 0;
	}
	setting_spell_number(setting->kind, n, buf, size);
	return 0;
}
