/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an event's name means to perf_event_open(2). Shared by the files of the
 * counters library only; the names are described in counters.h.
 */
#ifndef MACHINE_COUNTER_NAMES_H
#define MACHINE_COUNTER_NAMES_H

#include <linux/perf_event.h>

#include "error.h"

enum counter_kind {
	COUNTER_SOFTWARE,
	COUNTER_TRACEPOINT,
	COUNTER_HARDWARE,
};

struct counter_spec {
	enum counter_kind kind;
	struct perf_event_attr attr; /* disabled, not inherited */
	const char *filter;	     /* inside the name; NULL: none */
	char event[128];	     /* the name without the filter */
};

/*
 * Looks a name up: in a table, in tracefs or by libpfm4. name has to outlive
 * the spec. 0, or -errno with a reason: -EINVAL for a name that does not
 * exist, -EACCES where this user may not look, -ENOTSUP where this kernel or
 * build has no such events.
 */
int counter_spec_make(struct counter_spec *spec, const char *name,
		      struct error *e);

#endif
