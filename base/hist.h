/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log-linear histogram of times in ns, of fixed size, one for each thread.
 *
 * Values below 2^(B+1) have a bucket each (B = HIST_SUB_BITS). Above, every
 * octave [2^k, 2^(k+1)) is cut into 2^B buckets of width 2^(k-B). A value v in
 * that octave is at least 2^k, so the width of its bucket is at most v / 2^B:
 * with B = 7 a quantile is off by at most 1/128 = 0.78 % of its value, and by
 * half of that when the middle of the bucket is reported. Values from 2^40 ns
 * (18 minutes) on are counted in the last bucket.
 *
 * The idea is HdrHistogram's (Tene); fio's stat.h derives the same bound.
 */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdint.h>
#include <stddef.h>

#define HIST_SUB_BITS 7
#define HIST_MAX_BITS 40
#define HIST_NR	      ((HIST_MAX_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t total; /* values added */
	uint64_t min;	/* 0 while total is 0 */
	uint64_t max;
	uint64_t bucket[HIST_NR];
};

/* The bucket of a value whose highest set bit is number top; for code that has
 * no instruction to find that bit (BPF). */
static inline unsigned int hist_index_top(uint64_t value, unsigned int top)
{
	unsigned int shift;

	if (value < (2u << HIST_SUB_BITS))
		return (unsigned int)value;
	if (value >> HIST_MAX_BITS)
		return HIST_NR - 1;
	shift = top - HIST_SUB_BITS;
	return (shift << HIST_SUB_BITS) + (unsigned int)(value >> shift);
}

/* The bucket of a value. */
static inline unsigned int hist_index(uint64_t value)
{
	return hist_index_top(value,
			      63u - (unsigned int)__builtin_clzll(value | 1));
}

/* Adds one value. No call, no allocation, no clock. */
static inline void hist_add(struct hist *h, uint64_t value)
{
	if (!h->total || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->total++;
	h->bucket[hist_index(value)]++;
}

/* Least value of a bucket, and the least value beyond it. index < HIST_NR. */
uint64_t hist_low(unsigned int index);
uint64_t hist_high(unsigned int index);

/* Adds all of src to dst. */
void hist_merge(struct hist *dst, const struct hist *src);

/*
 * The value that the share q (0..1) of all values does not exceed, in ns,
 * interpolated inside its bucket and never outside min..max; the error is the
 * bound above. NaN when the histogram is empty.
 */
double hist_quantile(const struct hist *h, double q);

#endif
