/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timed loop stores raw ticks and does nothing else; histograms and
 * medians are made of them between rounds. Medians of rounds are exact then,
 * not bucketed. The end of one touch is the beginning of the next, so a fault
 * carries the cost of one stamp and one store, not of two stamps.
 */
#include "measure.h"

typedef uint64_t stamp_fn(void);

static inline __attribute__((always_inline)) size_t loop(
	stamp_fn *begin, stamp_fn *end, touch_fn *touch, char *const *order,
	size_t nr, size_t batch, uint64_t *sample, const atomic_bool *over)
{
	uint64_t last = begin(), now;
	size_t i, j;

	for (i = 0; i < nr && !atomic_load_explicit(over, memory_order_relaxed);
	     i += batch) {
		for (j = i; j < i + batch; j++)
			touch(order[j]);
		now = end();
		*sample++ = now - last;
		last = now;
	}
	return i;
}

/* Two copies, so that the stamps are inlined in both. */
__attribute__((noinline)) static size_t touch_timed_counter(
	touch_fn *touch, char *const *order, size_t nr, size_t batch,
	uint64_t *sample, const atomic_bool *over)
{
	return loop(counter_begin, counter_end, touch, order, nr, batch, sample,
		    over);
}

__attribute__((noinline)) static size_t touch_timed_raw(touch_fn *touch,
							char *const *order,
							size_t nr, size_t batch,
							uint64_t *sample,
							const atomic_bool *over)
{
	return loop(clock_raw_ns, clock_raw_ns, touch, order, nr, batch, sample,
		    over);
}

size_t touch_timed(const struct clock_info *clock, touch_fn *touch,
		   char *const *order, size_t nr, size_t batch,
		   uint64_t *sample, const atomic_bool *over)
{
	if (clock->counter)
		return touch_timed_counter(touch, order, nr, batch, sample,
					   over);
	return touch_timed_raw(touch, order, nr, batch, sample, over);
}

/* A spin of so long, and of so many steps of the clock, is held against it. */
enum {
	CLOCKED_NS = 500,
	CLOCKED_STEPS = 50
};

static uint64_t spin_turns, spin_ticks; /* one of them is 0 */
static const struct clock_info *spin_clock;
static touch_fn *spin_touch;

/* One cycle a turn or thereabouts; no clock, whose steps may be longer than
 * what is to be spun. */
static inline __attribute__((always_inline)) void spin(uint64_t turns)
{
	for (; turns; turns--)
		__asm__ volatile("" : "+r"(turns));
}

void touch_spin_setup(const struct clock_info *clock, touch_fn *touch,
		      uint64_t ns)
{
	enum {
		TURNS = 1000 * 1000,
		TRIES = 20
	};
	uint64_t best = UINT64_MAX;
	double ticks = (double)ns / clock->ns_per_tick;
	int i;

	spin_touch = touch;
	spin_clock = clock;
	spin_turns = spin_ticks = 0;
	/* Turns are counted in the first ms of a process: beside a neighbour
	 * they take longer than later, by a third. */
	if (ns >= CLOCKED_NS && ticks >= CLOCKED_STEPS * (double)clock->step) {
		spin_ticks = (uint64_t)ticks;
		return;
	}
	for (i = 0; i < TRIES; i++) {
		uint64_t t0 = clock_ticks(clock), t;

		spin(TURNS);
		t = clock_ticks(clock) - t0;
		best = t < best ? t : best;
	}
	spin_turns = (uint64_t)(ticks * TURNS / (double)best);
}

void touch_spin(char *page)
{
	if (spin_ticks) {
		uint64_t start = clock_ticks(spin_clock);

		while (clock_ticks(spin_clock) - start < spin_ticks)
			;
	} else {
		spin(spin_turns);
	}
	/* Or the processor would walk the page tables meanwhile. */
	counter_fence();
	spin_touch(page);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_median(uint64_t *sample, size_t n, uint64_t step)
{
	uint64_t middle;
	size_t below, equal;

	qsort(sample, n, sizeof(*sample), compare_u64);
	middle = sample[n / 2];
	for (below = n / 2; below && sample[below - 1] == middle; below--)
		;
	for (equal = 1; below + equal < n && sample[below + equal] == middle;
	     equal++)
		;
	return (double)middle +
	       (double)step *
		       (((double)n / 2 - (double)below) / (double)equal - 0.5);
}

double doubles_quantile(double *x, size_t n, double q)
{
	double rank = q * (double)(n - 1);
	size_t i = (size_t)rank;

	qsort(x, n, sizeof(*x), compare_double);
	return i + 1 < n ? x[i] + (rank - (double)i) * (x[i + 1] - x[i]) : x[i];
}
