/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a comparison comes to, in sentences: which side is slower, by how much,
 * how sure that is, on what machine, and how to repeat it. The mail, the
 * Markdown and the cover letter say these and nothing else.
 */
#ifndef ANALYSIS_BRIEF_H
#define ANALYSIS_BRIEF_H

#include "comparison.h"
#include "differences.h"
#include "report.h"

struct brief {
	const struct report *report;
	const struct comparison *c;
	char *a, *b;			/* the sides: "patched", "lock=mmap" */
	struct differences differences; /* of machines, kernels, builds */
	/* The clearest row: of those that got slower, else of those that got
	 * faster. row NULL: nothing changed beyond doubt. */
	const struct compared_table *table;
	const struct compared *row;
	/* With a row that got slower, the one that got faster clearest. */
	const struct compared_table *best_table;
	const struct compared *best;
	size_t verdicts[NR_VERDICTS]; /* of the rows that tell, brief_tells() */
	size_t nr_rows;
};

/* Both must outlive it. brief_free() afterwards. */
void brief_make(struct brief *b, const struct report *r,
		const struct comparison *c);
void brief_free(struct brief *b);

/* Is the table one of those that compare: figures where they may be compared,
 * else multiples of each side's own figure alone, and the antagonists'? */
bool brief_tells(const struct comparison *c, const struct compared_table *t);

/* All of these are malloc'ed. */

/* In the shape of the 0-day robot's: "faultline: page_fault swap-in: a +18.0 %
 * regression of p50_ns on patched (Linux 6.18) against base ...". */
char *brief_summary(const struct brief *b);
/* The same in one line for a subject, without the interval. */
char *brief_subject(const struct brief *b);
/* "patched is slower than base in 6 of 23 rows ..." */
char *brief_verdict(const struct brief *b);
/* How the interval came about, and what it does not cover. */
char *brief_sure(const struct brief *b);
/* A side's kernel, runs and date: "Linux 6.18.44, 56 runs, 2026-11-24". */
char *brief_side(const struct brief *b, bool second);
char *brief_machine(const struct brief *b);
/* The commands that measure and compare again, one after the other; NULL when
 * there are no more. */
char *brief_command(const struct brief *b, size_t i);

/* How the cells of a table are called in a heading: "p50_ns, the median fault:
 * less is better". */
char *metric_words(const struct compared_table *t);

/*
 * The two sides that a report without a word about them is about: the first
 * label and the next_label-th after it, else the locks vma and mmap. false:
 * there are none, or no more.
 */
bool brief_sides(const struct results *r, size_t next, const char **axis,
		 const char **a, const char **b);

extern const char *const brief_metrics[];
extern const size_t brief_nr_metrics;

#endif
