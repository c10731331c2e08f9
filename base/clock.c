/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include <errno.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* CPUID 0x80000007 EDX bit 8: the TSC runs at one rate in all states; and
 * RDTSCP (0x80000001 EDX bit 27). */
static bool counter_usable(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8))
		return false;
	return __get_cpuid(0x80000001, &a, &b, &c, &d) && (d & 1u << 27);
}
#define COUNTER_NAME "tsc"
#else
static bool counter_usable(void)
{
	return CLOCK_HAS_COUNTER;
}
#define COUNTER_NAME "cntvct"
#endif

enum {
	CALIBRATE_NS = 10 * 1000 * 1000,
	NR_PAIRS = 1001
};

/* A counter stamp and a raw stamp that belong together: the tightest of a few
 * brackets, so that an interrupt between the two reads does no harm. */
static void stamp_both(uint64_t *ticks, uint64_t *raw)
{
	uint64_t best = UINT64_MAX;
	int i;

	for (i = 0; i < 16; i++) {
		uint64_t a = counter_begin(), ns = clock_raw_ns();
		uint64_t b = counter_end();

		if (b - a < best) {
			best = b - a;
			*ticks = a + (b - a) / 2;
			*raw = ns;
		}
	}
}

static uint64_t divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The step is what all differences of stamps are multiples of. An interrupt
 * between two stamps is not their cost: pairs of more than 16 times the
 * shortest that moved at all are left out of the mean. */
static void measure_pairs(struct clock_info *info)
{
	uint64_t pair[NR_PAIRS], least = UINT64_MAX, step = 0, last = 0, t;
	double sum = 0;
	int i, nr = 0;

	for (i = 0; i < NR_PAIRS; i++) {
		if (info->counter) {
			t = counter_begin();
			pair[i] = counter_end() - t;
		} else {
			t = clock_raw_ns();
			pair[i] = clock_raw_ns() - t;
		}
		step = divisor(divisor(step, pair[i]), i ? t - last : 0);
		last = t;
		if (pair[i] && pair[i] < least)
			least = pair[i];
	}
	for (i = 0; i < NR_PAIRS; i++) {
		if (pair[i] <= 16 * least) {
			sum += (double)pair[i];
			nr++;
		}
	}
	info->step = step ? step : 1;
	info->empty_pair_ns = sum / (nr ? nr : 1) * info->ns_per_tick;
}

void clock_calibrate(struct clock_info *info)
{
	uint64_t t0, t1, ns0, ns1;

	info->counter = counter_usable();
	info->source = info->counter ? COUNTER_NAME : "monotonic-raw";
	info->ns_per_tick = 1;
	if (info->counter) {
		stamp_both(&t0, &ns0);
		while (clock_raw_ns() - ns0 < CALIBRATE_NS)
			;
		stamp_both(&t1, &ns1);
		info->ns_per_tick = (double)(ns1 - ns0) / (double)(t1 - t0);
	}
	measure_pairs(info);
}

/* Two instructions a turn. */
static void known_loop(uint64_t turns)
{
#if defined(__x86_64__)
	__asm__ volatile("1: sub $1, %0\n\tjnz 1b" : "+r"(turns)::"cc");
#elif defined(__aarch64__)
	__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(turns)::"cc");
#else
	(void)turns;
#endif
}

int clock_count_instructions(struct clock_info *info, uint64_t *expected,
			     uint64_t *seen)
{
	enum {
		TURNS = 10000,
		TRIES = 8, /* an interrupt comes into one of them */
		STAMP = 20 /* instructions round the loop, at most */
	};
	int i;

	*expected = 2 * TURNS;
	*seen = UINT64_MAX;
	for (i = 0; i < TRIES; i++) {
		uint64_t t0 = counter_begin(), t;

		known_loop(TURNS);
		t = counter_end() - t0;
		*seen = t < *seen ? t : *seen;
	}
	if (!CLOCK_HAS_COUNTER || *seen < *expected ||
	    *seen > *expected + STAMP)
		return -ENOTSUP;
	info->counter = true;
	info->source = "instructions";
	info->ns_per_tick = 1;
	measure_pairs(info);
	return 0;
}
