/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is there, or the end of the process. */
#ifndef ANALYSIS_MEMORY_H
#define ANALYSIS_MEMORY_H

#include <stddef.h>

/* nr objects of size bytes, zeroed; never NULL, also for nr = 0. */
void *memory_new(size_t nr, size_t size);

/* Makes room for one more than *nr in an array whose capacity is the next
 * power of two, zeroes that element, counts it and returns it. */
void *memory_append(void **array, size_t *nr, size_t size);

char *memory_text(const char *text); /* a copy; NULL for NULL */

/* printf into malloc'ed text. */
char *memory_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
