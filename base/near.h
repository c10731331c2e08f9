/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": the names that are near to a mistyped one. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

#include "error.h"

/*
 * Distance of two words: insertions, deletions, replacements and swaps of
 * neighbours (Damerau-Levenshtein, optimal string alignment). Words of more
 * than 63 bytes are as far apart as the longer one is long.
 */
unsigned int near_distance(const char *a, const char *b);

/*
 * Sets "no WHAT 'name'; did you mean X or Y?" from the names at hand, or
 * lists all of them when none is near, and returns -EINVAL.
 */
int near_error(const char *what, const char *name, const char *const *names,
	       size_t nr, struct error *e);

#endif
