/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of JSON output. What is not a number, or no UTF-8, becomes null; other
 * text is kept to the letter, and escaped where it is not ASCII, so that none
 * of it acts on a terminal. */
#ifndef ANALYSIS_JSON_H
#define ANALYSIS_JSON_H

#include <stdio.h>

#include <jansson.h>

#include "sample.h"
#include "stats.h"

json_t *json_text(const char *text); /* NULL: null */
json_t *json_number(double number);
json_t *json_count(size_t nr);
json_t *json_interval(const struct interval *v);
json_t *json_cell(const struct cell_sample *c); /* its pairs */

/* Prints and frees. 0, or EXIT_TROUBLE after saying why. */
int json_print(FILE *out, json_t *o);

#endif
