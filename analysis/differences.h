/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In what the machines, kernels and builds behind two labels differ, from the
 * facts of their sessions.
 */
#ifndef ANALYSIS_DIFFERENCES_H
#define ANALYSIS_DIFFERENCES_H

#include <stdio.h>

#include <jansson.h>

#include "comparison.h"

struct difference {
	const char *name; /* of the fact */
	char *a, *b;	  /* every text that an arm's sessions have */
	bool fatal;	  /* so different that a comparison means nothing */
};

struct differences {
	struct difference *at; /* the fatal ones first */
	size_t nr, nr_fatal;
};

/* Of the sessions in which the arms' cells were measured; none when both arms
 * share one. differences_free() afterwards. */
void differences_find(struct differences *d, const struct results *r,
		      const struct comparison *c);
void differences_free(struct differences *d);

void differences_print(FILE *out, size_t width, const struct differences *d);

/* [{name, a, b, fatal}] */
json_t *differences_json(const struct differences *d);

/* 0, or EXIT_TROUBLE after saying that --force is needed. */
int differences_refuse(const struct differences *d, bool force);

#endif
