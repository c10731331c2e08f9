/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts that are there many times, kept once: a hundred thousand runs have the
 * same thirty metrics.
 */
#ifndef ANALYSIS_TEXT_POOL_H
#define ANALYSIS_TEXT_POOL_H

#include <stddef.h>

struct text_pool { /* start with a zeroed one */
	char **at; /* by hash; NULL: free */
	size_t nr, size;
};

/* The one copy of "prefix""text", good until text_pool_free(). */
char *text_pool_add(struct text_pool *n, const char *prefix, const char *text);
void text_pool_free(struct text_pool *n); /* and zeroes it */

#endif
