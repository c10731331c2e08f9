/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "fork rate=20, mmap-munmap rate=100 nice=5": the antagonists of a cell. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "spec.h"

static const struct setting *antagonist_find(const struct antagonist_spec *a,
					     const char *name)
{
	const struct setting *s = setting_in(antagonist_settings, name);

	return s ? s : setting_in(a->antagonist->settings, name);
}

static int unknown_antagonist_setting(const struct antagonist_spec *a,
				      const char *word, struct error *e)
{
	const struct setting *tables[] = { antagonist_settings,
					   a->antagonist->settings };
	const char *names[32];
	size_t nr = 0, i;

	for (i = 0; i < 2; i++)
		for (const struct setting *s = tables[i];
		     s && s->name && nr < 32; s++)
			names[nr++] = s->name;
	return near_error("setting of this antagonist", word, names, nr, e);
}

static int take_number(struct antagonist_spec *a, unsigned int *count,
		       const struct setting *setting, const char *text,
		       struct error *e)
{
	uint64_t number;
	int err = setting_number(setting, text, &number, e);

	if (err)
		return err;
	if (setting->kind == SETTING_NICE) {
		a->nice = (int)(int64_t)number;
	} else if (!strcmp(setting->name, "count")) {
		if (!number || number > MAX_ANTAGONISTS)
			return error_set(e, EINVAL, "count=%s: 1 to %d", text,
					 MAX_ANTAGONISTS);
		*count = (unsigned int)number;
	} else if (!strcmp(setting->name, "pause")) {
		if (number > 1000000000)
			return error_set(e, EINVAL, "pause=%s: 1s at most",
					 text);
		a->pause_ns = number;
	} else {
		if (number > 10000000)
			return error_set(e, EINVAL,
					 "rate=%s is more than 10M "
					 "operations/s; rate=0 is flat out",
					 text);
		a->rate = number;
	}
	return 0;
}

/* One "where=..." or "rate=..." of an antagonist. */
static int antagonist_setting(struct antagonist_spec *a, unsigned int *count,
			      char *word, struct error *e)
{
	const struct setting *setting;
	char *text = strchr(word, '='), buf[64];
	int err;

	if (!text)
		return error_set(e, EINVAL,
				 "'%s' is no name=value; several antagonists "
				 "are separated by commas",
				 word);
	*text++ = '\0';
	setting = antagonist_find(a, word);
	if (!setting)
		return unknown_antagonist_setting(a, word, e);
	err = setting_spell(setting, text, buf, sizeof(buf), e);
	if (err)
		return err;
	if (!setting_in(antagonist_settings, word)) {
		if (pairs_find(&a->pairs, word))
			return error_set(e, EINVAL, "%s is given twice", word);
		pairs_add(&a->pairs, word, buf);
		return 0;
	}
	if (!strcmp(word, "on")) {
		a->on_worker = !strcmp(buf, "worker");
		return 0;
	}
	if (setting->kind != SETTING_WORD)
		return take_number(a, count, setting, buf, e);
	a->where = buf[0] == 's' ? WHERE_SAME : WHERE_ELSEWHERE;
	if (!(a->antagonist->where & a->where))
		return error_set(e, EINVAL, "it does not work where=%s", text);
	return 0;
}

/* The one spelling: place and rate are said, all else only where it is not as
 * usual. Flat out is said, not left out; without a place there is no rate that
 * anybody would ask for. */
static int antagonist_spell(struct antagonist_spec *a, const char *name,
			    unsigned int count, struct error *e)
{
	const struct setting *s;
	char number[32];
	FILE *out = fmemopen(a->text, sizeof(a->text), "w");

	if (!out)
		abort();
	fputs(name, out);
	if (a->where)
		fprintf(out, " where=%s",
			a->where == WHERE_SAME ? "same" : "elsewhere");
	setting_spell_number(SETTING_COUNT, a->rate, number, sizeof(number));
	if ((a->where && !a->pause_ns) || a->rate)
		fprintf(out, " rate=%s", number);
	setting_spell_number(SETTING_TIME, a->pause_ns, number, sizeof(number));
	if (a->pause_ns)
		fprintf(out, " pause=%s", number);
	for (s = a->antagonist->settings; s && s->name; s++)
		if (strcmp(pairs_find(&a->pairs, s->name), s->fallback))
			fprintf(out, " %s=%s", s->name,
				pairs_find(&a->pairs, s->name));
	if (count > 1)
		fprintf(out, " count=%u", count);
	if (a->nice != INT_MIN)
		fprintf(out, " nice=%d", a->nice);
	if (a->on_worker)
		fputs(" on=worker", out);
	if (ftell(out) >= (long)sizeof(a->text)) {
		fclose(out);
		return error_set(e, EINVAL, "too many settings");
	}
	fclose(out);
	return 0;
}

static int antagonist_parse(struct antagonist_spec *a, const char *name,
			    char **save, unsigned int *count, struct error *e)
{
	const struct setting *s;
	char *word, buf[64];
	int err;

	*count = 1;
	a->nice = INT_MIN;
	a->where = a->antagonist->where & WHERE_ELSEWHERE
			   ? WHERE_ELSEWHERE
			   : (enum where)a->antagonist->where;
	while ((word = strtok_r(NULL, " \t", save))) {
		err = antagonist_setting(a, count, word, e);
		if (err)
			return err;
	}
	if (a->rate && a->pause_ns)
		return error_set(e, EINVAL, "rate or pause, not both");
	for (s = a->antagonist->settings; s && s->name; s++) {
		if (pairs_find(&a->pairs, s->name))
			continue;
		err = setting_spell(s, s->fallback, buf, sizeof(buf), e);
		if (err)
			return err;
		pairs_add(&a->pairs, s->name, buf);
	}
	return antagonist_spell(a, name, *count, e);
}

static int antagonist_add(struct spec *s, char *text, struct error *e)
{
	char *save, *name = strtok_r(text, " \t", &save);
	struct antagonist_spec *a = &s->antagonist[s->nr_antagonists];
	unsigned int count;
	int err;

	if (!name)
		return error_set(e, EINVAL,
				 "antagonist: a name is missing (a comma too "
				 "many?)");
	if (s->nr_antagonists == MAX_ANTAGONISTS)
		return error_set(e, EINVAL,
				 "more than %d antagonists in a cell",
				 MAX_ANTAGONISTS);
	a->antagonist = catalog_find(CATALOG_ANTAGONIST, name);
	if (!a->antagonist)
		return catalog_unknown(CATALOG_ANTAGONIST, name, e);
	err = antagonist_parse(a, name, &save, &count, e);
	s->nr_antagonists++;
	if (!err && s->nr_antagonists - 1 + count > MAX_ANTAGONISTS)
		err = error_set(e, EINVAL, "more than %d antagonists in a cell",
				MAX_ANTAGONISTS);
	if (err) {
		error_prefix(e, "antagonist %s", name);
		return err;
	}
	for (; count > 1; count--, s->nr_antagonists++) {
		s->antagonist[s->nr_antagonists] = *a;
		s->antagonist[s->nr_antagonists].another = true;
	}
	return 0;
}

int spec_antagonists(struct spec *s, char *text, size_t size, struct error *e)
{
	char *rest, *one, *copy;
	unsigned int i;
	size_t len = 0;
	int err = 0;

	if (!strcmp(text, "none"))
		return 0;
	copy = rest = strdup(text);
	while (!err && (one = strsep(&rest, ",")))
		err = antagonist_add(s, one, e);
	free(copy);
	for (i = 0; !err && i < s->nr_antagonists; i++) {
		const struct antagonist_spec *a = &s->antagonist[i];

		if (a->another)
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s",
					len ? ", " : "", a->text);
		if (len >= size)
			return error_set(e, EINVAL, "antagonist: too long");
	}
	return err;
}
