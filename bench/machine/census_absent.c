/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The census of a build without clang, bpftool or libbpf: there is none, and
 * every answer says why. Compiled in place of census.c.
 */
#include "census.h"

#include <errno.h>
#include <stddef.h>

static int absent(struct error *e)
{
	return error_set(e, ENOTSUP, "built without BPF: %s", BPF_ABSENT);
}

const char *census_libbpf(const char **why)
{
	*why = BPF_ABSENT;
	return NULL;
}

int census_open(struct census **c, enum census_level best,
		unsigned int nr_slots, struct error *e)
{
	(void)best;
	(void)nr_slots;
	*c = NULL;
	return absent(e);
}

void census_close(struct census *c)
{
	(void)c;
}

enum census_level census_level(const struct census *c)
{
	(void)c;
	return CENSUS_NONE;
}

const char *census_why_not_better(const struct census *c)
{
	(void)c;
	return BPF_ABSENT;
}

const char *census_how_locks(const struct census *c)
{
	(void)c;
	return "";
}

uint64_t census_missed(const struct census *c)
{
	(void)c;
	return 0;
}

int census_watch(struct census *c, unsigned int slot, struct error *e)
{
	(void)c;
	(void)slot;
	return absent(e);
}

int census_unwatch(struct census *c, struct error *e)
{
	(void)c;
	return absent(e);
}

int census_read(struct census *c, unsigned int slot,
		struct census_counts *counts, struct error *e)
{
	(void)c;
	(void)slot;
	(void)counts;
	return absent(e);
}
