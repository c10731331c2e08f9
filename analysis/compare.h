/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `faultstat compare` share. */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include <stdio.h>

#include <jansson.h>

#include "comparison.h"

void compare_print(FILE *out, size_t width, const struct results *r,
		   const struct comparison *c);

/* What the words and marks mean; said once, after all comparisons. */
void compare_legend(FILE *out, size_t width, const struct comparison *c);

json_t *compare_json(const struct comparison *c);

#endif
