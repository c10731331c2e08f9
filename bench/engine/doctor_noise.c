/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doctor's third question: what will disturb the measurements? A setting
 * is called noise when it scatters or biases what the suite measures, not
 * because a textbook says so: with the layout drawn anew for each run, ASLR is
 * part of what the interval covers, and without it a bias that nothing shows.
 */
#include "doctor_checks.h"

#include <linux/capability.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.h"
#include "units.h"

#ifndef CAP_PERFMON /* headers before 5.8 */
#define CAP_PERFMON 38
#endif

#define CPU "/sys/devices/system/cpu"

#define SAMPLE_S 0.25

/* Is `word` the first word of the text? */
static bool begins(const char *text, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(text, word, len) && (!text[len] || text[len] == ' ');
}

/* arg: a fact; quiet or noisy: the word that decides. */
static void check_fact(struct doctor *d, const struct check *check,
		       struct finding *f)
{
	const char *why, *text = doctor_fact(d, check->arg, &why);
	bool noisy;

	if (!text) {
		finding_set(f, VERDICT_ABSENT, "%s", why);
		return;
	}
	noisy = check->quiet ? !begins(text, check->quiet)
			     : begins(text, check->noisy);
	if (!noisy) {
		finding_set(f, VERDICT_OK, "%s%s%s", text,
			    check->fine ? ": " : "",
			    check->fine ? check->fine : "");
		return;
	}
	finding_set(f, VERDICT_NOISE, "%s: %s", text, check->harm);
	finding_remedy(f, "%s", check->remedy);
}

/* Takes the sample for itself and for the next check. */
static void check_stolen(struct doctor *d, const struct check *check,
			 struct finding *f)
{
	struct sample *s = &d->sample;
	char lost[96] = "nothing", longest[32], steal[48] = "steal unknown";
	double steal_share, lost_share;

	(void)check;
	sample_take(&d->clock, SAMPLE_S, s);
	steal_share = s->steal_s / s->elapsed_s;
	lost_share = s->lost_s / s->elapsed_s;
	if (!isnan(steal_share))
		snprintf(steal, sizeof(steal), "%.1f %% of a PU stolen",
			 100 * steal_share);
	units_time(longest, sizeof(longest), 1e9 * s->longest_gap_s);
	if (s->lost_s > 0)
		snprintf(lost, sizeof(lost),
			 "%.2f %% of its time, at most %s at once",
			 100 * lost_share, longest);
	finding_set(f,
		    steal_share > 0.01 || lost_share > 0.01 ? VERDICT_NOISE
							    : VERDICT_OK,
		    "%s in %.0f ms; gaps above %d us took from a spinning "
		    "thread %s",
		    steal, 1e3 * s->elapsed_s, SAMPLE_GAP_NS / 1000, lost);
	if (f->verdict == VERDICT_NOISE)
		finding_remedy(f, "stop other load here and on the host; use "
				  "more blocks, and trust p50 before p99");
}

static void check_busy(struct doctor *d, const struct check *check,
		       struct finding *f)
{
	const struct sample *s = &d->sample;
	double pus = s->others_s / s->elapsed_s;

	(void)check;
	if (isnan(pus)) {
		finding_set(f, VERDICT_ABSENT, "/proc/stat does not tell");
		return;
	}
	finding_set(f, pus > 0.1 || *s->busiest ? VERDICT_NOISE : VERDICT_OK,
		    "others kept %.2f PUs busy meanwhile%s%s", pus,
		    *s->busiest ? ": " : "", s->busiest);
	if (f->verdict == VERDICT_NOISE)
		finding_remedy(f, "stop them, or keep them off the PUs under "
				  "test (taskset, cpusets)");
}

static void check_load(struct doctor *d, const struct check *check,
		       struct finding *f)
{
	double load[3];

	(void)d;
	(void)check;
	if (getloadavg(load, 3) != 3) {
		finding_set(f, VERDICT_ABSENT, "/proc/loadavg does not tell");
		return;
	}
	finding_set(f, load[0] > 0.5 ? VERDICT_NOISE : VERDICT_OK,
		    "%.2f over 1 min, %.2f over 5 min", load[0], load[1]);
	if (f->verdict == VERDICT_NOISE)
		finding_remedy(f, "wait until it is below 0.5");
}

static void check_turbo(struct doctor *d, const struct check *check,
			struct finding *f)
{
	static const struct {
		const char *path;
		int on;
	} places[] = {
		{ CPU "/intel_pstate/no_turbo", 0 },
		{ CPU "/cpufreq/boost", 1 },
	};
	long long number;
	size_t i;

	(void)d;
	(void)check;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (look_number(&number, NULL, places[i].path))
			continue;
		if (number != places[i].on) {
			finding_set(f, VERDICT_OK, "off");
			return;
		}
		finding_set(f, VERDICT_NOISE,
			    "on: the frequency depends on how many PUs are "
			    "busy and how warm they are");
		finding_remedy(f, "echo %d > %s", !places[i].on,
			       places[i].path);
		return;
	}
	finding_set(f, VERDICT_ABSENT, "neither %s nor %s", places[0].path,
		    places[1].path);
}

/* Is a number in a list such as "2-5,8"? */
static bool in_list(const char *list, unsigned long number)
{
	while (*list) {
		char *end;
		unsigned long low = strtoul(list, &end, 10), high = low;

		if (end == list)
			return false;
		if (*end == '-')
			high = strtoul(end + 1, &end, 10);
		if (number >= low && number <= high)
			return true;
		list = end + strspn(end, ", ");
	}
	return false;
}

static void check_isolated(struct doctor *d, const struct check *check,
			   struct finding *f)
{
	char list[512];
	struct error e;
	unsigned int i, ours = 0;

	(void)check;
	if (look_file(list, sizeof(list), &e, CPU "/isolated") < 0) {
		finding_set(f, VERDICT_ABSENT, "%s", e.text);
		return;
	}
	if (!*list) {
		finding_set(f, VERDICT_OK,
			    "none; booting with isolcpus= and nohz_full= would "
			    "keep other tasks and the tick off some PUs");
		return;
	}
	for (i = 0; !d->topo_ret && i < d->topo.nr_pus; i++)
		ours += in_list(list, d->topo.pu[i].os);
	finding_set(f, ours ? VERDICT_OK : VERDICT_NOISE,
		    "PUs %s are isolated, %u of them ours", list, ours);
	if (!ours)
		finding_remedy(f, "taskset -c %s faultline ...", list);
}

static void check_debug(struct doctor *d, const struct check *check,
			struct finding *f)
{
	static const char *const options[] = { "KASAN", "PROVE_LOCKING",
					       "DEBUG_VM", "PAGE_TABLE_CHECK" };
	char name[64], found[128] = "";
	size_t i, to = 0;

	(void)check;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *why, *text;

		snprintf(name, sizeof(name), "kernel.config.%s", options[i]);
		text = doctor_fact(d, name, &why);
		if (!text) {
			finding_set(f, VERDICT_ABSENT, "%s", why);
			return;
		}
		if (*text == 'y')
			to += (size_t)snprintf(found + to, sizeof(found) - to,
					       "%sCONFIG_%s", to ? ", " : "",
					       options[i]);
	}
	if (!to) {
		finding_set(f, VERDICT_OK,
			    "none of KASAN, PROVE_LOCKING, DEBUG_VM, "
			    "PAGE_TABLE_CHECK");
		return;
	}
	finding_set(f, VERDICT_NOISE,
		    "%s: faults cost a multiple of what they cost elsewhere",
		    found);
	finding_remedy(f, "measure a kernel without; this one is good for "
			  "witnesses");
}

static void check_paranoid(struct doctor *d, const struct check *check,
			   struct finding *f)
{
	const char *why, *text = doctor_fact(d, check->arg, &why);

	if (!text) {
		finding_set(f, VERDICT_ABSENT, "%s: a kernel without perf",
			    why);
	} else if (doctor_may(CAP_PERFMON) || doctor_may(CAP_SYS_ADMIN)) {
		finding_set(f, VERDICT_OK, "%s, and this user is above it",
			    text);
	} else if (atoi(text) <= 1) {
		finding_set(f, VERDICT_OK, "%s: events of the kernel are open",
			    text);
	} else {
		finding_set(f, VERDICT_ABSENT,
			    "%s: events of the kernel are closed to this user, "
			    "tracepoints among them",
			    text);
		finding_remedy(f, "run as root or with CAP_PERFMON, or: sysctl "
				  "kernel.perf_event_paranoid=1");
	}
}

/* A kernel that found the TSC unstable uses another clock; we can't know
 * better. */
static void check_clocksource(struct doctor *d, const struct check *check,
			      struct finding *f)
{
	const char *path = "/sys/devices/system/clocksource/clocksource0/"
			   "current_clocksource";
	char text[64];
	struct error e;

	(void)check;
	if (look_file(text, sizeof(text), &e, path) < 0) {
		finding_set(f, VERDICT_ABSENT, "%s", e.text);
		return;
	}
	finding_set(f, VERDICT_OK, "%s", text);
	if (strcmp(d->clock.source, "tsc") || !strncmp(text, "tsc", 3) ||
	    !strcmp(text, "kvm-clock") || !strncmp(text, "hyperv", 6))
		return;
	finding_set(f, VERDICT_NOISE,
		    "the kernel keeps time by %s, not by the TSC that stamps "
		    "the faults",
		    text);
	finding_remedy(f, "dmesg | grep -i tsc; when it says unstable, times "
			  "across PUs may be wrong");
}

static const struct check checks[] = {
	{ .title = "stolen time", .look = check_stolen },
	{ .title = "other tasks", .look = check_busy },
	{ .title = "load average", .look = check_load },
	{ .title = "hypervisor",
	  .look = check_fact,
	  .arg = "machine.virtualization",
	  .quiet = "none",
	  .harm = "the host takes PUs away at will, and a TLB miss walks two "
		  "sets of page tables",
	  .remedy = "compare ratios of runs made side by side, never absolute "
		    "times with another machine's" },
	{ .title = "clock source", .look = check_clocksource },
	{ .title = "governor",
	  .look = check_fact,
	  .arg = "setting.governor",
	  .quiet = "performance",
	  .harm = "the frequency follows the load",
	  .remedy = "cpupower frequency-set -g performance" },
	{ .title = "turbo", .look = check_turbo },
	{ .title = "SMT",
	  .look = check_fact,
	  .arg = "setting.smt",
	  .noisy = "on",
	  .harm = "the threads of a core slow each other down",
	  .remedy = "placement=spread gives each thread a core as long as "
		    "there are any; or echo off > " CPU "/smt/control" },
	{ .title = "isolated PUs", .look = check_isolated },
	{ .title = "autogroup",
	  .look = check_fact,
	  .arg = "setting.autogroup",
	  .noisy = "1",
	  .harm = "nice means nothing to the tasks of other sessions",
	  .remedy = "sysctl kernel.sched_autogroup_enabled=0, or echo -20 > "
		    "/proc/self/autogroup in the shell that runs the suite" },
	{ .title = "huge pages",
	  .look = check_fact,
	  .arg = "setting.thp",
	  .noisy = "always",
	  .fine = "the memory under test opts out in any case",
	  .harm = "the memory under test opts out (MADV_NOHUGEPAGE), but "
		  "khugepaged scans and collapses the rest",
	  .remedy = "echo madvise > "
		    "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ .title = "NUMA balancing",
	  .look = check_fact,
	  .arg = "setting.numa_balancing",
	  .quiet = "0",
	  .harm = "the scanner takes mmap_lock and makes faults of its own",
	  .remedy = "sysctl kernel.numa_balancing=0" },
	{ .title = "ASLR",
	  .look = check_fact,
	  .arg = "setting.aslr",
	  .noisy = "0",
	  .fine = "each run has a layout of its own, and the interval covers "
		  "what that changes",
	  .harm = "all runs have one layout, whose luck no repetition averages "
		  "out",
	  .remedy = "sysctl kernel.randomize_va_space=2, and no setarch -R" },
	{ .title = "kernel debugging", .look = check_debug },
	{ .title = "perf paranoia",
	  .look = check_paranoid,
	  .arg = "setting.perf_event_paranoid" },
};

const struct section doctor_noise = {
	"Noise",
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
