/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private swap area, whatever it lies on, and the swap file. The header is
 * written here, for it is one page: a mkswap that is missing or old would be
 * one more way to fail. Source: include/linux/swap.h:union swap_header,
 * mm/swapfile.c:read_swap_header, swapon(2).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "look.h"
#include "resource_kinds.h"

#define PREFIX "faultline-"
#define SUFFIX ".swap"

enum {
	SWAP_MAX_PRIORITY = 32767,
	SWAP_LEAST_BYTES = 1 << 20,
	CHUNK_BYTES = 1 << 20
};

const char *const swap_kind_names[NR_SWAP_KINDS] = {
	[SWAP_ZRAM] = "zram",
	[SWAP_LOOP] = "loop",
	[SWAP_FILE] = "file",
};

/* --- the header ----------------------------------------------------------- */

struct swap_header {
	char boot[1024];
	uint32_t version, last_page, nr_badpages;
	unsigned char uuid[SWAP_TAG_BYTES];
	char label[16];
};

static void tag_bytes(const char *tag, unsigned char bytes[SWAP_TAG_BYTES])
{
	unsigned int byte;
	size_t i;

	for (i = 0; i < SWAP_TAG_BYTES; i++)
		bytes[i] = sscanf(tag + 2 * i, "%2x", &byte) == 1
				   ? (unsigned char)byte
				   : 0;
}

int swap_tag(char tag[SWAP_TAG_SIZE], struct error *e)
{
	unsigned char bytes[SWAP_TAG_BYTES];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return error_set(e, errno, "getrandom: %s", strerror(errno));
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(tag + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

bool is_swap_tag(const char *text)
{
	return strlen(text) == SWAP_TAG_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == SWAP_TAG_SIZE - 1;
}

int swap_header_write(int fd, uint64_t bytes, const char *tag, struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct swap_header *head;
	char *buf, label[32];
	int err = 0;

	/* The device may want its I/O aligned. */
	if (posix_memalign((void **)&buf, page, page))
		return error_set(e, ENOMEM, "no memory for a swap header");
	memset(buf, 0, page);
	head = (struct swap_header *)buf;
	head->version = 1;
	head->last_page = (uint32_t)(bytes / page - 1);
	tag_bytes(tag, head->uuid);
	/* 16 bytes: a pid of 7 digits leaves no room for the dash. */
	snprintf(label, sizeof(label), "faultline%s%d",
		 getpid() > 999999 ? "" : "-", (int)getpid());
	memcpy(head->label, label, strnlen(label, sizeof(head->label)));
	memcpy(buf + page - 10, "SWAPSPACE2", 10);
	if (pwrite(fd, buf, page, 0) != (ssize_t)page || fsync(fd))
		err = error_set(e, errno ? errno : EIO,
				"a swap header cannot be written: %s",
				strerror(errno));
	free(buf);
	return err;
}

bool swap_header_is(const char *path, const char *tag)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unsigned char uuid[SWAP_TAG_BYTES];
	struct swap_header head;
	bool is;

	if (fd < 0)
		return false;
	tag_bytes(tag, uuid);
	is = pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	     !memcmp(head.uuid, uuid, sizeof(uuid));
	close(fd);
	return is;
}

/* --- on and off ----------------------------------------------------------- */

/* Calls fn for each line of /proc/swaps until it returns true. */
static bool swaps_any(bool (*fn)(const char *path, int priority,
				 const void *arg),
		      const void *arg)
{
	FILE *f = fopen("/proc/swaps", "re");
	char *line = NULL, path[PATH_MAX];
	bool any = false;
	size_t size = 0;
	int priority;

	while (f && !any && getline(&line, &size, f) > 0) {
		if (*line != '/' ||
		    sscanf(line, "%4095s %*s %*s %*s %d", path, &priority) != 2)
			continue;
		resource_unescape(path);
		any = fn(path, priority, arg);
	}
	free(line);
	if (f)
		fclose(f);
	return any;
}

static bool same_path(const char *path, int priority, const void *arg)
{
	(void)priority;
	return !strcmp(path, arg);
}

static bool highest(const char *path, int priority, const void *arg)
{
	(void)path;
	(void)arg;
	return priority == SWAP_MAX_PRIORITY;
}

int swap_start(const char *path, struct error *e)
{
	if (!swapon(path, SWAP_FLAG_PREFER | SWAP_MAX_PRIORITY))
		return 0;
	if (errno == EINVAL)
		return error_set(
			e, errno,
			"%s: the file system there cannot hold a swap "
			"file; take a folder on ext4, xfs or btrfs, or "
			"swap on a loop device",
			path);
	return error_set(e, errno, "swapon %s: %s", path, strerror(errno));
}

int swap_stop(const char *path, struct error *e)
{
	unsigned int tries = 0;

	while (swaps_any(same_path, path)) {
		if (!swapoff(path))
			return 0;
		if ((errno != EINTR && errno != EBUSY) ||
		    !resource_wait(&tries))
			return error_set(e, errno, "swapoff %s: %s%s", path,
					 strerror(errno),
					 errno == ENOMEM
						 ? ": too little memory "
						   "to take back what "
						   "is on it"
						 : "");
	}
	return 0;
}

/* --- the file ------------------------------------------------------------- */

static int fill(int fd, uint64_t bytes, bool holes)
{
	uint64_t left = bytes;
	char *zeros;
	ssize_t n = 0;

	if (!fallocate(fd, 0, 0, (off_t)bytes)) {
		if (holes)
			return 0;
	} else if (errno != EOPNOTSUPP) {
		return -errno;
	}
	zeros = calloc(1, CHUNK_BYTES);
	if (!zeros)
		return -ENOMEM;
	while (left && n >= 0) {
		n = write(fd, zeros, left < CHUNK_BYTES ? left : CHUNK_BYTES);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	free(zeros);
	return n < 0 || fsync(fd) ? -errno : 0;
}

/* A file that is to be swapped on must not be copied on write: btrfs. */
static void no_copy_on_write(int fd)
{
	struct statfs fs;
	int flags;

	if (fstatfs(fd, &fs) || fs.f_type != BTRFS_SUPER_MAGIC ||
	    ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return;
	flags |= FS_NOCOW_FL;
	(void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int check_folder(const char *dir, uint64_t bytes, struct error *e)
{
	struct statfs fs;
	int err;

	if (statfs(dir, &fs))
		return error_set(e, errno, "%s: %s", dir, strerror(errno));
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		return error_set(e, EINVAL,
				 "%s is in memory, where nothing waits for a "
				 "disk: set dir= to a folder on one",
				 dir);
	err = resource_limit(RLIMIT_FSIZE, bytes, "the file to swap on", e);
	return err ? err : resource_disk(dir, bytes, "the file to swap on", e);
}

int swap_file_create(const char *dir, uint64_t bytes, const char *tag,
		     bool holes, char *path, struct error *e)
{
	char real[PATH_MAX];
	int fd, err;

	/* as /proc/swaps and the loop device will name it */
	if (!realpath(dir, real))
		return error_set(e, errno, "%s: %s", dir, strerror(errno));
	err = check_folder(real, bytes, e);
	if (err)
		return err;
	if (snprintf(path, PATH_MAX, "%s/" PREFIX "%d-%.12s" SUFFIX,
		     strcmp(real, "/") ? real : "", (int)getpid(),
		     tag) >= PATH_MAX)
		return error_set(e, ENAMETOOLONG, "%s: too long", real);
	err = resource_note(KIND_FILE, e, path);
	if (err)
		return err;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	no_copy_on_write(fd);
	err = fill(fd, bytes, holes);
	if (!err)
		return fd;
	close(fd);
	return error_set(e, -err, "%s: a file of %" PRIu64 " bytes: %s", path,
			 bytes, strerror(-err));
}

/* A disk in memory (brd, pmem, zram) reads at once, also for a file on it. */
static bool disk_is_synchronous(const char *path)
{
	static const char *const names[] = { "ram", "zram", "pmem" };
	char link[64], disk[PATH_MAX];
	struct stat st;
	ssize_t len;
	size_t i;

	if (stat(path, &st))
		return false;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_dev),
		 minor(st.st_dev));
	len = readlink(link, disk, sizeof(disk) - 1);
	if (len < 0)
		return false;
	disk[len] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(path_name(disk), names[i], strlen(names[i])))
			return true;
	return false;
}

int file_make_swap(const char *dir, uint64_t bytes, const char *tag,
		   struct swap_area *made, struct error *e)
{
	int fd = swap_file_create(dir, bytes, tag, false, made->path, e), err;

	if (fd < 0)
		return fd;
	err = swap_header_write(fd, bytes, tag, e);
	close(fd);
	if (err)
		return err;
	made->synchronous = disk_is_synchronous(made->path);
	return swap_start(made->path, e);
}

bool file_valid(char *const *field)
{
	const char *name = path_name(field[0]);
	size_t len = strlen(name);

	return is_plain_path(field[0]) &&
	       !strncmp(name, PREFIX, strlen(PREFIX)) &&
	       isdigit((unsigned char)name[strlen(PREFIX)]) &&
	       len > strlen(SUFFIX) &&
	       !strcmp(name + len - strlen(SUFFIX), SUFFIX);
}

UNDO(file_undo)
{
	const char *path = x->field[0];
	struct stat st;
	int err;

	(void)j;
	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return UNDO_NOTHING;
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		error_set(e, 0, "%s is not the file that faultline made: left",
			  path);
		return UNDO_NOT_OURS;
	}
	err = swap_stop(path, e);
	if (err)
		return err;
	if (unlink(path))
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	error_set(e, 0, "%s is removed", path);
	return UNDO_DONE;
}

/* --- all kinds ------------------------------------------------------------ */

int resource_may_swap(enum swap_kind kind, struct error *e)
{
	static const char *const needs[NR_SWAP_KINDS] = {
		[SWAP_ZRAM] = "/sys/class/zram-control/hot_add",
		[SWAP_LOOP] = "/dev/loop-control",
		[SWAP_FILE] = "/proc/swaps",
	};
	int err = resource_root("a swap area", e);

	if (err || !access(needs[kind], R_OK))
		return err;
	return error_set(e, errno, "%s: %s; load what has it: modprobe %s",
			 needs[kind], strerror(errno), swap_kind_names[kind]);
}

/* What would take another way than through the area, or more pages with it. */
static int set_values(struct error *e)
{
	static const char zswap[] = "/sys/module/zswap/parameters/enabled";
	char now[16];
	int err = resource_set("/proc/sys/vm/page-cluster", "0", e);

	if (!err && look_file(now, sizeof(now), NULL, zswap) > 0 &&
	    strcmp(now, "N"))
		err = resource_set(zswap, "N", e);
	return err;
}

int resource_swap(enum swap_kind kind, const char *dir, uint64_t bytes,
		  struct swap_area *made, struct error *e)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int err = resource_may_swap(kind, e), lock;
	char tag[SWAP_TAG_SIZE];

	if (err)
		return err;
	memset(made, 0, sizeof(*made));
	bytes = bytes < SWAP_LEAST_BYTES ? SWAP_LEAST_BYTES : bytes;
	/* one for the header */
	bytes = ((bytes + page - 1) / page + 1) * page;
	err = swap_tag(tag, e);
	/* names the other faultline that has a swap area, if one has */
	if (!err)
		err = set_values(e);
	if (err)
		return err;
	if (swaps_any(highest, NULL))
		return error_set(e, EBUSY,
				 "a swap area of priority %d is there already "
				 "(see /proc/swaps): pages would go to both; "
				 "give it a lower one",
				 SWAP_MAX_PRIORITY);
	lock = resource_begin(e);
	if (lock < 0)
		return lock;
	if (kind == SWAP_ZRAM)
		err = zram_make(bytes, tag, made, e);
	else if (kind == SWAP_LOOP)
		err = loop_make(dir, bytes, tag, made, e);
	else
		err = file_make_swap(dir, bytes, tag, made, e);
	close(lock);
	return err;
}
