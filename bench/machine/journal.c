/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "look.h"

#define HEADER "faultline journal 1"

enum {
	LOCK_TRIES = 300,
	LOCK_PAUSE_NS = 100 * 1000 * 1000,
	MAX_BYTES = 1 << 20 /* of a journal: thousands of changes */
};

static void boot_id(char *buf, size_t size)
{
	if (look_file(buf, size, NULL, "/proc/sys/kernel/random/boot_id") < 0)
		snprintf(buf, size, "unknown");
}

/* proc(5): field 3 is the state, field 22 the start. false: no such process,
 * or it is dead and only waits to be asked for. */
static bool process_start(pid_t pid, uint64_t *start)
{
	char path[40], text[1024], *at, state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (look_file(text, sizeof(text), NULL, path) < 0)
		return false;
	at = strrchr(text, ')');
	return at &&
	       sscanf(at + 1,
		      " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
		      " %*s %*s %*s %*s %*s %" SCNu64,
		      &state, start) == 2 &&
	       !strchr("ZXx", state);
}

bool journal_owner_lives(const struct journal *j)
{
	uint64_t start;

	return !j->other_boot && process_start(j->pid, &start) &&
	       start == j->start;
}

/* --- the folder ----------------------------------------------------------- */

int journal_folder(char *buf, size_t size, struct error *e)
{
	const char *set = getenv("FAULTLINE_STATE");
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct passwd *user;
	int n;

	if (set && *set) {
		n = snprintf(buf, size, "%s", set);
	} else if (!geteuid()) {
		n = snprintf(buf, size, "/var/lib/faultline");
	} else if (state && *state == '/') {
		n = snprintf(buf, size, "%s/faultline", state);
	} else {
		user = home && *home == '/' ? NULL : getpwuid(geteuid());
		home = user ? user->pw_dir : home;
		n = snprintf(buf, size, "%s/.local/state/faultline",
			     home ? home : "");
	}
	if (n < 0 || (size_t)n >= size)
		return error_set(e, ENAMETOOLONG,
				 "the folder for journals: its name is too "
				 "long; set FAULTLINE_STATE");
	return 0;
}

/* Also the folders above it, as those of a new user are missing. */
static int folder_make(const char *folder)
{
	char path[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "%s", folder);
	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* Root must not do what somebody else wrote. */
static int trust(const struct stat *st, const char *path, struct error *e)
{
	if (st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return error_set(e, EPERM,
			 "%s: is another user's, or others may write to it, so "
			 "what it says is not done; look at it, then remove it",
			 path);
}

int journal_lock(const char *folder, struct error *e)
{
	struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	char path[PATH_MAX];
	struct stat st;
	int fd, i, err = folder_make(folder);

	if (err || stat(folder, &st))
		return error_set(e, err ? -err : errno,
				 "%s: what is changed on the machine must be "
				 "noted there, and it cannot be made: %s; set "
				 "FAULTLINE_STATE to a folder on disk",
				 folder, strerror(err ? -err : errno));
	err = trust(&st, folder, e);
	if (err)
		return err;
	if (snprintf(path, sizeof(path), "%s/lock", folder) >=
	    (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: too long", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	for (i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		err = errno;
		if ((err == EWOULDBLOCK || err == EINTR) && i < LOCK_TRIES) {
			nanosleep(&pause, NULL);
			continue;
		}
		close(fd);
		return error_set(e, err,
				 "%s: another faultline has held it for %d s: "
				 "wait until it has put the machine back",
				 path, LOCK_TRIES / 10);
	}
	return fd;
}

/* --- writing -------------------------------------------------------------- */

static int put(int fd, const char *text, size_t len, const char *path,
	       struct error *e)
{
	ssize_t n = write(fd, text, len);

	if (n == (ssize_t)len && !fdatasync(fd))
		return 0;
	if (n >= 0 && n < (ssize_t)len)
		errno = ENOSPC;
	return error_set(e, errno, "%s: a change cannot be noted: %s", path,
			 strerror(errno));
}

static int folder_sync(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

int journal_begin(struct journal *j, const char *folder, struct error *e)
{
	char boot[64], head[128];
	int n, err;

	memset(j, 0, sizeof(*j));
	j->pid = getpid();
	if (!process_start(j->pid, &j->start))
		return error_set(e, ENOENT,
				 "/proc/%d/stat cannot be read: /proc must be "
				 "mounted",
				 (int)j->pid);
	n = snprintf(j->path, sizeof(j->path), "%s/%d-%" PRIu64, folder,
		     (int)j->pid, j->start);
	if (n >= (int)sizeof(j->path))
		return error_set(e, ENAMETOOLONG, "%s: too long", folder);
	j->fd = open(j->path,
		     O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (j->fd < 0)
		return error_set(e, errno, "%s: %s", j->path, strerror(errno));
	boot_id(boot, sizeof(boot));
	n = snprintf(head, sizeof(head), "%s\t%s\n", HEADER, boot);
	err = put(j->fd, head, (size_t)n, j->path, e);
	if (!err)
		err = folder_sync(folder);
	if (err) {
		close(j->fd);
		unlink(j->path);
	}
	return err;
}

static struct journal_entry *entry_add(struct journal *j)
{
	struct journal_entry *more;

	more = realloc(j->entries, (j->nr + 1) * sizeof(*more));
	if (!more)
		abort();
	j->entries = more;
	memset(&more[j->nr], 0, sizeof(*more));
	return &more[j->nr++];
}

static void entry_drop(struct journal *j)
{
	struct journal_entry *x = &j->entries[--j->nr];
	size_t i;

	for (i = 0; i < JOURNAL_FIELDS; i++)
		free(x->field[i]);
}

int journal_note(struct journal *j, const struct journal_kind *kind,
		 struct error *e, ...)
{
	struct journal_entry *x = entry_add(j);
	char line[PATH_MAX + 512];
	unsigned int i;
	va_list ap;
	int n, err = 0;

	x->kind = kind;
	n = snprintf(line, sizeof(line), "%s", kind->name);
	va_start(ap, e);
	for (i = 0; i < kind->nr_fields; i++) {
		x->field[i] = strdup(va_arg(ap, const char *));
		if (!x->field[i])
			abort();
		if (n < (int)sizeof(line))
			n += snprintf(line + n, sizeof(line) - (size_t)n,
				      "\t%s", x->field[i]);
		if (!*x->field[i] || strpbrk(x->field[i], "\t\n"))
			err = -EINVAL;
	}
	va_end(ap);
	if (err || n + 1 >= (int)sizeof(line) || !kind->valid(x->field)) {
		err = error_set(e, EINVAL,
				"%s %s cannot be noted, so it is not changed",
				kind->name, x->field[0]);
	} else {
		line[n++] = '\n';
		err = put(j->fd, line, (size_t)n, j->path, e);
	}
	if (err)
		entry_drop(j);
	return err;
}

/* --- reading -------------------------------------------------------------- */

static bool name_parse(struct journal *j)
{
	const char *name = strrchr(j->path, '/');
	char again[64];
	int pid;

	name = name ? name + 1 : j->path;
	if (sscanf(name, "%d-%" SCNu64, &pid, &j->start) != 2 || pid <= 0)
		return false;
	j->pid = pid;
	snprintf(again, sizeof(again), "%d-%" PRIu64, pid, j->start);
	return !strcmp(again, name);
}

/* A line without its end. */
static bool entry_parse(struct journal *j, char *line,
			const struct journal_kind *kinds)
{
	const struct journal_kind *kind = kinds;
	char *word = strsep(&line, "\t");
	struct journal_entry *x;
	unsigned int i;

	while (kind->name && strcmp(kind->name, word))
		kind++;
	if (!kind->name)
		return false;
	x = entry_add(j);
	x->kind = kind;
	for (i = 0; i < kind->nr_fields; i++) {
		word = strsep(&line, "\t");
		if (!word || !*word)
			return false;
		x->field[i] = strdup(word);
		if (!x->field[i])
			abort();
	}
	return !line && kind->valid(x->field);
}

static int malformed(const struct journal *j, unsigned int line,
		     const char *what, struct error *e)
{
	return error_set(e, EINVAL,
			 "%s:%u: %s; nothing of it is undone: look at it, put "
			 "back by hand what it says, then remove it",
			 j->path, line, what);
}

static int parse(struct journal *j, FILE *f, const struct journal_kind *kinds,
		 struct error *e)
{
	char *line = NULL, boot[64];
	unsigned int nr = 0;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	boot_id(boot, sizeof(boot));
	while (!err && (len = getline(&line, &size, f)) > 0) {
		/* It was never acted on. */
		if (line[len - 1] != '\n')
			break;
		line[len - 1] = '\0';
		nr++;
		if (strlen(line) != (size_t)len - 1)
			err = malformed(j, nr, "there is a zero byte in it", e);
		else if (nr > 1 && !entry_parse(j, line, kinds))
			err = malformed(j, nr,
					"not an entry that faultline "
					"writes",
					e);
		else if (nr == 1 && strncmp(line, HEADER "\t", sizeof(HEADER)))
			err = malformed(j, nr,
					"does not begin with '" HEADER "'", e);
		else if (nr == 1)
			j->other_boot = strcmp(line + sizeof(HEADER), boot);
	}
	free(line);
	return err;
}

int journal_load(struct journal *j, const char *path,
		 const struct journal_kind *kinds, struct error *e)
{
	struct stat st;
	int fd, err;
	FILE *f;

	memset(j, 0, sizeof(*j));
	j->fd = -1;
	snprintf(j->path, sizeof(j->path), "%s", path);
	if (!name_parse(j))
		return error_set(e, EINVAL,
				 "%s: not the name of a journal (PID-START): "
				 "look at it, then remove it",
				 path);
	/* O_NONBLOCK: a pipe of that name is not waited for */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st)) {
		err = error_set(e, errno, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = trust(&st, path, e);
	if (!err && (!S_ISREG(st.st_mode) || st.st_size > MAX_BYTES))
		err = malformed(j, 1, "no file, or one of more than 1 MiB", e);
	f = err ? NULL : fdopen(fd, "r");
	if (!f) {
		close(fd);
		return err ? err : -ENOMEM;
	}
	err = parse(j, f, kinds, e);
	fclose(f);
	if (err)
		journal_free(j);
	return err;
}

void journal_free(struct journal *j)
{
	while (j->nr)
		entry_drop(j);
	free(j->entries);
	j->entries = NULL;
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}
