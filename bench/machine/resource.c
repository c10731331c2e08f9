/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of things that are made, the journal of this process, and what all
 * of them ask first: is there enough of it? */
#include "resource.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "resource_kinds.h"

enum {
	WAIT_NS = 50 * 1000 * 1000,
	WAIT_TRIES = 60,
	MARGIN_MIB = 64 /* of memory or disk, left for everybody else */
};

const struct journal_kind resource_kinds[] = {
	[KIND_VALUE] = { .name = "value",
			 .nr_fields = 3,
			 .valid = value_valid,
			 .undo = value_undo },
	[KIND_POOL] = { .name = "pool",
			.nr_fields = 3,
			.valid = pool_valid,
			.undo = pool_undo },
	[KIND_ZRAM_WANTED] = { .name = "zram-wanted",
			       .nr_fields = 3,
			       .valid = zram_wanted_valid,
			       .undo = zram_wanted_undo },
	[KIND_ZRAM] = { .name = "zram",
			.nr_fields = 3,
			.valid = zram_valid,
			.undo = zram_undo },
	[KIND_FILE] = { .name = "file",
			.nr_fields = 1,
			.survives_boot = true,
			.valid = file_valid,
			.undo = file_undo },
	[KIND_LOOP] = { .name = "loop",
			.nr_fields = 2,
			.valid = loop_valid,
			.undo = loop_undo },
	[KIND_CGROUP] = { .name = "cgroup",
			  .nr_fields = 2,
			  .valid = cgroup_valid,
			  .undo = cgroup_undo },
	[NR_KINDS] = { .name = NULL },
};

/* pid 0: none yet. A forked child sees its parent's and must not use it. */
static struct journal own = { .fd = -1 };

const struct journal *resource_journal(void)
{
	return &own;
}

int resource_begin(struct error *e)
{
	char folder[PATH_MAX];
	int err = journal_folder(folder, sizeof(folder), e), lock;

	if (err)
		return err;
	lock = journal_lock(folder, e);
	if (lock < 0 || own.pid == getpid())
		return lock;
	err = journal_begin(&own, folder, e);
	if (!err)
		return lock;
	own.pid = 0;
	close(lock);
	return err;
}

static void keep_line(bool trouble, const char *line, void *arg)
{
	if (trouble)
		error_set(arg, EAGAIN, "%s", line);
}

int resource_release(struct error *e)
{
	struct journal_report report = { .say = keep_line, .arg = e };
	int lock, err;

	if (own.pid != getpid())
		return 0;
	lock = resource_begin(e);
	if (lock < 0)
		return lock;
	err = journal_undo(&own, &report);
	if (!err) {
		journal_free(&own);
		own.pid = 0;
	}
	close(lock);
	return err;
}

int resource_restore(struct journal_report *report, struct error *e)
{
	char folder[PATH_MAX];
	int err = journal_folder(folder, sizeof(folder), e);

	return err ? err : journal_restore(folder, resource_kinds, report, e);
}

int resource_each(int (*fn)(struct journal *j, int err, const struct error *e,
			    void *arg),
		  void *arg, struct error *e)
{
	char folder[PATH_MAX];
	int err = journal_folder(folder, sizeof(folder), e);

	return err ? err : journal_each(folder, resource_kinds, fn, arg, e);
}

static int count_one(struct journal *j, int err, const struct error *e,
		     void *arg)
{
	struct journal_report *report = arg;

	(void)e;
	if (err)
		report->nr_unreadable++;
	else if (journal_owner_lives(j))
		report->nr_living++;
	else
		report->nr_dead++;
	return 0;
}

int resource_leftovers(struct journal_report *report, struct error *e)
{
	return resource_each(count_one, report, e);
}

/* --- is there enough of it? ----------------------------------------------- */

static int too_little(int err, const char *where, uint64_t needed,
		      uint64_t there, const char *what, struct error *e)
{
	return error_set(e, err,
			 "%s takes %llu MiB %s and %d MiB more must stay free: "
			 "there are %llu MiB",
			 what, (unsigned long long)(needed + 1048575) >> 20,
			 where, MARGIN_MIB, (unsigned long long)there >> 20);
}

int resource_memory(uint64_t needed, const char *what, struct error *e)
{
	char text[64];
	uint64_t there;
	int err = look_key(text, sizeof(text), e, "/proc/meminfo",
			   "MemAvailable");

	if (err < 0)
		return err;
	there = strtoull(text, NULL, 10) * 1024;
	if (needed + ((uint64_t)MARGIN_MIB << 20) <= there)
		return 0;
	return too_little(ENOMEM, "of memory", needed, there, what, e);
}

int resource_disk(const char *dir, uint64_t needed, const char *what,
		  struct error *e)
{
	struct statvfs fs;
	char where[PATH_MAX + 4];

	if (statvfs(dir, &fs))
		return error_set(e, errno, "%s: %s", dir, strerror(errno));
	if (needed + ((uint64_t)MARGIN_MIB << 20) <= fs.f_bavail * fs.f_frsize)
		return 0;
	snprintf(where, sizeof(where), "in %s", dir);
	return too_little(ENOSPC, where, needed, fs.f_bavail * fs.f_frsize,
			  what, e);
}

int resource_limit(int which, uint64_t needed, const char *what,
		   struct error *e)
{
	static const struct {
		int which;
		const char *name, *option;
	} names[] = {
		{ RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", "ulimit -l, in KiB" },
		{ RLIMIT_NOFILE, "RLIMIT_NOFILE", "ulimit -n" },
		{ RLIMIT_FSIZE, "RLIMIT_FSIZE", "ulimit -f, in KiB" },
		{ RLIMIT_AS, "RLIMIT_AS", "ulimit -v, in KiB" },
		{ RLIMIT_STACK, "RLIMIT_STACK", "ulimit -s, in KiB" },
		{ RLIMIT_NPROC, "RLIMIT_NPROC", "ulimit -u" },
		{ -1, "this limit", "setrlimit" },
	};
	struct rlimit limit;
	size_t i = 0;

	if (getrlimit((__rlimit_resource_t)which, &limit))
		return error_set(e, errno, "getrlimit: %s", strerror(errno));
	if (needed <= limit.rlim_cur)
		return 0;
	limit.rlim_cur = needed;
	if (limit.rlim_max < needed)
		limit.rlim_max = needed;
	if (!setrlimit((__rlimit_resource_t)which, &limit))
		return 0;
	getrlimit((__rlimit_resource_t)which, &limit);
	while (names[i].which >= 0 && names[i].which != which)
		i++;
	return error_set(e, EFBIG,
			 "%s takes %s of %llu, and it may be raised to %llu "
			 "only: as root, %s",
			 what, names[i].name, (unsigned long long)needed,
			 (unsigned long long)limit.rlim_max, names[i].option);
}

int resource_root(const char *what, struct error *e)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (!syscall(SYS_capget, &head, data) &&
	    data[0].effective & 1u << CAP_SYS_ADMIN)
		return 0;
	return error_set(e, EPERM, "%s takes CAP_SYS_ADMIN: run as root", what);
}

/* --- small things --------------------------------------------------------- */

bool resource_wait(unsigned int *tries)
{
	struct timespec pause = { .tv_nsec = WAIT_NS };

	if ((*tries)++ >= WAIT_TRIES)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

int resource_write(const char *path, const char *word, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;
	size_t len = strlen(word);

	if (fd < 0)
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	if (write(fd, word, len) != (ssize_t)len)
		err = error_set(e, errno ? errno : EIO,
				"%s: '%s' is refused: %s", path, word,
				strerror(errno));
	close(fd);
	return err;
}

void resource_unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to = (char)((text[1] - '0') << 6 |
				     (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

bool is_number(const char *text)
{
	return *text && strlen(text) < 20 &&
	       text[strspn(text, "0123456789")] == '\0';
}

bool is_plain_path(const char *path)
{
	return *path == '/' && strlen(path) < PATH_MAX && !strstr(path, "/..");
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
