/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events counted on one thread: tracepoints, software and hardware events.
 * Backend: libperf; names of hardware events are encoded by libpfm4. Their
 * headers appear in counters.c and counter_names.c only, and the suite builds
 * without either.
 *
 * Names:
 *   software    "page-faults" "page-faults:u" "page-faults:k"
 *               "context-switches" "cpu-migrations" "minor-faults" ...
 *   tracepoint  "mmap_lock:mmap_lock_acquire_returned"
 *               with a filter "…/write==0 && success==1"
 *   hardware    whatever libpfm4 knows: "cycles:k", "instructions:k",
 *               "INST_RETIRED:ANY_P:k", ...
 */
#ifndef MACHINE_COUNTERS_H
#define MACHINE_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

struct counters; /* a set of events, counting on one thread */

struct counter_value {
	uint64_t count; /* while it was running */
	uint64_t enabled_ns, running_ns;
};

/*
 * Opens all events, each with its own fd, on thread tid (0: the caller), any
 * CPU, not inherited, and starts them together. All or nothing: -errno with a
 * reason that names the first event that could not be opened and what to do.
 * The fds are close-on-exec.
 */
int counters_open(struct counters **c, const char *const *names, size_t nr,
		  pid_t tid, struct error *e);

/* Reads all of them, in the order of the names; counts since the open. */
int counters_read(struct counters *c, struct counter_value *values,
		  struct error *e);

/*
 * How often it happened between two readings, scaled up where the event had to
 * share its counter meanwhile. Not the difference of two scaled counts, in
 * which a new scale would count all that came before once more.
 */
static inline uint64_t counter_between(const struct counter_value *before,
				       const struct counter_value *after)
{
	uint64_t count = after->count - before->count;
	uint64_t enabled = after->enabled_ns - before->enabled_ns;
	uint64_t running = after->running_ns - before->running_ns;

	if (!running || enabled == running)
		return count;
	return (uint64_t)((double)count * (double)enabled / (double)running +
			  0.5);
}

void counters_close(struct counters *c); /* NULL is fine */

/*
 * Can this event be counted by this user on this machine? Opens it, and where
 * the event has a known cause (a fault, an mmap, a context switch) makes that
 * happen and sees it counted: an event that opens and reads 0 is not
 * available. 0, or -errno with the reason and the remedy.
 */
int counters_probe(const char *name, struct error *e);

/* Raises the soft RLIMIT_NOFILE so that nr_fds more can be opened. 0 or
 * -errno with a reason that names the figure needed. */
int counters_reserve_fds(size_t nr_fds, struct error *e);

/* The versions in use, "6.1.192 (built from linux-source-6.1)", or NULL when
 * built without, in which case *why is the reason. */
const char *counters_libperf(const char **why);
const char *counters_libpfm4(const char **why);

#endif
