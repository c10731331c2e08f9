/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result files as samples: for each cell of each label, one value of each
 * metric for each run. The run is the unit of every statistic; histograms are
 * merged for drawing, never for testing.
 */
#ifndef ANALYSIS_SAMPLE_H
#define ANALYSIS_SAMPLE_H

#include "lookup.h"
#include "record.h"
#include "text_pool.h"

struct run_sample { /* one run */
	unsigned int block, position;
	unsigned int file;    /* which of the files it came from */
	unsigned int session; /* index into results.sessions */
	double time_s;
	struct metrics metrics; /* its texts are in results.texts. The
				 * run's own; an antagonist's carry the
				 * prefix "antagonist." (the second's
				 * "antagonist2."), so "antagonist.p99_ns";
				 * "counter." and "noise." likewise */
};

struct cell_sample { /* all runs of one cell under one label */
	struct pairs cell;
	char *key;   /* pairs_key() of all of it */
	bool *usual; /* by axis: what most cells of this scenario have too */
	char *group; /* of its scenario: "waiting"; NULL: no record tells */
	char *label; /* the session's, or the one given on the command line */
	size_t label_nr;      /* index into results.labels */
	size_t number;	      /* in order of appearance */
	unsigned int session; /* of its first record */
	char *command;
	struct run_sample *runs; /* in the order of the file */
	size_t nr_runs;
	struct hist *hist;	       /* all runs merged; NULL when none */
	struct hist **antagonist_hist; /* one for each antagonist, merged */
	char **antagonist_name;
	size_t nr_antagonists;
	struct record witness; /* type RECORD_WITNESS when has_witness; a
				* broken one is never replaced by a better */
	bool has_witness;
	struct run_sample *witnesses; /* the metrics of each session's one */
	size_t nr_witnesses;
	char **reasons; /* of skips and fails, "skipped: ..." "failed: ...",
			 * "witness failed: ..."; each text once */
	size_t nr_reasons;
	size_t nr_skips, nr_fails; /* records, witness passes included */
};

struct axis { /* a name that some cell has */
	char *name;
	bool varies; /* cells of the same scenario have different texts; of
		      * the scenario: there are several */
	bool common; /* all cells have the same text */
};

struct results {
	/* Set before loading: the fact that sessions' labels are taken from
	 * ("kernel.release"); NULL: the labels that they have. */
	const char *label_fact;
	bool no_hists; /* set before loading by who draws none: every hist
			* stays NULL, which takes half the time */
	struct text_pool texts;	 /* of the runs' metrics */
	struct record *sessions; /* RECORD_SESSION, as found */
	size_t nr_sessions;
	size_t *first_sessions;	   /* each file's first one */
	struct cell_sample *cells; /* sorted: by group, by scenario, then axis
				    * by axis in the order of the file, numbers
				    * by size, "none" first, vma before mmap;
				    * then by label in order of appearance */
	size_t nr_cells;
	struct axis *axes; /* of all cells, in order of appearance */
	size_t nr_axes;
	char **labels; /* in order of appearance */
	size_t nr_labels;
	struct lookup known; /* sample_load.c: cells, runs, sessions, ... */
	size_t *place;	     /* of each cell in cells, by its number */
	bool has_groups;     /* some cell has one */
	unsigned int nr_files;
	size_t nr_records, nr_bad;
};

/*
 * Adds a file's records. label NULL: the session's own. Malformed lines go to
 * bad(), and so do runs that are there already (a file and its copy). Pointers
 * to cells are good until the next load. 0 or -errno with a reason; -E2BIG
 * when cells have more than 256 different settings.
 * results_free() afterwards, in any case.
 */
int results_load(struct results *r, const char *path, const char *label,
		 record_bad_fn *bad, void *arg, struct error *e);
void results_free(struct results *r);

/* The name that a metric of a cell's antagonist goes by, i from 0:
 * "antagonist2.p50_ns". malloc'ed. */
char *antagonist_metric(size_t i, const char *metric);

/* A metric's values over the runs of a cell, in the order of the runs; those
 * where it is absent are left out. values has room for nr_runs; returns how
 * many. *absent (may be NULL) is set to a reason when there were none. */
size_t sample_values(const struct cell_sample *c, const char *metric,
		     double *values, const char **absent);

/* The same of its witnesses, one value for each session that has one; values
 * has room for nr_witnesses. */
size_t sample_counts(const struct cell_sample *c, const char *metric,
		     double *values, const char **absent);

/*
 * Tuples of nr cells' values that were measured in the same block of the same
 * session: at[k][i] is cell k's value of tuple i. Each at[k] has room for
 * cells[0]->nr_runs. Returns how many tuples; those where a value is absent
 * are left out.
 */
size_t sample_tuples(const struct cell_sample *const *cells, size_t nr,
		     const char *metric, double *const *at);

/* The same for two. */
size_t sample_pairs(const struct cell_sample *a, const struct cell_sample *b,
		    const char *metric, double *x, double *y);

/* Has some session runs of both? */
bool samples_share_session(const struct cell_sample *a,
			   const struct cell_sample *b);

/* c's run of the same block of the same session, or NULL. *from is where the
 * search begins, 0 at first; going through blocks in order it finds the next.
 */
const struct run_sample *sample_partner(const struct cell_sample *c,
					const struct run_sample *like,
					size_t *from);

/*
 * The cell that differs from c just in axis, there having the text given (NULL
 * = the pair is missing); label is the same. "label" is an axis too. Settings
 * that only one of two scenarios has don't count when axis is "scenario". NULL
 * when there is none.
 */
const struct cell_sample *results_twin(const struct results *r,
				       const struct cell_sample *c,
				       const char *axis, const char *text);

/* The uncontended baseline of a cell: its twin with antagonist = none, or NULL
 * (also when c is that itself). */
const struct cell_sample *results_baseline(const struct results *r,
					   const struct cell_sample *c);

/* Is c itself uncontended? */
bool sample_is_alone(const struct cell_sample *c);

/* The group of its scenario; "other" when no record tells. */
const char *sample_group(const struct cell_sample *c);

/* Has that session a witness of it? */
bool sample_has_witness_of(const struct cell_sample *c, size_t session);

/* Did some session's machine count instructions, so that there are no times? */
bool results_count_instructions(const struct results *r);

/* The text of an axis, "label" included; NULL when the cell has none. */
const char *sample_axis(const struct cell_sample *c, const char *axis);

/*
 * A cell's name for a table: the axes and settings that vary, but no setting
 * that a scenario has in all or most of its cells; values only where that is
 * clear: "memfd, vma, mmap-munmap elsewhere 50k/s"; without antagonist where
 * others have one: "alone". sample_title_without leaves out the axes in skip
 * (NULL-terminated), "label" among them. malloc'ed, without control characters.
 */
char *sample_title(const struct results *r, const struct cell_sample *c);
char *sample_title_without(const struct results *r, const struct cell_sample *c,
			   const char *const *skip);

/* One axis in those words: "4 threads", "shared VMA", "pages=512". malloc'ed.
 */
char *axis_title(const char *axis, const char *text);

#endif
