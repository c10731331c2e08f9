/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *e, int err, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return -err;
}

void error_prefix(struct error *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	size_t used, room;
	va_list ap;

	if (!e)
		return;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text) - 2, fmt, ap);
	va_end(ap);
	strcat(e->text, ": ");
	used = strlen(e->text);
	room = sizeof(e->text) - used;
	memcpy(e->text + used, old, room);
	e->text[sizeof(e->text) - 1] = '\0';
}
