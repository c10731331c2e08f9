/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The histogram against the values themselves: every bucket's edges, and
 * quantiles of long-tailed samples within the bound that hist.h derives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"

enum {
	NR_VALUES = 200000
};

/* splitmix64: the same values in every run. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Faults as they are: most near a microsecond, some a thousand times that. */
static uint64_t draw(uint64_t *state)
{
	double u = (double)(next_random(state) >> 11) * 0x1p-53;

	return (uint64_t)(600 / pow(1 - u, 0.8));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct hist *new_hist(void)
{
	struct hist *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	return h;
}

/* Buckets follow each other without a gap, and each one finds itself. */
static void test_edges(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(hist_low(0), 0);
	for (i = 0; i < HIST_NR; i++) {
		assert_true(hist_low(i) < hist_high(i));
		assert_int_equal(hist_index(hist_low(i)), i);
		assert_int_equal(hist_index(hist_high(i) - 1), i);
	}
	assert_int_equal(hist_high(HIST_NR - 1), 1ull << HIST_MAX_BITS);
	assert_int_equal(hist_index(1ull << HIST_MAX_BITS), HIST_NR - 1);
	assert_int_equal(hist_index(UINT64_MAX), HIST_NR - 1);
}

/* A bucket is at most 1/128 of its least value wide. */
static void test_width(void **state)
{
	uint64_t random = 1;
	int i;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		uint64_t v = next_random(&random) >>
			     (64 - HIST_MAX_BITS + i % HIST_MAX_BITS);
		unsigned int at = hist_index(v);

		assert_true(hist_low(at) <= v && v < hist_high(at));
		assert_true((hist_high(at) - hist_low(at) - 1)
				    << HIST_SUB_BITS <=
			    v);
	}
}

static void test_quantiles(void **state)
{
	static const double q[] = { 0,	 0.001, 0.1,   0.25,   0.5, 0.75,
				    0.9, 0.99,	0.999, 0.9999, 1 };
	uint64_t *value = calloc(NR_VALUES, sizeof(*value)), random = 42;
	struct hist *h = new_hist();
	size_t i;

	(void)state;
	assert_non_null(value);
	for (i = 0; i < NR_VALUES; i++) {
		value[i] = draw(&random);
		hist_add(h, value[i]);
	}
	qsort(value, NR_VALUES, sizeof(*value), compare);
	for (i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		size_t rank = (size_t)ceil(q[i] * NR_VALUES);
		double exact = (double)value[rank ? rank - 1 : 0];

		assert_true(fabs(hist_quantile(h, q[i]) - exact) <=
			    exact / 128);
	}
	assert_true(hist_quantile(h, 0) == (double)value[0]);
	assert_true(hist_quantile(h, 1) == (double)value[NR_VALUES - 1]);
	free(value);
	free(h);
}

/* Below 256 ns nothing is rounded. */
static void test_small_values_are_exact(void **state)
{
	struct hist *h = new_hist();

	(void)state;
	hist_add(h, 10);
	hist_add(h, 20);
	hist_add(h, 30);
	assert_true(hist_quantile(h, 0.5) == 20);
	assert_true(hist_quantile(h, 0.34) == 20);
	assert_true(hist_quantile(h, 0.33) == 10);
	assert_true(hist_quantile(h, 0.99) == 30);
	free(h);
}

static void test_nothing_and_one(void **state)
{
	struct hist *h = new_hist();

	(void)state;
	assert_true(isnan(hist_quantile(h, 0.5)));
	hist_add(h, 1234567);
	assert_true(hist_quantile(h, 0) == 1234567);
	assert_true(hist_quantile(h, 0.5) == 1234567);
	assert_true(hist_quantile(h, 1) == 1234567);
	free(h);
}

/* Merged is the same as added to one, and nothing merged is nothing. */
static void test_merge(void **state)
{
	struct hist *a = new_hist(), *b = new_hist(), *all = new_hist();
	uint64_t random = 7;
	unsigned int i;

	(void)state;
	hist_merge(all, a);
	assert_int_equal(all->total, 0);
	for (i = 0; i < 5000; i++) {
		uint64_t v = draw(&random);

		hist_add(i % 3 ? a : b, v);
		hist_add(all, v);
	}
	hist_merge(a, b);
	assert_memory_equal(a, all, sizeof(*a));
	memset(b, 0, sizeof(*b));
	hist_merge(a, b);
	assert_memory_equal(a, all, sizeof(*a));
	hist_merge(b, a);
	assert_memory_equal(b, all, sizeof(*a));
	free(a);
	free(b);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_small_values_are_exact),
		cmocka_unit_test(test_nothing_and_one),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
