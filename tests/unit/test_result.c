/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result files: what a kill, a full disk, a second writer or a wrong file name
 * do to them, and what a reader says about files that are not as they should
 * be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static char folder[] = "/tmp/test_result.XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/x.jsonl", folder);
	unlink(path);
	return 0;
}

static int make_folder(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	return !mkdtemp(folder);
}

static int remove_folder(void **state)
{
	set_up(state);
	return rmdir(folder);
}

static void write_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static char *read_file(size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	assert_non_null(f);
	n = getdelim(&text, &size, EOF, f);
	fclose(f);
	*len = n < 0 ? 0 : (size_t)n;
	return text;
}

static off_t file_size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* --- records to write ----------------------------------------------------- */

static struct record session(void)
{
	struct record r = { .type = RECORD_SESSION, .schema = RECORD_SCHEMA };

	record_text(&r.session, "5e55");
	return r;
}

static struct record skipped(unsigned int position)
{
	struct record r = { .type = RECORD_SKIP, .position = position };

	record_text(&r.session, "5e55");
	record_text(&r.reason, "no userfaultfd here");
	return r;
}

static int append(struct result_file *f, struct record r, struct error *e)
{
	int err = result_append(f, &r, e);

	record_free(&r);
	return err;
}

static struct result_file *opened(bool again)
{
	struct result_file *f;
	struct error e;

	if (result_open(&f, path, again, &e))
		fail_msg("%s", e.text);
	return f;
}

/* A file of a session and nr skips. */
static void make_file(unsigned int nr)
{
	struct result_file *f = opened(false);
	unsigned int i;

	assert_int_equal(append(f, session(), NULL), 0);
	for (i = 0; i < nr; i++)
		assert_int_equal(append(f, skipped(i), NULL), 0);
	assert_int_equal(result_close(f, NULL), 0);
}

static void add_to_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "a");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* --- what is read --------------------------------------------------------- */

struct seen {
	unsigned int nr[RECORD_NR_TYPES], nr_bad;
	unsigned int next; /* position of the next skip */
	unsigned int stop_at;
	char bad[512]; /* the last one */
};

static int see(struct record *r, void *arg)
{
	struct seen *seen = arg;

	seen->nr[r->type]++;
	if (r->type == RECORD_SKIP)
		assert_int_equal(r->position, seen->next++);
	record_free(r);
	return seen->stop_at && seen->next == seen->stop_at ? 42 : 0;
}

static void see_bad(const char *message, void *arg)
{
	struct seen *seen = arg;

	seen->nr_bad++;
	snprintf(seen->bad, sizeof(seen->bad), "%s", message);
}

static struct seen check_file(unsigned int sessions, unsigned int skips)
{
	struct seen seen = { 0 };
	struct error e;

	if (result_read(path, see, see_bad, &seen, &e))
		fail_msg("%s", e.text);
	assert_int_equal(seen.nr[RECORD_SESSION], sessions);
	assert_int_equal(seen.nr[RECORD_SKIP], skips);
	return seen;
}

static void check_unreadable(const char *name, const char *reason)
{
	struct seen seen = { 0 };
	struct error e;

	assert_true(result_read(name, see, see_bad, &seen, &e) < 0);
	if (!strstr(e.text, reason) || !strstr(e.text, name))
		fail_msg("'%s' does not say '%s'", e.text, reason);
	assert_int_equal(seen.nr_bad, 0);
}

/* --- appending ------------------------------------------------------------ */

static void test_append(void **state)
{
	struct result_file *f;
	struct error e;

	(void)state;
	make_file(3);
	assert_int_equal(check_file(1, 3).nr_bad, 0);
	assert_int_equal(result_open(&f, path, false, &e), -EEXIST);
	assert_non_null(strstr(e.text, path));
	assert_non_null(strstr(e.text, "--resume"));
	f = opened(true);
	assert_int_equal(append(f, session(), NULL), 0);
	assert_int_equal(append(f, skipped(3), NULL), 0);
	/* A record is on the disk when result_append() returns. */
	assert_int_equal(check_file(2, 4).nr_bad, 0);
	assert_int_equal(result_close(f, NULL), 0);
}

static void test_append_makes_the_file(void **state)
{
	struct result_file *f = opened(true);

	(void)state;
	assert_int_equal(append(f, session(), NULL), 0);
	assert_int_equal(result_close(f, NULL), 0);
	check_file(1, 0);
}

/* Whatever a kill or a crash leaves at the end costs that line only. */
static void test_torn(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} torn[] = {
		{ "{", 1 },
		{ "{\"type\":\"skip\",\"sess", 19 },
		{ "\0\0\0\0\0\0\0\0", 8 },
		{ "\0\0\0\0\n", 5 },
		{ "{\"type\":\"skip\",\n", 16 },
	};
	struct result_file *f;
	off_t size;
	size_t i;

	(void)state;
	make_file(2);
	size = file_size();
	for (i = 0; i < NR(torn); i++) {
		add_to_file(torn[i].text, torn[i].len);
		f = opened(true);
		assert_int_equal(file_size(), size);
		assert_int_equal(result_close(f, NULL), 0);
	}
	f = opened(true);
	assert_int_equal(append(f, skipped(2), NULL), 0);
	assert_int_equal(result_close(f, NULL), 0);
	assert_int_equal(check_file(1, 3).nr_bad, 0);
}

/* At every length that a kill could leave. */
static void test_torn_anywhere(void **state)
{
	struct result_file *f;
	off_t first, size;
	char *text;
	size_t len;

	(void)state;
	make_file(0);
	first = file_size();
	f = opened(true);
	assert_int_equal(append(f, skipped(0), NULL), 0);
	assert_int_equal(result_close(f, NULL), 0);
	text = read_file(&len);
	for (size = (off_t)len - 1; size > first; size--) {
		write_file(text, (size_t)size);
		f = opened(true);
		assert_int_equal(file_size(), first);
		assert_int_equal(append(f, skipped(0), NULL), 0);
		assert_int_equal(result_close(f, NULL), 0);
		assert_int_equal(check_file(1, 1).nr_bad, 0);
	}
	free(text);
}

/* A wrong file name must not cost anybody his file. */
static void test_not_ours(void **state)
{
	static const char *const texts[] = {
		"root:x:0:0\ndaemon:x:1:1",
		"no newline at all",
		"{\"type\":\"session\"",
		"\n\n\n",
		"{\"type\":\"run\"}\n{\"type\":\"ru",
		"{\"type\":\"skip\",\"session\":\"5e55\",\"time_s\":1,"
		"\"block\":0,\"position\":0,\"cell\":{},\"command\":\"\","
		"\"of_witness\":false,\"reason\":\"\"}\n{",
		"{\"type\":\"session\",\"schema\":2}\n{",
	};
	struct result_file *f;
	struct error e;
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i < NR(texts); i++) {
		write_file(texts[i], strlen(texts[i]));
		assert_true(result_open(&f, path, true, &e) < 0);
		assert_non_null(strstr(e.text, path));
		text = read_file(&len);
		assert_int_equal(len, strlen(texts[i]));
		assert_memory_equal(text, texts[i], len);
		free(text);
	}
	/* But nothing at all can be gone on with. */
	write_file("", 0);
	assert_int_equal(result_close(opened(true), NULL), 0);
}

static void test_two_writers(void **state)
{
	struct result_file *f, *other;
	struct error e;
	int status;
	pid_t pid;

	(void)state;
	make_file(1);
	f = opened(true);
	pid = fork();
	if (!pid)
		_exit(result_open(&other, path, true, &e) == -EBUSY &&
				      strstr(e.text, "another process")
			      ? 0
			      : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(append(f, skipped(1), NULL), 0);
	assert_int_equal(result_close(f, NULL), 0);
	check_file(1, 2);
}

static void test_device_full(void **state)
{
	struct result_file *f;
	struct error e;

	(void)state;
	assert_int_equal(result_open(&f, "/dev/full", true, &e), 0);
	assert_int_equal(append(f, session(), &e), -ENOSPC);
	assert_non_null(strstr(e.text, "/dev/full: No space left on device"));
	assert_non_null(strstr(e.text, "--resume"));
	assert_int_equal(append(f, session(), NULL), -ENOSPC);
	assert_int_equal(result_close(f, &e), 0);
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A disk that is full in the middle of a line, at every byte of it. */
static void test_cut_back(void **state)
{
	struct result_file *f;
	struct error e;
	off_t size;
	int room;

	(void)state;
	make_file(1);
	size = file_size();
	f = opened(true);
	for (room = 0; room < 120; room += 7) {
		int err;

		limit_file_size((rlim_t)(size + room));
		err = append(f, skipped(1), &e);
		limit_file_size(RLIM_INFINITY);
		assert_int_equal(err, -EFBIG);
		assert_non_null(strstr(e.text, path));
		assert_int_equal(file_size(), size);
	}
	assert_int_equal(append(f, skipped(1), &e), 0);
	assert_int_equal(result_close(f, NULL), 0);
	assert_int_equal(check_file(1, 2).nr_bad, 0);
}

static void test_cannot_open(void **state)
{
	struct result_file *f;
	struct error e;

	(void)state;
	assert_int_equal(result_open(&f, "/nowhere/x.jsonl", false, &e),
			 -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere/x.jsonl: No such file"));
	assert_int_equal(result_open(&f, folder, true, &e), -EISDIR);
}

/* --- reading -------------------------------------------------------------- */

static void test_bad_lines(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *reason;
	} cases[] = {
		{ "nonsense\n", 9, "not JSON" },
		{ "{\"a\0b\":1}\n", 10, "not JSON" },
		{ "\0\0\0\n", 4, "not JSON" },
		{ "{\"type\":\"run\"}\n", 15, "\"session\" is missing" },
		{ "{\"type\":\"skip\"", 14, "torn" },
	};
	char expected[128];
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		set_up(NULL);
		make_file(1);
		add_to_file("\r\n\n", 3); /* lines too */
		add_to_file(cases[i].text, cases[i].len);
		seen = check_file(1, 1);
		assert_int_equal(seen.nr_bad, 2); /* \r is no JSON either */
		snprintf(expected, sizeof(expected), "%s:5: ", path);
		assert_memory_equal(seen.bad, expected, strlen(expected));
		assert_non_null(strstr(seen.bad, cases[i].reason));
	}
}

/* Reading goes on after a bad line, however long it is. */
static void test_long_line(void **state)
{
	const size_t len = (16 << 20) + 100;
	char *line = malloc(len), expected[128], *text;
	struct record r = skipped(1);
	struct seen seen;

	(void)state;
	memset(line, '[', len);
	line[len - 1] = '\n';
	make_file(1);
	add_to_file(line, len);
	text = record_to_json(&r);
	add_to_file(text, strlen(text));
	add_to_file("\n", 1);
	seen = check_file(1, 2);
	assert_int_equal(seen.nr_bad, 1);
	snprintf(expected, sizeof(expected), "%s:3: a line of more than 16 MiB",
		 path);
	assert_string_equal(seen.bad, expected);
	record_free(&r);
	free(text);
	free(line);
}

static void test_unreadable(void **state)
{
	(void)state;
	check_unreadable("/nowhere.jsonl", "No such file");
	check_unreadable(folder, "cannot be read");
	check_unreadable("/dev/null", "holds no records");
	check_unreadable("/dev/zero", "16 MiB; is it a result file?");
	write_file("a,b,c\n", 6);
	check_unreadable(path, ":1: not JSON");
	write_file("{\"type\":\"session\"", 17);
	check_unreadable(path, ":1: the last line is torn");
	write_file("\n", 1);
	check_unreadable(path, "holds no records");
}

static void test_no_session_first(void **state)
{
	struct record r = skipped(0);
	char *text = record_to_json(&r);

	(void)state;
	write_file(text, strlen(text));
	add_to_file("\n", 1);
	check_unreadable(path, ":1: does not begin with a session");
	record_free(&r);
	free(text);
}

/* A newer schema ends it: as the first line, and by a resume of a newer
 * program, whatever else that session may hold. */
static void test_newer_schema(void **state)
{
	static const char newer[] =
		"{\"type\":\"session\",\"schema\":2,\"session\":{\"id\":1}}\n";
	struct seen seen = { 0 };
	struct result_file *f;
	struct error e;

	(void)state;
	write_file(newer, sizeof(newer) - 1);
	check_unreadable(path, ":1: schema 2 is newer than this program");
	set_up(NULL);
	make_file(2);
	add_to_file(newer, sizeof(newer) - 1);
	assert_int_equal(result_read(path, see, see_bad, &seen, &e), -ENOTSUP);
	assert_non_null(strstr(e.text, ":4: schema 2 is newer"));
	assert_int_equal(seen.nr[RECORD_SKIP], 2);
	assert_int_equal(result_open(&f, path, true, &e), -ENOTSUP);
	assert_non_null(strstr(e.text, "schema 2 is newer"));
}

static void test_stop(void **state)
{
	struct seen seen = { .stop_at = 2 };

	(void)state;
	make_file(5);
	assert_int_equal(result_read(path, see, see_bad, &seen, NULL), 42);
	assert_int_equal(seen.nr[RECORD_SKIP], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_append, set_up),
		cmocka_unit_test_setup(test_append_makes_the_file, set_up),
		cmocka_unit_test_setup(test_torn, set_up),
		cmocka_unit_test_setup(test_torn_anywhere, set_up),
		cmocka_unit_test_setup(test_not_ours, set_up),
		cmocka_unit_test_setup(test_two_writers, set_up),
		cmocka_unit_test_setup(test_device_full, set_up),
		cmocka_unit_test_setup(test_cut_back, set_up),
		cmocka_unit_test_setup(test_cannot_open, set_up),
		cmocka_unit_test_setup(test_bad_lines, set_up),
		cmocka_unit_test_setup(test_long_line, set_up),
		cmocka_unit_test_setup(test_unreadable, set_up),
		cmocka_unit_test_setup(test_no_session_first, set_up),
		cmocka_unit_test_setup(test_newer_schema, set_up),
		cmocka_unit_test_setup(test_stop, set_up),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
