/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor's first question: what can be measured here? */
#include "doctor_checks.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>

#include "abilities.h"
#include "slowfs.h"

/* A worker's pages of memfd-secret at the usual size (pages=512), twice. */
#define ENOUGH_LOCKED (4u << 20)

static void check_build(struct doctor *d, const struct check *check,
			struct finding *f)
{
	const char *why, *flags = doctor_fact(d, "build.flags", &why);
	const char *compiler = doctor_fact(d, "build.compiler", &why);

	(void)check;
#if defined(FAULTLINE_SANITIZE)
	finding_set(
		f, VERDICT_ABSENT,
		"%s %s: a sanitizer build refuses to measure, for its faults and "
		"times are not those of the program",
		compiler, flags);
	finding_remedy(f,
		       "cmake --preset bench && cmake --build --preset bench");
#elif !defined(__OPTIMIZE__)
	finding_set(
		f, VERDICT_NOISE,
		"%s %s: not optimised, the harness costs more than it should",
		compiler, flags);
	finding_remedy(f,
		       "cmake --preset bench && cmake --build --preset bench");
#else
	finding_set(f, VERDICT_OK, "%s %s", compiler, flags);
#endif
}

static void check_clock(struct doctor *d, const struct check *check,
			struct finding *f)
{
	const struct clock_info *c = &d->clock;

	(void)check;
	finding_set(f, c->counter ? VERDICT_OK : VERDICT_ABSENT,
		    "%s, %.4f ns a tick; an empty pair of stamps reads %.1f ns",
		    c->source, c->ns_per_tick, c->empty_pair_ns);
	if (!c->counter)
		finding_remedy(
			f,
			"this CPU has no time stamp counter of constant rate; "
			"use batches (batch=64) so that the clock's cost is "
			"small beside the faults'");
}

static void check_pus(struct doctor *d, const struct check *check,
		      struct finding *f)
{
	(void)check;
	if (d->topo_ret) {
		finding_set(f, VERDICT_ABSENT, "%s", d->topo_error.text);
		return;
	}
	finding_set(f, VERDICT_OK, "%s", d->topo.text);
	if (d->topo.nr_pus < 2) {
		f->verdict = VERDICT_ABSENT;
		finding_remedy(
			f, "with one PU there is no scaling to be seen and no "
			   "antagonist beside a worker");
	}
}

static void check_memlock(struct doctor *d, const struct check *check,
			  struct finding *f)
{
	struct rlimit limit;

	(void)d;
	(void)check;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		finding_set(f, VERDICT_OK, "no limit");
	else if (doctor_may(CAP_IPC_LOCK))
		finding_set(
			f, VERDICT_OK,
			"no limit for this user (CAP_IPC_LOCK), RLIMIT_MEMLOCK "
			"is %llu KiB",
			(unsigned long long)limit.rlim_cur / 1024);
	else
		finding_set(
			f,
			limit.rlim_cur < ENOUGH_LOCKED ? VERDICT_ABSENT
						       : VERDICT_OK,
			"RLIMIT_MEMLOCK is %llu KiB; memfd-secret takes 2 MiB and "
			"more for each worker, and the harness locks its buffers",
			(unsigned long long)limit.rlim_cur / 1024);
	if (f->verdict != VERDICT_OK)
		finding_remedy(f, "ulimit -l unlimited, as root or by "
				  "/etc/security/limits.conf");
}

static void tell_ability(struct finding *f, int ret, const struct error *e,
			 const char *yes)
{
	if (ret)
		finding_set(f, VERDICT_ABSENT, "%s", e->text);
	else
		finding_set(f, VERDICT_OK, "%s", yes);
}

/* arg: "kernel" or "user". */
static void check_uffd(struct doctor *d, const struct check *check,
		       struct finding *f)
{
	bool kernel = !strcmp(check->arg, "kernel");
	struct error e;

	(void)d;
	tell_ability(f, ability_userfaultfd(kernel, &e), &e,
		     kernel ? "delivers the faults of system calls (lock=mmap)"
			    : "delivers user-mode faults (lock=vma)");
}

static void check_memfd_secret(struct doctor *d, const struct check *check,
			       struct finding *f)
{
	struct error e;

	(void)d;
	(void)check;
	tell_ability(f, ability_memfd_secret(&e), &e,
		     "a page was had and touched");
}

static void check_slow_file(struct doctor *d, const struct check *check,
			    struct finding *f)
{
	struct error e;

	(void)d;
	(void)check;
	tell_ability(f, slowfs_probe(&e), &e,
		     "a page of a FUSE file was served and read");
}

static void check_fault_around(struct doctor *d, const struct check *check,
			       struct finding *f)
{
	unsigned long bytes;
	const char *why;
	bool known;

	(void)check;
	facts_fault_around(&bytes, &known);
	if (known) {
		finding_set(f, VERDICT_OK,
			    "%lu KiB of a file are mapped by one fault",
			    bytes / 1024);
		return;
	}
	doctor_fact(d, "setting.fault_around_bytes", &why);
	finding_set(f, VERDICT_ABSENT,
		    "%s; the kernel's default of %lu KiB is assumed", why,
		    bytes / 1024);
}

static const struct check checks[] = {
	{ .title = "build", .look = check_build },
	{ .title = "clock", .look = check_clock },
	{ .title = "PUs", .look = check_pus },
	{ .title = "locked memory", .look = check_memlock },
	{ .title = "uffd, user", .look = check_uffd, .arg = "user" },
	{ .title = "uffd, kernel", .look = check_uffd, .arg = "kernel" },
	{ .title = "memfd_secret", .look = check_memfd_secret },
	{ .title = "slow file", .look = check_slow_file },
	{ .title = "fault-around", .look = check_fault_around },
};

const struct section doctor_measure = {
	"Measure",
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
