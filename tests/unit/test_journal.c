/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what is written comes back, what is damaged is refused, and it
 * is undone from its end, once, by the right one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal.h"

static char folder[64], undone[256];
static int answer; /* of every undo */

static bool any(char *const *field)
{
	return strcmp(field[0], "never");
}

static int remember(const struct journal *j, const struct journal_entry *x,
		    struct error *e)
{
	size_t len = strlen(undone);

	(void)j;
	snprintf(undone + len, sizeof(undone) - len, "%s ", x->field[0]);
	error_set(e, 0, "undid %s", x->field[0]);
	return answer;
}

static const struct journal_kind kinds[] = {
	{ .name = "one", .nr_fields = 1, .valid = any, .undo = remember },
	{ .name = "three",
	  .nr_fields = 3,
	  .survives_boot = true,
	  .valid = any,
	  .undo = remember },
	{ .name = NULL },
};

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/faultline-test-XXXXXX");
	*undone = '\0';
	answer = UNDO_DONE;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* This process's journal with three entries, as if it were somebody else's
 * when `shift` is not 0. */
static void write_three(uint64_t shift)
{
	struct journal j;
	struct error e;
	char path[PATH_MAX];

	assert_int_equal(journal_begin(&j, folder, &e), 0);
	assert_int_equal(journal_note(&j, &kinds[0], &e, "a"), 0);
	assert_int_equal(journal_note(&j, &kinds[1], &e, "b", "x y", "z"), 0);
	assert_int_equal(journal_note(&j, &kinds[0], &e, "c"), 0);
	snprintf(path, sizeof(path), "%s/%d-%" PRIu64, folder, (int)getpid(),
		 j.start + shift);
	assert_int_equal(rename(j.path, path), 0);
	journal_free(&j);
}

static char *write_text(const char *name, const char *text, size_t len)
{
	static char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
	return path;
}

static int restore(struct journal_report *report)
{
	struct error e;

	memset(report, 0, sizeof(*report));
	return journal_restore(folder, kinds, report, &e);
}

static unsigned int nr_files(void)
{
	unsigned int nr = 0;
	char command[128];
	FILE *f;

	snprintf(command, sizeof(command), "ls %s | grep -vc '^lock$'", folder);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &nr), 1);
	pclose(f);
	return nr;
}

static void forget(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm %s/[0-9]*", folder);
	assert_int_equal(system(command), 0);
}

static void test_backwards(void **state)
{
	struct journal_report report;

	(void)state;
	write_three(1);
	assert_int_equal(restore(&report), 0);
	assert_string_equal(undone, "c b a ");
	assert_int_equal(report.nr_undone, 3);
	assert_int_equal(nr_files(), 0);
}

/* What is no file of a sensible size is told at once, and not waited for. */
static void test_no_file(void **state)
{
	struct journal_report report;
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/2000000000-1", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(restore(&report), -EAGAIN);
	assert_int_equal(report.nr_unreadable, 1);
	assert_int_equal(unlink(path), 0);
	write_text("2000000000-1", "", 0);
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	assert_int_equal(restore(&report), -EAGAIN);
	assert_int_equal(report.nr_unreadable, 1);
	assert_string_equal(undone, "");
}

/* The same pid, another start: a process that is dead, whoever has its number
 * now. And the living one's is its own. */
static void test_reused_pid(void **state)
{
	struct journal_report report;

	(void)state;
	write_three(0);
	assert_int_equal(restore(&report), 0);
	assert_string_equal(undone, "");
	assert_int_equal(report.nr_living, 1);
	assert_int_equal(nr_files(), 1);
	forget();
	write_three(5);
	assert_int_equal(nr_files(), 1);
	assert_int_equal(restore(&report), 0);
	assert_string_equal(undone, "c b a ");
	assert_int_equal(report.nr_living, 0);
}

static void test_failed_is_tried_again(void **state)
{
	struct journal_report report;

	(void)state;
	write_three(1);
	answer = -EBUSY;
	assert_int_equal(restore(&report), -EAGAIN);
	assert_int_equal(report.nr_failed, 3);
	assert_int_equal(nr_files(), 1);
	answer = UNDO_NOT_OURS;
	assert_int_equal(restore(&report), 0);
	assert_int_equal(report.nr_not_ours, 3);
	assert_int_equal(nr_files(), 0);
}

static void test_other_boot(void **state)
{
	static const char text[] = "faultline journal 1\tanother\none\ta\n"
				   "three\tb\tc\td\n";
	struct journal_report report;

	(void)state;
	write_text("1-2", text, sizeof(text) - 1);
	assert_int_equal(restore(&report), 0);
	assert_string_equal(undone, "b ");
	assert_int_equal(nr_files(), 0);
}

/* A kill, or a power cut, in the middle of a write. */
static void test_torn(void **state)
{
	static const char text[] = "faultline journal 1\tx\nthree\tb\tc\td\n"
				   "three\te\tf";
	struct journal_report report;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		*undone = '\0';
		write_text("1-2", text, len);
		assert_int_equal(restore(&report), 0);
		assert_int_equal(nr_files(), 0);
		/* header and first entry, each with its newline */
		assert_string_equal(undone, len >= 34 ? "b " : "");
	}
}

static void test_malformed(void **state)
{
#define HEAD "faultline journal 1\tx\n"
	static const struct {
		const char *text;
		size_t len;
		unsigned int line;
	} bad[] = {
		{ "\n", 0, 1 },
		{ "faultline journal 2\tx\n", 0, 1 },
		{ "#!/bin/sh\nrm -r /\n", 0, 1 },
		{ HEAD "two\ta\n", 0, 2 },
		{ HEAD "one\n", 0, 2 },
		{ HEAD "one\t\n", 0, 2 },
		{ HEAD "one\ta\tb\n", 0, 2 },
		{ HEAD "three\ta\tb\n", 0, 2 },
		{ HEAD "one\ta\none\tnever\none\tb\n", 0, 3 },
		{ HEAD "\n", 0, 2 },
		{ HEAD "one\ta\0b\n", sizeof(HEAD) + 7, 2 },
		{ "\x7f\x45LF\x02\x01\n\x00\n", 9, 1 },
	};
	struct journal_report report;
	char where[32], *path;
	struct journal j;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		path = write_text("1-2", bad[i].text,
				  bad[i].len ? bad[i].len
					     : strlen(bad[i].text));
		assert_int_equal(journal_load(&j, path, kinds, &e), -EINVAL);
		snprintf(where, sizeof(where), "/1-2:%u: ", bad[i].line);
		assert_non_null(strstr(e.text, where));
		assert_int_equal(restore(&report), -EAGAIN);
		assert_int_equal(report.nr_unreadable, 1);
		assert_string_equal(undone, "");
		assert_int_equal(nr_files(), 1);
	}
	/* and it keeps nobody from undoing the others */
	write_three(1);
	assert_int_equal(restore(&report), -EAGAIN);
	assert_string_equal(undone, "c b a ");
}

static void test_names(void **state)
{
	static const char *const bad[] = { "1-", "x", "-1-2", "01-2",
					   "1-2.bak" };
	struct journal_report report;
	char *path;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		path = write_text(bad[i], "", 0);
		assert_int_equal(restore(&report), -EAGAIN);
		assert_int_equal(report.nr_unreadable, 1);
		unlink(path);
	}
}

static void test_trust(void **state)
{
	struct journal_report report;
	struct error e;
	char *path;

	(void)state;
	path = write_text("1-2", HEAD, strlen(HEAD));
	chmod(path, 0622);
	assert_int_equal(restore(&report), -EAGAIN);
	assert_int_equal(report.nr_unreadable, 1);
	chmod(path, 0600);
	chmod(folder, 0770);
	assert_int_equal(journal_restore(folder, kinds, &report, &e), -EPERM);
	assert_non_null(strstr(e.text, folder));
	chmod(folder, 0700);
	assert_int_equal(restore(&report), 0);
}

/* What cannot be written must not be changed. */
static void test_note_refuses(void **state)
{
	char longer[PATH_MAX + 600];
	struct journal j;
	struct error e;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(journal_begin(&j, folder, &e), 0);
	assert_int_equal(journal_note(&j, &kinds[0], &e, "a\tb"), -EINVAL);
	assert_int_equal(journal_note(&j, &kinds[0], &e, "a\nb"), -EINVAL);
	assert_int_equal(journal_note(&j, &kinds[0], &e, ""), -EINVAL);
	assert_int_equal(journal_note(&j, &kinds[0], &e, "never"), -EINVAL);
	assert_int_equal(journal_note(&j, &kinds[0], &e, longer), -EINVAL);
	assert_int_equal(j.nr, 0);
	journal_free(&j);
}

/* A writer that is killed while it writes never leaves what cannot be read. */
static void test_killed_writer(void **state)
{
	unsigned int round, nr_entries = 0;
	struct journal_report report;

	(void)state;
	for (round = 0; round < 20; round++) {
		pid_t pid = fork();
		struct journal j;
		struct error e;

		assert_true(pid >= 0);
		if (!pid) {
			if (journal_begin(&j, folder, &e))
				_exit(1);
			while (!journal_note(&j, &kinds[1], &e, "a", "b", "c"))
				;
			_exit(1);
		}
		usleep(2000 * (round + 1));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(restore(&report), 0);
		nr_entries += report.nr_undone;
		assert_int_equal(nr_files(), 0);
	}
	assert_true(nr_entries > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_backwards),	  TEST(test_no_file),
		TEST(test_reused_pid),	  TEST(test_failed_is_tried_again),
		TEST(test_other_boot),	  TEST(test_torn),
		TEST(test_malformed),	  TEST(test_names),
		TEST(test_trust),	  TEST(test_note_refuses),
		TEST(test_killed_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
