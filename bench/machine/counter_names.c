/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of events: a table for the software events, tracefs for the
 * tracepoints, libpfm4 for the rest. The only file that includes libpfm4.
 *
 * A name is a tracepoint when it reads group:event, both in lower case, with
 * an event of more than four letters: shorter ones are libpfm4's modifiers
 * ("cycles:u", "cycles:excl"). "perf::CYCLES:pinned" is always libpfm4's.
 *
 * Refuses to set exclude_kernel on a tracepoint, which would let an ordinary
 * user open it: it fires in the kernel and would read 0 for ever.
 *
 * Source: perf_event_open(2), Documentation/trace/tracepoints.rst and
 * kernel/events/core.c:perf_tp_event, libpfm4's pfm_get_os_event_encoding(3).
 */
#include "counter_names.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LIBPFM4 /* wants linux/perf_event.h before it */
#include <perfmon/pfmlib_perf_event.h>
#endif

#include "counters.h"
#include "near.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct software {
	const char *name;
	enum perf_sw_ids id;
} software[] = {
	{ "page-faults", PERF_COUNT_SW_PAGE_FAULTS },
	{ "minor-faults", PERF_COUNT_SW_PAGE_FAULTS_MIN },
	{ "major-faults", PERF_COUNT_SW_PAGE_FAULTS_MAJ },
	{ "context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "cpu-clock", PERF_COUNT_SW_CPU_CLOCK },
	{ "task-clock", PERF_COUNT_SW_TASK_CLOCK },
	{ "alignment-faults", PERF_COUNT_SW_ALIGNMENT_FAULTS },
	{ "emulation-faults", PERF_COUNT_SW_EMULATION_FAULTS },
};

/* Offered for a mistyped name, after the software events. */
static const char *const common_hardware[] = {
	"cycles",	    "instructions",	"ref-cycles",
	"branches",	    "branch-misses",	"cache-references",
	"cache-misses",	    "dTLB-load-misses", "dTLB-store-misses",
	"iTLB-load-misses", "LLC-load-misses",
};

static int name_unknown(const char *event, struct error *e)
{
	const char *name, *best = NULL;
	unsigned int distance, least;
	char typed[64];
	size_t i;

	snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(event, ":"), event);
	least = 2 + (unsigned int)strlen(typed) / 4;
	for (i = 0; i < ARRAY_SIZE(software) + ARRAY_SIZE(common_hardware);
	     i++) {
		name = i < ARRAY_SIZE(software)
			       ? software[i].name
			       : common_hardware[i - ARRAY_SIZE(software)];
		distance = near_distance(typed, name);
		if (distance < least) {
			least = distance;
			best = name;
		}
	}
	if (best)
		return error_set(e, EINVAL, "no event '%s'; did you mean %s?",
				 typed, best);
	return error_set(e, EINVAL,
			 "no event '%s': no software event (page-faults, "
			 "context-switches, ...), no tracepoint (group:event) "
			 "and nothing that libpfm4 knows on this processor "
			 "(cycles, instructions, ...)",
			 event);
}

/* --- software ------------------------------------------------------------- */

static const struct software *software_find(const char *event)
{
	size_t i, len = strcspn(event, ":");

	for (i = 0; i < ARRAY_SIZE(software); i++)
		if (strlen(software[i].name) == len &&
		    !strncmp(software[i].name, event, len))
			return &software[i];
	return NULL;
}

static int software_make(struct counter_spec *spec, const struct software *s,
			 struct error *e)
{
	const char *modifiers = strchr(spec->event, ':');
	bool user, kernel;

	spec->kind = COUNTER_SOFTWARE;
	spec->attr.type = PERF_TYPE_SOFTWARE;
	spec->attr.config = s->id;
	if (!modifiers)
		return 0;
	modifiers++;
	if (!*modifiers || modifiers[strspn(modifiers, "uk")])
		return error_set(e, EINVAL,
				 "%s: the modifiers of a software event are "
				 ":u (user mode) and :k (kernel mode)",
				 spec->event);
	user = strchr(modifiers, 'u');
	kernel = strchr(modifiers, 'k');
	spec->attr.exclude_user = !user;
	spec->attr.exclude_kernel = !kernel;
	return 0;
}

/* --- tracepoints ---------------------------------------------------------- */

static bool looks_like_tracepoint(const char *event)
{
	const char *colon = strchr(event, ':'), *p;

	if (!colon || colon == event || strlen(colon + 1) <= 4)
		return false;
	for (p = event; *p; p++)
		if (p != colon && *p != '_' && !islower((unsigned char)*p) &&
		    !isdigit((unsigned char)*p))
			return false;
	return true;
}

/* A mount of our own that is attached nowhere: the machine is not changed. */
static int tracefs_mount_detached(void)
{
	int fs, mnt = -1, err;

	fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mnt = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	err = -errno;
	close(fs);
	return mnt < 0 ? err : mnt;
}

/* The directory of all tracepoints; its fd, or -errno with a reason. */
static int tracefs_open(struct error *e)
{
	static const char *const places[] = {
		"/sys/kernel/tracing/events",
		"/sys/kernel/debug/tracing/events",
	};
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	bool denied = false;
	int fd, mnt;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		fd = open(places[i], flags);
		if (fd >= 0)
			return fd;
		denied |= errno == EACCES || errno == EPERM;
	}
	mnt = tracefs_mount_detached();
	if (mnt >= 0) {
		fd = openat(mnt, "events", flags);
		close(mnt);
		if (fd >= 0)
			return fd;
	}
	if (denied || mnt == -EPERM || mnt == -EACCES)
		return error_set(e, EACCES,
				 "this user may not read tracefs: run as root");
	return error_set(e, ENOTSUP,
			 "tracefs is not mounted (%s): mount -t tracefs "
			 "tracefs /sys/kernel/tracing",
			 strerror(mnt < 0 ? -mnt : ENOENT));
}

/* The entry of a directory that is nearest to a name that is not there. */
static void nearest(int events, const char *dir, const char *name, char *best,
		    size_t size)
{
	unsigned int least = 1 + (unsigned int)strlen(name) / 4;
	int fd = openat(events, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	*best = '\0';
	if (!d && fd >= 0)
		close(fd);
	while (d && (entry = readdir(d))) {
		unsigned int distance = near_distance(name, entry->d_name);

		if (distance <= least) {
			least = distance;
			snprintf(best, size, "%s", entry->d_name);
		}
	}
	if (d)
		closedir(d);
}

static int tracepoint_unknown(int events, const char *group, const char *name,
			      struct error *e)
{
	char best[NAME_MAX + 1], hint[NAME_MAX + 160] = "";

	if (faccessat(events, group, F_OK, 0)) {
		nearest(events, ".", group, best, sizeof(best));
		if (best[0])
			snprintf(hint, sizeof(hint), "; did you mean '%s'?",
				 best);
		return error_set(e, best[0] ? EINVAL : ENOTSUP,
				 "this kernel has no tracepoint group '%s'%s",
				 group, hint);
	}
	nearest(events, group, name, best, sizeof(best));
	if (best[0])
		snprintf(hint, sizeof(hint), "; did you mean '%s:%s'?", group,
			 best);
	return error_set(e, best[0] ? EINVAL : ENOTSUP,
			 "this kernel has no tracepoint '%s:%s'%s", group, name,
			 hint);
}

static int tracepoint_make(struct counter_spec *spec, struct error *e)
{
	char group[sizeof(spec->event)], path[sizeof(spec->event) + 4];
	char text[32] = "";
	ssize_t len = -1;
	int events, fd, err = 0;
	char *name;

	snprintf(group, sizeof(group), "%s", spec->event);
	name = strchr(group, ':');
	*name++ = '\0';
	spec->kind = COUNTER_TRACEPOINT;
	spec->attr.type = PERF_TYPE_TRACEPOINT;
	events = tracefs_open(e);
	if (events < 0) {
		error_prefix(e, "%s", spec->event);
		return events;
	}
	snprintf(path, sizeof(path), "%s/%s/id", group, name);
	fd = openat(events, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
		spec->attr.config = strtoull(text, NULL, 10);
		if (len <= 0 || !spec->attr.config)
			err = error_set(e, EIO, "tracefs events/%s is empty",
					path);
	} else if (errno == ENOENT) {
		err = tracepoint_unknown(events, group, name, e);
	} else {
		err = error_set(e, errno, "tracefs events/%s: %s", path,
				strerror(errno));
	}
	close(events);
	return err;
}

/* --- hardware ------------------------------------------------------------- */

#ifdef HAVE_LIBPFM4
static int pfm_status;

static void pfm_start(void)
{
	pfm_status = pfm_initialize();
}

static int hardware_make(struct counter_spec *spec, struct error *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pfm_perf_encode_arg_t arg = { .attr = &spec->attr,
				      .size = sizeof(arg) };
	int ret;

	/* Up to 280 ms: only when a name needs it. */
	pthread_once(&once, pfm_start);
	if (pfm_status != PFM_SUCCESS)
		return error_set(e, ENOTSUP, "libpfm4 does not start: %s",
				 pfm_strerror(pfm_status));
	spec->kind = COUNTER_HARDWARE;
	spec->attr.size = sizeof(spec->attr);
	ret = pfm_get_os_event_encoding(spec->event, PFM_PLM0 | PFM_PLM3,
					PFM_OS_PERF_EVENT, &arg);
	if (ret == PFM_ERR_NOTFOUND)
		return name_unknown(spec->event, e);
	if (ret != PFM_SUCCESS)
		return error_set(e, EINVAL, "%s: libpfm4: %s", spec->event,
				 pfm_strerror(ret));
	return 0;
}

const char *counters_libpfm4(const char **why)
{
	*why = NULL;
	return LIBPFM4_VERSION;
}
#else
static int hardware_make(struct counter_spec *spec, struct error *e)
{
	size_t i;

	/* A mistyped software event is the likelier cause. */
	for (i = 0; i < ARRAY_SIZE(software); i++)
		if (near_distance(spec->event, software[i].name) < 4)
			return name_unknown(spec->event, e);
	return error_set(e, ENOTSUP,
			 "%s: hardware events need libpfm4, and this was built "
			 "without: %s",
			 spec->event, LIBPFM4_ABSENT);
}

const char *counters_libpfm4(const char **why)
{
	*why = LIBPFM4_ABSENT;
	return NULL;
}
#endif

/* -------------------------------------------------------------------------- */

int counter_spec_make(struct counter_spec *spec, const char *name,
		      struct error *e)
{
	size_t len = strcspn(name, "/");
	const struct software *s;
	bool tracepoint;
	int err;

	memset(spec, 0, sizeof(*spec));
	if (!len || len >= sizeof(spec->event))
		return error_set(e, EINVAL, "'%s' is no name of an event",
				 name);
	memcpy(spec->event, name, len);
	spec->filter = name[len] ? name + len + 1 : NULL;
	tracepoint = looks_like_tracepoint(spec->event);
	s = software_find(spec->event);
	if (spec->filter && (s || !tracepoint))
		return error_set(e, EINVAL,
				 "%s: only a tracepoint takes a filter, and it "
				 "is written group:event/filter",
				 name);
	if (s)
		err = software_make(spec, s, e);
	else if (tracepoint)
		err = tracepoint_make(spec, e);
	else
		err = hardware_make(spec, e);
	/* Whatever libpfm4 thinks of these: counting, from a common start. */
	spec->attr.size = sizeof(spec->attr);
	spec->attr.disabled = 1;
	spec->attr.inherit = 0;
	spec->attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
				 PERF_FORMAT_TOTAL_TIME_RUNNING |
				 PERF_FORMAT_ID;
	return err;
}
