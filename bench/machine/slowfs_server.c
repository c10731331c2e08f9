/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server of a slow file: one thread, one loop, no lock. A request is put
 * in a queue when it comes and is answered when it is due. The file's content
 * is the server's own memory.
 */
#define FUSE_USE_VERSION 34
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "slowfs_queue.h"
#include "slowfs_server.h"
#include "topology.h"

enum {
	FILE_INODE = FUSE_ROOT_ID + 1
};

#define IDLE_NS 3600000000000u /* it has nothing to do */

#define FOREVER_S (365.0 * 86400)

static struct {
	const struct slowfs_options *options;
	struct slowfs_shared *shared;
	char *content;
	size_t page;
	struct queue queue;
	bool held;
	struct fuse_session *session;
	struct fuse_buf buf;
} server;

/* --- answers ---------------------------------------------------------------
 */

/* Counted first: whoever waits may look as soon as it is woken. */
static void answer(const struct request *r)
{
	struct slowfs_stats *stats = &server.shared->stats;
	uint64_t took_ns = clock_raw_ns() - r->began_ns;

	if (r->write) {
		if (r->due_ns > r->began_ns)
			hist_add(&stats->write_ns, took_ns);
		atomic_fetch_add(&stats->write_bytes, r->bytes);
		atomic_fetch_add(&stats->nr_writes, 1);
		fuse_reply_write(r->req, r->bytes);
		return;
	}
	if (r->due_ns >= r->began_ns)
		hist_add(&stats->read_ns, took_ns);
	atomic_fetch_add(&stats->read_bytes, r->bytes);
	atomic_fetch_add(&stats->nr_reads, 1);
	fuse_reply_buf(r->req, server.content + r->offset, r->bytes);
}

static void answer_due(void)
{
	struct request r;

	while (queue_pop(&server.queue, clock_raw_ns(), &r))
		answer(&r);
}

static void add(const struct request *r, bool keep)
{
	struct slowfs_stats *stats = &server.shared->stats;
	struct queue *q = &server.queue;
	size_t nr;

	if (!(keep ? queue_keep(q, r) : queue_add(q, r))) {
		fuse_reply_err(r->req, ENOMEM);
		return;
	}
	nr = q->due.nr + q->kept.nr;
	if (nr > atomic_load(&stats->most_at_once))
		atomic_store(&stats->most_at_once, nr);
	atomic_store(&stats->nr_kept, q->kept.nr);
}

static void release(uint64_t pace_ns)
{
	server.held = false;
	queue_release(&server.queue, pace_ns, clock_raw_ns());
	atomic_store(&server.shared->stats.nr_kept, 0);
}

/* --- what the kernel asks for --------------------------------------------- */

static void on_init(void *unused, struct fuse_conn_info *conn)
{
	(void)unused;
	conn->max_readahead = 0;
	conn->max_write = (unsigned int)server.page;
	conn->max_background = UINT16_MAX;
	conn->congestion_threshold = UINT16_MAX;
	/* Invalidation is up to those who use the file, and a splice would need
	 * a pipe for one page. Write-through, so that a write(2) is a WRITE. */
	conn->want &= ~(
		unsigned int)(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
			      FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE |
			      FUSE_CAP_WRITEBACK_CACHE);
}

static struct stat stat_of(fuse_ino_t inode)
{
	bool file = inode == FILE_INODE;
	struct stat st = {
		.st_ino = inode,
		.st_mode = file ? S_IFREG | 0600 : S_IFDIR | 0700,
		.st_nlink = file ? 1 : 2,
		.st_size = file ? (off_t)server.options->bytes : 0,
		.st_uid = geteuid(),
		.st_gid = getegid(),
	};

	return st;
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {
		.ino = FILE_INODE,
		.attr = stat_of(FILE_INODE),
		.attr_timeout = FOREVER_S,
		.entry_timeout = FOREVER_S,
	};

	atomic_fetch_add(&server.shared->stats.nr_others, 1);
	if (parent == FUSE_ROOT_ID && !strcmp(name, SLOWFS_NAME))
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}

static void on_getattr(fuse_req_t req, fuse_ino_t inode,
		       struct fuse_file_info *unused)
{
	struct stat st = stat_of(inode);

	(void)unused;
	atomic_fetch_add(&server.shared->stats.nr_others, 1);
	fuse_reply_attr(req, &st, FOREVER_S);
}

static void on_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
	(void)inode;
	atomic_fetch_add(&server.shared->stats.nr_others, 1);
	fi->keep_cache = 1;
	fi->noflush = 1;
	fuse_reply_open(req, fi);
}

/* Whoever waits for this page got a signal, perhaps one that kills: it sleeps
 * on until there is an answer. */
static void on_interrupt(fuse_req_t req, void *unused)
{
	(void)unused;
	if (queue_hurry(&server.queue, req))
		atomic_fetch_add(&server.shared->stats.nr_interrupted, 1);
}

static size_t bytes_inside(off_t offset, size_t bytes)
{
	size_t size = server.options->bytes;

	if (offset < 0 || (size_t)offset >= size)
		return 0;
	return bytes < size - (size_t)offset ? bytes : size - (size_t)offset;
}

static void on_read(fuse_req_t req, fuse_ino_t inode, size_t bytes,
		    off_t offset, struct fuse_file_info *fi)
{
	struct request r = {
		.began_ns = clock_raw_ns(),
		.req = req,
		.offset = (size_t)offset,
		.bytes = bytes_inside(offset, bytes),
	};

	(void)inode;
	(void)fi;
	if (!r.bytes) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	r.due_ns = r.began_ns + server.options->read_delay_ns;
	/* First: a request that is refused is gone. */
	fuse_req_interrupt_func(req, on_interrupt, NULL);
	add(&r, false);
}

static void on_write(fuse_req_t req, fuse_ino_t inode, const char *buf,
		     size_t bytes, off_t offset, struct fuse_file_info *fi)
{
	struct request r = {
		.began_ns = clock_raw_ns(),
		.req = req,
		.offset = (size_t)offset,
		.bytes = bytes_inside(offset, bytes),
		.write = true,
	};

	(void)inode;
	(void)fi;
	if (!r.bytes) {
		fuse_reply_err(req, EFBIG);
		return;
	}
	memcpy(server.content + r.offset, buf, r.bytes);
	r.due_ns = r.began_ns + server.options->write_delay_ns;
	add(&r, server.held);
}

static const struct fuse_lowlevel_ops ops = {
	.init = on_init,
	.lookup = on_lookup,
	.getattr = on_getattr,
	.open = on_open,
	.read = on_read,
	.write = on_write,
};

/* --- the loop ------------------------------------------------------------- */

/* What the parent said, in the order of its requests. */
static void obey(int socket)
{
	struct slowfs_command command;
	ssize_t nr;

	while ((nr = recv(socket, &command, sizeof(command), MSG_DONTWAIT)) ==
	       sizeof(command)) {
		if (command.hold)
			server.held = true;
		else
			release(command.pace_ns);
	}
	if (!nr)
		_exit(0); /* the parent is gone */
}

static void receive_all(int socket)
{
	struct fuse_session *session = server.session;
	int ret;

	while ((ret = fuse_session_receive_buf(session, &server.buf)) > 0) {
		obey(socket); /* what it said before it asked */
		fuse_session_process_buf(session, &server.buf);
	}
	if (ret != -EAGAIN && ret != -EINTR && ret != -ENOENT)
		_exit(0); /* 0 or -ENODEV: nobody has the file any more */
}

static uint64_t keep_until_ns(void)
{
	const struct requests *kept = &server.queue.kept;

	return kept->nr ? kept->at[0].began_ns + SLOWFS_KEEP_NS : UINT64_MAX;
}

/* Sleeps until there is something to do, or for an hour. */
static void sleep_well(struct pollfd *fds, nfds_t nr)
{
	uint64_t spin_ns = server.options->spin_ns, now = clock_raw_ns();
	uint64_t next = queue_next_ns(&server.queue), wait;
	struct timespec ts;

	next = next > spin_ns ? next - spin_ns : 0;
	if (keep_until_ns() < next)
		next = keep_until_ns();
	if (now + IDLE_NS < next)
		next = now + IDLE_NS;
	wait = next > now ? next - now : 0;
	ts.tv_sec = (time_t)(wait / 1000000000u);
	ts.tv_nsec = (long)(wait % 1000000000u);
	if (ppoll(fds, nr, &ts, NULL) < 0 && errno != EINTR)
		_exit(1);
}

static void loop(int socket, int dev)
{
	struct pollfd fds[] = {
		{ .fd = dev, .events = POLLIN },
		{ .fd = socket, .events = POLLIN },
	};

	for (;;) {
		sleep_well(fds, 2);
		obey(socket);
		if (fds[0].revents)
			receive_all(socket);
		if (clock_raw_ns() >= keep_until_ns()) {
			atomic_fetch_add(&server.shared->stats.nr_overdue,
					 server.queue.kept.nr);
			release(0);
		}
		answer_due();
	}
}

/* --- the process ---------------------------------------------------------- */

static void say_nothing(enum fuse_log_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
}

/* Keeps nothing of the parent's but what it needs, so that no pipe or file
 * stays open because of it; 0, 1 and 2 are nowhere. */
static void close_all_but(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	for (fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (keep > 3)
		syscall(SYS_close_range, 3, keep - 1, 0);
	syscall(SYS_close_range, keep + 1, UINT32_MAX, 0);
}

static int root_send(int socket, int root)
{
	char byte = 0;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = {
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int)),
		      } };
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = root < 0 ? NULL : &control,
		.msg_controllen = root < 0 ? 0 : sizeof(control),
	};

	memcpy(CMSG_DATA(&control.head), &root, sizeof(root));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

static int prepare(const struct slowfs_link *link, int *root, int *dev)
{
	char *argv[] = { (char *)"slowfs", NULL }, path[32];
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct error *e = &link->shared->error;
	int err = slowfs_mount(root, dev, e);

	if (err)
		return err;
	/* After that, for entering a namespace may clear it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return error_set(e, errno, "PR_SET_PDEATHSIG: %s",
				 strerror(errno));
	if (link->options->pu >= 0) {
		err = topology_bind(0, (unsigned int)link->options->pu, e);
		if (err)
			return err;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	server.content =
		mmap(NULL, link->options->bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (server.content == MAP_FAILED)
		return error_set(e, errno, "no memory for a file of %zu bytes",
				 link->options->bytes);
	fuse_set_log_func(say_nothing);
	server.session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	snprintf(path, sizeof(path), "/dev/fd/%d", *dev);
	if (!server.session || fuse_session_mount(server.session, path))
		return error_set(e, EIO, "libfuse3 makes no session of %s",
				 path);
	return 0;
}

void slowfs_serve(const struct slowfs_link *link)
{
	int root = -1, dev = -1, err;

	prctl(PR_SET_NAME, "faultline-slow");
	setpgid(0, 0); /* a Ctrl-C is for the parent: we end with it */
	close_all_but(link->socket);
	server.options = link->options;
	server.shared = link->shared;
	server.queue.lane_bytes = link->options->lane_bytes;
	server.page = (size_t)sysconf(_SC_PAGESIZE);
	err = prepare(link, &root, &dev);
	if (root_send(link->socket, err ? -1 : root) || err)
		_exit(1);
	close(root);
	loop(link->socket, dev);
	_exit(0);
}
