/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units as typed and as shown: what is refused says how to write it, and what
 * is shown keeps three digits across every change of the unit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

typedef int parse_fn(const char *text, uint64_t *out, struct error *e);

struct typed {
	parse_fn *parse;
	const char *text;
	uint64_t expected;
};

static void test_accepted(void **state)
{
	static const struct typed cases[] = {
		{ units_parse_time, "0", 0 },
		{ units_parse_time, "0ms", 0 },
		{ units_parse_time, "1ns", 1 },
		{ units_parse_time, "0.4ns", 0 },
		{ units_parse_time, "0.5us", 500 },
		{ units_parse_time, "100us", 100000 },
		{ units_parse_time, "3min", 180000000000 },
		{ units_parse_time, "1e3ns", 1000 },
		{ units_parse_size, "0", 0 },
		{ units_parse_size, "4096", 4096 },
		{ units_parse_size, "0.5KiB", 512 },
		{ units_parse_size, "1GiB", 1ull << 30 },
		{ units_parse_count, "20", 20 },
		{ units_parse_count, "0.1k", 100 },
		{ units_parse_count, "1.2M", 1200000 },
	};
	struct error e;
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		n = 12345;
		if (cases[i].parse(cases[i].text, &n, &e))
			fail_msg("'%s': %s", cases[i].text, e.text);
		assert_int_equal(n, cases[i].expected);
	}
}

static void test_refused(void **state)
{
	static const struct typed cases[] = {
		{ units_parse_time, "300", 0 },
		{ units_parse_time, "", 0 },
		{ units_parse_time, " 1ms", 0 },
		{ units_parse_time, "+1ms", 0 },
		{ units_parse_time, "-1ms", 0 },
		{ units_parse_time, "1 ms", 0 },
		{ units_parse_time, "1MS", 0 },
		{ units_parse_time, "1msec", 0 },
		{ units_parse_time, "inf", 0 },
		{ units_parse_time, "nan", 0 },
		{ units_parse_time, "0x1ms", 0 },
		{ units_parse_time, "1e30s", 0 },
		{ units_parse_time, "1e999s", 0 },
		{ units_parse_size, "64KB", 0 },
		{ units_parse_size, "64kib", 0 },
		{ units_parse_size, "99999999999GiB", 0 },
		{ units_parse_count, "7x", 0 },
		{ units_parse_count, "5G", 0 },
		{ units_parse_count, "k", 0 },
	};
	struct error e;
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		memset(&e, 0, sizeof(e));
		if (cases[i].parse(cases[i].text, &n, &e) != -EINVAL)
			fail_msg("'%s' was taken", cases[i].text);
		assert_non_null(strstr(e.text, cases[i].text));
		assert_non_null(strstr(e.text, "write it like"));
		assert_int_equal(cases[i].parse(cases[i].text, &n, NULL),
				 -EINVAL);
	}
}

static void test_shown_times(void **state)
{
	static const struct {
		double ns;
		const char *expected;
	} cases[] = {
		{ 0, "0.00 ns" },	{ 9.994, "9.99 ns" },
		{ 9.996, "10.0 ns" },	{ 99.94, "99.9 ns" },
		{ 99.96, "100 ns" },	{ 999.4, "999 ns" },
		{ 999.6, "1.00 us" },	{ 12340, "12.3 us" },
		{ 1140000, "1.14 ms" }, { 2.5e9, "2.50 s" },
		{ -683.1, "-683 ns" },	{ -5840, "-5.84 us" },
		{ 999.6e6, "1.00 s" },	{ 3600e9, "3600 s" },
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++)
		assert_string_equal(units_time(buf, sizeof(buf), cases[i].ns),
				    cases[i].expected);
	assert_string_equal(units_time(buf, 4, 683.1), "683"); /* cut */
}

static void test_shown_counts(void **state)
{
	static const struct {
		double count;
		const char *expected;
	} cases[] = {
		{ 0, "0.00" },	       { 312, "312" },
		{ 999.6, "1.00 k" },   { 28900, "28.9 k" },
		{ 999600, "1.00 M" },  { 1040000, "1.04 M" },
		{ -28900, "-28.9 k" }, { 5e9, "5000 M" },
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++)
		assert_string_equal(
			units_count(buf, sizeof(buf), cases[i].count),
			cases[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shown_times),
		cmocka_unit_test(test_shown_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
