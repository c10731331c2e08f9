/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of records: appended and synced line by line, read line by line. */
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
	off_t good; /* end of the last whole line */
	char *path;
};

/* The end of the last line that ends; -errno when it cannot be read. */
static off_t last_whole_line(int fd, off_t size)
{
	char buf[4096];

	while (size > 0) {
		size_t n = size < (off_t)sizeof(buf) ? (size_t)size
						     : sizeof(buf);
		off_t from = size - (off_t)n;
		const char *newline;

		if (pread(fd, buf, n, from) != (ssize_t)n)
			return -EIO;
		newline = memrchr(buf, '\n', n);
		if (newline)
			return from + (newline - buf) + 1;
		size = from;
	}
	return 0;
}

static int open_at_end(struct result_file *f, bool append, struct error *e)
{
	struct stat st;

	f->fd = open(f->path,
		     O_RDWR | O_CREAT | O_CLOEXEC | (append ? 0 : O_EXCL),
		     0644);
	if (f->fd < 0 && errno == EEXIST)
		return error_set(e, EEXIST,
				 "%s: is there already; choose another name, "
				 "or go on with it by --resume",
				 f->path);
	if (f->fd < 0 || fstat(f->fd, &st))
		return error_set(e, errno, "%s: %s", f->path, strerror(errno));
	/* A device or a pipe has no lines to cut back to. */
	if (!S_ISREG(st.st_mode))
		return 0;
	f->good = last_whole_line(f->fd, st.st_size);
	if (f->good < 0 || ftruncate(f->fd, f->good) ||
	    lseek(f->fd, f->good, SEEK_SET) < 0)
		return error_set(e, EIO, "%s: cannot be appended to: %s",
				 f->path, strerror(errno));
	return 0;
}

int result_open(struct result_file **file, const char *path, bool append,
		struct error *e)
{
	struct result_file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		abort();
	f->path = strdup(path);
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
		if (n < 0)
			return errno;
		text += n;
		len -= (size_t)n;
	}
	/* EINVAL: a pipe or a device, which has no disk behind it. */
	return fdatasync(fd) && errno != EINVAL && errno != EROFS ? errno : 0;
}

int result_append(struct result_file *f, const struct record *r,
		  struct error *e)
{
	char *text = record_to_json(r);
	size_t len = strlen(text);
	int err;

	text[len] = '\n'; /* in the place of the final NUL */
	err = write_all(f->fd, text, len + 1);
	free(text);
	if (!err) {
		f->good += (off_t)len + 1;
		return 0;
	}
	/* Best effort: a torn line is also cut off by the next --resume. */
	if (!ftruncate(f->fd, f->good))
		(void)lseek(f->fd, f->good, SEEK_SET);
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

struct reading {
	const char *path;
	size_t line;
	bool has_session;
	record_fn *fn;
	record_bad_fn *bad;
	void *arg;
	struct error *e;
};

static void complain(const struct reading *rd, const char *reason)
{
	struct error e;

	error_set(&e, EINVAL, "%s:%zu: %s", rd->path, rd->line, reason);
	rd->bad(e.text, rd->arg);
}

static int one_line(struct reading *rd, const char *text, size_t len)
{
	struct record r;
	struct error e;

	if (record_from_json(&r, text, len, &e)) {
		if (!rd->has_session)
			return error_set(rd->e, EINVAL,
					 "%s:%zu: %s; is it a result file?",
					 rd->path, rd->line, e.text);
		complain(rd, e.text);
		return 0;
	}
	if (r.type == RECORD_SESSION && r.schema > RECORD_SCHEMA) {
		unsigned int schema = r.schema;

		record_free(&r);
		return error_set(
			rd->e, EINVAL,
			"%s:%zu: schema %u is newer than this program, "
			"which knows %d; use a newer faultline",
			rd->path, rd->line, schema, RECORD_SCHEMA);
	}
	if (!rd->has_session && r.type != RECORD_SESSION) {
		record_free(&r);
		return error_set(rd->e, EINVAL,
				 "%s:%zu: does not begin with a session record",
				 rd->path, rd->line);
	}
	rd->has_session = true;
	return rd->fn(&r, rd->arg);
}

static int read_lines(struct reading *rd, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&line, &size, in)) > 0) {
		rd->line++;
		if (len > MAX_LINE)
			err = error_set(rd->e, EINVAL,
					"%s:%zu: a line of more than 16 MiB",
					rd->path, rd->line);
		else if (line[len - 1] != '\n')
			complain(rd, "the last line is torn (the writer was "
				     "killed, or still writes)");
		else if (len > 1)
			err = one_line(rd, line, (size_t)len - 1);
	}
	if (!err && ferror(in))
		err = error_set(rd->e, EIO, "%s: cannot be read", rd->path);
	if (!err && !rd->has_session)
		err = error_set(rd->e, EINVAL, "%s: holds no records",
				rd->path);
	free(line);
	return err;
}

int result_read(const char *path, record_fn *fn, record_bad_fn *bad, void *arg,
		struct error *e)
{
	bool is_stdin = !strcmp(path, "-");
	struct reading rd = { .path = is_stdin ? "standard input" : path,
			      .fn = fn,
			      .bad = bad,
			      .arg = arg,
			      .e = e };
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	int err;

	if (!in)
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	err = read_lines(&rd, in);
	if (!is_stdin)
		fclose(in);
	return err;
}
