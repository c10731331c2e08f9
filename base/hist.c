/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hist.h"

#include <math.h>

uint64_t hist_low(unsigned int index)
{
	unsigned int shift;

	if (index < (2u << HIST_SUB_BITS))
		return index;
	shift = (index >> HIST_SUB_BITS) - 1;
	return (uint64_t)((index & ((1u << HIST_SUB_BITS) - 1)) |
			  (1u << HIST_SUB_BITS))
	       << shift;
}

uint64_t hist_high(unsigned int index)
{
	return hist_low(index + 1);
}

void hist_merge(struct hist *dst, const struct hist *src)
{
	unsigned int i;

	if (!src->total)
		return;
	if (!dst->total || src->min < dst->min)
		dst->min = src->min;
	if (src->max > dst->max)
		dst->max = src->max;
	dst->total += src->total;
	for (i = 0; i < HIST_NR; i++)
		dst->bucket[i] += src->bucket[i];
}

double hist_quantile(const struct hist *h, double q)
{
	double rank = q * (double)h->total, below = 0, value;
	unsigned int i;

	if (!h->total)
		return NAN;
	for (i = 0; i < HIST_NR - 1; i++) {
		if (below + (double)h->bucket[i] >= rank && h->bucket[i])
			break;
		below += (double)h->bucket[i];
	}
	value = (double)hist_low(i);
	/* A bucket of width 1 holds exactly one value: nothing to guess. */
	if (hist_high(i) - hist_low(i) > 1 && h->bucket[i])
		value += (double)(hist_high(i) - hist_low(i)) *
			 fmax(0, rank - below) / (double)h->bucket[i];
	return fmin(fmax(value, (double)h->min), (double)h->max);
}
