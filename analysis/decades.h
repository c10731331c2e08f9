/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits by decade: how many faults, or an antagonist's operations, took 1 to
 * 10 us, 10 to 100 us ... From the merged histograms, whose buckets are at most
 * 0.78 % wide: a value that near to a power of ten may be counted on its other
 * side.
 */
#ifndef ANALYSIS_DECADES_H
#define ANALYSIS_DECADES_H

#include <stdbool.h>

#include "hist.h"
#include "report_table.h"

enum {
	NR_DECADES = 13 /* up to 1, 10 ... ns; the last one: and beyond */
};

struct decades {
	uint64_t nr[NR_DECADES], total;
};

void decades_count(struct decades *d, const struct hist *h);

/* "1 - 10 us"; the first is "below 10 ns". malloc'ed. */
char *decade_name(size_t i);

/* The first and the last decade that any of nr has values in; false: none. */
bool decades_range(const struct decades *d, size_t nr, size_t *first,
		   size_t *last);

#endif
