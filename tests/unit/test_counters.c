/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters on this machine: tracepoints and software events see exactly
 * the faults that are made here, whatever cannot be counted says why, and no
 * file descriptor is left behind.
 *
 * Ends with 77 when nothing at all could be counted here (ctest: skipped).
 */
#include "counters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NR	      256
#define NOBODY	      65534

#define USER	 "exceptions:page_fault_user"
#define KERNEL	 "exceptions:page_fault_kernel"
#define RETURNED "mmap_lock:mmap_lock_acquire_returned"
#define READS	 RETURNED "/write==0 && success==1"
#define WRITES	 RETURNED "/write==1 && success==1"

/* --- things to count ------------------------------------------------------ */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static char *absent_pages(void)
{
	char *p = mmap(NULL, NR * page_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	madvise(p, NR * page_size(), MADV_NOHUGEPAGE);
	return p;
}

static void fault_in_user_mode(char *p)
{
	size_t i;

	for (i = 0; i < NR; i++)
		*(volatile char *)(p + i * page_size()) = 1;
}

static void fault_in_kernel_mode(char *p)
{
	size_t i;

	for (i = 0; i < NR; i++)
		syscall(SYS_getcpu, p + i * page_size(), NULL, NULL);
}

/* Takes mmap_lock for writing, NR times. (munmap would downgrade it, and that
 * reads as a read acquisition.) */
static void protect(char *p)
{
	int i;

	for (i = 0; i < NR; i++)
		mprotect(p, page_size(), i % 2 ? PROT_READ : PROT_NONE);
}

/* --- helpers -------------------------------------------------------------- */

static size_t nr_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t nr = 0;

	while (d && readdir(d))
		nr++;
	if (d)
		closedir(d);
	return nr;
}

static int paranoid_level(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level = 2;

	if (f && fscanf(f, "%d", &level) != 1)
		level = 2;
	if (f)
		fclose(f);
	return level;
}

/* Runs fn as an ordinary user, in a process of its own. */
static void as_nobody(void (*fn)(void))
{
	int status = 0;
	pid_t pid;

	if (geteuid()) {
		fn();
		return;
	}
	fflush(stdout);
	pid = fork();
	if (!pid) {
		failed = setresuid(NOBODY, NOBODY, NOBODY) != 0;
		prctl(PR_SET_DUMPABLE, 1); /* else /proc/self is root's */
		fn();
		fflush(stdout);
		_exit(failed);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_SAME(status, 0);
}

/* The count of each event while fn ran on fresh pages, the second time: by
 * then everything else it touches is present. */
static void count(const char *const *names, size_t nr, void (*fn)(char *),
		  uint64_t *counts)
{
	struct counter_value before[8], after[8];
	struct error e = { "" };
	struct counters *c;
	size_t i;
	int pass, err;

	err = counters_open(&c, names, nr, 0, &e);
	if (err) {
		complain(__FILE__, __LINE__, "%s", e.text);
		return;
	}
	for (pass = 0; pass < 2 && !err; pass++) {
		char *p = absent_pages();

		err = counters_read(c, before, &e);
		fn(p);
		err = err ? err : counters_read(c, after, &e);
		munmap(p, NR * page_size());
	}
	if (err)
		complain(__FILE__, __LINE__, "%s", e.text);
	for (i = 0; i < nr && !err; i++)
		counts[i] = after[i].count - before[i].count;
	counters_close(c);
}

/* --- tests ---------------------------------------------------------------- */

static void test_versions(void)
{
	const char *why;

	if (counters_libperf(&why))
		CHECK(!why);
	else
		CHECK(why && *why);
	if (counters_libpfm4(&why))
		CHECK(!why);
	else
		CHECK(why && *why);
}

static void test_tracepoints_are_exact(void)
{
	const char *const names[] = {
		"page-faults:u", "page-faults:k", USER, KERNEL, READS, WRITES
	};
	uint64_t n[ARRAY_SIZE(names)] = { 0 };
	struct error e;
	size_t i;

#ifdef FAULTLINE_SANITIZE
	SKIP("a sanitizer makes faults of its own");
#endif
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (counters_probe(names[i], &e))
			SKIP("%s", e.text);
	count(names, ARRAY_SIZE(names), fault_in_user_mode, n);
	CHECK_SAME(n[0], NR);
	CHECK_SAME(n[1], 0);
	CHECK_SAME(n[2], NR);
	CHECK_SAME(n[3], 0);
	CHECK(n[4] <= NR + 1); /* 0 or 1 where there is a per-VMA lock */
	CHECK_SAME(n[5], 0);
	count(names, ARRAY_SIZE(names), fault_in_kernel_mode, n);
	CHECK_SAME(n[0], 0);
	CHECK_SAME(n[1], NR);
	CHECK_SAME(n[2], 0);
	CHECK_SAME(n[3], NR);
	CHECK_SAME(n[4], NR);
	CHECK_SAME(n[5], 0);
}

static void test_filters_tell_reads_from_writes(void)
{
	const char *const names[] = { RETURNED, READS, WRITES };
	uint64_t n[ARRAY_SIZE(names)] = { 0 };
	struct error e;

	if (counters_probe(WRITES, &e))
		SKIP("%s", e.text);
	count(names, ARRAY_SIZE(names), protect, n);
	CHECK_SAME(n[0], NR);
	CHECK_SAME(n[1], 0);
	CHECK_SAME(n[2], NR);
}

struct other {
	pthread_barrier_t barrier;
	pid_t tid;
	char *pages;
};

static void *other_main(void *arg)
{
	struct other *o = arg;

	o->tid = gettid();
	pthread_barrier_wait(&o->barrier); /* the tid is known */
	pthread_barrier_wait(&o->barrier); /* counters are open */
	fault_in_user_mode(o->pages);
	pthread_barrier_wait(&o->barrier); /* faulted */
	return NULL;
}

static void test_counts_one_thread(void)
{
	static const char *const name = "page-faults:u";
	struct counter_value v[1] = { 0 };
	struct other o = { .pages = absent_pages() };
	char *mine = absent_pages();
	struct counters *c = NULL;
	struct error e = { "" };
	pthread_t thread;

	if (counters_probe(name, &e))
		SKIP("%s", e.text);
	pthread_barrier_init(&o.barrier, NULL, 2);
	if (pthread_create(&thread, NULL, other_main, &o))
		abort();
	pthread_barrier_wait(&o.barrier);
	CHECK_SAME(counters_open(&c, &name, 1, o.tid, &e), 0);
	pthread_barrier_wait(&o.barrier);
	fault_in_user_mode(mine);
	pthread_barrier_wait(&o.barrier);
	pthread_join(thread, NULL);
	if (c)
		CHECK_SAME(counters_read(c, v, &e), 0);
	/* And a few that the C library makes in a new thread. */
	CHECK(v[0].count >= NR && v[0].count < NR + NR / 2);
	counters_close(c);
	munmap(mine, NR * page_size());
	munmap(o.pages, NR * page_size());
}

/* A scale that changes is none for what was counted before. */
static void test_between_readings(void)
{
	const struct counter_value none = { 0 };
	const struct counter_value first = { 1000, 5000, 5000 };
	const struct counter_value whole = { 1064, 6000, 6000 };
	const struct counter_value half = { 1064, 7000, 6000 };
	const struct counter_value idle = { 1064, 6000, 5000 };

	CHECK_SAME(counter_between(&first, &whole), 64);
	CHECK_SAME(counter_between(&first, &half), 128);
	CHECK_SAME(counter_between(&first, &idle), 64);
	CHECK_SAME(counter_between(&none, &half), 1241);
}

static void test_no_such_thread(void)
{
	const char *name = "page-faults:u";
	struct counters *c;
	struct error e = { "" };

	if (counters_probe(name, &e))
		SKIP("%s", e.text);
	CHECK_SAME(counters_open(&c, &name, 1, 0x3ffffffe, &e), -ESRCH);
	CHECK_SAYS(&e, "no thread 1073741822");
}

static void test_unknown_names(void)
{
	static const struct {
		const char *name, *says;
		int err;
	} rows[] = {
		{ "page-fualts", "did you mean page-faults", -EINVAL },
		{ "page-faults:x", "modifiers", -EINVAL },
		{ "page-faults/write==0", "only a tracepoint", -EINVAL },
		{ "", "no name of an event", -EINVAL },
		{ "/write==0", "no name of an event", -EINVAL },
	};
	struct error e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		e.text[0] = '\0';
		CHECK_SAME(counters_probe(rows[i].name, &e), rows[i].err);
		CHECK_SAYS(&e, rows[i].says);
	}
}

static void test_unknown_tracepoints(void)
{
	struct error e = { "" };

	if (counters_probe(RETURNED, &e))
		SKIP("%s", e.text);
	CHECK_SAME(counters_probe("mmap_lock:mmap_lock_aquire_returned", &e),
		   -EINVAL);
	CHECK_SAYS(&e, "did you mean 'mmap_lock:mmap_lock_acquire_returned'?");
	CHECK_SAME(counters_probe("mmap_lokc:mmap_lock_released", &e), -EINVAL);
	CHECK_SAYS(&e, "did you mean 'mmap_lock'?");
	CHECK_SAME(counters_probe("no_such_group:whatever", &e), -ENOTSUP);
	CHECK_SAYS(&e, "no tracepoint group 'no_such_group'");
	CHECK_SAME(counters_probe(RETURNED "/nonsense==1", &e), -EINVAL);
	CHECK_SAYS(&e, "refuses the filter 'nonsense==1'");
}

static void test_hardware(void)
{
	const char *why;
	struct error e = { "" };
	int err = counters_probe("cycles:k", &e);

	if (!counters_libpfm4(&why)) {
		CHECK_SAME(err, -ENOTSUP);
		CHECK_SAYS(&e, why);
		SKIP("%s", e.text);
	}
	if (err) {
		CHECK(strstr(e.text, "PMU") || strstr(e.text, "paranoid"));
		SKIP("%s", e.text);
	}
	CHECK_SAME(counters_probe("cycels", &e), -EINVAL);
	CHECK_SAYS(&e, "did you mean cycles");
}

static void test_reads_zero_is_an_error(void)
{
	struct error e = { "" };

	if (counters_probe("page-faults:u", &e))
		SKIP("%s", e.text);
	CHECK_SAME(counters_probe("context-switches:u", &e), -ENOTSUP);
	CHECK_SAYS(&e, "reads 0");
}

static void nobody(void)
{
	struct error e = { "" };
	int level = paranoid_level();

	CHECK_SAME(counters_probe(RETURNED, &e), -EACCES);
	CHECK_SAYS(&e, "run as root");
	if (level == 2) {
		CHECK_SAME(counters_probe("page-faults:u", &e), 0);
		CHECK_SAME(counters_probe("page-faults", &e), -EACCES);
		CHECK_SAYS(&e, "perf_event_paranoid is 2");
	} else if (level > 2 && counters_probe("page-faults:u", &e)) {
		CHECK_SAYS(&e, "perf_event_paranoid is");
	}
}

static void test_without_privilege(void)
{
	as_nobody(nobody);
}

static void test_all_or_nothing(void)
{
	const char *const names[] = { "page-faults:u", "no-such-event" };
	const char *const good[] = { "page-faults:u", "minor-faults:u" };
	size_t before = nr_fds();
	struct counters *c = (void *)&before;
	struct error e = { "" };

	CHECK(counters_open(&c, names, 2, 0, &e) < 0);
	CHECK(!c);
	CHECK_SAYS(&e, "no-such-event");
	CHECK_SAME(nr_fds(), before);
	if (counters_probe(good[0], &e))
		SKIP("%s", e.text);
	CHECK_SAME(counters_open(&c, good, 2, 0, &e), 0);
	CHECK_SAME(nr_fds(), before + 2);
	counters_close(c);
	CHECK_SAME(nr_fds(), before);
	counters_close(NULL);
}

static void test_close_on_exec(void)
{
	const char *const names[] = { "page-faults:u", "minor-faults:u" };
	struct counters *c = NULL;
	struct error e = { "" };
	int fd, nr = 0;

	if (counters_probe(names[0], &e))
		SKIP("%s", e.text);
	CHECK_SAME(counters_open(&c, names, 2, 0, &e), 0);
	for (fd = 3; fd < 64; fd++) {
		char path[32], text[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, text, sizeof(text) - 1) < 0 ||
		    !strstr(text, "perf_event"))
			continue;
		nr++;
		CHECK_SAME(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
	CHECK_SAME(nr, 2);
	counters_close(c);
}

static void reserve(void)
{
	struct rlimit limit = { .rlim_cur = 32, .rlim_max = 512 };
	struct error e = { "" };

	CHECK_SAME(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_SAME(counters_reserve_fds(200, &e), 0);
	CHECK_SAME(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK(limit.rlim_cur >= 200 && limit.rlim_max == 512);
	CHECK_SAME(counters_reserve_fds(5000, &e), -EMFILE);
	CHECK_SAYS(&e, "the limit is 512");
}

static void test_reserve_fds(void)
{
	if (geteuid())
		SKIP("lowers a limit in a process of its own: root only");
	as_nobody(reserve);
}

static void test_built_without(void)
{
	const char *why, *name = "page-faults:u";
	struct counters *c;
	struct error e;

	counters_libperf(&why);
	CHECK_SAME(counters_probe(name, &e), -ENOTSUP);
	CHECK_SAYS(&e, "built without libperf: ");
	CHECK_SAYS(&e, why);
	CHECK_SAME(counters_open(&c, &name, 1, 0, &e), -ENOTSUP);
	CHECK_SAYS(&e, "built without libperf: ");
	CHECK_SAME(counters_reserve_fds(100, &e), 0);
	counters_close(NULL);
}

/* -------------------------------------------------------------------------- */

static const struct tap_test with[] = {
	{ "versions", test_versions },
	{ "tracepoints are exact", test_tracepoints_are_exact },
	{ "filters tell reads from writes",
	  test_filters_tell_reads_from_writes },
	{ "counts one thread", test_counts_one_thread },
	{ "between readings", test_between_readings },
	{ "no such thread", test_no_such_thread },
	{ "unknown names", test_unknown_names },
	{ "unknown tracepoints", test_unknown_tracepoints },
	{ "hardware", test_hardware },
	{ "reads 0 is an error", test_reads_zero_is_an_error },
	{ "without privilege", test_without_privilege },
	{ "all or nothing", test_all_or_nothing },
	{ "close on exec", test_close_on_exec },
	{ "reserve fds", test_reserve_fds },
};

static const struct tap_test without[] = {
	{ "versions", test_versions },
	{ "built without", test_built_without },
};

int main(void)
{
	const char *why;
	size_t nr_failed;
	struct error e;

	if (!counters_libperf(&why))
		return tap_run(without, ARRAY_SIZE(without)) ? EXIT_FAILURE
							     : EXIT_SUCCESS;
	nr_failed = tap_run(with, ARRAY_SIZE(with));
	if (nr_failed)
		return EXIT_FAILURE;
	return counters_probe("page-faults:u", &e) ? TAP_ALL_SKIPPED
						   : EXIT_SUCCESS;
}
