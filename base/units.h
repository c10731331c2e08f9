/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers with units, as people type them and as they like to read them.
 * Inside the program: nanoseconds, bytes, operations per second.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>
#include <stddef.h>

#include "error.h"

/* "250ns", "100us", "1.5ms", "2s", "3min", "0" -> ns. A bare number other than
 * 0 is refused: nobody should have to guess its unit. 0 or -EINVAL. */
int units_parse_time(const char *text, uint64_t *ns, struct error *e);

/* "4096", "64KiB", "2MiB", "1GiB" -> bytes. 0 or -EINVAL. */
int units_parse_size(const char *text, uint64_t *bytes, struct error *e);

/* "20", "50k", "1.2M" -> a count, or operations/s. 0 or -EINVAL. */
int units_parse_count(const char *text, uint64_t *count, struct error *e);

/* "683 ns", "5.84 us", "1.14 ms", "2.50 s": three digits. Returns buf. */
char *units_time(char *buf, size_t size, double ns);

/* "1.04 M", "28.9 k", "312": three digits, for rates. Returns buf. */
char *units_count(char *buf, size_t size, double count);

#endif
