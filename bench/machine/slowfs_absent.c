/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slow files of a build without libfuse3: there are none, and every answer says
 * why. Compiled in place of the other slowfs files. */
#include "slowfs.h"

#include <errno.h>
#include <stdlib.h>

static int absent(struct error *e)
{
	return error_set(e, ENOTSUP, "built without libfuse3: %s",
			 LIBFUSE3_ABSENT);
}

const char *slowfs_libfuse(const char **why)
{
	*why = LIBFUSE3_ABSENT;
	return NULL;
}

int slowfs_probe(struct error *e)
{
	return absent(e);
}

int slowfs_start(struct slowfs **fs, const struct slowfs_options *options,
		 struct error *e)
{
	(void)options;
	*fs = NULL;
	return absent(e);
}

/* There is no file to call these for. */
int slowfs_fd(const struct slowfs *fs)
{
	(void)fs;
	return -1;
}

const struct slowfs_stats *slowfs_stats(const struct slowfs *fs)
{
	(void)fs;
	abort();
}

void slowfs_hold(struct slowfs *fs)
{
	(void)fs;
}

void slowfs_release(struct slowfs *fs, uint64_t pace_ns)
{
	(void)fs;
	(void)pace_ns;
}

int slowfs_await(struct slowfs *fs, uint64_t nr, struct error *e)
{
	(void)fs;
	(void)nr;
	return absent(e);
}

void slowfs_stop(struct slowfs *fs)
{
	(void)fs;
}
