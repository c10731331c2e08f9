/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does an event count? It is opened, known things are made to happen, and it
 * has to have seen them: in a virtual machine, a container or without
 * privilege an event may well open and read 0 for ever, and a 0 that was not
 * measured must never be taken for "no retries".
 *
 * Refuses to judge an event whose cause is not in the table below: that one is
 * only opened (and, on a PMU, has to have been given a counter).
 *
 * What happens, always all of it: NR user-mode write faults, NR kernel-mode
 * faults (getcpu(2) storing into an absent page, which takes mmap_lock for
 * reading once a fault: arch/x86/mm/fault.c:do_user_addr_fault tries the
 * per-VMA lock for user-mode faults only), NR_MAPS mmap and munmap (mmap_lock
 * for writing, once each; a munmap also reads as one read acquisition, when it
 * downgrades the lock: include/linux/mmap_lock.h:mmap_write_downgrade) and
 * NR_SLEEPS voluntary context switches.
 */
#include "counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "counter_names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	NR = 256,
	NR_MAPS = 64,
	NR_SLEEPS = 4
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

/* NR absent pages; huge pages of any size would make it fewer faults. */
static char *absent_pages(size_t page)
{
	char *p = mmap(NULL, NR * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, NR * page, MADV_NOHUGEPAGE); /* EINVAL without THP */
	return p;
}

/* False when memory for it could not be had. */
static bool provoke(void)
{
	const struct timespec nap = { .tv_nsec = 50000 };
	size_t i, page = (size_t)sysconf(_SC_PAGESIZE);
	char *user = absent_pages(page), *kernel = absent_pages(page);
	bool done = user && kernel;

	for (i = 0; i < NR && done; i++) {
		*(volatile char *)(user + i * page) = 1;
		syscall(SYS_getcpu, kernel + i * page, NULL, NULL);
	}
	if (user)
		munmap(user, NR * page);
	if (kernel)
		munmap(kernel, NR * page);
	for (i = 0; i < NR_MAPS && done; i++) {
		char *p = mmap(NULL, page, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		done = p != MAP_FAILED && !munmap(p, page);
	}
	for (i = 0; i < NR_SLEEPS && done; i++)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	return done;
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
	done = provoke();
	err = counters_read(c, &value, e);
	counters_close(c);
	if (!err && !done)
		err = error_set(e, ENOMEM, "%s: no memory to try it with",
				name);
	return err ? err : judge(name, &spec, value.count, e);
}
