/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "margins.h"

#include <errno.h>
#include <fnmatch.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "memory.h"
#include "near.h"

enum {
	MAX_BYTES = 1 << 20
};

struct reading {
	struct margins *m;
	const char *path;
	char *text, *rest; /* of the text */
	int line, err;
	struct error *e;
};

static int fail(struct reading *r, const char *what)
{
	r->err = error_set(r->e, EINVAL, "%s:%d: %s", r->path, r->line, what);
	return 0; /* inih: stop */
}

static void add(struct margins *m, const char *scenario, const char *metric,
		enum margin_kind kind, double ratio)
{
	*(struct margin *)memory_append((void **)&m->at, &m->nr,
					sizeof(*m->at)) =
		(struct margin){ .scenario = memory_text(scenario),
				 .metric = memory_text(metric),
				 .kind = kind,
				 .ratio = ratio };
}

void margins_default(struct margins *m)
{
	*m = (struct margins){ .alpha = GATE_ALPHA };
	add(m, NULL, "p50_ns", MARGIN_RATIO, 0.05);
	add(m, NULL, "p99_ns", MARGIN_RATIO, 0.10);
	add(m, NULL, "faults_per_s", MARGIN_RATIO, 0.05);
	add(m, NULL, "mmap_locks_per_fault", MARGIN_EXACT, 0);
	add(m, NULL, "retries_per_fault", MARGIN_EXACT, 0);
	add(m, NULL, "instructions_per_fault", MARGIN_RATIO, 0.005);
}

void margins_free(struct margins *m)
{
	while (m->nr) {
		free(m->at[--m->nr].scenario);
		free(m->at[m->nr].metric);
	}
	while (m->nr_require)
		free(m->require[--m->nr_require]);
	free(m->at);
	free(m->require);
	*m = (struct margins){ 0 };
}

const struct margin *margins_find(const struct margins *m, const char *scenario,
				  const char *metric)
{
	const struct margin *general = NULL;
	size_t i;

	for (i = m->nr; i-- > 0;) {
		const struct margin *at = &m->at[i];

		if (strcmp(at->metric, metric))
			continue;
		if (at->scenario &&
		    !fnmatch(at->scenario, scenario ? scenario : "", 0))
			return at;
		if (!at->scenario && !general)
			general = at;
	}
	return general;
}

const char **margins_metrics(const struct margins *m, size_t *nr)
{
	const char **names = NULL;
	size_t i, k;

	*nr = 0;
	for (i = 0; i < m->nr; i++) {
		for (k = 0; k < *nr && strcmp(names[k], m->at[i].metric); k++)
			;
		if (k == *nr)
			*(const char **)memory_append((void **)&names, nr,
						      sizeof(*names)) =
				m->at[i].metric;
	}
	return names;
}

/* --- lines ---------------------------------------------------------------- */

int inconclusive_parse(const char *text, enum on_inconclusive *what,
		       struct error *e)
{
	static const char *const words[] = { "inconclusive", "pass", "fail" };
	size_t i;

	for (i = 0; i < 3; i++) {
		if (!strcmp(text, words[i])) {
			*what = (enum on_inconclusive)i;
			return 0;
		}
	}
	return error_set(e, EINVAL,
			 "on-inconclusive = '%s': it is one of: pass, fail, "
			 "inconclusive",
			 text);
}

/* "5 %", "5%", "2.5 %". */
static bool parse_percent(const char *text, double *ratio)
{
	char *end;

	*ratio = strtod(text, &end) / 100;
	if (end == text)
		return false;
	end += strspn(end, " \t");
	return !strcmp(end, "%") && *ratio > 0 && *ratio <= 10;
}

static int margin_line(struct reading *r, const char *scenario,
		       const char *metric, const char *text)
{
	char *why;
	double ratio;

	if (!strcmp(text, "exact") || !strcmp(text, "ignore")) {
		add(r->m, scenario, metric,
		    *text == 'e' ? MARGIN_EXACT : MARGIN_IGNORE, 0);
		return 1;
	}
	if (!parse_percent(text, &ratio)) {
		why = memory_printf("%s = '%s': a margin like 5 %%, or exact, "
				    "or ignore",
				    metric, text);
	} else if (!figure_of(metric).sense) {
		why = memory_printf("%s = '%s': it is no time (_ns) and no "
				    "rate (_per_s), so more is not slower; "
				    "write exact, or ignore",
				    metric, text);
	} else {
		add(r->m, scenario, metric, MARGIN_RATIO, ratio);
		return 1;
	}
	fail(r, why);
	free(why);
	return 0;
}

static int gate_line(struct reading *r, const char *name, const char *text)
{
	static const char *const names[] = { "require", "on-inconclusive",
					     "alpha" };
	struct margins *m = r->m;
	char *copy, *word, *rest = NULL, *end;
	struct error e;

	if (!strcmp(name, "on-inconclusive"))
		return inconclusive_parse(text, &m->on_inconclusive, &e)
			       ? fail(r, e.text)
			       : 1;
	if (!strcmp(name, "alpha")) {
		m->alpha = strtod(text, &end);
		if (end == text || *end ||
		    !(m->alpha >= 1e-6 && m->alpha <= 0.2))
			return fail(r, "alpha: between 0.000001 and 0.2");
		return 1;
	}
	if (strcmp(name, "require")) {
		near_error("setting of [gate]", name, names, 3, &e);
		return fail(r, e.text);
	}
	copy = memory_text(text);
	for (word = strtok_r(copy, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest))
		*(char **)memory_append((void **)&m->require, &m->nr_require,
					sizeof(char *)) = memory_text(word);
	free(copy);
	return 1;
}

static int on_line(void *user, const char *section, const char *name,
		   const char *value)
{
	static const char *const sections[] = { "gate", "margins" };
	struct reading *r = user;
	struct error e;

	if (!strcmp(section, "gate"))
		return gate_line(r, name, value);
	if (!strcmp(section, "margins"))
		return margin_line(r, NULL, name, value);
	if (!strncmp(section, "margins ", 8))
		return margin_line(r, section + 8, name, value);
	near_error("section", section, sections, 2, &e);
	return fail(r, e.text);
}

/* Lines are counted, and begin at the margin: to inih an indented one would go
 * on with the value before it. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reading *r = stream;
	size_t len;

	if (!*r->rest || r->err)
		return NULL;
	r->line++;
	r->rest += strspn(r->rest, " \t");
	len = strcspn(r->rest, "\n");
	len += r->rest[len] == '\n';
	if (len >= (size_t)size) {
		fail(r, "the line is too long");
		return NULL;
	}
	memcpy(buf, r->rest, len);
	buf[len] = '\0';
	r->rest += len;
	return buf;
}

static int read_all(struct reading *r)
{
	FILE *in = fopen(r->path, "re");
	size_t n;

	if (!in)
		return error_set(r->e, errno, "%s: %s", r->path,
				 strerror(errno));
	r->text = r->rest = memory_new(1, MAX_BYTES + 1);
	n = fread(r->text, 1, MAX_BYTES, in);
	if (ferror(in) || n == MAX_BYTES || memchr(r->text, 0, n))
		r->err = error_set(r->e, EINVAL,
				   "%s: no config: not a text of less than 1 "
				   "MiB",
				   r->path);
	fclose(in);
	return r->err;
}

int margins_load(struct margins *m, const char *path, struct error *e)
{
	struct reading r = { .m = m, .path = path, .e = e };
	int bad, err = read_all(&r);

	if (!err) {
		bad = ini_parse_stream(next_line, &r, on_line, &r);
		if (!r.err && bad)
			fail(&r, "this is no `name = value`, no [section] and "
				 "no comment");
		err = r.err;
	}
	free(r.text);
	return err;
}
