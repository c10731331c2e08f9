/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's side of a slow file. */
#include "slowfs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "slowfs_server.h"

enum {
	START_S = 10 /* before a server that says nothing is given up */
};

struct slowfs {
	struct slowfs_shared *shared;
	pid_t pid;
	int socket, fd;
};

/* The root of its file system, from the server. */
static int root_receive(struct slowfs *fs, struct error *e)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct timeval limit = { .tv_sec = START_S };
	ssize_t nr;
	int root;

	setsockopt(fs->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	nr = recvmsg(fs->socket, &message, MSG_CMSG_CLOEXEC);
	if (nr != 1)
		return error_set(e, EIO, "the server of a slow file %s",
				 nr ? "does not answer" : "died at its start");
	if (!CMSG_FIRSTHDR(&message))
		return error_set(e, EACCES, "%s", fs->shared->error.text);
	memcpy(&root, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(root));
	return root;
}

static void bdi_set(const struct stat *st, const char *name, const char *text)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u/%s",
		 major(st->st_dev), minor(st->st_dev), name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

/*
 * A FUSE file system may have few dirty pages (BDI_CAP_STRICTLIMIT), in 6.12 a
 * new one none at all (__wb_calc_thresh()): balance_dirty_pages() then looks at
 * each store from the 32nd on, starts write-back at once and lets the thread
 * sleep, which finds its own page under a write-back that ends when we say so.
 * A share of memory of its own prevents that. Only root may give it, and it
 * ends with the file system.
 */
static void let_be_dirty(const struct slowfs *fs)
{
	struct stat st;

	if (fstat(fs->fd, &st))
		return;
	bdi_set(&st, "max_ratio", "100");
	bdi_set(&st, "min_ratio", "10");
}

static int file_open(struct slowfs *fs, struct error *e)
{
	int root = root_receive(fs, e);

	if (root < 0)
		return root;
	fs->fd = openat(root, SLOWFS_NAME, O_RDWR | O_CLOEXEC);
	close(root);
	if (fs->fd < 0)
		return error_set(e, errno, "open a slow file: %s",
				 strerror(errno));
	let_be_dirty(fs);
	return 0;
}

static int server_start(struct slowfs *fs, const struct slowfs_options *options,
			struct error *e)
{
	int pair[2];

	fs->shared = mmap(NULL, sizeof(*fs->shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fs->shared == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return error_set(e, errno, "a slow file: %s", strerror(errno));
	fs->pid = fork();
	if (!fs->pid) {
		struct slowfs_link link = {
			.options = options,
			.shared = fs->shared,
			.socket = pair[1],
		};

		slowfs_serve(&link);
	}
	fs->socket = pair[0];
	close(pair[1]);
	if (fs->pid < 0)
		return error_set(e, errno, "fork the server of a slow file: %s",
				 strerror(errno));
	return file_open(fs, e);
}

int slowfs_start(struct slowfs **out, const struct slowfs_options *options,
		 struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct slowfs *fs;
	int err;

	*out = NULL;
	if (!options->bytes || options->bytes % page ||
	    options->lane_bytes % page)
		return error_set(e, EINVAL,
				 "a slow file of %zu bytes with lanes of %zu: "
				 "whole pages are wanted",
				 options->bytes, options->lane_bytes);
	fs = calloc(1, sizeof(*fs));
	if (!fs)
		return error_set(e, ENOMEM, "no memory");
	fs->fd = fs->socket = fs->pid = -1;
	err = server_start(fs, options, e);
	if (err)
		slowfs_stop(fs);
	else
		*out = fs;
	return err;
}

int slowfs_fd(const struct slowfs *fs)
{
	return fs->fd;
}

const struct slowfs_stats *slowfs_stats(const struct slowfs *fs)
{
	return &fs->shared->stats;
}

/* A server that is gone hears nothing, and keeps nothing. */
static void tell(struct slowfs *fs, bool hold, uint64_t pace_ns)
{
	struct slowfs_command command = { .hold = hold, .pace_ns = pace_ns };

	(void)!send(fs->socket, &command, sizeof(command), MSG_NOSIGNAL);
}

void slowfs_hold(struct slowfs *fs)
{
	tell(fs, true, 0);
}

void slowfs_release(struct slowfs *fs, uint64_t pace_ns)
{
	tell(fs, false, pace_ns);
}

int slowfs_await(struct slowfs *fs, uint64_t nr, struct error *e)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 };
	uint64_t limit = clock_raw_ns() + SLOWFS_KEEP_NS / 2, kept;

	while ((kept = atomic_load(&fs->shared->stats.nr_kept)) != nr) {
		if (clock_raw_ns() > limit)
			return error_set(e, ETIMEDOUT,
					 "%llu pages are under write-back, "
					 "expected %llu",
					 (unsigned long long)kept,
					 (unsigned long long)nr);
		nanosleep(&pause, NULL);
	}
	return 0;
}

void slowfs_stop(struct slowfs *fs)
{
	if (!fs)
		return;
	/* First the server: with it all requests end, so nothing waits. */
	if (fs->pid > 0) {
		kill(fs->pid, SIGKILL);
		while (waitpid(fs->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (fs->fd >= 0)
		close(fs->fd);
	if (fs->socket >= 0)
		close(fs->socket);
	if (fs->shared && fs->shared != MAP_FAILED)
		munmap(fs->shared, sizeof(*fs->shared));
	free(fs);
}

int slowfs_probe(struct error *e)
{
	struct slowfs_options options = {
		.bytes = (size_t)sysconf(_SC_PAGESIZE),
		.pu = -1,
	};
	struct slowfs *fs;
	char byte;
	int err = slowfs_start(&fs, &options, e);

	if (!err && pread(slowfs_fd(fs), &byte, 1, 0) != 1)
		err = error_set(e, errno, "read a slow file: %s",
				strerror(errno));
	slowfs_stop(fs);
	return err;
}

const char *slowfs_libfuse(const char **why)
{
	*why = NULL;
	return LIBFUSE3_VERSION;
}
