/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CSV for Apache Otava (formerly Hunter), which looks for change points: a row
 * for each session, a column for each metric of each cell, with the median
 * over the session's runs. Source: otava/importer.py (CsvImporter),
 * otava/test_config.py, docs/CSV.md: the time is a date, every value of a
 * column must be a number, and rows stand in the order of time. So a column
 * that some session lacks is left out, which is told; so is a session without
 * a date. A session that resumes another one belongs to it. No column is named
 * "branch", which would mean something.
 *
 * otava-yaml is the entry of otava.yaml that reads these columns.
 *
 * Witnesses are left out: a cell has one, not one for each session.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "export.h"
#include "figure.h"
#include "memory.h"
#include "stats.h"

struct column {
	const char *cell_id, *metric;
};

struct series {
	size_t *sessions; /* the rows: those that others resume, by time */
	size_t nr_sessions;
	struct column *columns;
	size_t nr_columns;
	size_t nr_left_out;
	double *values; /* row by row; NAN: none */
};

/* The session that a session continues, of the same file; else itself. */
static size_t origin_of(const struct export *x, const struct run_sample *run)
{
	size_t first = x->results->first_sessions[run->file];
	size_t s = run->session;

	while (s > first && x->results->sessions[s].resumed)
		s--;
	return s;
}

static bool has_session(const struct series *s, size_t session)
{
	size_t i;

	for (i = 0; i < s->nr_sessions; i++)
		if (s->sessions[i] == session)
			return true;
	return false;
}

static void add_session(const struct export *x, struct series *s,
			size_t session)
{
	double time_s = x->results->sessions[session].time_s;
	char date[32];
	size_t i;

	if (has_session(s, session) || !export_date(time_s, date, sizeof(date)))
		return;
	memory_append((void **)&s->sessions, &s->nr_sessions,
		      sizeof(*s->sessions));
	for (i = s->nr_sessions - 1; i; i--) {
		if (x->results->sessions[s->sessions[i - 1]].time_s <= time_s)
			break;
		s->sessions[i] = s->sessions[i - 1];
	}
	s->sessions[i] = session;
}

static void add_columns(const struct export *x, struct series *s,
			const struct export_row *row)
{
	const char **metrics = export_metrics(x, row->cell);
	struct column *c;
	size_t i, k;

	for (i = 0; metrics[i]; i++) {
		for (k = 0; k < s->nr_columns; k++)
			if (!strcmp(s->columns[k].cell_id, row->cell_id) &&
			    !strcmp(s->columns[k].metric, metrics[i]))
				break;
		if (k < s->nr_columns)
			continue;
		c = memory_append((void **)&s->columns, &s->nr_columns,
				  sizeof(*c));
		c->cell_id = row->cell_id;
		c->metric = metrics[i];
	}
	free(metrics);
}

/* A session's median of a column, over the runs of all rows that have it. */
static double median_of(const struct export *x, size_t session,
			const struct column *column)
{
	double *values = NULL, median;
	size_t i, k, nr = 0;

	for (i = 0; i < x->nr_rows; i++) {
		const struct cell_sample *c = x->rows[i].cell;

		if (strcmp(x->rows[i].cell_id, column->cell_id))
			continue;
		for (k = 0; k < c->nr_runs; k++) {
			const struct value *v = metrics_find(
				&c->runs[k].metrics, column->metric);

			if (v && !v->absent && isfinite(v->number) &&
			    origin_of(x, &c->runs[k]) == session)
				*(double *)memory_append((void **)&values, &nr,
							 sizeof(*values)) =
					v->number;
		}
	}
	median = nr ? stats_median(values, nr) : NAN;
	free(values);
	return median;
}

/* Moves the columns that every session has to the front; the others go. */
static void keep_whole_columns(const struct export *x, struct series *s)
{
	size_t i, k, kept = 0, nr = s->nr_columns;

	for (k = 0; k < nr; k++) {
		for (i = 0; i < s->nr_sessions; i++) {
			double v = median_of(x, s->sessions[i], &s->columns[k]);

			if (isnan(v))
				break;
			s->values[i * nr + kept] = v;
		}
		if (i < s->nr_sessions)
			s->nr_left_out++;
		else
			s->columns[kept++] = s->columns[k];
	}
	/* rows of nr become rows of kept */
	for (i = 0; i < s->nr_sessions; i++)
		memmove(&s->values[i * kept], &s->values[i * nr],
			kept * sizeof(*s->values));
	s->nr_columns = kept;
}

static void series_free(struct series *s)
{
	free(s->sessions);
	free(s->columns);
	free(s->values);
}

/* The column's name, which no CSV or YAML reader has to be asked about. */
static char *column_name(const struct column *c)
{
	char *metric = export_word(c->metric, "._-");
	char *name = memory_printf("%s.%s", c->cell_id, metric);

	free(metric);
	return name;
}

static int series_make(struct series *s, const struct export *x,
		       struct error *e)
{
	size_t i, k;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < x->nr_rows; i++) {
		const struct cell_sample *c = x->rows[i].cell;

		add_columns(x, s, &x->rows[i]);
		for (k = 0; k < c->nr_runs; k++)
			add_session(x, s, origin_of(x, &c->runs[k]));
	}
	s->values = memory_new(s->nr_sessions * s->nr_columns,
			       sizeof(*s->values));
	keep_whole_columns(x, s);
	if (!s->nr_sessions || !s->nr_columns) {
		series_free(s);
		return error_set(e, EINVAL,
				 "no metric that every session has measured: "
				 "no series; --scenario and --metric choose "
				 "others");
	}
	return 0;
}

int export_otava(const struct export *x, struct error *e)
{
	struct series s;
	size_t i, k;
	int err = series_make(&s, x, e);

	if (err)
		return err;
	if (s.nr_left_out)
		cli_note("%zu columns that not every session has are left out",
			 s.nr_left_out);
	fputs("time,session,label,kernel", x->out);
	for (k = 0; k < s.nr_columns; k++) {
		char *name = column_name(&s.columns[k]);

		fprintf(x->out, ",%s", name);
		free(name);
	}
	fputc('\n', x->out);
	for (i = 0; i < s.nr_sessions; i++) {
		const struct record *r = &x->results->sessions[s.sessions[i]];
		const char *release = export_fact(r, "kernel.release");
		char *session = export_word(r->session, "._-");
		char *label = export_word(r->label, "._-+");
		char *kernel = export_word(release, "._-+");
		char date[32];

		export_date(r->time_s, date, sizeof(date));
		fprintf(x->out, "%sZ,%s,%s,%s", date, session, label, kernel);
		for (k = 0; k < s.nr_columns; k++) {
			fputc(',', x->out);
			export_number(x->out, s.values[i * s.nr_columns + k]);
		}
		fputc('\n', x->out);
		free(session);
		free(label);
		free(kernel);
	}
	series_free(&s);
	return 0;
}

int export_otava_yaml(const struct export *x, struct error *e)
{
	struct series s;
	size_t k;
	int err = series_make(&s, x, e);

	if (err)
		return err;
	fputs("# The file is what faultstat export --format=otava prints of "
	      "the same results.\n"
	      "tests:\n"
	      "  faultline:\n"
	      "    type: csv\n"
	      "    file: faultline.csv\n"
	      "    time_column: time\n"
	      "    attributes: [session, label, kernel]\n"
	      "    metrics:\n",
	      x->out);
	for (k = 0; k < s.nr_columns; k++) {
		char *name = column_name(&s.columns[k]);

		fprintf(x->out, "      %s:\n        direction: %d\n", name,
			figure_of(s.columns[k].metric).sense < 0 ? 1 : -1);
		free(name);
	}
	series_free(&s);
	return 0;
}
