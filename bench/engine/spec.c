/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "units.h"

int spec_unknown(const char *scenario_name, const char *name, struct error *e)
{
	const struct scenario *scenario = catalog_find(CATALOG_SCENARIO,
						       scenario_name);
	const char *names[64];
	const struct setting *s;
	size_t nr = 0;

	for (s = common_settings; s->name && nr < 64; s++)
		names[nr++] = s->name;
	for (s = scenario->settings; s && s->name && nr < 64; s++)
		names[nr++] = s->name;
	return near_error("setting", name, names, nr, e);
}

/* --- antagonists ---------------------------------------------------------- */

/* One "where=..." or "rate=..." of an antagonist. */
static int antagonist_setting(struct antagonist_spec *a, const char *name,
			      char *word, struct error *e)
{
	const char *names[] = { "where", "rate" };
	const struct setting *setting;
	char *text = strchr(word, '='), buf[64];
	uint64_t rate;
	int err;

	if (!text)
		return error_set(
			e, EINVAL,
			"antagonist %s: '%s' is no name=value; several "
			"antagonists are separated by commas",
			name, word);
	*text++ = '\0';
	setting = setting_in(antagonist_settings, word);
	if (!setting)
		return near_error("setting of an antagonist", word, names, 2,
				  e);
	err = setting_spell(setting, text, buf, sizeof(buf), e);
	if (err)
		return err;
	if (setting->kind == SETTING_COUNT) {
		units_parse_count(text, &rate, NULL);
		if (rate > 10000000)
			return error_set(e, EINVAL,
					 "antagonist %s: rate=%s is more than "
					 "10M operations/s; rate=0 is flat out",
					 name, text);
		a->rate = rate;
		return 0;
	}
	a->where = buf[0] == 's' ? WHERE_SAME : WHERE_ELSEWHERE;
	if (!(a->antagonist->where & a->where))
		return error_set(e, EINVAL,
				 "antagonist %s does not work where=%s", name,
				 text);
	return 0;
}

static int antagonist_parse(struct antagonist_spec *a, char *text,
			    struct error *e)
{
	char *save, *name = strtok_r(text, " \t", &save), *word, rate[32];
	int err;

	if (!name)
		return error_set(e, EINVAL,
				 "antagonist: a name is missing (a comma too "
				 "many?)");
	a->antagonist = catalog_find(CATALOG_ANTAGONIST, name);
	if (!a->antagonist)
		return catalog_unknown(CATALOG_ANTAGONIST, name, e);
	a->where = a->antagonist->where & WHERE_ELSEWHERE
			   ? WHERE_ELSEWHERE
			   : (enum where)a->antagonist->where;
	while ((word = strtok_r(NULL, " \t", &save))) {
		err = antagonist_setting(a, name, word, e);
		if (err)
			return err;
	}
	setting_spell_number(SETTING_COUNT, a->rate, rate, sizeof(rate));
	/* Flat out is said, not left out; without a place there is no rate
	 * that anybody would ask for. */
	if (a->where)
		snprintf(a->text, sizeof(a->text), "%s where=%s rate=%s", name,
			 a->where == WHERE_SAME ? "same" : "elsewhere", rate);
	else
		snprintf(a->text, sizeof(a->text), "%s%s%s", name,
			 a->rate ? " rate=" : "", a->rate ? rate : "");
	return 0;
}

/* "fork rate=20, mmap-munmap rate=100"; rewrites text in its one spelling. */
static int antagonists_parse(struct spec *s, char *text, size_t size,
			     struct error *e)
{
	char *rest = text, *one, all[MAX_ANTAGONISTS * 98] = "";
	int err;

	if (!strcmp(text, "none"))
		return 0;
	while ((one = strsep(&rest, ","))) {
		struct antagonist_spec *a;

		if (s->nr_antagonists == MAX_ANTAGONISTS)
			return error_set(e, EINVAL,
					 "more than %d antagonists in a cell",
					 MAX_ANTAGONISTS);
		a = &s->antagonist[s->nr_antagonists++];
		err = antagonist_parse(a, one, e);
		if (err)
			return err;
		if (*all)
			strcat(all, ", ");
		strcat(all, a->text);
	}
	snprintf(text, size, "%s", all);
	return 0;
}

/* --- the whole ------------------------------------------------------------ */

static int find_objects(struct spec *s, const char *name, const char *text,
			struct error *e)
{
	static const enum catalog which[] = { CATALOG_LOCK, CATALOG_PLACEMENT };
	size_t i;

	for (i = 0; i < 2; i++) {
		const void *object;

		if (strcmp(name, catalog_titles[which[i]]))
			continue;
		object = catalog_find(which[i], text);
		if (!object)
			return catalog_unknown(which[i], text, e);
		if (which[i] == CATALOG_LOCK)
			s->lock = object;
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
		{ "pages", &s->pages },
		{ "batch", &s->batch },
		{ "time", &s->time_ns },
		{ "spin", &s->spin_ns },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(setting->name, numbers[i].name))
			return setting_number(setting, text, numbers[i].number,
					      e);
	if (!strcmp(setting->name, "antagonist"))
		return antagonists_parse(s, text, size, e);
	if (!strcmp(setting->name, "vmas"))
		s->private_vmas = !strcmp(text, "private");
	if (!strcmp(setting->name, "order"))
		s->random_order = !strcmp(text, "random");
	if (!strcmp(setting->name, "oversubscribe"))
		s->oversubscribe = !strcmp(text, "yes");
	return find_objects(s, setting->name, text, e);
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

	seats->nr[ROLE_WORKER] = s->threads;
	seats->nr[ROLE_ANTAGONIST] = s->nr_antagonists;
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
		char buf[MAX_ANTAGONISTS * 98];

		s->culprit = table->name;
		if (!text)
			text = table->fallback;
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
		err = check_sizes(s, e);
	s->culprit = err ? s->culprit : "threads";
	if (!err)
		err = resolve_threads(s, pairs_find(&s->pairs, "threads"), topo,
				      e);
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
	pairs_free(&s->pairs);
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
		const struct setting *setting = setting_find(s->scenario,
							     p->name);

		if (!setting->fallback || strcmp(setting->fallback, p->text))
			print_word(out, p->name, p->text);
	}
	fclose(out);
	return text;
}
