/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks for a test program that must not link cmocka (Apache-2.0) because it
 * links libperf (GPL-2.0 only). Prints TAP lines; a test is a function without
 * arguments; complaints are comments above its line.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TAP_ALL_SKIPPED 77 /* exit status: ctest's SKIP_RETURN_CODE */

struct tap_test {
	const char *name;
	void (*fn)(void);
};

static bool failed;	  /* the test at hand */
static char skipped[600]; /* why, when the test at hand was skipped */

__attribute__((format(printf, 3, 4))) static void complain(const char *file,
							   int line,
							   const char *fmt, ...)
{
	va_list ap;

	failed = true;
	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			complain(__FILE__, __LINE__, "%s", #condition);        \
	} while (0)

#define CHECK_SAME(a, b)                                                       \
	do {                                                                   \
		long long a_ = (long long)(a), b_ = (long long)(b);            \
                                                                               \
		if (a_ != b_)                                                  \
			complain(__FILE__, __LINE__, "%s is %lld, not %lld",   \
				 #a, a_, b_);                                  \
	} while (0)

#define CHECK_SAYS(error, words)                                               \
	do {                                                                   \
		if (!strstr((error)->text, words))                             \
			complain(__FILE__, __LINE__, "'%s' does not say '%s'", \
				 (error)->text, words);                        \
	} while (0)

#define SKIP(...)                                                              \
	do {                                                                   \
		snprintf(skipped, sizeof(skipped), __VA_ARGS__);               \
		return;                                                        \
	} while (0)

/* Runs all of them; the number of those that failed. */
static size_t tap_run(const struct tap_test *tests, size_t nr)
{
	size_t i, nr_failed = 0;

	printf("1..%zu\n", nr);
	for (i = 0; i < nr; i++) {
		failed = false;
		skipped[0] = '\0';
		tests[i].fn();
		nr_failed += failed;
		printf("%sok %zu - %s%s%s\n", failed ? "not " : "", i + 1,
		       tests[i].name, skipped[0] ? " # SKIP " : "", skipped);
	}
	return nr_failed;
}

#endif
