/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting by libperf. The only file that includes it.
 *
 * libperf keeps its file descriptors to itself, and we need them: to set a
 * tracepoint's filter and close-on-exec. So the one is taken whose
 * PERF_EVENT_IOC_ID is the id that perf_evsel__read() returns.
 *
 * Refuses: samples and rings, inheritance, and going on with some of the
 * events when one of them failed.
 *
 * Source: perf_event_open(2), tools/lib/perf/evsel.c of Linux 6.1. There, after
 * a failed open, an evsel has no fd array and most calls on it crash: it may
 * only be closed and deleted. No perf_evlist: in 6.1 the maps that it gives to
 * its events are never freed.
 */
#include "counters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <perf/core.h>
#include <perf/cpumap.h>
#include <perf/evsel.h>
#include <perf/threadmap.h>

#include "counter_names.h"

struct counters {
	size_t nr; /* open */
	struct counter {
		struct perf_evsel *event;
		char *name;
	} at[];
};

static int silent(enum libperf_print_level level, const char *format,
		  va_list ap)
{
	(void)level;
	(void)format;
	(void)ap;
	return 0;
}

const char *counters_libperf(const char **why)
{
	*why = NULL;
	return LIBPERF_VERSION;
}

/* --- why an open failed --------------------------------------------------- */

static int paranoid_level(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level = 2;

	if (f) {
		if (fscanf(f, "%d", &level) != 1)
			level = 2;
		fclose(f);
	}
	return level;
}

static bool has_pmu(void)
{
	DIR *d = opendir("/sys/bus/event_source/devices");
	struct dirent *entry;
	bool found = false;

	while (d && !found && (entry = readdir(d)))
		found = !strncmp(entry->d_name, "cpu", 3) ||
			!strncmp(entry->d_name, "armv", 4) ||
			!strncmp(entry->d_name, "apple_", 6);
	if (d)
		closedir(d);
	return found;
}

/* Could it be counted in user mode, which takes less privilege? */
static bool happens_in_user_mode(const struct counter_spec *spec)
{
	if (spec->attr.exclude_user || spec->attr.exclude_kernel)
		return false;
	return spec->kind == COUNTER_HARDWARE ||
	       (spec->kind == COUNTER_SOFTWARE &&
		spec->attr.config != PERF_COUNT_SW_CONTEXT_SWITCHES &&
		spec->attr.config != PERF_COUNT_SW_CPU_MIGRATIONS);
}

static int explain_denied(const struct counter_spec *spec, const char *name,
			  int err, struct error *e)
{
	int level = paranoid_level();

	if (!geteuid())
		return error_set(e, err,
				 "%s: denied even to root (%s): a container? "
				 "It needs CAP_PERFMON and perf_event_open in "
				 "its seccomp profile",
				 name, strerror(err));
	return error_set(e, err,
			 "%s: kernel.perf_event_paranoid is %d: run as root or "
			 "with CAP_PERFMON, or set it to 1%s",
			 name, level,
			 level <= 2 && happens_in_user_mode(spec)
				 ? ", or count user mode alone (:u)"
				 : "");
}

static int explain_open(const struct counter_spec *spec, const char *name,
			pid_t tid, int err, struct error *e)
{
	struct rlimit limit = { 0 };

	if (spec->kind == COUNTER_HARDWARE && !has_pmu())
		return error_set(e, ENOTSUP,
				 "%s: no hardware PMU (virtual machine?)",
				 name);
	switch (err) {
	case EACCES:
	case EPERM:
		return explain_denied(spec, name, err, e);
	case ENOENT:
	case EOPNOTSUPP:
	case ENODEV:
	case ENXIO:
	case EINVAL:
		if (spec->kind != COUNTER_HARDWARE)
			break;
		return error_set(e, ENOTSUP,
				 "%s: this machine's PMU cannot count it (%s)",
				 name, strerror(err));
	case EMFILE:
		getrlimit(RLIMIT_NOFILE, &limit);
		return error_set(e, err,
				 "%s: more open files than the limit of %llu: "
				 "raise it (ulimit -n)",
				 name, (unsigned long long)limit.rlim_cur);
	case ESRCH:
		return error_set(e, err, "%s: there is no thread %d", name,
				 (int)tid);
	case ENOSYS:
		return error_set(
			e, ENOTSUP,
			"%s: no perf_event_open here: the kernel needs "
			"CONFIG_PERF_EVENTS, or a container's seccomp "
			"profile has to allow it",
			name);
	}
	return error_set(e, err, "%s: cannot be opened: %s", name,
			 strerror(err));
}

/* --- the fd that libperf hides -------------------------------------------- */

static bool fd_has_id(int fd, uint64_t id)
{
	static const char wanted[] = "anon_inode:[perf_event]";
	char path[32], text[sizeof(wanted)];
	uint64_t is = 0;
	ssize_t len;

	/* No ioctl on strangers. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, text, sizeof(text));
	if (len != (ssize_t)sizeof(wanted) - 1 ||
	    memcmp(text, wanted, sizeof(wanted) - 1))
		return false;
	return !ioctl(fd, PERF_EVENT_IOC_ID, &is) && is == id;
}

/* The fd that the next open will get, unless another thread is faster. */
static int fd_next(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd;
}

/* The fd of an open event, likely `guess`; -1 when it is not to be found. */
static int fd_of(struct perf_evsel *event, int guess)
{
	struct perf_counts_values v;
	struct dirent *entry;
	int fd = -1;
	DIR *d;

	if (perf_evsel__read(event, 0, 0, &v))
		return -1;
	if (guess >= 0 && fd_has_id(guess, v.id))
		return guess;
	d = opendir("/proc/self/fd");
	while (d && fd < 0 && (entry = readdir(d)))
		if (entry->d_name[0] != '.' &&
		    fd_has_id(atoi(entry->d_name), v.id))
			fd = atoi(entry->d_name);
	if (d)
		closedir(d);
	return fd;
}

/* --- open, read, close ---------------------------------------------------- */

static int event_open(struct counters *c, const char *name,
		      struct perf_cpu_map *cpus,
		      struct perf_thread_map *threads, struct error *e)
{
	struct counter *counter = &c->at[c->nr];
	struct counter_spec spec;
	int err, fd, guess;

	err = counter_spec_make(&spec, name, e);
	if (err)
		return err;
	counter->event = perf_evsel__new(&spec.attr);
	counter->name = strdup(name);
	if (!counter->event || !counter->name) {
		perf_evsel__delete(counter->event);
		free(counter->name);
		return error_set(e, ENOMEM, "%s: out of memory", name);
	}
	c->nr++;
	guess = fd_next();
	err = perf_evsel__open(counter->event, cpus, threads);
	if (err)
		return explain_open(&spec, name,
				    perf_thread_map__pid(threads, 0), -err, e);
	fd = fd_of(counter->event, guess);
	if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return error_set(e, EBADF,
				 "%s: its file descriptor was not found: is "
				 "/proc mounted?",
				 name);
	if (spec.filter && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, spec.filter))
		return error_set(e, errno,
				 "%s: the kernel refuses the filter '%s' (%s); "
				 "its fields are in tracefs, events/%.*s/%s/"
				 "format",
				 spec.event, spec.filter, strerror(errno),
				 (int)strcspn(spec.event, ":"), spec.event,
				 strchr(spec.event, ':') + 1);
	return 0;
}

int counters_open(struct counters **out, const char *const *names, size_t nr,
		  pid_t tid, struct error *e)
{
	struct perf_thread_map *threads = NULL;
	struct perf_cpu_map *any_cpu = NULL;
	struct counters *c;
	int err = 0;
	size_t i;

	*out = NULL;
	libperf_init(silent);
	c = calloc(1, sizeof(*c) + nr * sizeof(c->at[0]));
	if (!c)
		return error_set(e, ENOMEM, "out of memory for counters");
	any_cpu = perf_cpu_map__new(""); /* NULL would be all, later */
	threads = perf_thread_map__new_array(1, &tid);
	if (!any_cpu || !threads)
		err = error_set(e, ENOMEM, "out of memory for counters");
	for (i = 0; i < nr && !err; i++)
		err = event_open(c, names[i], any_cpu, threads, e);
	for (i = 0; i < nr && !err; i++)
		if (perf_evsel__enable(c->at[i].event))
			err = error_set(e, errno, "%s: cannot be started: %s",
					names[i], strerror(errno));
	perf_cpu_map__put(any_cpu);
	perf_thread_map__put(threads);
	if (err) {
		counters_close(c);
		return err;
	}
	*out = c;
	return 0;
}

int counters_read(struct counters *c, struct counter_value *values,
		  struct error *e)
{
	struct perf_counts_values v;
	size_t i;

	for (i = 0; i < c->nr; i++) {
		if (perf_evsel__read(c->at[i].event, 0, 0, &v))
			return error_set(e, EIO, "%s: cannot be read",
					 c->at[i].name);
		/* The thread ran, the event never got a counter of the PMU. */
		if (v.ena && !v.run)
			return error_set(
				e, EBUSY,
				"%s: never counted, the PMU's counters "
				"are in use: ask for fewer events, or "
				"set kernel.nmi_watchdog to 0",
				c->at[i].name);
		values[i].count = v.val;
		values[i].enabled_ns = v.ena;
		values[i].running_ns = v.run;
	}
	return 0;
}

void counters_close(struct counters *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->nr; i++) {
		perf_evsel__close(c->at[i].event);
		perf_evsel__delete(c->at[i].event);
		free(c->at[i].name);
	}
	free(c);
}

/* -------------------------------------------------------------------------- */

static size_t nr_open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t nr = 0;

	while (d && readdir(d))
		nr++;
	if (d)
		closedir(d);
	return nr; /* with ".", ".." and the directory itself */
}

int counters_reserve_fds(size_t nr_fds, struct error *e)
{
	/* The suite itself opens some while it counts. */
	rlim_t need = (rlim_t)(nr_open_fds() + nr_fds + 64);
	struct rlimit limit, raised;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return error_set(e, errno, "getrlimit: %s", strerror(errno));
	if (limit.rlim_cur >= need)
		return 0;
	raised.rlim_cur = need;
	raised.rlim_max = limit.rlim_max > need ? limit.rlim_max : need;
	if (setrlimit(RLIMIT_NOFILE, &raised))
		return error_set(e, EMFILE,
				 "%llu open files are needed and the limit is "
				 "%llu: ulimit -n %llu (as root), or fewer "
				 "threads or events",
				 (unsigned long long)need,
				 (unsigned long long)limit.rlim_max,
				 (unsigned long long)need);
	return 0;
}
