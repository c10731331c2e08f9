/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Out of memory ends the process; see record.h. */
static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void *grow(void *at, size_t nr, size_t size)
{
	return must(realloc(at, (nr + 1) * size));
}

static char *copy(const char *text)
{
	return text ? must(strdup(text)) : NULL;
}

__attribute__((format(printf, 1, 0))) static char *format(const char *fmt,
							  va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return text;
}

void record_text(char **dst, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(fmt, ap); /* *dst may be among the arguments */
	va_end(ap);
	free(*dst);
	*dst = text;
}

/* --- metrics -------------------------------------------------------------- */

static struct value *metrics_slot(struct metrics *m, const char *name)
{
	struct metric *metric;

	m->at = grow(m->at, m->nr, sizeof(*m->at));
	metric = &m->at[m->nr++];
	metric->name = copy(name);
	metric->value.number = NAN;
	metric->value.absent = NULL;
	return &metric->value;
}

void metrics_add(struct metrics *m, const char *name, double number)
{
	struct value *value = metrics_slot(m, name);

	if (isfinite(number))
		value->number = number;
	else
		value->absent = copy("nothing was counted");
}

void metrics_add_absent(struct metrics *m, const char *name, const char *fmt,
			...)
{
	struct value *value = metrics_slot(m, name);
	va_list ap;

	va_start(ap, fmt);
	value->absent = format(fmt, ap);
	va_end(ap);
}

void metrics_free(struct metrics *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++) {
		free(m->at[i].name);
		free(m->at[i].value.absent);
	}
	free(m->at);
	memset(m, 0, sizeof(*m));
}

const struct value *metrics_find(const struct metrics *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->nr; i++)
		if (!strcmp(m->at[i].name, name))
			return &m->at[i].value;
	return NULL;
}

/* 12345 -> "12,345" */
static char *with_commas(char *buf, size_t size, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu",
			   (unsigned long long)n);
	size_t out = 0;
	int i;

	for (i = 0; i < len && out + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = digits[i];
	}
	buf[out] = '\0';
	return buf;
}

void metrics_add_percentiles(struct metrics *m, const struct hist *h)
{
	static const struct {
		const char *name;
		double q;
		uint64_t needs; /* so that 100 values lie beyond it */
	} wanted[] = {
		{ "p50_ns", 0.5, 1 },
		{ "p90_ns", 0.9, 1000 },
		{ "p99_ns", 0.99, 10000 },
		{ "p999_ns", 0.999, 100000 },
	};
	char needs[32], has[32];
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (h->total >= wanted[i].needs)
			metrics_add(m, wanted[i].name,
				    hist_quantile(h, wanted[i].q));
		else
			metrics_add_absent(
				m, wanted[i].name, "needs %s samples, has %s",
				with_commas(needs, sizeof(needs),
					    wanted[i].needs),
				with_commas(has, sizeof(has), h->total));
	}
	if (h->total)
		metrics_add(m, "max_ns", (double)h->max);
	else
		metrics_add_absent(m, "max_ns", "needs 1 samples, has 0");
}

/* --- pairs ---------------------------------------------------------------- */

static struct pair *pairs_slot(struct pairs *p, const char *name)
{
	struct pair *pair;

	p->at = grow(p->at, p->nr, sizeof(*p->at));
	pair = &p->at[p->nr++];
	memset(pair, 0, sizeof(*pair));
	pair->name = copy(name);
	return pair;
}

void pairs_add(struct pairs *p, const char *name, const char *text)
{
	pairs_slot(p, name)->text = copy(text);
}

void pairs_add_absent(struct pairs *p, const char *name, const char *reason)
{
	pairs_slot(p, name)->absent = copy(reason);
}

void pairs_drop_last(struct pairs *p)
{
	struct pair *pair = &p->at[--p->nr];

	free(pair->name);
	free(pair->text);
	free(pair->absent);
}

void pairs_free(struct pairs *p)
{
	while (p->nr)
		pairs_drop_last(p);
	free(p->at);
	p->at = NULL;
}

const char *pairs_find(const struct pairs *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (!strcmp(p->at[i].name, name))
			return p->at[i].text;
	return NULL;
}

static bool is_listed(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

char *pairs_key(const struct pairs *p, const char *const *skip)
{
	size_t size = 1, i;
	char *key, *to;

	for (i = 0; i < p->nr; i++)
		size += strlen(p->at[i].name) + 2 +
			(p->at[i].text ? strlen(p->at[i].text) : 0);
	key = to = must(malloc(size));
	*to = '\0';
	for (i = 0; i < p->nr; i++) {
		if (is_listed(skip, p->at[i].name))
			continue;
		if (to != key)
			*to++ = ' ';
		to = stpcpy(to, p->at[i].name);
		*to++ = '=';
		to = stpcpy(to, p->at[i].text ? p->at[i].text : "");
	}
	return key;
}

/* --- records -------------------------------------------------------------- */

struct antagonist_result *record_add_antagonist(struct record *r,
						const char *name)
{
	struct antagonist_result *a;

	r->antagonists = grow(r->antagonists, r->nr_antagonists, sizeof(*a));
	a = &r->antagonists[r->nr_antagonists++];
	memset(a, 0, sizeof(*a));
	a->name = copy(name);
	return a;
}

struct placed *record_add_placed(struct record *r, const char *role,
				 unsigned int index)
{
	struct placed *p;

	r->placed = grow(r->placed, r->nr_placed, sizeof(*p));
	p = &r->placed[r->nr_placed++];
	memset(p, 0, sizeof(*p));
	p->role = copy(role);
	p->index = index;
	p->node = -1;
	return p;
}

void record_free(struct record *r)
{
	size_t i;

	for (i = 0; i < r->nr_antagonists; i++) {
		free(r->antagonists[i].name);
		metrics_free(&r->antagonists[i].metrics);
		free(r->antagonists[i].hist);
	}
	for (i = 0; i < r->nr_placed; i++)
		free(r->placed[i].role);
	free(r->antagonists);
	free(r->placed);
	pairs_free(&r->facts);
	pairs_free(&r->cell);
	metrics_free(&r->metrics);
	metrics_free(&r->counters);
	metrics_free(&r->noise);
	free(r->session);
	free(r->label);
	free(r->plan);
	free(r->plan_name);
	free(r->question);
	free(r->command);
	free(r->group);
	free(r->reason);
	free(r->hist);
	free(r->evidence);
	free(r->verdict);
	free(r->claim);
	memset(r, 0, sizeof(*r));
}
