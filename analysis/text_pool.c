/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* FNV-1a (Fowler, Noll, Vo); goes on from a hash. */
static uint64_t hash_on(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

static uint64_t hash_of(const char *prefix, const char *text)
{
	uint64_t hash = hash_on(hash_on(0xcbf29ce484222325u, prefix), text);

	return hash ^ hash >> 32;
}

static bool is_it(const char *name, const char *prefix, const char *text)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && !strcmp(name + len, text);
}

static void grow(struct text_pool *n)
{
	size_t size = n->size ? 2 * n->size : 64, i, k;
	char **at = memory_new(size, sizeof(*at));

	for (i = 0; i < n->size; i++) {
		if (!n->at[i])
			continue;
		for (k = hash_of("", n->at[i]); at[k & (size - 1)]; k++)
			;
		at[k & (size - 1)] = n->at[i];
	}
	free(n->at);
	n->at = at;
	n->size = size;
}

char *text_pool_add(struct text_pool *n, const char *prefix, const char *text)
{
	char **slot;
	size_t k;

	if (2 * n->nr >= n->size)
		grow(n);
	for (k = hash_of(prefix, text);; k++) {
		slot = &n->at[k & (n->size - 1)];
		if (!*slot)
			break;
		if (is_it(*slot, prefix, text))
			return *slot;
	}
	n->nr++;
	*slot = memory_printf("%s%s", prefix, text);
	return *slot;
}

void text_pool_free(struct text_pool *n)
{
	size_t i;

	for (i = 0; i < n->size; i++)
		free(n->at[i]);
	free(n->at);
	*n = (struct text_pool){ 0 };
}
