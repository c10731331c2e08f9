/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What undoing does when the machine has gone on meanwhile, and what is
 * refused before anything is changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "resource_kinds.h"

#define CLUSTER "/proc/sys/vm/page-cluster"
#define TAG	"0123456789abcdef0123456789abcdef"

static char folder[64];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/faultline-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	return setenv("FAULTLINE_STATE", folder, 1);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static char *put(const char *name, const char *text)
{
	static char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static const char *get(const char *path)
{
	static char text[64];

	assert_true(look_file(text, sizeof(text), NULL, path) > 0);
	return text;
}

/* A journal in memory: 0 then 7, of a value that was 3 at first. */
static struct journal two_entries(struct journal_entry x[2], char *path,
				  enum resource_kind kind)
{
	static char at_first[] = "3", first[] = "5", last[] = "7";

	x[0] = (struct journal_entry){ &resource_kinds[kind],
				       { path, at_first, first } };
	x[1] = (struct journal_entry){ &resource_kinds[kind],
				       { path, at_first, last } };
	return (struct journal){ .entries = x, .nr = 2 };
}

static void test_value(void **state)
{
	static const struct {
		const char *now, *then;
		int last, first;
	} rows[] = {
		{ "7", "3", UNDO_DONE, UNDO_NOTHING },
		/* the last entry was never acted on */
		{ "5", "3", UNDO_DONE, UNDO_NOTHING },
		{ "3", "3", UNDO_NOTHING, UNDO_NOTHING },
		{ "4", "4", UNDO_NOT_OURS, UNDO_NOT_OURS },
		{ "1 [7] 2", NULL, UNDO_DONE, -1 },
	};
	struct journal_entry x[2];
	struct journal j;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *path = put("value", rows[i].now);

		j = two_entries(x, path, KIND_VALUE);
		assert_int_equal(value_undo(&j, &x[1], &e), rows[i].last);
		if (!rows[i].then)
			continue;
		assert_int_equal(value_undo(&j, &x[0], &e), rows[i].first);
		assert_string_equal(get(path), rows[i].then);
		if (rows[i].last == UNDO_NOT_OURS)
			assert_non_null(strstr(e.text, "left as it is"));
	}
}

static void test_pool(void **state)
{
	static const struct {
		const char *now, *then;
		int last, first;
	} rows[] = {
		{ "7", "3", UNDO_DONE, UNDO_NOTHING },
		/* it was killed while the pool grew */
		{ "6", "3", UNDO_DONE, UNDO_NOTHING },
		{ "3", "3", UNDO_NOTHING, UNDO_NOTHING },
		{ "8", "8", UNDO_NOT_OURS, UNDO_NOT_OURS },
		{ "2", "2", UNDO_NOT_OURS, UNDO_NOT_OURS },
	};
	struct journal_entry x[2];
	struct journal j;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *path = put("pool", rows[i].now);

		j = two_entries(x, path, KIND_POOL);
		assert_int_equal(pool_undo(&j, &x[1], &e), rows[i].last);
		assert_int_equal(pool_undo(&j, &x[0], &e), rows[i].first);
		assert_string_equal(get(path), rows[i].then);
	}
}

static void test_file(void **state)
{
	char *path = put("faultline-1-a.swap", "x");
	struct journal_entry x = { &resource_kinds[KIND_FILE], { path } };
	struct error e;

	(void)state;
	assert_int_equal(file_undo(NULL, &x, &e), UNDO_DONE);
	assert_int_equal(file_undo(NULL, &x, &e), UNDO_NOTHING);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(file_undo(NULL, &x, &e), UNDO_NOT_OURS);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_undo(NULL, &x, &e), UNDO_NOT_OURS);
	assert_int_equal(access(path, F_OK), 0);
	x.kind = &resource_kinds[KIND_CGROUP];
	assert_int_equal(cgroup_undo(NULL, &x, &e), UNDO_NOT_OURS);
	assert_int_equal(access(path, F_OK), 0);
}

/* A journal cannot make us touch what no faultline makes. */
static void test_foreign_entries(void **state)
{
	static const char *const bad[] = {
		"value\t/etc/passwd\ta\tb",
		"value\t/proc/sys/../../etc/passwd\ta\tb",
		"pool\t/proc/sys/vm/swappiness\t1\t2",
		"pool\t/sys/kernel/mm/hugepages/x\t1\tmany",
		"file\t/etc/passwd",
		"file\tfaultline-1-a.swap",
		"file\t/tmp/faultline-1-a.swap/../../etc/passwd",
		"file\t/tmp/../faultline-1-a.swap",
		"file\t/tmp/faultline-.swap",
		"loop\t/swapfile\t-",
		"loop\t/tmp/faultline-1-a.swap\tall",
		"zram\t0/../1\t" TAG "\t1",
		"zram\t0\tnone\t1",
		"zram-wanted\t0\t" TAG "\t-",
		"cgroup\t/sys/fs/cgroup/user.slice\t/sys/fs/cgroup",
		"cgroup\t/sys/fs/cgroup/faultline-x\t/sys/fs/cgroup",
		"cgroup\t/sys/fs/cgroup/faultline-1\t..",
	};
	char text[512];
	struct journal j;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "faultline journal 1\tx\n%s\n",
			 bad[i]);
		assert_int_equal(
			journal_load(&j, put("1-2", text), resource_kinds, &e),
			-EINVAL);
		assert_non_null(strstr(e.text, "1-2:2: "));
	}
	snprintf(text, sizeof(text),
		 "faultline journal 1\tx\nvalue\t" CLUSTER "\t3\t0\n"
		 "file\t/tmp/faultline-1-a.swap\n"
		 "loop\t/tmp/faultline-1-a.swap\t8\nzram\t1\t" TAG "\t-\n"
		 "cgroup\t/sys/fs/cgroup/faultline-1\t/sys/fs/cgroup\n");
	assert_int_equal(journal_load(&j, put("1-2", text), resource_kinds, &e),
			 0);
	assert_int_equal(j.nr, 5);
	journal_free(&j);
}

static void test_too_little(void **state)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	struct error e;
	int status;

	(void)state;
	assert_int_equal(resource_memory(1ull << 50, "it", &e), -ENOMEM);
	assert_non_null(strstr(e.text, "1073741824 MiB of memory"));
	assert_int_equal(resource_memory(4096, "it", &e), 0);
	assert_int_equal(resource_disk("/", 1ull << 50, "it", &e), -ENOSPC);
	assert_non_null(strstr(e.text, "1073741824 MiB in /"));
	assert_int_equal(resource_disk("/nowhere", 1, "it", &e), -ENOENT);
	if (!fork()) {
		setrlimit(RLIMIT_FSIZE, &limit);
		if (!setuid(65534) || geteuid())
			_exit(resource_limit(RLIMIT_FSIZE, 2 << 20, "it", &e) ==
						      -EFBIG &&
					      strstr(e.text, "of 2097152") &&
					      strstr(e.text,
						     "to 1048576 only") &&
					      !resource_limit(RLIMIT_FSIZE,
							      1 << 20, "it", &e)
				      ? 0
				      : 1);
		_exit(2);
	}
	wait(&status);
	assert_int_equal(status, 0);
}

static void test_unescape(void **state)
{
	char text[] = "/a\\040b\\134c\\012";

	(void)state;
	resource_unescape(text);
	assert_string_equal(text, "/a b\\c\n");
}

static void test_without_root(void **state)
{
	struct swap_area made;
	struct error e;
	int status;

	(void)state;
	if (!fork()) {
		if (!geteuid() && setuid(65534))
			_exit(2);
		_exit(resource_swap(SWAP_FILE, "/", 4096, &made, &e) ==
					      -EPERM &&
				      strstr(e.text, "run as root") &&
				      resource_set(CLUSTER, "0", &e) < 0 &&
				      strstr(e.text, "run as root")
			      ? 0
			      : 1);
	}
	wait(&status);
	assert_int_equal(status, 0);
}

/* --- with privilege ------------------------------------------------------- */

static void root_only(void)
{
	struct journal_report found = { 0 };
	struct error e;

	if (resource_may_set(CLUSTER, &e) || resource_root("it", &e)) {
		print_message("skipped: %s\n", e.text);
		skip();
	}
	/* Runs beside this test are to be seen, and to see it. */
	unsetenv("FAULTLINE_STATE");
	if (resource_leftovers(&found, &e) || found.nr_living) {
		print_message("skipped: another faultline is at work\n");
		skip();
	}
}

static void test_second_is_refused(void **state)
{
	char pid_text[16], before[64];
	struct journal_report report = { 0 };
	struct swap_area made;
	int ready[2];
	struct error e;
	pid_t pid;
	char c;

	(void)state;
	root_only();
	snprintf(before, sizeof(before), "%s", get(CLUSTER));
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		if (resource_set(CLUSTER, "1", &e))
			_exit(1);
		(void)!write(ready[1], "x", 1);
		pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	snprintf(pid_text, sizeof(pid_text), "pid %d", (int)pid);
	assert_int_equal(resource_set(CLUSTER, "2", &e), -EBUSY);
	assert_non_null(strstr(e.text, pid_text));
	assert_string_equal(get(CLUSTER), "1");
	/* a swap area needs the same value */
	assert_int_equal(resource_swap(SWAP_FILE, "/", 4096, &made, &e),
			 -EBUSY);
	assert_non_null(strstr(e.text, pid_text));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(resource_set(CLUSTER, "2", &e), -EBUSY);
	assert_non_null(strstr(e.text, "faultline restore"));
	assert_int_equal(resource_restore(&report, &e), 0);
	assert_string_equal(get(CLUSTER), before);
	assert_int_equal(resource_release(&e), 0);
}

static void test_kernel_refuses(void **state)
{
	char before[64];
	struct error e;

	(void)state;
	root_only();
	snprintf(before, sizeof(before), "%s", get(CLUSTER));
	assert_true(resource_set(CLUSTER, "many", &e) < 0);
	assert_true(resource_set(CLUSTER, "01", &e) < 0);
	assert_non_null(strstr(e.text, "made '1' of '01'"));
	assert_string_equal(get(CLUSTER), before);
	assert_int_equal(resource_set("/proc/sys/vm/nothing", "1", &e),
			 -ENOENT);
	assert_int_equal(resource_release(&e), 0);
}

/* All of it is refused before anything is changed. */
static void test_refused_early(void **state)
{
	struct swap_area made;
	struct error e;

	(void)state;
	root_only();
	assert_int_equal(resource_hugepages(1ull << 30, 2 << 20, &e), -ENOMEM);
	assert_non_null(strstr(e.text, "MiB of memory"));
	assert_true(resource_hugepages(1, 12345 * 1024, &e) < 0);
	/* Not in /, which in a guest is an initramfs. */
	assert_int_equal(
		resource_swap(SWAP_FILE, "/var/tmp", 1ull << 50, &made, &e),
		-ENOSPC);
	assert_non_null(strstr(e.text, "MiB in /var/tmp"));
	if (!access("/dev/loop-control", R_OK))
		assert_int_equal(
			resource_swap(SWAP_LOOP, "/dev", 4096, &made, &e),
			-EINVAL);
	if (!access("/sys/class/zram-control", R_OK))
		assert_int_equal(
			resource_swap(SWAP_ZRAM, NULL, 1ull << 50, &made, &e),
			-ENOMEM);
	assert_int_equal(resource_release(&e), 0);
}

/* Killed between the making of a zram device and the note of its number. */
static void test_zram_moment(void **state)
{
	char number[16], when[24], late[24];
	struct journal_entry x = { &resource_kinds[KIND_ZRAM_WANTED],
				   { number, (char *)TAG, late } };
	struct journal j = { .entries = &x, .nr = 1 };
	struct error e;

	(void)state;
	root_only();
	if (access("/sys/class/zram-control", R_OK))
		skip();
	snprintf(when, sizeof(when), "%lld", (long long)time(NULL));
	snprintf(late, sizeof(late), "%lld", (long long)time(NULL) - 3600);
	assert_true(look_file(number, sizeof(number), &e,
			      "/sys/class/zram-control/hot_add") > 0);
	assert_int_equal(zram_wanted_undo(&j, &x, &e), UNDO_NOT_OURS);
	x.field[2] = when;
	assert_int_equal(zram_wanted_undo(&j, &x, &e), UNDO_DONE);
	assert_int_equal(zram_wanted_undo(&j, &x, &e), UNDO_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_value),	   TEST(test_pool),
		TEST(test_file),	   TEST(test_foreign_entries),
		TEST(test_too_little),	   TEST(test_unescape),
		TEST(test_without_root),   TEST(test_second_is_refused),
		TEST(test_kernel_refuses), TEST(test_refused_early),
		TEST(test_zram_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
