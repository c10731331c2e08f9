/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gate has to tell besides its rows. */
#include "gating.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void gating_trouble(struct gating *g, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	*(char **)memory_append((void **)&g->troubles, &g->nr_troubles,
				sizeof(text)) = text;
}

void gating_leave_out(struct gating *g, const char *fmt, ...)
{
	va_list ap;
	char *text;
	size_t i;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	for (i = 0; i < g->nr_left_out; i++) {
		if (!strcmp(g->left_out[i].why, text)) {
			g->left_out[i].nr++;
			free(text);
			return;
		}
	}
	*(struct left_out *)memory_append(
		(void **)&g->left_out, &g->nr_left_out,
		sizeof(*g->left_out)) = (struct left_out){ text, 1 };
}
