/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faultline list, explain: the catalogue, and the stories. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "catalog.h"
#include "cell.h"
#include "commands.h"
#include "near.h"
#include "promise.h"
#include "spec.h"

/* --- list ----------------------------------------------------------------- */

static void list_scenarios(void)
{
	const struct catalog_entry *entry, *other;
	const char *group;

	puts("Scenarios: the fault that is provoked");
	for (entry = catalogs[CATALOG_SCENARIO]; entry->name; entry++) {
		group = ((const struct scenario *)entry->object)->group;
		for (other = catalogs[CATALOG_SCENARIO]; other != entry;
		     other++)
			if (!strcmp(((const struct scenario *)other->object)
					    ->group,
				    group))
				break;
		if (other != entry)
			continue; /* the group was listed */
		printf("  %s\n", group);
		for (; other->name; other++) {
			const struct scenario *s = other->object;

			if (!strcmp(s->group, group))
				printf("    %-18s %s\n", other->name, s->title);
		}
	}
}

static void list_catalog(enum catalog catalog, const char *title)
{
	const struct catalog_entry *entry;

	printf("\n%s\n", title);
	for (entry = catalogs[catalog]; entry->name; entry++)
		printf("    %-18s %s\n", entry->name,
		       catalog_title(catalog, entry->object));
}

static void list_settings(const struct setting *s, const char *title)
{
	char words[64];

	printf("\n%s\n", title);
	for (; s && s->name; s++) {
		words[0] = '\0';
		if (s->words)
			snprintf(words, sizeof(words), "%s", s->words);
		printf("    %-14s %s%s%s%s", s->name, s->help,
		       s->words ? " (" : "", words, s->words ? ")" : "");
		if (s->fallback)
			printf(" [%s]", s->fallback);
		putchar('\n');
	}
}

static const struct argp list_argp = {
	.doc = "What a plan can name: scenarios, locks, antagonists, "
	       "placements, settings, counters.",
};

int command_list(int argc, char **argv, struct error *e)
{
	(void)e;
	argp_parse(&list_argp, argc, argv, 0, NULL, NULL);
	list_scenarios();
	list_catalog(CATALOG_LOCK, "Locks: how the page is touched");
	list_catalog(
		CATALOG_POLICY,
		"Policies: what a fault that must wait does with its lock; "
		"all but stock take\n  vm.per_vma_lock and "
		"vm.fault_lock_wait, which no stock kernel has");
	list_catalog(CATALOG_ANTAGONIST,
		     "Antagonists: what else happens to the address space; or "
		     "none");
	list_catalog(CATALOG_PLACEMENT, "Placements: which PUs threads run on");
	list_settings(common_settings,
		      "Settings of every cell, and what they are unless set");
	list_settings(antagonist_settings,
		      "Settings of an antagonist that works on the address "
		      "space");
	puts("\nCounters, for `counters =` and always for the witness\n"
	     "    software           page-faults context-switches "
	     "cpu-migrations, with :u or :k\n"
	     "    tracepoints        mmap_lock:mmap_lock_acquire_returned and "
	     "any other, SYSTEM:EVENT/FILTER\n"
	     "    hardware           whatever libpfm4 knows here: cycles:k "
	     "instructions:k ...\n"
	     "\n`faultline explain NAME` tells the story of a name; `faultline "
	     "doctor` what works here.");
	return 0;
}

/* --- explain -------------------------------------------------------------- */

static void print_story(const char *story)
{
	size_t len;

	for (; *story; story += len + (story[len] == '\n')) {
		len = strcspn(story, "\n");
		printf("  %.*s\n", (int)len, story);
	}
}

static void explain_promise(const char *axis, const char *name,
			    const struct scenario *s, const struct lock *l,
			    const struct policy *policy,
			    const struct features *features)
{
	struct promise p = promise_make(
		s->path, l->way,
		promise_circumstances(policy, s->feature, features));
	char words[64];

	promise_print(&p, words, sizeof(words));
	printf("    %s=%-*s %s%s\n", axis, (int)(17 - strlen(axis)), name,
	       words, p.writes > 0 ? ", and one for write" : "");
}

static void explain_scenario(const struct scenario *s)
{
	const struct catalog_entry *lock, *policy;
	struct policy here;
	struct features features;

	features_load(&features);
	policy_now(&here);
	printf("\n  Admitted under the VMA lock where the kernel has %s; this one "
	       "%s: %s.\n  Promise here, acquisitions of mmap_lock a fault:\n",
	       feature_names[s->feature],
	       features.has[s->feature] ? "has it" : "does not have it",
	       features.how[s->feature]);
	for (lock = catalogs[CATALOG_LOCK]; lock->name; lock++) {
		const struct lock *l = lock->object;

		if (scenario_admits(s, l))
			explain_promise("lock", lock->name, s, l, &here,
					&features);
	}
	puts("  The same with lock=vma by policy, where the kernel has the "
	     "switches:");
	for (policy = catalogs[CATALOG_POLICY]; policy->name; policy++)
		explain_promise("policy", policy->name, s,
				catalog_find(CATALOG_LOCK, "vma"),
				policy->object, &features);
	if (s->pages)
		printf("\n  pages = %s unless set.\n", s->pages);
	if (s->settings)
		list_settings(s->settings, "  Settings of its own");
}

static void explain_antagonist(const struct antagonist *a)
{
	putchar('\n');
	if (a->where)
		printf("  Works at%s%s, in %s.\n",
		       a->where & WHERE_SAME ? " where=same" : "",
		       a->where & WHERE_ELSEWHERE ? " where=elsewhere" : "",
		       a->process ? "a process of its own"
				  : "a thread of the process under test");
	if (a->writes >= 0)
		printf("  Acquisitions of mmap_lock for write an operation: "
		       "%d.\n",
		       a->writes);
	if (a->settings)
		list_settings(a->settings, "  Settings of its own");
}

static error_t take_name(int key, char *arg, struct argp_state *state)
{
	const char **name = state->input;

	if (key == ARGP_KEY_ARG && !*name)
		*name = arg;
	else if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS)
		argp_usage(state);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp explain_argp = {
	.parser = take_name,
	.args_doc = "NAME",
	.doc = "The story of a scenario, lock, policy, antagonist or placement: what "
	       "the kernel does, which lock it takes, in which functions.",
};

static int unknown_name(const char *name, struct error *e)
{
	const char *names[128];
	const struct catalog_entry *entry;
	size_t nr = 0;
	int i;

	for (i = 0; i < NR_CATALOGS; i++)
		for (entry = catalogs[i]; entry->name && nr < 128; entry++)
			names[nr++] = entry->name;
	return near_error("scenario, lock, policy, antagonist or placement",
			  name, names, nr, e);
}

int command_explain(int argc, char **argv, struct error *e)
{
	const char *name = NULL;
	bool found = false;
	int i;

	argp_parse(&explain_argp, argc, argv, 0, NULL, &name);
	for (i = 0; i < NR_CATALOGS; i++) {
		const void *object = catalog_find((enum catalog)i, name);

		if (!object)
			continue;
		printf("%s%s %s: %s\n\n", found ? "\n" : "", catalog_titles[i],
		       name, catalog_title((enum catalog)i, object));
		print_story(catalog_story((enum catalog)i, object));
		if (i == CATALOG_SCENARIO)
			explain_scenario(object);
		if (i == CATALOG_ANTAGONIST)
			explain_antagonist(object);
		found = true;
	}
	return found ? 0 : unknown_name(name, e);
}
