/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `faultstat compare` share. */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include <stdio.h>

#include <jansson.h>

#include "comparison.h"
#include "grid.h"

/* What n the rows rest on. */
struct unit_count {
	size_t paired, least, most;	  /* rows of pairs; their n */
	size_t unpaired, least_a, most_a; /* rows of two samples */
	size_t least_b, most_b;
};

void unit_count_add(struct unit_count *count, const struct compared *row);

/* "the unit is the run ...: 8 pairs". */
void unit_print(FILE *out, size_t width, const struct unit_count *count,
		const struct comparison *c);

/* A heading before the first row of each group of scenarios; *group is the
 * last one's, NULL at first. */
void group_heading(struct grid *grid, const struct results *r,
		   const struct cell_sample *c, const char **group);

void compare_print(FILE *out, size_t width, const struct results *r,
		   const struct comparison *c);

/* What the words and marks mean; said once, after all comparisons. */
void compare_legend(FILE *out, size_t width, const struct comparison *c);

json_t *compare_json(const struct results *r, const struct comparison *c);

#endif
