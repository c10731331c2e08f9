/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "units.h"

enum {
	MAX_NAMES = 128 /* of settings */
};

/* Adds the names of a table that are not there yet. */
static size_t add_names(const struct setting *s, const char **names, size_t nr,
			size_t max)
{
	size_t i;

	for (; s && s->name && nr < max; s++) {
		for (i = 0; i < nr && strcmp(names[i], s->name); i++)
			;
		if (i == nr)
			names[nr++] = s->name;
	}
	return nr;
}

/* Those of every cell, and of one scenario or, with NULL, of all. */
static size_t setting_names(const struct scenario *only, const char **names,
			    size_t max)
{
	const struct catalog_entry *one = catalogs[CATALOG_SCENARIO];
	size_t nr = add_names(common_settings, names, 0, max);

	for (; one->name; one++) {
		const struct scenario *scenario = one->object;

		if (!only || scenario == only)
			nr = add_names(scenario->settings, names, nr, max);
	}
	return nr;
}

int spec_unknown(const char *scenario, const char *name, struct error *e)
{
	const char *names[MAX_NAMES];
	const struct scenario *only =
		scenario ? catalog_find(CATALOG_SCENARIO, scenario) : NULL;

	return near_error("setting", name, names,
			  setting_names(only, names, MAX_NAMES), e);
}

int spec_check_name(const char *name, struct error *e)
{
	const char *names[MAX_NAMES];
	size_t nr = setting_names(NULL, names, MAX_NAMES), i;

	for (i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return 0;
	return spec_unknown(NULL, name, e);
}

static int find_objects(struct spec *s, const char *name, const char *text,
			struct error *e)
{
	static const enum catalog which[] = { CATALOG_LOCK, CATALOG_POLICY,
					      CATALOG_PLACEMENT };
	size_t i;

	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		const void *object;

		if (strcmp(name, catalog_titles[which[i]]))
			continue;
		object = catalog_find(which[i], text);
		if (!object)
			return catalog_unknown(which[i], text, e);
		if (which[i] == CATALOG_LOCK)
			s->lock = object;
		else if (which[i] == CATALOG_POLICY)
			s->policy = object;
		else
			s->placement = object;
	}
	return 0;
}

/* Takes what the runner itself needs from one setting. */
static int take(struct spec *s, const struct setting *setting, char *text,
		size_t size, struct error *e)
{
	const struct {
		const char *name;
		uint64_t *number;
	} numbers[] = {
		{ "pages", &s->pages },	   { "batch", &s->batch },
		{ "time", &s->time_ns },   { "spin", &s->spin_ns },
		{ "delay", &s->delay_ns },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(setting->name, numbers[i].name))
			return setting_number(setting, text, numbers[i].number,
					      e);
	if (!strcmp(setting->name, "antagonist"))
		return spec_antagonists(s, text, size, e);
	if (!strcmp(setting->name, "nice"))
		s->nice = atoi(text);
	if (!strcmp(setting->name, "mode"))
		s->processes = !strcmp(text, "processes");
	if (!strcmp(setting->name, "targets"))
		s->same_targets = !strcmp(text, "same");
	if (!strcmp(setting->name, "vmas"))
		s->private_vmas = !strcmp(text, "private");
	if (!strcmp(setting->name, "order"))
		s->random_order = !strcmp(text, "random");
	if (!strcmp(setting->name, "oversubscribe"))
		s->oversubscribe = !strcmp(text, "yes");
	return find_objects(s, setting->name, text, e);
}

/* What cannot be had together. */
static int check_sense(struct spec *s, struct error *e)
{
	const char *lock = pairs_find(&s->pairs, "lock");
	unsigned int i;

	s->culprit = "lock";
	if (!scenario_admits(s->scenario, s->lock))
		return error_set(e, EINVAL,
				 "lock = %s makes no sense for scenario %s; "
				 "`faultline explain %s` says which do",
				 lock, pairs_find(&s->pairs, "scenario"),
				 pairs_find(&s->pairs, "scenario"));
	s->culprit = "mode";
	if (s->scenario->inherited && !s->processes)
		return error_set(e, EINVAL,
				 "the workers of scenario %s are forked "
				 "children: say mode = processes",
				 pairs_find(&s->pairs, "scenario"));
	s->culprit = "targets";
	if (s->same_targets && (s->private_vmas || s->processes))
		return error_set(e, EINVAL,
				 "targets = same needs vmas = shared and "
				 "mode = threads");
	if (s->same_targets && s->scenario->own_vma)
		return error_set(e, EINVAL,
				 "targets = same: two workers cannot touch the "
				 "same page of this scenario");
	s->culprit = "antagonist";
	for (i = 0; s->processes && i < s->nr_antagonists; i++)
		if (s->antagonist[i].where == WHERE_SAME)
			return error_set(e, EINVAL,
					 "antagonist %s works on the workers' "
					 "VMA; with mode = processes each has "
					 "an address space of its own",
					 s->antagonist[i].text);
	return 0;
}

static int check_sizes(struct spec *s, struct error *e)
{
	s->culprit = "pages";
	if (s->pages < 1 || s->pages > 1 << 22)
		return error_set(e, EINVAL,
				 "pages = %llu: between 1 and 4194304",
				 (unsigned long long)s->pages);
	s->culprit = "batch";
	if (s->batch < 1 || s->pages % s->batch)
		return error_set(e, EINVAL,
				 "batch = %llu does not divide pages = %llu",
				 (unsigned long long)s->batch,
				 (unsigned long long)s->pages);
	s->culprit = "time";
	if (s->time_ns < 1000000 || s->time_ns > 3600000000000)
		return error_set(e, EINVAL, "time: between 1ms and 60min");
	s->culprit = "spin";
	if (s->spin_ns > 1000000000)
		return error_set(e, EINVAL, "spin: 1s at most");
	return 0;
}

/* Handlers and antagonists need seats first, then threads=max is known. */
static int resolve_threads(struct spec *s, const char *text,
			   const struct topo *topo, struct error *e)
{
	struct seats seats;
	unsigned int handlers, others;
	char number[16];
	size_t i;
	int err;

	s->threads = 1;
	spec_seats(s, &seats);
	handlers = seats.nr[ROLE_HANDLER];
	others = seats.nr[ROLE_ANTAGONIST];
	/* A worker that brings a handler along needs two PUs. */
	err = topology_threads(topo, text, others, &s->threads, e);
	if (err)
		return err;
	if (handlers && !isdigit((unsigned char)text[0]) && s->threads > 1) {
		unsigned int room = topo->nr_pus > others
					    ? topo->nr_pus - others
					    : 1;

		while (s->threads > 1 && s->threads * (1 + handlers) > room)
			s->threads--;
	}
	snprintf(number, sizeof(number), "%u", s->threads);
	for (i = 0; i < s->pairs.nr; i++) {
		if (!strcmp(s->pairs.at[i].name, "threads")) {
			free(s->pairs.at[i].text);
			s->pairs.at[i].text = strdup(number);
		}
	}
	return 0;
}

void spec_seats(const struct spec *s, struct seats *seats)
{
	const char *text = pairs_find(&s->pairs, "handler");
	unsigned int i;

	seats->nr[ROLE_WORKER] = s->threads;
	seats->nr[ROLE_ANTAGONIST] = 0;
	for (i = 0; i < s->nr_antagonists; i++)
		seats->nr[ROLE_ANTAGONIST] += !s->antagonist[i].on_worker;
	seats->nr[ROLE_HANDLER] = text && !strcmp(text, "other") ? s->threads
								 : 0;
}

/* All settings of one table, given or default. */
static int add_table(struct spec *s, const struct setting *table,
		     const struct pairs *given, struct error *e)
{
	int err;

	for (; table && table->name; table++) {
		const char *text = pairs_find(given, table->name);
		char buf[MAX_ANTAGONISTS * MAX_ANTAGONIST_TEXT];

		s->culprit = table->name;
		if (!text)
			text = setting_fallback(s->scenario, table);
		if (!text)
			continue; /* policy: nothing is to be set */
		err = setting_spell(table, text, buf, sizeof(buf), e);
		if (!err)
			err = take(s, table, buf, sizeof(buf), e);
		if (err)
			return err;
		pairs_add(&s->pairs, table->name, buf);
	}
	return 0;
}

static int parse(struct spec *s, const struct pairs *given,
		 const struct topo *topo, struct error *e)
{
	const char *name = pairs_find(given, "scenario");
	size_t i;
	int err;

	/* "scenari=memfd" is a typo before it is a scenario left out. */
	for (i = 0; i < given->nr && !name; i++)
		if (spec_check_name(given->at[i].name, e))
			return -EINVAL;
	if (!name)
		return error_set(e, EINVAL,
				 "no scenario; `faultline list` shows them");
	s->scenario = catalog_find(CATALOG_SCENARIO, name);
	if (!s->scenario)
		return catalog_unknown(CATALOG_SCENARIO, name, e);
	for (i = 0; i < given->nr; i++)
		if (!setting_find(s->scenario, given->at[i].name))
			return spec_unknown(name, given->at[i].name, e);
	err = add_table(s, common_settings, given, e);
	if (!err)
		err = add_table(s, s->scenario->settings, given, e);
	if (!err)
		err = check_sense(s, e);
	if (!err)
		err = check_sizes(s, e);
	s->culprit = err ? s->culprit : "threads";
	if (!err)
		err = resolve_threads(s, pairs_find(&s->pairs, "threads"), topo,
				      e);
	if (!err && s->scenario->own_vma && s->threads > 1 &&
	    !s->private_vmas && !s->processes) {
		s->culprit = "vmas";
		err = error_set(e, EINVAL,
				"scenario %s takes one worker a VMA: say vmas "
				"= private",
				name);
	}
	return err;
}

int spec_parse(struct spec *s, const struct pairs *given,
	       const struct topo *topo, struct error *e)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->culprit = "scenario";
	err = parse(s, given, topo, e);
	if (err) {
		const char *culprit = s->culprit;

		spec_free(s);
		s->culprit = culprit;
	}
	return err;
}

void spec_free(struct spec *s)
{
	unsigned int i;

	pairs_free(&s->pairs);
	for (i = 0; i < s->nr_antagonists; i++)
		if (!s->antagonist[i].another)
			pairs_free(&s->antagonist[i].pairs);
	memset(s, 0, sizeof(*s));
}

/* In single quotes when a shell would take it apart. */
static void print_word(FILE *out, const char *name, const char *text)
{
	const char *c;

	for (c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-+:/=%", *c))
			break;
	if (!*c && *text) {
		fprintf(out, " %s=%s", name, text);
		return;
	}
	fprintf(out, " '%s=", name);
	for (c = text; *c; c++)
		fputs(*c == '\'' ? "'\\''" : (char[]){ *c, '\0' }, out);
	fputc('\'', out);
}

char *spec_command(const struct spec *s)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fputs("faultline cell", out);
	for (i = 0; i < s->pairs.nr; i++) {
		const struct pair *p = &s->pairs.at[i];
		const char *fallback = setting_fallback(
			s->scenario, setting_find(s->scenario, p->name));

		if (!fallback || strcmp(fallback, p->text))
			print_word(out, p->name, p->text);
	}
	fclose(out);
	return text;
}
