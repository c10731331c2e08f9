/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalog.h"

#include <stdio.h>

#include "near.h"

/* The objects, then the names: "anon_write" becomes "anon-write" at first use
 * of a table, because the preprocessor cannot. */
#define SCENARIO(name)	 extern const struct scenario scenario_##name;
#define LOCK(name)	 extern const struct lock lock_##name;
#define POLICY(name)	 extern const struct policy policy_##name;
#define ANTAGONIST(name) extern const struct antagonist antagonist_##name;
#define PLACEMENT(name)
#include "catalog.def"
#undef SCENARIO
#undef LOCK
#undef POLICY
#undef ANTAGONIST
#undef PLACEMENT

#define NONE(name)
#define ENTRY(kind, id) { (char[]){ #id }, &kind##_##id },

#define LOCK	       NONE
#define POLICY	       NONE
#define ANTAGONIST     NONE
#define PLACEMENT      NONE
#define SCENARIO(name) ENTRY(scenario, name)
static struct catalog_entry scenarios[] = {
#include "catalog.def"
	{ NULL, NULL },
};
#undef SCENARIO
#undef LOCK

#define SCENARIO   NONE
#define LOCK(name) ENTRY(lock, name)
static struct catalog_entry locks[] = {
#include "catalog.def"
	{ NULL, NULL },
};
#undef LOCK
#undef POLICY

#define LOCK	     NONE
#define POLICY(name) ENTRY(policy, name)
static struct catalog_entry policies[] = {
#include "catalog.def"
	{ NULL, NULL },
};
#undef POLICY
#undef ANTAGONIST

#define POLICY		 NONE
#define ANTAGONIST(name) ENTRY(antagonist, name)
static struct catalog_entry antagonists[] = {
#include "catalog.def"
	{ NULL, NULL },
};
#undef ANTAGONIST
#undef PLACEMENT

#define ANTAGONIST	NONE
#define PLACEMENT(name) ENTRY(placement, name)
static struct catalog_entry placements[] = {
#include "catalog.def"
	{ NULL, NULL },
};

const char *const catalog_titles[NR_CATALOGS] = {
	"scenario", "lock", "policy", "antagonist", "placement",
};

const struct catalog_entry *const catalogs[NR_CATALOGS] = {
	scenarios, locks, policies, antagonists, placements,
};

__attribute__((constructor)) static void underscores_to_dashes(void)
{
	const struct catalog_entry *entry;
	int i;

	for (i = 0; i < NR_CATALOGS; i++)
		for (entry = catalogs[i]; entry->name; entry++)
			for (char *c = (char *)entry->name; *c; c++)
				if (*c == '_')
					*c = '-';
}

const void *catalog_find(enum catalog catalog, const char *name)
{
	const struct catalog_entry *entry;

	for (entry = catalogs[catalog]; entry->name; entry++)
		if (!strcmp(entry->name, name))
			return entry->object;
	return NULL;
}

const char *catalog_name(enum catalog catalog, const void *object)
{
	const struct catalog_entry *entry;

	for (entry = catalogs[catalog]; entry->name; entry++)
		if (entry->object == object)
			return entry->name;
	return "?";
}

const char *catalog_title(enum catalog catalog, const void *object)
{
	switch (catalog) {
	case CATALOG_SCENARIO:
		return ((const struct scenario *)object)->title;
	case CATALOG_LOCK:
		return ((const struct lock *)object)->title;
	case CATALOG_POLICY:
		return ((const struct policy *)object)->title;
	case CATALOG_ANTAGONIST:
		return ((const struct antagonist *)object)->title;
	default:
		return ((const struct placement *)object)->title;
	}
}

const char *catalog_story(enum catalog catalog, const void *object)
{
	switch (catalog) {
	case CATALOG_SCENARIO:
		return ((const struct scenario *)object)->story;
	case CATALOG_LOCK:
		return ((const struct lock *)object)->story;
	case CATALOG_POLICY:
		return ((const struct policy *)object)->story;
	case CATALOG_ANTAGONIST:
		return ((const struct antagonist *)object)->story;
	default:
		return ((const struct placement *)object)->story;
	}
}

bool scenario_admits(const struct scenario *scenario, const struct lock *lock)
{
	unsigned int ways = scenario->ways ? scenario->ways : ~(1u << BY_HOLD);

	return ways & 1u << lock->way;
}

int catalog_unknown(enum catalog catalog, const char *name, struct error *e)
{
	const char *names[64];
	size_t nr;

	for (nr = 0; nr < 64 && catalogs[catalog][nr].name; nr++)
		names[nr] = catalogs[catalog][nr].name;
	return near_error(catalog_titles[catalog], name, names, nr, e);
}
