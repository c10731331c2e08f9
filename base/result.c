/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of records: appended and synced line by line, read line by line.
 *
 * A file that is appended to loses at most one line, the last one, when that
 * one is torn. What is no result file is never touched, and one that another
 * process writes to is not either (POSIX record locks: they end with the
 * process and are not inherited, so a left-over child holds nobody up).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

enum {
	MAX_LINE = 16 << 20
};

struct result_file {
	int fd;
	bool regular; /* else a device or a pipe: no lines to cut back to */
	bool torn;    /* the file could not be cut back to good */
	off_t good;   /* end of the last whole line */
	char *path;
};

/* --- where the lines are -------------------------------------------------- */

/* The end of the last line that ends before size; 0 when none does, -EIO when
 * it cannot be read. */
static off_t last_end(int fd, off_t size)
{
	char buf[4096];

	while (size > 0) {
		off_t n = size < (off_t)sizeof(buf) ? size : (off_t)sizeof(buf);
		const char *newline;

		if (pread(fd, buf, (size_t)n, size - n) != n)
			return -EIO;
		newline = memrchr(buf, '\n', (size_t)n);
		if (newline)
			return size - n + (newline - buf) + 1;
		size -= n;
	}
	return 0;
}

/* The same of the first line. */
static off_t first_end(int fd, off_t size)
{
	char buf[4096];
	off_t at = 0;

	while (at < size) {
		off_t n = size - at;
		const char *newline;

		if (n > (off_t)sizeof(buf))
			n = (off_t)sizeof(buf);
		if (pread(fd, buf, (size_t)n, at) != n)
			return -EIO;
		newline = memchr(buf, '\n', (size_t)n);
		if (newline)
			return at + (newline - buf) + 1;
		at += n;
	}
	return 0;
}

/* The record in from..to, newline included. Its type, or -errno. */
static int type_at(int fd, off_t from, off_t to, struct error *e)
{
	struct record r;
	size_t len = (size_t)(to - from);
	char *text;
	int err;

	if (len > MAX_LINE)
		return error_set(e, EINVAL, "a line of more than 16 MiB");
	text = malloc(len);
	if (!text)
		abort();
	if (pread(fd, text, len, from) != (ssize_t)len)
		err = error_set(e, EIO, "cannot be read");
	else
		err = record_from_json(&r, text, len - 1, e);
	free(text);
	if (err)
		return err;
	err = (int)r.type;
	record_free(&r);
	return err;
}

/* Sets good to where the next line goes. */
static int find_end(struct result_file *f, off_t size, struct error *e)
{
	off_t first = first_end(f->fd, size), last = last_end(f->fd, size);
	off_t begin = last > 0 ? last_end(f->fd, last - 1) : 0;
	int type;

	if (!size)
		return 0;
	if (first < 0 || last < 0 || begin < 0)
		return error_set(e, EIO, "%s: cannot be read", f->path);
	if (!first)
		return error_set(e, EINVAL,
				 "%s: holds no whole record; remove it, or "
				 "choose another name",
				 f->path);
	type = type_at(f->fd, 0, first, e);
	if (type < 0 || type != RECORD_SESSION) {
		if (type >= 0)
			error_set(e, EINVAL, "is no session record");
		error_prefix(e, "%s:1", f->path);
		return type < 0 ? type : -EINVAL;
	}
	type = type_at(f->fd, begin, last, e);
	if (type == -ENOTSUP || type == -EIO) {
		error_prefix(e, "%s", f->path);
		return type;
	}
	f->good = type < 0 ? begin : last;
	return 0;
}

/* --- writing -------------------------------------------------------------- */

static int lock_file(struct result_file *f, struct error *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* A file system without locks is no reason to refuse. */
	if (!fcntl(f->fd, F_SETLK, &lock) ||
	    (errno != EAGAIN && errno != EACCES))
		return 0;
	return error_set(e, EBUSY, "%s: another process writes to it", f->path);
}

static int open_at_end(struct result_file *f, bool append, struct error *e)
{
	struct stat st;
	int err;

	f->fd = open(f->path,
		     O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND |
			     (append ? 0 : O_EXCL),
		     0644);
	if (f->fd < 0 && errno == EEXIST)
		return error_set(e, EEXIST,
				 "%s: is there already; choose another name, "
				 "or go on with it by --resume",
				 f->path);
	if (f->fd < 0 || fstat(f->fd, &st))
		return error_set(e, errno, "%s: %s", f->path, strerror(errno));
	f->regular = S_ISREG(st.st_mode);
	if (!f->regular)
		return 0;
	err = lock_file(f, e);
	if (!err)
		err = find_end(f, st.st_size, e);
	if (!err && f->good < st.st_size && ftruncate(f->fd, f->good))
		err = error_set(e, errno, "%s: its torn last line stays: %s",
				f->path, strerror(errno));
	return err;
}

int result_open(struct result_file **file, const char *path, bool append,
		struct error *e)
{
	struct result_file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		abort();
	f->path = strdup(path);
	if (!f->path)
		abort();
	err = open_at_end(f, append, e);
	if (err) {
		if (f->fd >= 0)
			close(f->fd);
		free(f->path);
		free(f);
		return err;
	}
	*file = f;
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : EIO;
		text += n;
		len -= (size_t)n;
	}
	/* EINVAL, EROFS: a pipe or a device, which has no disk behind it. */
	return fdatasync(fd) && errno != EINVAL && errno != EROFS ? errno : 0;
}

static int cut_back(struct result_file *f)
{
	if (f->regular)
		f->torn = ftruncate(f->fd, f->good);
	return f->torn ? errno : 0;
}

int result_append(struct result_file *f, const struct record *r,
		  struct error *e)
{
	int err = f->torn ? cut_back(f) : 0;
	char *text = record_to_json(r);
	size_t len = strlen(text);

	text[len] = '\n'; /* in the place of the final NUL */
	if (!err)
		err = write_all(f->fd, text, len + 1);
	free(text);
	if (!err) {
		f->good += (off_t)len + 1;
		return 0;
	}
	cut_back(f);
	return error_set(e, err,
			 "%s: %s; it holds all records before this one; make "
			 "room and go on with --resume",
			 f->path, strerror(err));
}

int result_close(struct result_file *f, struct error *e)
{
	int err = close(f->fd) ? errno : 0;

	if (err)
		error_set(e, err, "%s: %s", f->path, strerror(err));
	free(f->path);
	free(f);
	return -err;
}

/* --- reading -------------------------------------------------------------- */

enum line {
	LINE_NONE, /* the end of the file */
	LINE_WHOLE,
	LINE_TORN, /* ends with the file */
	LINE_LONG, /* more than MAX_LINE; its rest is not read */
};

struct reading {
	const char *path;
	FILE *in;
	char *text; /* the line, without newline */
	size_t len, size;
	char block[1 << 16]; /* of the file, used up to at */
	size_t at, filled;
	size_t line; /* its number, from 1 */
	bool has_session;
	int (*parse)(struct record *r, const char *text, size_t len,
		     struct error *e);
	record_fn *fn;
	record_bad_fn *bad;
	void *arg;
	struct error *e;
};

/* Room for the rest of a block behind the line so far. */
static void make_room(struct reading *rd, size_t more)
{
	if (rd->len + more <= rd->size)
		return;
	rd->size = 2 * (rd->len + more);
	rd->text = realloc(rd->text, rd->size);
	if (!rd->text)
		abort();
}

static bool next_block(struct reading *rd)
{
	rd->at = 0;
	rd->filled = fread(rd->block, 1, sizeof(rd->block), rd->in);
	return rd->filled > 0;
}

/* Not getline(), which would take all memory for a file without newlines. */
static enum line next_line(struct reading *rd)
{
	rd->line++;
	rd->len = 0;
	while (rd->at < rd->filled || next_block(rd)) {
		const char *from = rd->block + rd->at;
		size_t rest = rd->filled - rd->at;
		const char *newline = memchr(from, '\n', rest);
		size_t n = newline ? (size_t)(newline - from) : rest;

		if (rd->len + n > MAX_LINE)
			return LINE_LONG;
		make_room(rd, n + 1);
		memcpy(rd->text + rd->len, from, n);
		rd->len += n;
		rd->at += n + (newline ? 1 : 0);
		if (newline)
			return LINE_WHOLE;
	}
	return rd->len ? LINE_TORN : LINE_NONE;
}

/* A line that is passed over; without a session before it, it is the end. */
static int pass_over(struct reading *rd, const char *reason)
{
	struct error e;

	if (!rd->has_session)
		return error_set(rd->e, EINVAL,
				 "%s:%zu: %s; is it a result file?", rd->path,
				 rd->line, reason);
	error_set(&e, EINVAL, "%s:%zu: %s", rd->path, rd->line, reason);
	rd->bad(e.text, rd->arg);
	return 0;
}

static int take_line(struct reading *rd)
{
	struct record r;
	struct error e;
	int err = rd->parse(&r, rd->text, rd->len, &e);

	if (err == -ENOTSUP)
		return error_set(rd->e, ENOTSUP, "%s:%zu: %s", rd->path,
				 rd->line, e.text);
	if (err)
		return pass_over(rd, e.text);
	if (!rd->has_session && r.type != RECORD_SESSION) {
		record_free(&r);
		return pass_over(rd, "does not begin with a session record");
	}
	rd->has_session = true;
	return rd->fn(&r, rd->arg);
}

static void skip_rest(struct reading *rd)
{
	while (rd->at < rd->filled || next_block(rd)) {
		const char *from = rd->block + rd->at;
		const char *newline = memchr(from, '\n', rd->filled - rd->at);

		rd->at = newline ? (size_t)(newline - rd->block) + 1
				 : rd->filled;
		if (newline)
			return;
	}
}

static int read_lines(struct reading *rd)
{
	enum line line;
	int err = 0;

	while (!err && (line = next_line(rd)) != LINE_NONE) {
		if (line == LINE_WHOLE && rd->len)
			err = take_line(rd);
		else if (line == LINE_TORN)
			err = pass_over(rd, "the last line is torn (the writer "
					    "was killed, or still writes)");
		else if (line == LINE_LONG)
			err = pass_over(rd, "a line of more than 16 MiB");
		if (!err && line == LINE_LONG)
			skip_rest(rd);
	}
	if (!err && ferror(rd->in))
		return error_set(rd->e, EIO, "%s: cannot be read", rd->path);
	if (!err && !rd->has_session)
		return error_set(rd->e, EINVAL, "%s: holds no records",
				 rd->path);
	return err;
}

static int read_path(struct reading *rd, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	int err;

	rd->path = is_stdin ? "standard input" : path;
	rd->in = is_stdin ? stdin : fopen(path, "re");
	if (!rd->in)
		return error_set(rd->e, errno, "%s: %s", path, strerror(errno));
	err = read_lines(rd);
	free(rd->text);
	if (!is_stdin)
		fclose(rd->in);
	return err;
}

int result_read(const char *path, record_fn *fn, record_bad_fn *bad, void *arg,
		struct error *e)
{
	struct reading rd = { .parse = record_from_json,
			      .fn = fn,
			      .bad = bad,
			      .arg = arg,
			      .e = e };

	return read_path(&rd, path);
}

int result_read_figures(const char *path, record_fn *fn, record_bad_fn *bad,
			void *arg, struct error *e)
{
	struct reading rd = { .parse = record_figures_from_json,
			      .fn = fn,
			      .bad = bad,
			      .arg = arg,
			      .e = e };

	return read_path(&rd, path);
}
