/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result files as samples: for each cell of each label, one value of each
 * metric for each run. The run is the unit of every statistic; histograms are
 * merged for drawing, never for testing.
 */
#ifndef ANALYSIS_SAMPLE_H
#define ANALYSIS_SAMPLE_H

#include "record.h"

struct run_sample { /* one run */
	unsigned int block, position;
	unsigned int file;    /* which of the files it came from */
	double time_s;
	struct metrics metrics; /* the run's own; an antagonist's carry the
				 * prefix "antagonist." (the second's
				 * "antagonist2."), so "antagonist.p99_ns" */
};

struct cell_sample { /* all runs of one cell under one label */
	struct pairs cell;
	char *key;   /* pairs_key() of all of it */
	char *label; /* the session's, or the one given on the command line */
	unsigned int session; /* index into results.sessions */
	char *command;
	struct run_sample *runs; /* in the order of the file */
	size_t nr_runs;
	struct hist *hist;	    /* all runs merged; NULL when none */
	struct hist **antagonist_hist; /* one for each antagonist, merged */
	char **antagonist_name;
	size_t nr_antagonists;
	struct record witness;  /* type RECORD_WITNESS when has_witness */
	bool has_witness;
	char **reasons; /* of skips and fails, "skipped: ..." "failed: ..." */
	size_t nr_reasons;
};

struct results {
	struct record *sessions; /* RECORD_SESSION, as found */
	size_t nr_sessions;
	struct cell_sample *cells; /* in order of first appearance */
	size_t nr_cells;
	size_t nr_records, nr_bad;
};

/*
 * Adds a file's records. label NULL: the session's own. Malformed lines go to
 * bad(). 0 or -errno with a reason. results_free() afterwards.
 */
int results_load(struct results *r, const char *path, const char *label,
		 record_bad_fn *bad, void *arg, struct error *e);
void results_free(struct results *r);

/* A metric's values over the runs of a cell, in the order of the runs; those
 * where it is absent are left out. values has room for nr_runs; returns how
 * many. *absent (may be NULL) is set to a reason when there were none. */
size_t sample_values(const struct cell_sample *c, const char *metric,
		     double *values, const char **absent);

/*
 * Pairs of two cells' values by file and block: x[i] and y[i] were measured in
 * the same block. Room for min(nr_runs). Returns how many pairs.
 */
size_t sample_pairs(const struct cell_sample *a, const struct cell_sample *b,
		    const char *metric, double *x, double *y);

/*
 * The cell that differs from c just in axis, there having the text given (NULL
 * = the pair is missing); label is the same. "label" is an axis too. NULL when
 * there is none.
 */
const struct cell_sample *results_twin(const struct results *r,
				       const struct cell_sample *c,
				       const char *axis, const char *text);

/* The uncontended baseline of a cell: its twin with antagonist = none, or NULL
 * (also when c is that itself). */
const struct cell_sample *results_baseline(const struct results *r,
					   const struct cell_sample *c);

/* A cell's name for a table: the axes and settings in which the cells of the
 * file differ, values only where that is clear, "memfd vma mmap-munmap 50k/s".
 * malloc'ed. */
char *sample_title(const struct results *r, const struct cell_sample *c);

#endif
