/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of a build without libperf: nothing can be counted, and every
 * answer says why. Compiled in place of counters.c and counter_probe.c.
 */
#include "counters.h"

#include <errno.h>

static int absent(struct error *e)
{
	return error_set(e, ENOTSUP, "built without libperf: %s",
			 LIBPERF_ABSENT);
}

const char *counters_libperf(const char **why)
{
	*why = LIBPERF_ABSENT;
	return NULL;
}

int counters_open(struct counters **c, const char *const *names, size_t nr,
		  pid_t tid, struct error *e)
{
	(void)names;
	(void)nr;
	(void)tid;
	*c = NULL;
	return absent(e);
}

int counters_probe(const char *name, struct error *e)
{
	(void)name;
	return absent(e);
}

int counters_read(struct counters *c, struct counter_value *values,
		  struct error *e)
{
	(void)c;
	(void)values;
	return absent(e);
}

void counters_close(struct counters *c)
{
	(void)c;
}

/* Nothing will be opened. */
int counters_reserve_fds(size_t nr_fds, struct error *e)
{
	(void)nr_fds;
	(void)e;
	return 0;
}
