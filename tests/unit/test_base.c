/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histogram, units, near names, the clock, the timed loop's median. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hist.h"
#include "near.h"
#include "units.h"

/* The bound that hist.h derives, over all octaves. */
static void test_hist_bound(void **state)
{
	uint64_t v;

	(void)state;
	for (v = 0; v < 1ull << HIST_MAX_BITS; v += 1 + v / 97) {
		unsigned int i = hist_index(v);

		assert_true(i < HIST_NR);
		assert_true(hist_low(i) <= v && v < hist_high(i));
		assert_true((hist_high(i) - hist_low(i) - 1) * 128 <= v);
	}
	assert_int_equal(hist_index(UINT64_MAX), HIST_NR - 1);
}

static void test_hist_quantile(void **state)
{
	struct hist *h = calloc(1, sizeof(*h)), *more = calloc(1, sizeof(*h));
	uint64_t i;

	(void)state;
	assert_true(isnan(hist_quantile(h, 0.5)));
	for (i = 1; i <= 100000; i++)
		hist_add(i % 2 ? h : more, i * 10);
	hist_merge(h, more);
	assert_int_equal(h->total, 100000);
	assert_int_equal(h->min, 10);
	assert_int_equal(h->max, 1000000);
	for (double q = 0.001; q < 1; q += 0.0137)
		assert_true(fabs(hist_quantile(h, q) / (q * 1e6) - 1) < 0.008);
	assert_true(hist_quantile(h, 1) == 1000000);
	free(h);
	free(more);
}

static void test_units(void **state)
{
	static const struct {
		const char *text;
		int (*parse)(const char *, uint64_t *, struct error *);
		long long expected; /* -1: refused */
	} cases[] = {
		{ "250ns", units_parse_time, 250 },
		{ "1.5ms", units_parse_time, 1500000 },
		{ "2s", units_parse_time, 2000000000 },
		{ "0", units_parse_time, 0 },
		{ "0s", units_parse_time, 0 },
		{ "300", units_parse_time, -1 },
		{ "-1s", units_parse_time, -1 },
		{ "1e99s", units_parse_time, -1 },
		{ "nan", units_parse_time, -1 },
		{ "0x10ns", units_parse_time, -1 },
		{ "", units_parse_time, -1 },
		{ "5 ms", units_parse_time, -1 },
		{ "64KiB", units_parse_size, 65536 },
		{ "2MiB", units_parse_size, 2097152 },
		{ "64kb", units_parse_size, -1 },
		{ "50k", units_parse_count, 50000 },
		{ "1.2M", units_parse_count, 1200000 },
		{ "7", units_parse_count, 7 },
		{ "7x", units_parse_count, -1 },
	};
	struct error e;
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = 0;
		int err = cases[i].parse(cases[i].text, &n, &e);

		if (cases[i].expected < 0)
			assert_true(err < 0 && strlen(e.text) > 10);
		else
			assert_true(!err && n == (uint64_t)cases[i].expected);
	}
	assert_string_equal(units_time(buf, 32, 683.1), "683 ns");
	assert_string_equal(units_time(buf, 32, 5840), "5.84 us");
	assert_string_equal(units_time(buf, 32, 999600), "1.00 ms");
	assert_string_equal(units_count(buf, 32, 1040000), "1.04 M");
	assert_string_equal(units_count(buf, 32, 28900), "28.9 k");
}

static void test_near(void **state)
{
	static const char *const names[] = { "anon-write", "memfd",
					     "mprotect" };
	struct error e;

	(void)state;
	assert_int_equal(near_distance("abc", "abc"), 0);
	assert_int_equal(near_distance("abc", "acb"), 1);
	assert_int_equal(near_distance("", "abc"), 3);
	near_error("thing", "anon-wirte", names, 3, &e);
	assert_non_null(strstr(e.text, "did you mean anon-write?"));
	near_error("thing", "zzzzzz", names, 3, &e);
	assert_non_null(strstr(e.text, "there are: anon-write, memfd"));
}

static void test_error(void **state)
{
	struct error e;
	char longer[2000];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(error_set(&e, 22, "%s", "what"), -22);
	error_prefix(&e, "%s", "where");
	assert_string_equal(e.text, "where: what");
	error_prefix(&e, "%s", longer);
	assert_true(strlen(e.text) < sizeof(e.text));
	assert_int_equal(error_set(NULL, 5, "x"), -5);
}

static void test_clock(void **state)
{
	struct clock_info c;
	uint64_t ticks, ns, passed;

	(void)state;
	clock_calibrate(&c);
	assert_true(c.ns_per_tick > 0.05 && c.ns_per_tick < 1000);
	assert_true(c.step >= 1 && c.empty_pair_ns < 5000);
	ticks = clock_ticks(&c);
	ns = clock_raw_ns();
	while (clock_raw_ns() - ns < 20000000)
		;
	passed = clock_to_ns(&c, clock_ticks(&c) - ticks);
	assert_true(passed > 19000000 && passed < 200000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hist_bound),
		cmocka_unit_test(test_hist_quantile),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
