/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables made from catalog.def; find by name; near names for a typo. */
#ifndef BENCH_CATALOG_H
#define BENCH_CATALOG_H

#include "placement.h"
#include "policy.h"
#include "scenario.h"

/* One entry: the name with dashes, and the object. Tables end with a NULL
 * name and are in the order of catalog.def. */
struct catalog_entry {
	const char *name;
	const void *object;
};

enum catalog {
	CATALOG_SCENARIO,
	CATALOG_LOCK,
	CATALOG_POLICY,
	CATALOG_ANTAGONIST,
	CATALOG_PLACEMENT,
	NR_CATALOGS,
};

extern const char *const catalog_titles[NR_CATALOGS]; /* "scenario", ... */
extern const struct catalog_entry *const catalogs[NR_CATALOGS];

/* NULL when there is no such name. */
const void *catalog_find(enum catalog catalog, const char *name);
const char *catalog_name(enum catalog catalog, const void *object);

/* The title and the story of an entry, whatever its catalogue. */
const char *catalog_title(enum catalog catalog, const void *object);
const char *catalog_story(enum catalog catalog, const void *object);

/* true when pages of this scenario may be touched in the way of this lock. */
bool scenario_admits(const struct scenario *scenario, const struct lock *lock);

/* -EINVAL and "no scenario 'anon-wirte'; did you mean anon-write?", or, when
 * nothing is near, all the names there are. */
int catalog_unknown(enum catalog catalog, const char *name, struct error *e);

#endif
