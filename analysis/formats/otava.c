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

static const size_t NO_ROW = (size_t)-1;

struct column {
	const char *cell_id, *metric;
};

struct series {
	size_t *sessions; /* the rows: those that resume no other, by time */
	size_t nr_sessions;
	size_t *row_of; /* of each session of the files; NO_ROW: none */
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

static int by_time(const void *a, const void *b, void *sessions)
{
	const struct record *all = sessions;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	double x = all[i].time_s, y = all[k].time_s;

	return x < y ? -1 : x > y ? 1 : i < k ? -1 : i > k;
}

/* The sessions that have runs and a date become the rows. */
static void add_sessions(const struct export *x, struct series *s)
{
	const struct record *all = x->results->sessions;
	size_t i, k, nr = x->results->nr_sessions;
	bool *used = memory_new(nr, sizeof(*used));
	char date[32];

	for (i = 0; i < x->nr_rows; i++)
		for (k = 0; k < x->rows[i].cell->nr_runs; k++)
			used[origin_of(x, &x->rows[i].cell->runs[k])] = true;
	s->sessions = memory_new(nr, sizeof(*s->sessions));
	s->row_of = memory_new(nr, sizeof(*s->row_of));
	for (i = 0; i < nr; i++) {
		s->row_of[i] = NO_ROW;
		if (used[i] && export_date(all[i].time_s, date, sizeof(date)))
			s->sessions[s->nr_sessions++] = i;
	}
	qsort_r(s->sessions, s->nr_sessions, sizeof(*s->sessions), by_time,
		x->results->sessions);
	for (i = 0; i < s->nr_sessions; i++)
		s->row_of[s->sessions[i]] = i;
	free(used);
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

struct values {
	double *at;
	size_t nr;
};

/* Each session's values of a column, from the runs of all rows of its cell. */
static void column_values(const struct export *x, const struct series *s,
			  const struct column *column, struct values *values)
{
	size_t i, k;

	for (i = 0; i < x->nr_rows; i++) {
		const struct cell_sample *c = x->rows[i].cell;

		if (strcmp(x->rows[i].cell_id, column->cell_id))
			continue;
		for (k = 0; k < c->nr_runs; k++) {
			size_t row = s->row_of[origin_of(x, &c->runs[k])];
			const struct value *v = metrics_find(
				&c->runs[k].metrics, column->metric);

			if (row != NO_ROW && v && !v->absent &&
			    isfinite(v->number))
				*(double *)memory_append(
					(void **)&values[row].at,
					&values[row].nr,
					sizeof(double)) = v->number;
		}
	}
}

/* Moves the columns that every session has to the front; the others go. */
static void keep_whole_columns(const struct export *x, struct series *s)
{
	size_t i, k, kept = 0, nr = s->nr_columns;

	for (k = 0; k < nr; k++) {
		struct values *values = memory_new(s->nr_sessions,
						   sizeof(*values));
		bool whole = true;

		column_values(x, s, &s->columns[k], values);
		for (i = 0; i < s->nr_sessions; i++) {
			whole = whole && values[i].nr;
			if (whole)
				s->values[i * nr + kept] = stats_median(
					values[i].at, values[i].nr);
			free(values[i].at);
		}
		free(values);
		if (whole)
			s->columns[kept++] = s->columns[k];
		else
			s->nr_left_out++;
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
	free(s->row_of);
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
	size_t i;

	memset(s, 0, sizeof(*s));
	add_sessions(x, s);
	for (i = 0; i < x->nr_rows; i++)
		add_columns(x, s, &x->rows[i]);
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
