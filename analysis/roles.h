/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for whom: cells whose faults wait (they have a setting `delay`),
 * beside antagonists, and every role's own latency there. The roles are the
 * workers, whose faults wait, and each antagonist. A role that is held up by
 * waiting faults has a latency that goes with the delay; one that is not keeps
 * its own.
 *
 * A chart has rows and roles, so that it can be drawn as it is: a row is an
 * arm (scenario, lock, ...) at a delay. Cells that differ in nothing but their
 * antagonists share a row where they have no role twice: a writer on the same
 * VMA and one elsewhere must be measured in cells of their own, for the one
 * would hold up the other.
 *
 * Cells with several antagonists and no delay are rows too; there is just
 * nobody to wait for.
 */
#ifndef ANALYSIS_ROLES_H
#define ANALYSIS_ROLES_H

#include "report.h"
#include "sample.h"
#include "stats.h"

enum held {
	HELD_UNKNOWN, /* no delay, or no figure */
	HELD_NOT,     /* for less than ROLES_NOT of the delay, by its median */
	HELD_PARTLY,
	HELD_WAITS, /* for at least ROLES_WAITS of it */
	NR_HELD,
};

#define ROLES_WAITS 0.5
#define ROLES_NOT   0.02
/* The waiting fault itself: timers and wake-ups are late without anybody's
 * doing, by more than a fiftieth of a short delay. */
#define ROLES_NOT_ITSELF 0.1

extern const char *const held_words[NR_HELD]; /* "waits" */

/* A column. The first one of every chart is the workers. */
struct role {
	char *text;  /* "mprotect where=same rate=200"; NULL: the workers */
	size_t nth;  /* of several that are called the same in a cell: from 0 */
	char *name;  /* "mprotect" */
	char *where; /* "same", "elsewhere"; or empty */
	char *rest;  /* "same 200/s": all that comes after the name */
	char *words; /* "mprotect on the same VMA (200/s)" */
};

/* A role in a row. */
struct role_figure {
	const struct cell_sample *cell; /* NULL: not in this row */
	char *prefix;			/* "antagonist2."; the workers': "" */
	struct interval p50, p99, max;	/* of its operation, over runs, ns */
	const char *no_p50, *no_p99;	/* why not; else NULL */
	struct interval beyond;		/* workers: p50 less the delay */
	struct interval beyond_p99;
	double own; /* its p50 at the arm's shortest delay, where that is
		     * another row (or at the shortest of another arm, where it
		     * did nothing in this one); else NAN */
	struct interval times; /* p50 / own, from pairs within blocks; the
				* workers': of what is beyond the delay */
	double held_ns;	       /* p50 less own; the workers': beyond less own */
	double held_share;     /* how probable it is that it is held up, all
				* runs together: of its operations on a
				* schedule, of the time in a closed loop, the
				* share that took ROLES_WAITS of the delay
				* longer than its own; or NAN */
	bool some_wait; /* that is a hundredth more than with the shortest
			 * delay, where the median is not held up */
	enum held held;
};

struct roles_row {
	const struct cell_sample **cells; /* that share it */
	size_t nr_cells;
	size_t arm;   /* rows of one arm have one number, and are neighbours */
	char *title;  /* the arm's: "fuse-read lock=vma, 2 threads"; without
		       * the scenario where the chart has only one */
	char *beside; /* its antagonists, where rows of one arm and delay
		       * differ in nothing else; or NULL */
	char *delay;  /* "1ms"; NULL: it has none */
	double delay_ns;
	double retries;		/* per fault, by the witness; or NAN */
	struct role_figure *at; /* one for each role of the chart */
};

struct roles_chart {
	struct role *roles;
	size_t nr_roles;
	struct roles_row *rows; /* by arm, then by delay */
	size_t nr_rows;
	double delay_ns;      /* the longest, 0: nobody waits */
	const char *delay;    /* as text; not owned */
	bool one_delay;	      /* all rows have the same */
	const char *scenario; /* of all rows; NULL: they differ; not owned */
	bool has_beyond;
};

struct roles {
	struct roles_chart *charts;
	size_t nr;
};

/* All charts of those cells whose scenario matches the glob (NULL: any).
 * roles_free() afterwards; points into r. */
void roles_find(struct roles *all, const struct results *r, const char *glob);
void roles_free(struct roles *all);

/* "the lock is dropped" or "held" while its faults wait, as the witness counted
 * retries; malloc'ed, NULL when it did not. */
char *roles_lock_words(const struct roles_row *row);

/*
 * What a chart comes to at its longest delay, a sentence for each role:
 * "With delay=1ms, mprotect on the same VMA waits with lock=mmap-hold (p50
 * 1.14 ms); it does not with lock=vma (1.40 us)." malloc'ed; NULL for the
 * workers without figures beyond the delay, and where nobody waits.
 */
char *roles_sentence(const struct roles_chart *c, size_t role);

/* All of them, of nr charts, for a page; malloc'ed, NULL when there are none.
 */
char *roles_sentences(const struct roles_chart *charts, size_t nr);

/* Does each arm want a heading, with its delays below? */
bool roles_has_heads(const struct roles_chart *c);

/* --- what its parts share ------------------------------------------------- */

/* NAN when the cell has none. */
double roles_delay(const struct cell_sample *c);

/* The same cell with the shortest delay; c itself when there is no other. */
const struct cell_sample *roles_shortest(const struct results *r,
					 const struct cell_sample *c);

/* The number of a cell's antagonist among the roles; nr_roles: not there. */
size_t role_find(const struct roles_chart *chart, const struct cell_sample *c,
		 size_t antagonist);

/* Fills in the figures of a chart that has its rows and roles. */
void roles_figures(struct roles_chart *chart, const struct results *r);

/* Fills in name, rest and words from text and nth. */
void role_name(struct role *role);

/* A row's title. malloc'ed. */
char *roles_row_title(const struct results *r, const struct cell_sample *c,
		      bool scenario);

#endif
