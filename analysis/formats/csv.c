/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CSV for data analysis: tidy, a row for each run and metric, and for each
 * metric of a witness. Quoting is RFC 4180's; lines end in a newline, as Unix
 * tools expect. The cell's names carry the prefix "cell.", so that none is
 * mistaken for a column of ours. An absent value is an empty field, with its
 * reason in the last one. Sums nothing up: that is the reader's business.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"

static const char *const before[] = {
	"kind",	  "label", "session", "date",
	"kernel", "group", "block",   "position"
};
static const char *const after[] = { "metric", "value", "unit", "absent" };

enum {
	NR_BEFORE = sizeof(before) / sizeof(before[0]),
	NR_AFTER = sizeof(after) / sizeof(after[0]),
};

static void field(FILE *out, const char *text)
{
	char *clean = export_text(text), *c;

	if (!strpbrk(clean, ",\"\r\n")) {
		fputs(clean, out);
		free(clean);
		return;
	}
	fputc('"', out);
	for (c = clean; *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
	free(clean);
}

static void header(const struct export *x)
{
	size_t i;

	for (i = 0; i < NR_BEFORE; i++)
		fprintf(x->out, "%s,", before[i]);
	for (i = 0; i < x->results->nr_axes; i++) {
		fputs("cell.", x->out);
		field(x->out, x->results->axes[i].name);
		fputc(',', x->out);
	}
	for (i = 0; i < NR_AFTER; i++)
		fprintf(x->out, "%s%s", after[i],
			i + 1 < NR_AFTER ? "," : "\n");
}

struct place { /* which run or witness a value is of */
	const char *kind;
	const struct record *session;
	double time_s;
	const struct run_sample *run; /* NULL: a witness */
};

static void line(const struct export *x, const struct cell_sample *c,
		 const struct place *p, const char *metric,
		 const struct value *v)
{
	char date[32], unit[64];
	size_t i;

	export_date(p->time_s, date, sizeof(date));
	fprintf(x->out, "%s,", p->kind);
	field(x->out, c->label);
	fputc(',', x->out);
	field(x->out, p->session->session);
	fprintf(x->out, ",%s%s,", date, *date ? "Z" : "");
	field(x->out, export_fact(p->session, "kernel.release"));
	fputc(',', x->out);
	field(x->out, sample_group(c));
	if (p->run)
		fprintf(x->out, ",%u,%u,", p->run->block, p->run->position);
	else
		fputs(",,,", x->out);
	for (i = 0; i < x->results->nr_axes; i++) {
		field(x->out, pairs_find(&c->cell, x->results->axes[i].name));
		fputc(',', x->out);
	}
	field(x->out, metric);
	fputc(',', x->out);
	if (!v->absent)
		export_number(x->out, v->number);
	fputc(',', x->out);
	export_unit(metric, unit, sizeof(unit));
	field(x->out, unit);
	fputc(',', x->out);
	field(x->out, v->absent);
	fputc('\n', x->out);
}

static void lines(const struct export *x, const struct cell_sample *c,
		  const struct place *p, const char *const *names,
		  const struct metrics *m)
{
	for (; *names; names++) {
		const struct value *v = metrics_find(m, *names);

		if (v)
			line(x, c, p, *names, v);
	}
}

/* The session of a witness; the row's when its own is not there. */
static const struct record *session_of(const struct export *x,
				       const struct export_row *row)
{
	const char *id = row->cell->witness.session;
	size_t i;

	for (i = 0; i < x->results->nr_sessions && id; i++) {
		const struct record *s = &x->results->sessions[i];

		if (s->session && !strcmp(s->session, id))
			return s;
	}
	return row->session;
}

int export_csv(const struct export *x, struct error *e)
{
	size_t i, k;

	(void)e;
	header(x);
	for (i = 0; i < x->nr_rows; i++) {
		const struct cell_sample *c = x->rows[i].cell;
		const char **names = export_all_metrics(x, c);
		struct place p = { .kind = "run" };

		for (k = 0; k < c->nr_runs; k++) {
			p.run = &c->runs[k];
			p.session = &x->results->sessions[p.run->session];
			p.time_s = p.run->time_s;
			lines(x, c, &p, names, &p.run->metrics);
		}
		p = (struct place){ .kind = "witness",
				    .session = session_of(x, &x->rows[i]),
				    .time_s = c->witness.time_s };
		if (c->has_witness)
			lines(x, c, &p, names, &c->witness.metrics);
		free(names);
	}
	return 0;
}
