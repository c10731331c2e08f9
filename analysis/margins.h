/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gate lets pass: a margin for each metric and scenario. From a file, an
 * INI as the plans are (doc/ci.md):
 *   [gate]           require, on-inconclusive, alpha
 *   [margins]        METRIC = 5 %  |  exact  |  ignore, for all scenarios
 *   [margins GLOB]   the same for scenarios that match; wins over [margins]
 * Without a file: 5 % of p50_ns and faults_per_s, 10 % of p99_ns, and the locks
 * and retries that a witness counted are exact. A file changes those it names.
 */
#ifndef ANALYSIS_MARGINS_H
#define ANALYSIS_MARGINS_H

#include <stddef.h>

#include "error.h"

#define GATE_ALPHA 0.05

enum margin_kind {
	MARGIN_RATIO, /* slower by more than `ratio` is a regression */
	MARGIN_EXACT, /* a count of the witness: the same on both sides */
	MARGIN_IGNORE,
};

/* What becomes of rows that are neither within their margin nor beyond. */
enum on_inconclusive {
	INCONCLUSIVE_STAYS,
	INCONCLUSIVE_PASSES,
	INCONCLUSIVE_FAILS,
};

struct margin {
	char *scenario; /* a glob; NULL: every one */
	char *metric;
	enum margin_kind kind;
	double ratio; /* 0.05 = 5 % */
};

struct margins {
	struct margin *at;
	size_t nr;
	char **require; /* scenarios or globs that must be gated */
	size_t nr_require;
	enum on_inconclusive on_inconclusive;
	double alpha; /* of each bound, and of all failures together */
};

/* The defaults; margins_free() afterwards. */
void margins_default(struct margins *m);

/* Adds a file to them. 0, or -errno with "PATH:LINE: what". */
int margins_load(struct margins *m, const char *path, struct error *e);
void margins_free(struct margins *m);

/* The one that holds: of those that name the scenario the last, else of the
 * general ones the last. NULL: nobody named the metric. */
const struct margin *margins_find(const struct margins *m, const char *scenario,
				  const char *metric);

/* Each metric that is named, once, in order; malloc'ed, texts are m's. */
const char **margins_metrics(const struct margins *m, size_t *nr);

/* "pass", "fail", "inconclusive". 0 or -EINVAL with a reason. */
int inconclusive_parse(const char *text, enum on_inconclusive *what,
		       struct error *e);

#endif
