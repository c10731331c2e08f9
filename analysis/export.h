/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `faultstat export`: results in the formats of other programs. A format is a
 * file in formats/ and a row of formats/formats.def; it prints what stands
 * here and computes nothing that others would compute again.
 *
 * Result files are foreign text. What a format prints has passed
 * export_text() (no control characters, no line breaks, valid UTF-8) and that
 * format's own quoting; JSON, which can quote anything, keeps the text as it
 * is. Ids consist of letters, digits, '_', '-' and '.'.
 */
#ifndef ANALYSIS_EXPORT_H
#define ANALYSIS_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "sample.h"

/* A cell that is exported. */
struct export_row {
	const struct cell_sample *cell;
	const struct record *session; /* of its first record */
	size_t suite;		      /* index into export.suites */
	char *name;    /* "lock=vma threads=2 ...": all but the scenario */
	char *cell_id; /* "memfd.lock-vma.threads-2": the same in every file
			* that has the cell; settings that are "none" don't
			* show */
	char *id; /* the same, after its label when there are several labels */
};

enum check_status {
	CHECK_PASS,
	CHECK_FAIL,  /* the promise was seen broken */
	CHECK_ERROR, /* it could not be carried out as it should be */
	CHECK_SKIP,  /* it says nothing, and why */
	CHECK_NR_STATUSES
};

/* The rows of one scenario under one label: "memfd", or "base: memfd". */
struct export_suite {
	char *name;
	const char *scenario;
	const struct record *session;
	size_t nr[CHECK_NR_STATUSES]; /* its checks, by status */
};

/* One thing that holds or not, for formats of test results. */
struct check {
	size_t row;	  /* index into export.rows */
	const char *what; /* "runs", "witness"; or a metric */
	enum check_status status;
	char *detail; /* in words, or NULL */
};

struct export
{
	const struct results *results;
	FILE *out;
	struct export_row *rows;
	size_t nr_rows; /* at least 1 */
	struct export_suite *suites;
	size_t nr_suites;
	struct check *checks; /* row by row */
	size_t nr_checks;
	char **metrics; /* asked for, ended by NULL; or NULL: the usual ones */
	const char *origin;	      /* of KCIDB's objects; [a-z0-9_]+ */
	const char *checkout, *build; /* ids that are there already, or NULL */
};

/* Prints to x->out. 0, or -errno with a reason; then nothing of it is used. */
typedef int export_fn(const struct export *x, struct error *e);

/* --- what is exported ----------------------------------------------------- */

/* Rows and suites of the cells whose scenario matches the glob (NULL: all). */
void export_rows(struct export *x, const char *scenario);

/* Every row's checks. Who has further ones (a verdict of a comparison) adds
 * them by export_check(). */
void export_checks(struct export *x);
/* what must outlive x, and comes once a row; detail is copied, NULL or empty:
 * none. */
void export_check(struct export *x, size_t row, const char *what,
		  enum check_status status, const char *detail);
const char *check_status_name(enum check_status status); /* "pass" ... */

void export_free(struct export *x); /* rows, suites, checks */

/* Names of metrics, malloc'ed, ended by NULL; the names are the cell's. */
const char **export_metrics(const struct export *x,
			    const struct cell_sample *c);
/* The same; without --metric every one that a run or the witness tells of. */
const char **export_all_metrics(const struct export *x,
				const struct cell_sample *c);

/* --- how it is written ---------------------------------------------------- */

/* A clean copy of foreign text; NULL becomes "". malloc'ed. */
char *export_text(const char *text);

/* A copy in which bytes other than letters, digits and those in allowed are
 * '_'; malloc'ed, never empty. */
char *export_word(const char *text, const char *allowed);

/* Makes every one of nr malloc'ed words differ from those before it. */
void export_unlike(char **words, size_t nr);

/* A word for each row: the same for a cell under another label, another one for
 * another cell. export_words_free(words, x->nr_rows). */
typedef char *export_word_fn(const struct cell_sample *c);
char **export_cell_words(const struct export *x, export_word_fn *word);
void export_words_free(char **words, size_t nr);

/* The shortest digits that are read back as the same number. */
void export_number(FILE *out, double number);

/* "ns", "s", "faults/s", "mmap_locks/fault"; "" for counts and shares. Of
 * letters, digits, '_', '-' and '/'. */
void export_unit(const char *metric, char *unit, size_t size);

/* "2026-11-25T15:11:08", UTC. false: no such date, and date is empty. */
bool export_date(double time_s, char *date, size_t size);

/* A fact of a session; NULL when it is absent. */
const char *export_fact(const struct record *session, const char *name);

/* FNV-1a of 64 bits: the same text has the same number everywhere. */
uint64_t export_hash(const char *text);

#define FORMAT(name, fn, story) export_fn fn;
#include "formats/formats.def"
#undef FORMAT

#endif
