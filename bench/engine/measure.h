/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * THE timed loop, and what becomes of its samples. Nothing else reads the
 * clock round a fault.
 */
#ifndef ENGINE_MEASURE_H
#define ENGINE_MEASURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "hist.h"
#include "scenario.h"

/*
 * Touches order[0..nr) one after the other and stores the ticks that each
 * batch took; stops early when *over becomes true. nr is a multiple of batch.
 * Returns how many were touched. Calls nothing but touch (and clock_gettime
 * where there is no counter); takes no lock, allocates nothing.
 */
size_t touch_timed(const struct clock_info *clock, touch_fn *touch,
		   char *const *order, size_t nr, size_t batch,
		   uint64_t *sample, const atomic_bool *over);

/* The touch that spins first, for the positive control: touch_spin_setup()
 * says for how long and around which touch. */
void touch_spin(char *page);
void touch_spin_setup(const struct clock_info *clock, touch_fn *touch,
		      uint64_t ns);

/*
 * Median of n samples, n > 0; reorders them. The clock goes in steps, so many
 * samples are equal: each stands for the width of a step, over which its
 * equals are spread evenly (the median of grouped data; Yule & Kendall). With
 * 512 samples that tells 1 ns with a clock of 10 ns.
 */
double samples_median(uint64_t *sample, size_t n, uint64_t step);
/* The value that the share q of n doubles does not exceed; sorts them; n > 0.
 * Between two of them it is interpolated (R's type 7). */
double doubles_quantile(double *x, size_t n, double q);

#endif
