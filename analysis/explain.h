/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a row changed: what was measured beside it, and whether that moved with
 * it. The witness's counts (locks, retries, paths) of both sides; from the
 * timed runs the same touch on a present page, context switches, counters,
 * noise and the antagonist's rate. It tells what moved, and reads it by fixed
 * rules; it proves no cause.
 */
#ifndef ANALYSIS_EXPLAIN_H
#define ANALYSIS_EXPLAIN_H

#include "comparison.h"
#include "sheet.h"

enum explain_state {
	EXPLAIN_MOVED,
	EXPLAIN_STAYED,
	EXPLAIN_UNCLEAR, /* the interval leaves both open, or too few runs */
	EXPLAIN_ABSENT,	 /* a side has none */
};

struct explain_item {
	char *metric;
	double a, b;	       /* medians, or the witness's counts */
	struct interval ratio; /* of those from runs */
	bool exact;	       /* the witness counted it, in one pass */
	enum explain_state state;
	const char *absent; /* the reason */
};

struct explanation {
	const struct cell_sample *a, *b;
	char *title;
	const struct compared **rows; /* what the comparison has of them */
	const struct compared_table **tables; /* each one's */
	size_t nr_rows;
	struct explain_item *items;
	size_t nr_items;
	char *reading; /* what it comes to, in words */
};

/* c, and what it points to, must outlive it. explain_free() afterwards. */
void explain_cells(struct explanation *x, const struct results *r,
		   const struct comparison *c, const struct cell_sample *a,
		   const struct cell_sample *b);
void explain_free(struct explanation *x);

/* Is that row beyond doubt another? A verdict without its mark is one of many
 * looks: it leans that way, and counts as unclear. */
bool row_changed(const struct compared *row);
bool row_leans(const struct compared *row);
enum verdict row_verdict(const struct compared *row);

/* "slower", and '*' when it changed, '?' when it leans, else ' '. */
const char *row_word(const struct compared *row, char *mark);

/*
 * The pairs of cells with a row that changed: first those whose faults got
 * slower, the clearest first. Indices into c->both; malloc'ed.
 */
size_t *explain_order(const struct comparison *c, size_t *nr);

/* --- explain_text.c: how it is told --------------------------------------- */

/* "1.77 us", "x12.3", "more": the columns of an item; malloc'ed. */
char *item_side(const struct explain_item *item, double number);
char *item_change(const struct explain_item *item);

/* The names of the items in that state, each with its reason when absent:
 * "a, b"; NULL when there are none; malloc'ed. */
char *items_named(const struct explanation *x, enum explain_state state);

void explain_print(const struct sheet *s, const struct comparison *c,
		   const struct explanation *x);

#endif
