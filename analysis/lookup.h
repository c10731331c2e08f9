/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts to numbers. A file may have as many cells, labels or scenarios as it
 * likes, so none of them is looked for one by one.
 */
#ifndef ANALYSIS_LOOKUP_H
#define ANALYSIS_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

struct lookup { /* begins zeroed */
	struct lookup_entry *slots;
	size_t nr, room;
};

/* Where the number of a text stands, which is copied when it is new; then the
 * number is SIZE_MAX. Holds until the next call. */
size_t *lookup(struct lookup *l, const char *text);

void lookup_free(struct lookup *l); /* and zeroes it */

#endif
