/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock of the timed loop: the time stamp counter on x86-64 when it is
 * invariant, the virtual counter on arm64, CLOCK_MONOTONIC_RAW elsewhere.
 *
 * Stamps are fenced so that neither the access before nor the access after
 * moves across them (Intel SDM vol. 2B RDTSC/RDTSCP; Arm ARM D11, CNTVCT_EL0
 * needs an ISB). An empty pair of stamps costs something, and that cost is
 * measured and reported (clock_empty_pair_ns), never silently subtracted.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t clock_raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

#if defined(__x86_64__)
#define CLOCK_HAS_COUNTER 1
static inline uint64_t counter_begin(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

static inline uint64_t counter_end(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtscp\n\tlfence"
			 : "=a"(lo), "=d"(hi)::"rcx", "memory");
	return (uint64_t)hi << 32 | lo;
}
#elif defined(__aarch64__)
#define CLOCK_HAS_COUNTER 1
static inline uint64_t counter_begin(void)
{
	uint64_t t;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(t)::"memory");
	return t;
}

static inline uint64_t counter_end(void)
{
	uint64_t t;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb"
			 : "=r"(t)::"memory");
	return t;
}
#else
#define CLOCK_HAS_COUNTER 0
static inline uint64_t counter_begin(void)
{
	return clock_raw_ns();
}

static inline uint64_t counter_end(void)
{
	return clock_raw_ns();
}
#endif

/* Lets nothing that comes after begin before all that came before is done. */
static inline void counter_fence(void)
{
#if defined(__x86_64__)
	__asm__ volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
#endif
}

/* What the stamps are and what a tick of theirs is worth. */
struct clock_info {
	const char *source;   /* "tsc", "cntvct", "monotonic-raw",
			       * "instructions" */
	bool counter;	      /* stamps are counter_begin/end, else raw ns */
	double ns_per_tick;   /* measured against CLOCK_MONOTONIC_RAW */
	double empty_pair_ns; /* mean of an empty pair of stamps */
	uint64_t step;	      /* ticks by which stamps really move on: the TSC
			       * of AMD's Zen goes in steps of 10 ns, a 62.5 MHz
			       * CNTVCT in steps of 16 ns */
};

/* Finds the clock and measures it, for about 10 ms. Never fails: without a
 * usable counter it is CLOCK_MONOTONIC_RAW. */
void clock_calibrate(struct clock_info *info);

/*
 * For a machine that says that its counter ticks once an instruction, as QEMU's
 * -icount shift=0 makes it: from then on stamps are the counter's and a tick is
 * one instruction. 0, or -ENOTSUP when a loop of known length says otherwise;
 * info is as it was then, and *seen is what the counter made of *expected
 * instructions.
 */
int clock_count_instructions(struct clock_info *info, uint64_t *expected,
			     uint64_t *seen);

/* Stamps outside the timed loop: same source as the loop, in ticks. */
static inline uint64_t clock_ticks(const struct clock_info *info)
{
	return info->counter ? counter_begin() : clock_raw_ns();
}

static inline uint64_t clock_to_ns(const struct clock_info *info,
				   uint64_t ticks)
{
	return (uint64_t)((double)ticks * info->ns_per_tick + 0.5);
}

#endif
