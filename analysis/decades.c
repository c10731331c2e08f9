/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decades.h"

#include "memory.h"

void decades_count(struct decades *d, const struct hist *h)
{
	unsigned int i;

	*d = (struct decades){ .total = 0 };
	for (i = 0; h && i < HIST_NR; i++) {
		uint64_t low = hist_low(i), power = 10;
		size_t decade = 0;

		if (!h->bucket[i])
			continue;
		while (low >= power && decade < NR_DECADES - 1) {
			power *= 10;
			decade++;
		}
		d->nr[decade] += h->bucket[i];
		d->total += h->bucket[i];
	}
}

char *decade_name(size_t i)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	static const unsigned int powers[] = { 1, 10, 100 };
	const char *unit = units[i / 3 < 3 ? i / 3 : 3];
	unsigned int low = powers[i % 3];

	if (!i)
		return memory_text("below 10 ns");
	if (i == NR_DECADES - 1)
		return memory_text("1000 s and more");
	return memory_printf("%u - %u %s", low, low * 10, unit);
}

bool decades_range(const struct decades *d, size_t nr, size_t *first,
		   size_t *last)
{
	size_t i, k;

	*first = NR_DECADES;
	for (i = 0; i < NR_DECADES; i++)
		for (k = 0; k < nr; k++)
			if (d[k].nr[i]) {
				*last = i;
				if (*first == NR_DECADES)
					*first = i;
			}
	return *first != NR_DECADES;
}
