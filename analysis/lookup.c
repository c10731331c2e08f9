/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash table with open addressing; half of its slots at least are free. */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "memory.h"

struct lookup_entry {
	char *text; /* NULL: free */
	uint64_t hash;
	size_t number;
};

/* Whoever writes a file must not know which texts share a slot. */
static uint64_t hash_seed(void)
{
	static uint64_t seed;

	if (!seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uintptr_t)&seed;
	seed |= 1;
	return seed;
}

/* Eight bytes at a time, each mixed by two multiplications (the finalizer of
 * MurmurHash3, Appleby). */
static uint64_t hash_of(const char *text)
{
	size_t len = strlen(text), n;
	uint64_t hash = hash_seed() ^ len, part;

	for (; len; text += n, len -= n) {
		n = len < sizeof(part) ? len : sizeof(part);
		part = 0;
		memcpy(&part, text, n);
		hash ^= part;
		hash ^= hash >> 33;
		hash *= 0xff51afd7ed558ccdULL;
		hash ^= hash >> 33;
		hash *= 0xc4ceb9fe1a85ec53ULL;
		hash ^= hash >> 33;
	}
	return hash;
}

static struct lookup_entry *find(const struct lookup *l, const char *text,
				 uint64_t hash)
{
	size_t i = hash & (l->room - 1);

	while (l->slots[i].text &&
	       (l->slots[i].hash != hash || strcmp(l->slots[i].text, text)))
		i = (i + 1) & (l->room - 1);
	return &l->slots[i];
}

static void make_room(struct lookup *l)
{
	struct lookup_entry *old = l->slots;
	size_t i, k, nr = l->room;

	l->room = nr ? 2 * nr : 64;
	l->slots = memory_new(l->room, sizeof(*l->slots));
	for (i = 0; i < nr; i++) {
		if (!old[i].text)
			continue;
		k = old[i].hash & (l->room - 1);
		while (l->slots[k].text)
			k = (k + 1) & (l->room - 1);
		l->slots[k] = old[i];
	}
	free(old);
}

size_t *lookup(struct lookup *l, const char *text)
{
	uint64_t hash = hash_of(text);
	struct lookup_entry *entry;

	if (2 * l->nr >= l->room)
		make_room(l);
	entry = find(l, text, hash);
	if (!entry->text) {
		entry->text = memory_text(text);
		entry->hash = hash;
		entry->number = SIZE_MAX;
		l->nr++;
	}
	return &entry->number;
}

void lookup_free(struct lookup *l)
{
	size_t i;

	for (i = 0; i < l->room; i++)
		free(l->slots[i].text);
	free(l->slots);
	*l = (struct lookup){ 0 };
}
