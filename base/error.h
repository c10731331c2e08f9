/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reason that travels. Libraries return 0 or a negative errno and leave the
 * words here; only a main() prints them.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
	char text[512]; /* one line, no newline at the end */
};

/*
 * Sets the text and returns -err, so that a caller can say
 * `return error_set(e, EINVAL, ...)`. err is a positive errno. Text that does
 * not fit is cut. e may be NULL: then only the number travels.
 */
int error_set(struct error *e, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "fmt: " before the text that is already there. */
void error_prefix(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
