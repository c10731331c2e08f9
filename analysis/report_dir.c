/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a report is written to, and where its pictures' recipes are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory.h"
#include "report.h"

#ifndef FAULTLINE_PLOTS_DIR
#define FAULTLINE_PLOTS_DIR "/usr/share/faultline/plots"
#endif

int dir_make(const char *dir, struct error *e)
{
	char *path = memory_text(dir), *slash = path;
	struct stat st;
	int err = 0;

	while (!err && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0777) && errno != EEXIST)
			err = errno;
		*slash = '/';
	}
	if (!err && mkdir(dir, 0777) && errno != EEXIST)
		err = errno;
	if (!err && stat(dir, &st))
		err = errno;
	if (!err && !S_ISDIR(st.st_mode))
		err = ENOTDIR;
	free(path);
	return err ? error_set(e, err, "%s: %s; name another directory by -o",
			       dir, strerror(err))
		   : 0;
}

static char *plots_unquotable(char *path, struct error *e)
{
	error_set(e, EINVAL,
		  "%s: gnuplot cannot be told a name with a quote; copy "
		  "plots/ elsewhere and name it by --plots-dir",
		  path);
	free(path);
	return NULL;
}

/* An absolute path: gnuplot takes one that starts with '<' for a command, and
 * runs in another directory. NULL with a reason when it is not there. */
char *plots_find(const char *option, struct error *e)
{
	const char *dir = option;
	char *path;

	if (!dir)
		dir = getenv("FAULTLINE_PLOTS_DIR");
	if (!dir)
		dir = FAULTLINE_PLOTS_DIR;
	path = realpath(dir, NULL);
	if (!path)
		error_set(e, errno,
			  "the pictures' recipes are not there: %s: %s; name "
			  "the source's plots/ by --plots-dir",
			  dir, strerror(errno));
	else if (strpbrk(path, "'\n"))
		return plots_unquotable(path, e);
	return path;
}
