/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices that are swapped on: zram (Documentation/admin-guide/blockdev/
 * zram.rst) and loop (drivers/block/loop.c, LOOP_CONFIGURE since 5.8). Only
 * devices that were added or bound here are ever touched.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "resource_kinds.h"

#define ZRAM_CONTROL "/sys/class/zram-control/"
#define LOOP_CONTROL "/dev/loop-control"

enum {
	ADDED_WITHIN_S = 10, /* of its note, a zram device nobody vouches for */
	BIND_TRIES = 20
};

static bool block_exists(const char *kind, unsigned int number)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/%s%u", kind, number);
	return !access(path, F_OK);
}

/* The number that the next device of this kind will have. */
static unsigned int block_next(const char *kind)
{
	unsigned int number = 0;

	while (block_exists(kind, number))
		number++;
	return number;
}

/* --- zram ----------------------------------------------------------------- */

static int zram_look(char *buf, size_t size, const char *number,
		     const char *what)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/block/zram%s/%s", number, what);
	return look_file(buf, size, NULL, path);
}

static int zram_set_size(const char *number, uint64_t bytes, struct error *e)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "/sys/block/zram%s/disksize", number);
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return resource_write(path, text, e);
}

/* Adds a device. Its number is known to us only when it is there, and so to
 * the journal: before, the number that it should have is noted. */
static int zram_add(const char *tag, char number[16], struct error *e)
{
	char when[24], sequence[32];
	int err;

	snprintf(number, 16, "%u", block_next("zram"));
	snprintf(when, sizeof(when), "%lld", (long long)time(NULL));
	err = resource_note(KIND_ZRAM_WANTED, e, number, tag, when);
	if (err)
		return err;
	/* to read it is to add */
	err = look_file(number, 16, e, ZRAM_CONTROL "hot_add");
	if (err < 0)
		return err;
	if (zram_look(sequence, sizeof(sequence), number, "diskseq") <= 0)
		snprintf(sequence, sizeof(sequence), "-");
	return resource_note(KIND_ZRAM, e, number, tag, sequence);
}

int zram_make(uint64_t bytes, const char *tag, struct swap_area *made,
	      struct error *e)
{
	char number[16];
	int fd, err;

	/* what doesn't compress, once in the device and once before it */
	err = resource_memory(2 * bytes, "swap on zram", e);
	if (!err)
		err = zram_add(tag, number, e);
	if (!err)
		err = zram_set_size(number, bytes, e);
	if (err)
		return err;
	snprintf(made->path, sizeof(made->path), "/dev/zram%s", number);
	made->synchronous = true;
	fd = open(made->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return error_set(e, errno,
				 "%s: %s; /dev must be a devtmpfs, or udev run",
				 made->path, strerror(errno));
	err = swap_header_write(fd, bytes, tag, e);
	close(fd);
	return err ? err : swap_start(made->path, e);
}

static int zram_remove(const char *number, struct error *e)
{
	unsigned int tries = 0;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/dev/zram%s", number);
	err = swap_stop(path, e);
	if (err)
		return err;
	/* somebody may look at it for a moment: udev, blkid */
	do {
		err = resource_write(ZRAM_CONTROL "hot_remove", number, e);
	} while (err == -EBUSY && resource_wait(&tries));
	if (err)
		return err;
	error_set(e, 0, "%s is removed", path);
	return UNDO_DONE;
}

bool zram_valid(char *const *field)
{
	return is_number(field[0]) && is_swap_tag(field[1]) &&
	       (is_number(field[2]) || !strcmp(field[2], "-"));
}

bool zram_wanted_valid(char *const *field)
{
	return is_number(field[0]) && is_swap_tag(field[1]) &&
	       is_number(field[2]);
}

static int zram_not_ours(const char *number, const char *why, struct error *e)
{
	error_set(e, 0,
		  "/dev/zram%s: %s, so faultline did not make it: left; if "
		  "nobody else did: echo %s > " ZRAM_CONTROL "hot_remove",
		  number, why, number);
	return UNDO_NOT_OURS;
}

/* The sequence number tells devices apart (since 5.15); before, ours is known
 * by its header, or is as empty as it was made. */
UNDO(zram_undo)
{
	const char *number = x->field[0], *tag = x->field[1];
	char text[32], path[32];

	(void)j;
	if (zram_look(text, sizeof(text), number, "initstate") <= 0)
		return UNDO_NOTHING;
	snprintf(path, sizeof(path), "/dev/zram%s", number);
	if (*x->field[2] == '-') {
		if (strcmp(text, "0") && !swap_header_is(path, tag))
			return zram_not_ours(number, "it has another header",
					     e);
	} else if (zram_look(text, sizeof(text), number, "diskseq") <= 0 ||
		   strcmp(text, x->field[2])) {
		return UNDO_NOTHING; /* ours is gone, this is a later one */
	}
	return zram_remove(number, e);
}

static bool zram_is_known(const struct journal *j, const char *tag)
{
	size_t i;

	for (i = 0; i < j->nr; i++)
		if (j->entries[i].kind == &resource_kinds[KIND_ZRAM] &&
		    !strcmp(j->entries[i].field[1], tag))
			return true;
	return false;
}

/* Killed between the reading of hot_add and the note of what it said: the
 * device has the number, is empty, and came in that moment. */
UNDO(zram_wanted_undo)
{
	const char *number = x->field[0];
	long long when = atoll(x->field[2]);
	char text[16], path[32];
	struct stat st;

	if (zram_is_known(j, x->field[1]) ||
	    zram_look(text, sizeof(text), number, "initstate") <= 0)
		return UNDO_NOTHING;
	if (strcmp(text, "0"))
		return zram_not_ours(number, "it is in use", e);
	snprintf(path, sizeof(path), "/dev/zram%s", number);
	if (stat(path, &st) || st.st_ctime < when ||
	    st.st_ctime > when + ADDED_WITHIN_S)
		return zram_not_ours(number, "it was added at another time", e);
	return zram_remove(number, e);
}

/* --- loop ----------------------------------------------------------------- */

/* All are bound: LOOP_CTL_GET_FREE will add one. */
static bool loop_none_free(void)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	bool none = true;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX];

		if (strncmp(entry->d_name, "loop", 4))
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/loop",
			 entry->d_name);
		none &= !access(path, F_OK);
	}
	if (dir)
		closedir(dir);
	return none;
}

static int loop_bind(int control, int file_fd, const char *path,
		     struct swap_area *made, struct error *e)
{
	struct loop_config config = {
		.fd = (uint32_t)file_fd,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO,
	};
	int number, fd, i, err = EBUSY;

	/* as losetup shows it to old tools; sysfs has the whole path */
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s",
		 path_name(path));
	for (i = 0; i < BIND_TRIES && err == EBUSY; i++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			return error_set(e, errno, LOOP_CONTROL ": %s",
					 strerror(errno));
		snprintf(made->path, sizeof(made->path), "/dev/loop%d", number);
		fd = open(made->path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return error_set(e, errno,
					 "%s: %s; /dev must be a devtmpfs, or "
					 "udev run",
					 made->path, strerror(errno));
		if (!ioctl(fd, LOOP_CONFIGURE, &config))
			return fd;
		/* somebody else was faster */
		err = errno;
		close(fd);
	}
	return error_set(e, err, "%s cannot be bound to %s: %s%s", made->path,
			 path, strerror(err),
			 err == EINVAL || err == ENOTTY
				 ? ": a kernel of 5.8 or later is needed"
				 : "");
}

static int loop_start(int control, int file_fd, const char *path,
		      uint64_t bytes, const char *tag, struct swap_area *made,
		      struct error *e)
{
	char sys[96];
	long long direct = 0;
	int fd = loop_bind(control, file_fd, path, made, e), err;

	if (fd < 0)
		return fd;
	snprintf(sys, sizeof(sys), "/sys/block/%s/loop/dio",
		 path_name(made->path));
	made->direct = !look_number(&direct, NULL, sys) && direct;
	err = swap_header_write(fd, bytes, tag, e);
	if (!err)
		err = swap_start(made->path, e);
	/* from now on the swap area holds it; without one it unbinds itself */
	close(fd);
	return err;
}

int loop_make(const char *dir, uint64_t bytes, const char *tag,
	      struct swap_area *made, struct error *e)
{
	char path[PATH_MAX], added[16] = "-";
	int control, fd, err;

	control = open(LOOP_CONTROL, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return error_set(e, errno, LOOP_CONTROL ": %s",
				 strerror(errno));
	fd = swap_file_create(dir, bytes, tag, true, path, e);
	if (fd < 0) {
		close(control);
		return fd;
	}
	if (loop_none_free())
		snprintf(added, sizeof(added), "%u", block_next("loop"));
	err = resource_note(KIND_LOOP, e, path, added);
	if (!err)
		err = loop_start(control, fd, path, bytes, tag, made, e);
	close(fd);
	close(control);
	return err;
}

bool loop_valid(char *const *field)
{
	return file_valid(field) &&
	       (is_number(field[1]) || !strcmp(field[1], "-"));
}

/* Is this the device over that file, whether or not the file is still there?
 */
static bool loop_is_over(const char *device, const char *path)
{
	char sys[PATH_MAX], text[PATH_MAX];
	size_t len = strlen(path);
	FILE *f;
	bool is;

	snprintf(sys, sizeof(sys), "/sys/block/%s/loop/backing_file", device);
	f = fopen(sys, "re");
	if (!f)
		return false;
	is = fgets(text, sizeof(text), f) && !strncmp(text, path, len) &&
	     (!strcmp(text + len, "\n") || !strcmp(text + len, " (deleted)\n"));
	fclose(f);
	return is;
}

static int loop_unbind(const char *device, const char *path, struct error *e)
{
	unsigned int tries = 0;
	char node[64];
	int err, fd;

	snprintf(node, sizeof(node), "/dev/%.32s", device);
	err = swap_stop(node, e);
	/* The last one to close it may have unbound it. */
	while (!err && loop_is_over(device, path)) {
		fd = open(node, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return error_set(e, errno, "%s: %s", node,
					 strerror(errno));
		(void)!ioctl(fd, LOOP_CLR_FD);
		close(fd);
		if (loop_is_over(device, path) && !resource_wait(&tries))
			return error_set(e, EBUSY,
					 "%s over %s is held by somebody", node,
					 path);
	}
	return err;
}

/* A device that was added for us, unless somebody else has it by now. */
static bool loop_drop(const char *number)
{
	int control;
	bool gone;

	if (*number == '-' || !block_exists("loop", (unsigned)atoi(number)))
		return false;
	control = open(LOOP_CONTROL, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return false;
	gone = ioctl(control, LOOP_CTL_REMOVE, atoi(number)) >= 0;
	close(control);
	return gone;
}

UNDO(loop_undo)
{
	const char *path = x->field[0];
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	bool done = false;
	int err = 0;

	(void)j;
	while (dir && !err && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "loop", 4) ||
		    !loop_is_over(entry->d_name, path))
			continue;
		err = loop_unbind(entry->d_name, path, e);
		done = true;
	}
	if (dir)
		closedir(dir);
	if (err)
		return err;
	done |= loop_drop(x->field[1]);
	if (!done)
		return UNDO_NOTHING;
	error_set(e, 0, "the loop device over %s is unbound", path);
	return UNDO_DONE;
}
