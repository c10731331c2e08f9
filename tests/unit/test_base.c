/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Near names, errors, the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "near.h"

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

/* On a machine that has time, a loop tells that; on one that counts
 * instructions (lab/faultlab test --count-instructions) it fits to the last of
 * them. */
static void test_clock_of_instructions(void **state)
{
	struct clock_info c, before;
	uint64_t expected = 0, seen = 0;
	int err;

	(void)state;
	memset(&c, 0, sizeof(c));
	clock_calibrate(&c);
	before = c;
	err = clock_count_instructions(&c, &expected, &seen);
	assert_int_equal(expected, 20000);
	if (err) {
		assert_int_equal(err, -ENOTSUP);
		assert_memory_equal(&c, &before, sizeof(c));
		assert_true(seen < expected || seen > expected + 20);
		return;
	}
	assert_in_range(seen, expected, expected + 20);
	assert_string_equal(c.source, "instructions");
	assert_true(c.ns_per_tick == 1 && c.counter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_clock_of_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
