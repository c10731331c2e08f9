/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ticks at round numbers with their units written out. */
#include <math.h>

#include "plot.h"

#define MAX_TICKS 40

static void tick_text(char *buf, size_t size, double x, bool time)
{
	static const char *const rates[] = { "", " k", " M", " G" };
	static const char *const times[] = { " ns", " us", " ms", " s" };
	double scaled = time ? x * 1e9 : x;
	size_t unit = 0;

	while (scaled > 999.5 && unit < 3) {
		scaled /= 1000;
		unit++;
	}
	snprintf(buf, size, "%.4g%s", scaled,
		 x == 0 ? "" : (time ? times : rates)[unit]);
}

static void ticks_write(struct picture *p, const char *name, const double *at,
			size_t nr, bool time)
{
	char array[64], text[64];
	size_t i;

	snprintf(array, sizeof(array), "%s_at", name);
	vars_array(p, array, nr);
	for (i = 0; i < nr; i++)
		vars_number_at(p, array, i + 1, at[i]);
	snprintf(array, sizeof(array), "%s_text", name);
	vars_array(p, array, nr);
	for (i = 0; i < nr; i++) {
		tick_text(text, sizeof(text), at[i], time);
		vars_text_at(p, array, i + 1, text);
	}
	snprintf(array, sizeof(array), "%ss", name);
	vars_number(p, array, (double)nr);
}

void vars_ticks_log(struct picture *p, const char *name, double low,
		    double high, bool time)
{
	static const double steps[] = { 1, 2, 5 };
	bool few = log10(high / low) > 3.2; /* decades alone are enough */
	double at[MAX_TICKS], decade;
	size_t i, nr = 0;

	for (decade = pow(10, floor(log10(low))); decade <= high;
	     decade *= 10) {
		for (i = 0; i < (few ? 1 : 3); i++) {
			double x = decade * steps[i];

			if (x >= low && x <= high && nr < MAX_TICKS)
				at[nr++] = x;
		}
	}
	ticks_write(p, name, at, nr, time);
}

void vars_ticks_linear(struct picture *p, const char *name, double high)
{
	double step = pow(10, floor(log10(high / 4))), at[MAX_TICKS];
	size_t i, nr = 0;

	if (high / step > 20)
		step *= 5;
	else if (high / step > 8)
		step *= 2;
	for (i = 0; (double)i * step <= high && nr < MAX_TICKS; i++)
		at[nr++] = (double)i * step;
	ticks_write(p, name, at, nr, false);
}
