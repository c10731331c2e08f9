/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "memory.h"
#include "units.h"

#define NOTHING "–"

void table_add(struct table *t, const char *fmt, ...)
{
	char **cell = memory_append((void **)&t->cells, &t->nr_cells,
				    sizeof(*t->cells));
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(cell, fmt, ap) < 0)
		abort();
	va_end(ap);
}

void table_add_time(struct table *t, double ns)
{
	char buf[32];

	table_add(t, "%s",
		  isnan(ns) ? NOTHING : units_time(buf, sizeof(buf), ns));
}

void table_add_count(struct table *t, double count)
{
	char buf[32];

	table_add(t, "%s",
		  isnan(count) ? NOTHING
			       : units_count(buf, sizeof(buf), count));
}

char *ratio_text(char *buf, size_t size, double ratio)
{
	int digits = ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;

	snprintf(buf, size, "%.*f", digits, ratio);
	return buf;
}

char *interval_text(const struct interval *i)
{
	char estimate[32], low[32], high[32];

	if (isnan(i->estimate))
		return memory_text(NOTHING);
	ratio_text(estimate, sizeof(estimate), i->estimate);
	if (!i->has_interval)
		return memory_printf("%s (n = %zu)", estimate, i->n);
	return memory_printf("%s [%s, %s]", estimate,
			     ratio_text(low, sizeof(low), i->low),
			     ratio_text(high, sizeof(high), i->high));
}

void table_add_ratio(struct table *t, const struct interval *i)
{
	char *text = interval_text(i);

	table_add(t, "%s", text);
	free(text);
}

size_t table_rows(const struct table *t)
{
	return t->nr_columns ? t->nr_cells / t->nr_columns : 0;
}

void table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->nr_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ 0 };
}
