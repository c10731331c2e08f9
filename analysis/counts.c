/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "stats.h"

bool counts_comparable(const char *axis, const struct cell_sample *a)
{
	static const char *const change_them[] = { "lock", "policy", "scenario",
						   "antagonist" };
	size_t i;

	for (i = 0; i < sizeof(change_them) / sizeof(change_them[0]); i++)
		if (!strcmp(axis, change_them[i]))
			return false;
	return sample_is_alone(a);
}

struct range {
	double low, middle, high;
	size_t nr;
};

static struct range range_of(const struct cell_sample *c, const char *metric,
			     const char **why)
{
	double *values = memory_new(c->nr_witnesses, sizeof(*values));
	struct range range = { .nr = sample_counts(c, metric, values, why) };
	size_t i;

	range.low = range.high = range.middle = stats_median(values, range.nr);
	for (i = 0; i < range.nr; i++) {
		range.low = fmin(range.low, values[i]);
		range.high = fmax(range.high, values[i]);
	}
	free(values);
	return range;
}

static enum counted_state state_of(const struct range *a, const struct range *b)
{
	double spread = fmax(a->high - a->low, b->high - b->low);
	double gap = fmax(b->low - a->high, a->low - b->high);

	if (!a->nr || !b->nr)
		return COUNTED_ABSENT;
	if (spread < COUNTS_STEP)
		return fabs(a->middle - b->middle) < COUNTS_STEP
			       ? COUNTED_SAME
			       : COUNTED_DIFFERS;
	return gap > COUNTS_BEYOND * spread ? COUNTED_DIFFERS : COUNTED_VARIES;
}

void counted_make(struct counted *row, const struct cell_sample *a,
		  const struct cell_sample *b, const char *metric)
{
	struct range x, y;

	*row = (struct counted){ .a = a, .b = b, .metric = metric };
	x = range_of(a, metric, &row->why_a);
	y = range_of(b, metric, &row->why_b);
	row->value_a = x.middle;
	row->value_b = y.middle;
	row->na = x.nr;
	row->nb = y.nr;
	row->state = state_of(&x, &y);
}

char *counted_nr(size_t na, size_t nb)
{
	return na > 1 || nb > 1 ? memory_printf("%zu+%zu", na, nb)
				: memory_text("-");
}
