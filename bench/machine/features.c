/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which faults the running kernel handles under the per-VMA lock.
 *
 * That the lock exists is looked up: lock_vma_under_rcu() is a global function
 * of mm/memory.c (6.4 to 6.13) or mm/mmap_lock.c. So is lock_mm_and_find_vma()
 * (6.5), which stable kernels from 6.1 on have as well. Which faults it admits
 * was decided inside static functions (vmf_can_call_fault, do_swap_page,
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
	[FEATURE_STACK_WRITE_LOCK] = "stack-write-lock",
};

#define HOW(f, i, ...) snprintf((f)->how[i], sizeof((f)->how[i]), __VA_ARGS__)

struct symbol {
	const char *name;
	int exists; /* 1, 0, or -1 when /proc/kallsyms tells nothing */
};

/* The name in a line of /proc/kallsyms, which is "address type name" and, in
 * modules, "[module]"; or NULL. */
static const char *symbol_in(char *line)
{
	char *save, *word = strtok_r(line, " \t\n", &save);

	if (word)
		word = strtok_r(NULL, " \t\n", &save);
	if (word)
		word = strtok_r(NULL, " \t\n", &save);
	return word;
}

/* Looks for all of them in one reading. */
static void symbols_find(struct symbol *symbols, size_t nr)
{
	FILE *f = fopen(SYMBOLS, "re");
	size_t i, cap = 0, missing = nr;
	char *line = NULL;

	for (i = 0; i < nr; i++)
		symbols[i].exists = -1;
	while (f && missing && getline(&line, &cap, f) >= 0) {
		const char *name = symbol_in(line);

		for (i = 0; name && i < nr; i++) {
			if (symbols[i].exists == 1)
				continue;
			symbols[i].exists = !strcmp(symbols[i].name, name);
			missing -= (size_t)symbols[i].exists;
		}
	}
	free(line);
	if (f)
		fclose(f);
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

static bool by_symbol(struct features *f, enum feature i,
		      const struct symbol *symbol)
{
	if (symbol->exists < 0)
		return false;
	f->has[i] = symbol->exists;
	HOW(f, i, "%s%s in " SYMBOLS, symbol->exists ? "" : "no ",
	    symbol->name);
	return true;
}

static void find_vma_lock(struct features *f, const struct symbol *symbol)
{
	struct kconfig config;
	char text[8];

	if (by_symbol(f, FEATURE_VMA_LOCK, symbol))
		return;
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
	struct symbol symbols[] = { { "lock_vma_under_rcu", -1 },
				    { "lock_mm_and_find_vma", -1 } };
	const char *vmstat = "/proc/vmstat";
	char text[32];
	size_t i;

	memset(f, 0, sizeof(*f));
	symbols_find(symbols, 2);
	find_vma_lock(f, &symbols[0]);
	for (i = 0; i < sizeof(by_versions) / sizeof(by_versions[0]); i++) {
		if (f->has[FEATURE_VMA_LOCK])
			by_version(f, by_versions[i].feature,
				   by_versions[i].major, by_versions[i].minor);
		else
			HOW(f, by_versions[i].feature, "no per-VMA lock");
	}
	by_version(f, FEATURE_FAULT_COMPLETED, 6, 0);
	if (!by_symbol(f, FEATURE_STACK_WRITE_LOCK, &symbols[1]))
		by_version(f, FEATURE_STACK_WRITE_LOCK, 6, 5);
	f->has[FEATURE_VMA_LOCK_STATS] = look_key(text, sizeof(text), NULL,
						  vmstat,
						  "vma_lock_success") >= 0;
	HOW(f, FEATURE_VMA_LOCK_STATS, "%svma_lock_success in %s",
	    f->has[FEATURE_VMA_LOCK_STATS] ? "" : "no ", vmstat);
}
