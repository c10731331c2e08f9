/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

void *memory_new(size_t nr, size_t size)
{
	return must(calloc(nr ? nr : 1, size));
}

void *memory_append(void **array, size_t *nr, size_t size)
{
	size_t n = *nr;
	char *element;

	if (!(n & (n - 1))) {
		if (n > SIZE_MAX / size / 2)
			abort();
		*array = must(realloc(*array, (n ? n * 2 : 1) * size));
	}
	element = (char *)*array + n * size;
	memset(element, 0, size);
	*nr = n + 1;
	return element;
}

char *memory_text(const char *text)
{
	return text ? must(strdup(text)) : NULL;
}

char *memory_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	return text;
}
