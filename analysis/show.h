/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `faultstat show` share. */
#ifndef ANALYSIS_SHOW_H
#define ANALYSIS_SHOW_H

#include <stdio.h>

#include "figure.h"
#include "sample.h"
#include "text.h"

#define SHOW_LEVEL 0.95

struct show {
	struct results results;
	FILE *out;
	size_t width;
	const char *scenario; /* glob, or NULL */
	const char **metrics; /* the columns */
	size_t nr_metrics;
	struct footnotes notes;
};

/* One figure of a cell: from its runs, or exact, from its witness. */
struct shown {
	struct interval v;  /* v.n = 0 and a NAN estimate: there is none ... */
	const char *absent; /* ... for this reason */
	bool exact;	    /* the witness counted it */
};

struct shown show_figure(const struct cell_sample *c, const char *metric);

/* What is said when no record says more. */
extern const char show_no_witness[], show_not_measured[];

/* Are the latencies those of whole batches? */
bool show_is_batch(const struct cell_sample *c);

void show_head(FILE *out, size_t width, const struct results *r);
void show_tables(struct show *s);
void show_accounts(struct show *s); /* of the retries, by reason */
void show_slowdowns(struct show *s);
void show_roles(struct show *s);
/* The table of who waits for whom alone, without sentences and details. */
void show_waiting(struct show *s);
void show_reasons(struct show *s);
void show_legend(struct show *s);
void show_closing(struct show *s);

/* The same for a page. false: nothing was counted, and t is empty. */
struct table;
bool accounts_table(struct table *t, const struct results *r);

int show_json(const struct show *s);

#endif
