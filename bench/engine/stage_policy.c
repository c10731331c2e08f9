/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switches of a cell's policy (policy.h), set for the cell. Each is noted
 * before it is set, so whoever comes after the cell, however it ended, puts it
 * back: its parent, the next start, `faultline restore`.
 */
#include "cell.h"

#include <stdio.h>

#include "look.h"
#include "resource.h"

enum {
	PER_VMA_LOCK,
	FAULT_LOCK_WAIT,
	NR_SWITCHES
};

static const char *const switches[NR_SWITCHES] = {
	[PER_VMA_LOCK] = "/proc/sys/vm/per_vma_lock",
	[FAULT_LOCK_WAIT] = "/proc/sys/vm/fault_lock_wait",
};

/* What the switches are to be. */
static void spell(const struct policy *policy, char value[NR_SWITCHES][8])
{
	snprintf(value[PER_VMA_LOCK], 8, "%d", policy->per_vma_lock);
	snprintf(value[FAULT_LOCK_WAIT], 8, "%d", (int)policy->wait);
}

static bool is_there(unsigned int i)
{
	return !access(switches[i], F_OK);
}

static bool is_so(unsigned int i, const char *value, char now[32])
{
	return look_file(now, 32, NULL, switches[i]) >= 0 &&
	       !strcmp(now, value);
}

void policy_now(struct policy *policy)
{
	const struct catalog_entry *entry;
	long long number[NR_SWITCHES] = { [PER_VMA_LOCK] = 1 };
	unsigned int i;

	for (i = 0; i < NR_SWITCHES; i++)
		(void)look_number(&number[i], NULL, switches[i]);
	if (number[FAULT_LOCK_WAIT] < 0 ||
	    number[FAULT_LOCK_WAIT] >= NR_FAULT_LOCK_WAITS)
		number[FAULT_LOCK_WAIT] = WAIT_DROPS; /* of a later series */
	/* What is admitted goes with how a fault waits: any row that waits so
	 * has it, and those without the VMA lock admit nothing. */
	for (entry = catalogs[CATALOG_POLICY]; entry->name; entry++) {
		const struct policy *row = entry->object;

		if (row->per_vma_lock != !!number[PER_VMA_LOCK])
			continue;
		*policy = *row;
		if (row->wait == (enum fault_lock_wait)number[FAULT_LOCK_WAIT])
			break;
	}
	policy->wait = (enum fault_lock_wait)number[FAULT_LOCK_WAIT];
}

/* Also what is so already is claimed, by who may: another run would change it
 * in the midst of this one. */
static void set(const char *name, unsigned int i, const char *value)
{
	struct error e;
	char now[32];
	int err;

	if (access(switches[i], W_OK) && is_so(i, value, now))
		return;
	err = resource_set(switches[i], value, &e);
	if (err == -EOPNOTSUPP)
		cell_skip("policy = %s: the module that makes %s cannot do %s "
			  "on this kernel: it takes one with lab/patches",
			  name, switches[i], value);
	if (err)
		cell_skip("policy = %s: %s", name, e.text);
}

void policy_set(struct cell *cell)
{
	const struct policy *policy = cell->spec->policy;
	const char *name = catalog_name(CATALOG_POLICY, policy);
	char value[NR_SWITCHES][8];
	unsigned int i;

	if (!policy) {
		policy_now(&cell->policy);
		return;
	}
	cell->policy = *policy;
	if (!is_there(PER_VMA_LOCK) && policy_is_stock(policy))
		return;
	if (!is_there(PER_VMA_LOCK))
		cell_skip("policy = %s: this kernel has no vm.per_vma_lock: "
			  "see lab/patches and lab/module",
			  name);
	spell(policy, value);
	for (i = 0; i < NR_SWITCHES; i++)
		set(name, i, value[i]);
}

void policy_verify(const struct cell *cell)
{
	char value[NR_SWITCHES][8], now[32];
	unsigned int i;

	spell(&cell->policy, value);
	for (i = 0; i < NR_SWITCHES; i++)
		if (look_file(now, sizeof(now), NULL, switches[i]) >= 0 &&
		    strcmp(now, value[i]))
			cell_fail("%s was set to %s while the cell ran, it had "
				  "begun with %s",
				  switches[i], now, value[i]);
}
