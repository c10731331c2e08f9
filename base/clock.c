/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include <stdlib.h>

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

enum { CALIBRATE_NS = 10 * 1000 * 1000, NR_PAIRS = 1001 };

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

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void clock_calibrate(struct clock_info *info)
{
	uint64_t t0, t1, ns0, ns1, pair[NR_PAIRS];
	int i;

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
	for (i = 0; i < NR_PAIRS; i++) {
		if (info->counter) {
			t0 = counter_begin();
			pair[i] = counter_end() - t0;
		} else {
			t0 = clock_raw_ns();
			pair[i] = clock_raw_ns() - t0;
		}
	}
	qsort(pair, NR_PAIRS, sizeof(pair[0]), compare_u64);
	info->empty_pair_ns = (double)pair[NR_PAIRS / 2] * info->ns_per_tick;
}
