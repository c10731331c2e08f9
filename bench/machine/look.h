/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files of /proc and /sys as text that can be printed: one line, plain
 * ASCII, no control characters. Reads only.
 */
#ifndef MACHINE_LOOK_H
#define MACHINE_LOOK_H

#include <stddef.h>

#include "error.h"

/* Makes text one printable line, in place: white space and zeros between
 * words become one space, all else that is not printable ASCII "?". */
char *look_clean(char *text, size_t len);

/* The first size - 1 bytes of a file as one clean line. The number of bytes
 * of the line, or -errno with "PATH: why". */
int look_file(char *buf, size_t size, struct error *e, const char *path);

/*
 * What stands behind `key` (and the colon, '=' or white space after it) in the
 * first line of the file that begins with it: "model name" in /proc/cpuinfo,
 * "vma_lock_success" in /proc/vmstat. -ENOENT when no line does.
 */
int look_key(char *buf, size_t size, struct error *e, const char *path,
	     const char *key);

/* A file that holds one whole number. 0 or -errno with a reason. */
int look_number(long long *number, struct error *e, const char *path);

/* The word in brackets: "always [madvise] never" -> "madvise". */
int look_choice(char *buf, size_t size, struct error *e, const char *path);

#endif
