/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory cgroup for this process: of version 1 where the memory controller
 * is mounted there, else of version 2 (Documentation/admin-guide/cgroup-v2.rst,
 * cgroup-v1/memory.rst). Changes no limit and no controller of any cgroup but
 * its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "look.h"
#include "resource_kinds.h"

#define PREFIX "faultline-"

struct memory_mount {
	char point[PATH_MAX]; /* where the hierarchy is mounted */
	char root[PATH_MAX];  /* and which folder of it */
	bool v2;
};

/* Is the word in a list of words? */
static bool has_word(const char *list, const char *word, const char *between)
{
	size_t len = strlen(word);

	while (*(list += strspn(list, between))) {
		size_t n = strcspn(list, between);

		if (n == len && !strncmp(list, word, len))
			return true;
		list += n;
	}
	return false;
}

/* One line of /proc/self/mountinfo: 0 for none of ours, else 1 or 2. */
static int mount_parse(char *line, struct memory_mount *m)
{
	char *dash = strstr(line, " - "), type[32], options[512];

	if (!dash || sscanf(dash, " - %31s %*s %511s", type, options) != 2 ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", m->root, m->point) != 2)
		return 0;
	resource_unescape(m->root);
	resource_unescape(m->point);
	if (!strcmp(type, "cgroup2"))
		return 2;
	return !strcmp(type, "cgroup") && has_word(options, "memory", ",");
}

static int mount_find(struct memory_mount *found, struct error *e)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct memory_mount m;
	char *line = NULL;
	size_t size = 0;
	int version = 0, is;

	while (f && version != 1 && getline(&line, &size, f) > 0) {
		is = mount_parse(line, &m);
		if (is == 1 || (is == 2 && !version)) {
			*found = m;
			version = is;
		}
	}
	free(line);
	if (f)
		fclose(f);
	found->v2 = version == 2;
	if (version)
		return 0;
	return error_set(e, ENOENT,
			 "no cgroup file system with the memory controller is "
			 "mounted: mount -t cgroup2 none /sys/fs/cgroup");
}

/* The folder that this process is in, below the mount. */
static int own_folder(const struct memory_mount *m, char dir[PATH_MAX],
		      struct error *e)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char *line = NULL, *path, *name;
	size_t size = 0, len = strlen(m->root);
	bool found = false;

	while (f && !found && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		path = line;
		strsep(&path, ":");
		name = strsep(&path, ":");
		if (!path ||
		    (m->v2 ? *name != '\0' : !has_word(name, "memory", ",")))
			continue;
		if (len > 1 && !strncmp(path, m->root, len))
			path += len;
		found = !strstr(path, "/..") &&
			snprintf(dir, PATH_MAX, "%s%s", m->point,
				 strcmp(path, "/") ? path : "") < PATH_MAX &&
			!access(dir, F_OK);
	}
	free(line);
	if (f)
		fclose(f);
	if (found)
		return 0;
	return error_set(e, ENOENT,
			 "the memory cgroup of this process is not below %s: a "
			 "container that hides it",
			 m->point);
}

static bool hands_memory_on(const char *dir)
{
	char path[PATH_MAX], list[512];

	return snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir) <
		       (int)sizeof(path) &&
	       look_file(list, sizeof(list), NULL, path) > 0 &&
	       has_word(list, "memory", " ");
}

/* Version 2 has no processes in a cgroup that hands controllers on, so ours
 * goes beside the one that we are in, or beside one above. */
static int parent_find(const struct memory_mount *m, const char *own,
		       char parent[PATH_MAX], struct error *e)
{
	size_t len = strlen(m->point);

	snprintf(parent, PATH_MAX, "%s", own);
	while (m->v2 && !hands_memory_on(parent)) {
		char *slash = strrchr(parent, '/');

		if (strlen(parent) <= len || !slash)
			return error_set(e, ENOTSUP,
					 "no cgroup above %s hands the memory "
					 "controller on: echo +memory > "
					 "%s/cgroup.subtree_control",
					 own, m->point);
		*slash = '\0';
	}
	if (!access(parent, W_OK))
		return 0;
	return error_set(e, errno,
			 "%s: no cgroup can be made there: %s; run as root, or "
			 "in: systemd-run --user --scope -p Delegate=yes",
			 parent, strerror(errno));
}

static int find(struct memory_mount *m, char own[PATH_MAX],
		char parent[PATH_MAX], struct error *e)
{
	int err = mount_find(m, e);

	if (!err)
		err = own_folder(m, own, e);
	if (!err)
		err = parent_find(m, own, parent, e);
	return err;
}

int resource_may_cgroup(struct error *e)
{
	char own[PATH_MAX], parent[PATH_MAX];
	struct memory_mount m;

	return find(&m, own, parent, e);
}

static int put(const char *dir, const char *file, uint64_t number,
	       struct error *e)
{
	char path[PATH_MAX], text[32];

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >=
	    (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: too long", dir);
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return resource_write(path, text, e);
}

static int make(const struct resource_cgroup *made, uint64_t limit_bytes,
		struct error *e)
{
	int err = 0;

	if (mkdir(made->dir, 0755))
		return error_set(e, errno, "%s: %s", made->dir,
				 strerror(errno));
	if (limit_bytes)
		err = put(made->dir,
			  made->v2 ? "memory.max" : "memory.limit_in_bytes",
			  limit_bytes, e);
	if (!err)
		err = put(made->dir, "cgroup.procs", (uint64_t)getpid(), e);
	return err;
}

int resource_cgroup(uint64_t limit_bytes, struct resource_cgroup *made,
		    struct error *e)
{
	char own[PATH_MAX], parent[PATH_MAX];
	struct memory_mount m;
	int err = find(&m, own, parent, e), lock;

	if (err)
		return err;
	made->v2 = m.v2;
	if (snprintf(made->dir, sizeof(made->dir), "%s/" PREFIX "%d", parent,
		     (int)getpid()) >= (int)sizeof(made->dir))
		return error_set(e, ENAMETOOLONG, "%s: too long", parent);
	lock = resource_begin(e);
	if (lock < 0)
		return lock;
	err = resource_note(KIND_CGROUP, e, made->dir, own);
	if (!err)
		err = make(made, limit_bytes, e);
	close(lock);
	return err;
}

bool cgroup_valid(char *const *field)
{
	const char *name = path_name(field[0]);

	return is_plain_path(field[0]) && is_plain_path(field[1]) &&
	       !strncmp(name, PREFIX, strlen(PREFIX)) &&
	       is_number(name + strlen(PREFIX));
}

/* What is still in it came from the process that made it: out with it. */
static void move_out(const char *dir, const char *to)
{
	char path[PATH_MAX];
	int pid;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >=
	    (int)sizeof(path))
		return;
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &pid) == 1)
		put(to, "cgroup.procs", (uint64_t)pid, NULL);
	if (f)
		fclose(f);
}

UNDO(cgroup_undo)
{
	const char *dir = x->field[0];
	unsigned int tries = 0;
	struct statfs fs;

	(void)j;
	if (statfs(dir, &fs)) {
		if (errno == ENOENT)
			return UNDO_NOTHING;
		return error_set(e, errno, "%s: %s", dir, strerror(errno));
	}
	if (fs.f_type != CGROUP_SUPER_MAGIC &&
	    fs.f_type != CGROUP2_SUPER_MAGIC) {
		error_set(e, 0, "%s is not a cgroup: left", dir);
		return UNDO_NOT_OURS;
	}
	do {
		move_out(dir, x->field[1]);
		if (!rmdir(dir)) {
			error_set(e, 0, "%s is removed", dir);
			return UNDO_DONE;
		}
	} while (errno == EBUSY && resource_wait(&tries));
	return error_set(e, errno, "%s: %s", dir, strerror(errno));
}
