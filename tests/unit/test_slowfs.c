/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slow file, by counts: one touched page is one READ of one page, that waits
 * for its delay; a store to a page under write-back waits for that; nothing is
 * mounted, and the server ends with its parent.
 *
 * Ends with 77 when this user can have no slow file (ctest: skipped).
 */
#include "slowfs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "clock.h"

enum {
	NR = 32,
	NR_THREADS = 8
};

#define DELAY_NS    2000000u
#define ALL_SKIPPED 77

static size_t page;
static struct slowfs *running; /* at most one; a failed test leaves it */

static struct slowfs *start(size_t pages, uint64_t read_ns, size_t lane_pages)
{
	struct slowfs_options options = {
		.bytes = pages * page,
		.read_delay_ns = read_ns,
		.lane_bytes = lane_pages * page,
		.pu = -1,
	};
	struct slowfs *fs;
	struct error e = { "" };

	if (slowfs_start(&fs, &options, &e))
		fail_msg("%s", e.text);
	running = fs;
	return fs;
}

/* Also after each test. */
static int stop(void **unused)
{
	(void)unused;
	slowfs_stop(running);
	running = NULL;
	return 0;
}

static char *map(const struct slowfs *fs, size_t pages, int flags)
{
	char *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags,
		       slowfs_fd(fs), 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static void drop(const struct slowfs *fs, char *p, size_t pages)
{
	assert_int_equal(madvise(p, pages * page, MADV_DONTNEED), 0);
	assert_int_equal(posix_fadvise(slowfs_fd(fs), 0, (off_t)(pages * page),
				       POSIX_FADV_DONTNEED),
			 0);
}

static struct rusage usage(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return u;
}

/* --- reads ---------------------------------------------------------------- */

static void touch_all(char *p, bool write)
{
	size_t i;

	for (i = 0; i < NR; i++) {
		if (write)
			*(volatile char *)(p + i * page) = 1;
		else
			(void)*(volatile char *)(p + i * page);
	}
}

static void a_touch_is_a_read(bool write)
{
	struct slowfs *fs = start(NR, DELAY_NS, 0);
	const struct slowfs_stats *stats = slowfs_stats(fs);
	char *p = map(fs, NR, MAP_PRIVATE);
	struct rusage before, after;
	uint64_t began, passed;
	unsigned int round;

	for (round = 1; round <= 3; round++) {
		before = usage();
		began = clock_raw_ns();
		touch_all(p, write);
		passed = clock_raw_ns() - began;
		after = usage();
		assert_int_equal(atomic_load(&stats->nr_reads), round * NR);
		assert_int_equal(atomic_load(&stats->read_bytes),
				 round * NR * page);
		assert_int_equal(after.ru_majflt - before.ru_majflt, NR);
		assert_true(passed >= NR * (uint64_t)DELAY_NS);
		drop(fs, p, NR);
	}
	assert_int_equal(stats->read_ns.total, 3 * NR);
	assert_true(stats->read_ns.min >= DELAY_NS);
	assert_true(hist_quantile(&stats->read_ns, 0.5) < 4.0 * DELAY_NS);
	assert_int_equal(atomic_load(&stats->nr_writes), 0);
	munmap(p, NR * page);
	stop(NULL);
}

static void a_load_is_a_read(void **unused)
{
	(void)unused;
	a_touch_is_a_read(false);
}

static void a_private_store_is_a_read(void **unused)
{
	(void)unused;
	a_touch_is_a_read(true);
}

static void *touch_main(void *arg)
{
	touch_all(arg, false);
	return NULL;
}

static void reads_wait_at_once(void **unused)
{
	struct slowfs *fs = start(NR_THREADS * NR, DELAY_NS, 0);
	char *p = map(fs, NR_THREADS * NR, MAP_PRIVATE);
	pthread_t thread[NR_THREADS];
	uint64_t began = clock_raw_ns();
	unsigned int i;

	(void)unused;
	for (i = 0; i < NR_THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, touch_main,
						p + i * NR * page),
				 0);
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_true(clock_raw_ns() - began >= NR * (uint64_t)DELAY_NS);
	assert_int_equal(atomic_load(&slowfs_stats(fs)->nr_reads),
			 NR_THREADS * NR);
	assert_int_equal(atomic_load(&slowfs_stats(fs)->most_at_once),
			 NR_THREADS);
	munmap(p, NR_THREADS * NR * page);
	stop(NULL);
}

/* --- writes --------------------------------------------------------------- */

/* All pages are dirty, then under write-back, and the server keeps it. Before,
 * fsync() waits for the server's answers; sync_file_range() does not in 6.12.
 */
static void write_back(struct slowfs *fs, char *p, size_t pages)
{
	struct error e = { "" };
	size_t i;

	slowfs_release(fs, 0);
	assert_int_equal(fsync(slowfs_fd(fs)), 0);
	slowfs_hold(fs);
	for (i = 0; i < pages; i++)
		p[i * page + 1] = (char)i;
	assert_int_equal(
		sync_file_range(slowfs_fd(fs), 0, 0, SYNC_FILE_RANGE_WRITE), 0);
	if (slowfs_await(fs, pages, &e))
		fail_msg("%s", e.text);
}

/* Each store waits once, and for its pace. */
static void a_store_waits_for_write_back(void **unused)
{
	struct slowfs *fs = start(NR, 0, 0);
	const struct slowfs_stats *stats = slowfs_stats(fs);
	char *p = map(fs, NR, MAP_SHARED);
	struct rusage before, after;
	uint64_t began, passed;
	unsigned int round;

	(void)unused;
	for (round = 1; round <= 3; round++) {
		write_back(fs, p, NR);
		before = usage();
		began = clock_raw_ns();
		slowfs_release(fs, DELAY_NS);
		touch_all(p, true);
		passed = clock_raw_ns() - began;
		after = usage();
		/* Whoever comes late for one need not wait for it. */
		assert_true(after.ru_nvcsw - before.ru_nvcsw >= NR / 2);
		assert_true(after.ru_minflt - before.ru_minflt >= NR);
		assert_true(passed >= NR * (uint64_t)DELAY_NS);
	}
	assert_int_equal(atomic_load(&stats->nr_overdue), 0);
	assert_int_equal(atomic_load(&stats->write_bytes),
			 atomic_load(&stats->nr_writes) * page);
	assert_true(stats->write_ns.total >= 3 * NR);
	munmap(p, NR * page);
	stop(NULL);
}

/* The second lane does not come after all of the first. */
static void lanes_are_written_at_once(void **unused)
{
	struct slowfs *fs = start(2 * NR, 0, NR);
	const struct slowfs_stats *stats = slowfs_stats(fs);
	char *p = map(fs, 2 * NR, MAP_SHARED);
	uint64_t before = atomic_load(&stats->nr_writes);

	(void)unused;
	write_back(fs, p, 2 * NR);
	slowfs_release(fs, DELAY_NS);
	*(volatile char *)(p + NR * page) = 1;
	assert_true(atomic_load(&stats->nr_writes) - before < NR);
	touch_all(p, true);
	assert_true(atomic_load(&stats->nr_writes) - before >= NR);
	munmap(p, 2 * NR * page);
	stop(NULL);
}

static void the_file_keeps_what_is_written(void **unused)
{
	struct slowfs *fs = start(NR, 0, 0);
	char *p = map(fs, NR, MAP_SHARED);
	size_t i;

	(void)unused;
	write_back(fs, p, NR);
	slowfs_release(fs, 0);
	assert_int_equal(fsync(slowfs_fd(fs)), 0);
	drop(fs, p, NR);
	for (i = 0; i < NR; i++) {
		assert_int_equal(p[i * page + 1], (char)i);
		assert_int_equal(p[i * page], 0);
	}
	assert_int_equal(atomic_load(&slowfs_stats(fs)->nr_writes), NR);
	munmap(p, NR * page);
	stop(NULL);
}

/* Or a store to such a page could never be ended. */
static void nothing_is_kept_for_ever(void **unused)
{
	struct slowfs *fs = start(1, 0, 0);
	char *p = map(fs, 1, MAP_SHARED);
	uint64_t began = clock_raw_ns();

	(void)unused;
	write_back(fs, p, 1);
	*(volatile char *)p = 1;
	assert_true(clock_raw_ns() - began >= SLOWFS_KEEP_NS);
	assert_int_equal(atomic_load(&slowfs_stats(fs)->nr_overdue), 1);
	munmap(p, page);
	stop(NULL);
}

static void await_says_how_many(void **unused)
{
	struct slowfs *fs = start(2, 0, 0);
	char *p = map(fs, 2, MAP_SHARED);
	struct error e = { "" };

	(void)unused;
	write_back(fs, p, 1);
	assert_int_equal(slowfs_await(fs, 2, &e), -ETIMEDOUT);
	assert_non_null(strstr(e.text, "1 pages are under write-back, "
				       "expected 2"));
	munmap(p, 2 * page);
	stop(NULL);
}

/* --- what is left --------------------------------------------------------- */

static size_t nr_fuse_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	size_t nr = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		nr += strstr(line, " - fuse ") != NULL;
	fclose(f);
	return nr;
}

static bool is_open(const char *what)
{
	char path[32], text[64];
	int fd;

	for (fd = 0; fd < 64; fd++) {
		memset(text, 0, sizeof(text));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, text, sizeof(text) - 1) > 0 &&
		    !strcmp(text, what))
			return true;
	}
	return false;
}

static void nothing_is_mounted(void **unused)
{
	size_t mounts = nr_fuse_mounts();

	(void)unused;
	start(1, 0, 0);
	assert_int_equal(nr_fuse_mounts(), mounts);
	assert_false(is_open("/dev/fuse"));
	assert_true(is_open("/slow"));
	stop(NULL);
	assert_false(is_open("/slow"));
}

/* Waits for a page, beside a child that has the file open as well. */
static void wait_for_a_page(int out)
{
	struct slowfs *fs = start(1, 20000000000u, 0);
	char *p = map(fs, 1, MAP_PRIVATE);
	pid_t sleeper = fork();

	if (!sleeper)
		for (;;)
			pause();
	(void)!write(out, &sleeper, sizeof(sleeper));
	_exit(*(volatile char *)p);
}

/* A parent that is killed while it waits for a page: it and the server are gone
 * at once, long before the page would come and although a child lives on. */
static void the_server_ends_with_its_parent(void **unused)
{
	uint64_t began = clock_raw_ns();
	pid_t pid, sleeper, server;
	int status, fds[2];

	(void)unused;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	/* What the dead leave behind is ours to wait for. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		wait_for_a_page(fds[1]);
	close(fds[1]);
	assert_int_equal(read(fds[0], &sleeper, sizeof(sleeper)),
			 sizeof(sleeper));
	close(fds[0]);
	usleep(50 * 1000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	server = waitpid(-1, &status, 0);
	kill(sleeper, SIGKILL);
	assert_true(server > 0 && server != sleeper);
	assert_int_equal(waitpid(-1, &status, 0), sleeper);
	assert_int_equal(waitpid(-1, &status, 0), -1);
	assert_true(clock_raw_ns() - began < 10000000000u);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

/* The kernel ends what a dead server leaves waiting. */
static void a_dead_server_is_no_trap(void **unused)
{
	struct slowfs *fs = start(2, 0, 0);
	char *p = map(fs, 2, MAP_SHARED);

	(void)unused;
	write_back(fs, p, 2);
	stop(NULL);
	assert_int_equal(p[1], 0); /* stayed in the page cache */
	p[0] = 1;
	munmap(p, 2 * page);
}

static void options_are_refused(void **unused)
{
	struct slowfs_options options = { .bytes = page, .pu = 1 << 20 };
	struct slowfs *fs;
	struct error e = { "" };

	(void)unused;
	assert_true(slowfs_start(&fs, &options, &e) < 0);
	assert_null(fs);
	assert_non_null(strstr(e.text, "1048576"));
	options = (struct slowfs_options){ .bytes = page + 1, .pu = -1 };
	assert_int_equal(slowfs_start(&fs, &options, &e), -EINVAL);
	assert_non_null(strstr(e.text, "whole pages"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_load_is_a_read, stop),
		cmocka_unit_test_teardown(a_private_store_is_a_read, stop),
		cmocka_unit_test_teardown(reads_wait_at_once, stop),
		cmocka_unit_test_teardown(a_store_waits_for_write_back, stop),
		cmocka_unit_test_teardown(lanes_are_written_at_once, stop),
		cmocka_unit_test_teardown(the_file_keeps_what_is_written, stop),
		cmocka_unit_test_teardown(nothing_is_kept_for_ever, stop),
		cmocka_unit_test_teardown(await_says_how_many, stop),
		cmocka_unit_test_teardown(nothing_is_mounted, stop),
		cmocka_unit_test_teardown(the_server_ends_with_its_parent,
					  stop),
		cmocka_unit_test_teardown(a_dead_server_is_no_trap, stop),
		cmocka_unit_test_teardown(options_are_refused, stop),
	};
	const char *why;
	struct error e = { "" };

	page = (size_t)sysconf(_SC_PAGESIZE);
	/* As a cell does; the servers inherit it. */
	(void)!setpriority(PRIO_PROCESS, 0, -20);
	if (slowfs_probe(&e)) {
		if (!slowfs_libfuse(&why) && !strstr(e.text, why))
			return EXIT_FAILURE;
		printf("no slow file here: %s\n", e.text);
		return *e.text ? ALL_SKIPPED : EXIT_FAILURE;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
