/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two arms against each other: cells that differ in one axis only (a label, a
 * lock, a scenario, any setting).
 *
 * Cells of one session are compared as pairs within blocks, cells of different
 * sessions as two samples, whose difference contains all that drifted between
 * them. Where both arms were measured in several boots, the unit is the boot
 * (the median of its runs), not the run.
 *
 * Beside times stand the counts of the witness, which differ or do not.
 *
 * The times of lock=vma and lock=mmap are never compared directly: one is a
 * user-mode access, the other a system call, and entering the kernel is not the
 * same. There, each arm is compared with its own uncontended baseline (the same
 * cell with antagonist=none), and the arms by the ratio of these two ratios,
 * all four measured in the same block: a difference in differences of logs.
 * That cancels drift as well, so it stands beside every direct comparison too.
 */
#ifndef ANALYSIS_COMPARISON_H
#define ANALYSIS_COMPARISON_H

#include "counts.h"
#include "sample.h"
#include "stats.h"

#define COMPARE_LEVEL  0.95
#define COMPARE_MARGIN 0.01 /* what counts as the same, unless told */
#define COMPARE_FDR    0.05 /* Benjamini-Hochberg */

enum verdict {
	VERDICT_SAME,	/* the interval lies within the margin */
	VERDICT_SLOWER, /* it excludes 1 */
	VERDICT_FASTER,
	VERDICT_MORE, /* likewise, of what is no time and no rate */
	VERDICT_LESS,
	VERDICT_UNCLEAR, /* it includes 1 and leaves the margin */
	VERDICT_FEW,	 /* there is no interval */
	NR_VERDICTS,
};

const char *verdict_word(enum verdict verdict);

/* Of a ratio; sense as in struct figure: 1 = greater is slower. */
enum verdict verdict_of(const struct interval *ratio, int sense, double margin);

/* A cell's metric as a multiple of its baseline's, from pairs within blocks. */
struct interval comparison_slowdown(const struct cell_sample *c,
				    const struct cell_sample *alone,
				    const char *metric);

/* One row. */
struct compared {
	const struct cell_sample *a, *b;	     /* not owned */
	const struct cell_sample *a_alone, *b_alone; /* of slowdowns */
	char *title;		/* of what both have in common */
	struct interval va, vb; /* medians of the arms; of slowdowns: each
				 * arm's ratio to its own baseline */
	struct interval ratio;	/* vb / va */
	double p, adjusted;	/* NAN without an interval */
	bool paired;
	size_t na, nb; /* units of each arm: pairs, runs or boots */
	enum verdict verdict;
	bool counted; /* a path length, which a boot repeats */
	bool marked;  /* adjusted <= COMPARE_FDR */
};

/* All rows of one metric. */
struct compared_table {
	const char *metric;
	bool slowdowns;
	struct compared *rows;
	size_t nr_rows;
	size_t nr_without; /* rows left out: an arm has no figure ... */
	const char *why;   /* ... the first one's reason */
	double mean;	   /* geometric, of the ratios */
	size_t nr_mean;
};

struct comparison {
	const char *axis, *a, *b; /* texts of the arms; not owned */
	double margin;
	bool direct;		       /* the arms' lock is the same */
	struct compared_table *tables; /* those with rows or a reason */
	size_t nr_tables;
	const struct cell_sample **both, **twins; /* A's cells, and B's */
	size_t nr_both;
	const struct cell_sample **only_a, **only_b;
	size_t nr_only_a, nr_only_b;
	size_t boots_a, boots_b;
	bool one_boot; /* all cells of both arms are of one and the same */
	bool by_boot;
	bool interleaved; /* boots of one arm between some of the other's */
	struct counted *counts;	     /* those that both arms have */
	size_t nr_counts, nr_differ; /* counts that differ */
	bool unpaired;		     /* some row is */
	size_t nr_rows, nr_tests, verdicts[NR_VERDICTS];
};

/*
 * Compares the arms axis=a and axis=b. scenario is a glob or NULL. What it
 * points to (results, texts, metrics) must outlive it. comparison_free()
 * afterwards.
 */
void comparison_make(struct comparison *c, const struct results *r,
		     const char *axis, const char *a, const char *b,
		     const char *scenario, const char *const *metrics,
		     size_t nr_metrics, double margin);

/* The arms alone: their cells and boots, no tables. */
void comparison_arms(struct comparison *c, const struct results *r,
		     const char *axis, const char *a, const char *b,
		     const char *scenario);
void comparison_free(struct comparison *c);

#endif
