/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which faults the running kernel handles under the per-VMA lock.
 *
 * That the lock exists is looked up: lock_vma_under_rcu() is a global function
 * of mm/memory.c (6.4 to 6.13) or mm/mmap_lock.c. Which faults it admits was
 * decided inside static functions (vmf_can_call_fault, do_swap_page,
 * handle_userfault) that leave no trace outside, so that there is only the
 * version to go by. A distribution that backports them is not recognised, and
 * the witness will then call the promise broken.
 */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "kconfig.h"
#include "look.h"

#define SYMBOL	"lock_vma_under_rcu"
#define SYMBOLS "/proc/kallsyms"

const char *const feature_names[NR_FEATURES] = {
	[FEATURE_VMA_LOCK] = "per-vma-lock",
	[FEATURE_VMA_LOCK_FILE] = "per-vma-lock-file",
	[FEATURE_VMA_LOCK_UFFD] = "per-vma-lock-uffd",
	[FEATURE_VMA_LOCK_SWAP] = "per-vma-lock-swap",
	[FEATURE_VMA_LOCK_FRESH] = "per-vma-lock-fresh",
	[FEATURE_VMA_LOCK_HUGETLB] = "per-vma-lock-hugetlb",
	[FEATURE_VMA_LOCK_STATS] = "per-vma-lock-stats",
	[FEATURE_FAULT_COMPLETED] = "fault-completed",
};

#define HOW(f, i, ...) snprintf((f)->how[i], sizeof((f)->how[i]), __VA_ARGS__)

/* Has /proc/kallsyms this name? 1, 0, or -1 when it tells nothing. Its lines
 * are "address type name" and, in modules, "[module]". */
static int symbol_exists(const char *name)
{
	FILE *f = fopen(SYMBOLS, "re");
	int found = -1;
	char *line = NULL;
	size_t cap = 0;

	if (!f)
		return -1;
	while (found != 1 && getline(&line, &cap, f) >= 0) {
		char *save, *word = strtok_r(line, " \t\n", &save);

		if (word)
			word = strtok_r(NULL, " \t\n", &save);
		if (word)
			word = strtok_r(NULL, " \t\n", &save);
		if (word)
			found = !strcmp(word, name);
	}
	free(line);
	fclose(f);
	return found;
}

/* "6.18" of "6.18.44-fc": the figures alone. */
static bool release_at_least(int major, int minor, char *text, size_t size)
{
	struct utsname u;
	int have[2] = { 0, 0 };

	uname(&u);
	sscanf(u.release, "%d.%d", &have[0], &have[1]);
	snprintf(text, size, "%d.%d", have[0], have[1]);
	return have[0] != major ? have[0] > major : have[1] >= minor;
}

static bool by_version(struct features *f, enum feature i, int major, int minor)
{
	char have[32];

	f->has[i] = release_at_least(major, minor, have, sizeof(have));
	HOW(f, i, "by version alone: %s is %s %d.%d", have,
	    f->has[i] ? "not before" : "before", major, minor);
	return f->has[i];
}

static void find_vma_lock(struct features *f)
{
	int exists = symbol_exists(SYMBOL);
	struct kconfig config;
	char text[8];

	if (exists >= 0) {
		f->has[FEATURE_VMA_LOCK] = exists;
		HOW(f, FEATURE_VMA_LOCK, "%s" SYMBOL " in " SYMBOLS,
		    exists ? "" : "no ");
		return;
	}
	if (kconfig_load(&config, NULL)) {
		by_version(f, FEATURE_VMA_LOCK, 6, 4);
		return;
	}
	kconfig_get(&config, "PER_VMA_LOCK", text, sizeof(text));
	f->has[FEATURE_VMA_LOCK] = *text == 'y';
	HOW(f, FEATURE_VMA_LOCK, "CONFIG_PER_VMA_LOCK=%s in %.64s", text,
	    config.source);
	kconfig_free(&config);
}

void features_load(struct features *f)
{
	static const struct {
		enum feature feature;
		int major, minor;
	} by_versions[] = {
		{ FEATURE_VMA_LOCK_FILE, 6, 7 },
		{ FEATURE_VMA_LOCK_UFFD, 6, 6 },
		{ FEATURE_VMA_LOCK_SWAP, 6, 6 },
		{ FEATURE_VMA_LOCK_FRESH, 6, 10 },
		{ FEATURE_VMA_LOCK_HUGETLB, 6, 10 },
	};
	const char *vmstat = "/proc/vmstat";
	char text[32];
	size_t i;

	memset(f, 0, sizeof(*f));
	find_vma_lock(f);
	for (i = 0; i < sizeof(by_versions) / sizeof(by_versions[0]); i++) {
		if (f->has[FEATURE_VMA_LOCK])
			by_version(f, by_versions[i].feature,
				   by_versions[i].major, by_versions[i].minor);
		else
			HOW(f, by_versions[i].feature, "no per-VMA lock");
	}
	by_version(f, FEATURE_FAULT_COMPLETED, 6, 0);
	f->has[FEATURE_VMA_LOCK_STATS] = look_key(text, sizeof(text), NULL,
						  vmstat,
						  "vma_lock_success") >= 0;
	HOW(f, FEATURE_VMA_LOCK_STATS, "%svma_lock_success in %s",
	    f->has[FEATURE_VMA_LOCK_STATS] ? "" : "no ", vmstat);
}
