/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does an event count? It is opened, known things are made to happen, and it
 * has to have seen them: in a virtual machine, a container or without
 * privilege an event may well open and read 0 for ever, and a 0 that was not
 * measured must never be taken for "no retries".
 *
 * Refuses to judge an event whose cause is not in the table below: that one is
 * only opened (and, on a PMU, has to have been given a counter).
 */
#include "counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counter_names.h"
#include "known.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	NR = KNOWN_FAULTS,
	NR_MAPS = KNOWN_MAPS,
	NR_SLEEPS = KNOWN_SLEEPS
};

#define RETURNED "mmap_lock:mmap_lock_acquire_returned"

static const struct cause {
	const char *name;	   /* without modifiers, with filter */
	unsigned int user, kernel; /* that often in user and kernel mode */
	const char *what;
} causes[] = {
	{ "page-faults", NR, NR, "page faults" },
	{ "minor-faults", NR, NR, "page faults" },
	{ "context-switches", 0, NR_SLEEPS, "context switches" },
	{ "cycles", 1, 1, "loops of instructions" },
	{ "cpu-cycles", 1, 1, "loops of instructions" },
	{ "ref-cycles", 1, 1, "loops of instructions" },
	{ "instructions", 1, 1, "loops of instructions" },
	{ "branches", 1, 1, "loops of instructions" },
	{ "task-clock", 1, 1, "loops of instructions" },
	{ "cpu-clock", 1, 1, "loops of instructions" },
	{ "exceptions:page_fault_user", NR, 0, "user-mode page faults" },
	{ "exceptions:page_fault_kernel", 0, NR, "kernel-mode page faults" },
	{ "sched:sched_switch", 0, NR_SLEEPS, "context switches" },
	{ RETURNED, 0, NR + 2 * NR_MAPS, "mmap_lock acquisitions" },
	{ RETURNED "/write==0", 0, NR, "mmap_lock acquisitions" },
	{ RETURNED "/write==0 && success==1", 0, NR, "mmap_lock acquisitions" },
	{ RETURNED "/write==1", 0, 2 * NR_MAPS, "mmap_lock acquisitions" },
	{ RETURNED "/write==1 && success==1", 0, 2 * NR_MAPS,
	  "mmap_lock acquisitions" },
	{ "mmap_lock:mmap_lock_start_locking", 0, 2 * NR_MAPS,
	  "mmap_lock acquisitions" },
	{ "mmap_lock:mmap_lock_released", 0, NR + 2 * NR_MAPS,
	  "mmap_lock acquisitions" },
};

static const struct cause *cause_find(const char *name,
				      const struct counter_spec *spec)
{
	size_t i, len = strlen(name);

	if (spec->kind != COUNTER_TRACEPOINT)
		len = strcspn(name, ":");
	for (i = 0; i < ARRAY_SIZE(causes); i++)
		if (strlen(causes[i].name) == len &&
		    !strncasecmp(causes[i].name, name, len))
			return &causes[i];
	return NULL;
}

static int judge(const char *name, const struct counter_spec *spec,
		 uint64_t count, struct error *e)
{
	const struct cause *cause = cause_find(name, spec);
	unsigned int least;

	if (!cause)
		return 0;
	least = (spec->attr.exclude_user ? 0 : cause->user) +
		(spec->attr.exclude_kernel ? 0 : cause->kernel);
	if (count && count >= least)
		return 0;
	if (spec->attr.exclude_kernel && !cause->user)
		return error_set(e, ENOTSUP,
				 "%s: opens and reads 0 for ever: %s happen in "
				 "the kernel, which :u leaves out; run as root "
				 "or with CAP_PERFMON and drop it",
				 name, cause->what);
	if (spec->kind == COUNTER_HARDWARE)
		return error_set(
			e, ENOTSUP,
			"%s: opens and reads 0: no hardware PMU behind "
			"it (virtual machine?)",
			name);
	return error_set(e, ENOTSUP,
			 "%s: opens and counted %llu of %u known %s: this "
			 "kernel's count cannot be trusted",
			 name, (unsigned long long)count, least, cause->what);
}

int counters_probe(const char *name, struct error *e)
{
	struct counter_value value = { 0 };
	struct counter_spec spec;
	struct counters *c;
	bool done;
	int err;

	err = counter_spec_make(&spec, name, e);
	if (err)
		return err;
	err = counters_open(&c, &name, 1, 0, e);
	if (err)
		return err;
	done = known_provoke();
	err = counters_read(c, &value, e);
	counters_close(c);
	if (!err && !done)
		err = error_set(e, ENOMEM, "%s: no memory to try it with",
				name);
	return err ? err : judge(name, &spec, value.count, e);
}
