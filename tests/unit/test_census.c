/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The census: what it says of counts (pure), and what it counts of known
 * faults at each level that this kernel lets load. Where two levels, or a
 * level and the tracepoints of counters.h, are there, they agree.
 *
 * Links libperf, hence no cmocka. A level that is not there is skipped with
 * the reason.
 */
#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "facts.h"
#include "record.h"
#include "vmstat.h"
#include "tap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	NR = 256,
	NR_SLOTS = 32,
	ANSWER_NS = 200000, /* that userfaultfd takes at least */
};

#define READS "mmap_lock:mmap_lock_acquire_returned/write==0 && success==1"

static struct census *census[CENSUS_FEXIT + 1]; /* by level; NULL: none */
static struct error why_not[CENSUS_FEXIT + 1];
static unsigned int next_slot;
static struct features features;

/* What each observer saw of one and the same faults. */
struct seen {
	struct census_counts at[CENSUS_FEXIT + 1];
	uint64_t reads; /* by perf; when has_reads */
	bool has_reads;
};

static struct seen seen;

/* --- things to count ------------------------------------------------------ */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The first page is there: the VMA has its anon_vma. */
static char *map(int flags, int fd)
{
	char *p = mmap(NULL, (NR + 1) * page_size(), PROT_READ | PROT_WRITE,
		       flags, fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, (NR + 1) * page_size(), MADV_NOHUGEPAGE);
	*(volatile char *)p = 1;
	return p + page_size();
}

static char *map_anonymous(void)
{
	return map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void unmap(char *p)
{
	if (p)
		munmap(p - page_size(), (NR + 1) * page_size());
}

/* ASan would touch its own memory for each page: more faults. */
__attribute__((no_sanitize_address)) static void touch_user(char *p)
{
	size_t i;

	for (i = 0; i < NR; i++)
		*(volatile char *)(p + i * page_size()) = 1;
}

static void touch_kernel(char *p)
{
	size_t i;

	for (i = 0; i < NR; i++)
		syscall(SYS_getcpu, p + i * page_size(), NULL, NULL);
}

static void populate(char *p)
{
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
	/* Before 5.14 mlock() does the same. */
	if (madvise(p, NR * page_size(), MADV_POPULATE_WRITE))
		CHECK(!mlock(p, NR * page_size()));
}

__attribute__((no_sanitize_address)) static void grow_down(char *p)
{
	size_t i;

	for (i = 1; i <= NR; i++)
		*(volatile char *)(p - i * page_size()) = 1;
}

/* --- counting ------------------------------------------------------------- */

static void watch(unsigned int slot, bool on)
{
	struct error e = { "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(census); i++) {
		if (!census[i])
			continue;
		if (on ? census_watch(census[i], slot, &e)
		       : census_unwatch(census[i], &e))
			complain(__FILE__, __LINE__, "%s", e.text);
	}
}

static void read_slot(unsigned int slot)
{
	struct error e = { "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(census); i++)
		if (census[i] && census_read(census[i], slot, &seen.at[i], &e))
			complain(__FILE__, __LINE__, "%s", e.text);
}

/* All observers look on while fn does it; `seen` has what they saw. */
static void count(void (*fn)(char *), char *p)
{
	static const char *const name[] = { READS };
	struct counter_value before = { 0 }, after = { 0 };
	struct counters *c = NULL;
	struct error e;

	memset(&seen, 0, sizeof(seen));
	seen.has_reads = !counters_open(&c, name, 1, 0, &e);
	watch(0, true); /* in vain: all that follows is then present */
	watch(0, false);
	watch(++next_slot, true);
	if (c && counters_read(c, &before, &e))
		complain(__FILE__, __LINE__, "%s", e.text);
	fn(p);
	if (c && counters_read(c, &after, &e))
		complain(__FILE__, __LINE__, "%s", e.text);
	watch(next_slot, false);
	counters_close(c);
	seen.reads = after.count - before.count;
	read_slot(next_slot);
}

/* What was expected; ANY is not looked at. */
#define ANY UINT64_MAX
struct expected {
	uint64_t user, kernel, handled, no_vma, changing, unsure, waited,
		redone, again, read_locks;
};

static void check_level(enum census_level level, const struct expected *x)
{
	const struct census_counts *c = &seen.at[level];
	const struct {
		const char *name;
		uint64_t is, expected;
	} rows[] = {
		{ "faults_user", c->faults_user, x->user },
		{ "faults_kernel", c->faults_kernel, x->kernel },
		{ "vma_handled", c->vma_handled, x->handled },
		{ "refused_no_vma", c->refused_no_vma, x->no_vma },
		{ "refused_changing", c->refused_changing, x->changing },
		{ "refused_or_redone", c->refused_or_redone, x->unsure },
		{ "retried_waited", c->retried_waited, x->waited },
		{ "redone", c->redone, x->redone },
		{ "again", c->again, x->again },
		{ "read_locks", c->read_locks, x->read_locks },
	};
	size_t i;

	printf("# %s:", census_level_name(level));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		printf(" %s %llu", rows[i].name,
		       (unsigned long long)rows[i].is);
		if (rows[i].expected != ANY && rows[i].is != rows[i].expected)
			complain(__FILE__, __LINE__, "%s: %s is %llu, not %llu",
				 census_level_name(level), rows[i].name,
				 (unsigned long long)rows[i].is,
				 (unsigned long long)rows[i].expected);
	}
	printf(" called %llu attempts %llu completed %llu switches %llu "
	       "wakeups %llu slept %llu\n",
	       (unsigned long long)c->faults_called,
	       (unsigned long long)c->attempts,
	       (unsigned long long)c->completed,
	       (unsigned long long)c->switches, (unsigned long long)c->wakeups,
	       (unsigned long long)c->slept.total);
	if (seen.has_reads)
		CHECK_SAME(c->read_locks, seen.reads);
}

/* Every level that is there saw what was expected, and as many acquisitions
 * as perf. What is the same for all of them is in `x`; what fexit knows
 * better, in `exact`. */
static void check(const struct expected *x, const struct expected *exact)
{
	if (census[CENSUS_TP_BTF])
		check_level(CENSUS_TP_BTF, x);
	if (census[CENSUS_FEXIT])
		check_level(CENSUS_FEXIT, exact);
}

static bool none_there(void)
{
	if (census[CENSUS_TP_BTF] || census[CENSUS_FEXIT])
		return false;
	snprintf(skipped, sizeof(skipped), "%s", why_not[CENSUS_TP_BTF].text);
	return true;
}

/* Faults of user mode that need the VMA lock for what is expected of them. */
static bool no_vma_lock(enum feature feature)
{
	if (none_there())
		return true;
	if (!features.has[feature])
		snprintf(skipped, sizeof(skipped), "%s", features.how[feature]);
	return !features.has[feature];
}

/* --- tests on known faults ------------------------------------------------ */

static void test_handled(void)
{
	const struct expected x = { .user = NR, .handled = NR };
	char *p;

	if (no_vma_lock(FEATURE_VMA_LOCK))
		return;
	p = map_anonymous();
	count(touch_user, p);
	unmap(p);
	check(&x, &x);
	CHECK_SAME(seen.at[CENSUS_TP_BTF].switches, 0);
}

static void test_under_mmap_lock(void)
{
	const struct expected x = { .user = NR, .read_locks = NR };
	char *p;

	if (none_there())
		return;
	if (features.has[FEATURE_VMA_LOCK])
		SKIP("%s", features.how[FEATURE_VMA_LOCK]);
	p = map_anonymous();
	count(touch_user, p);
	unmap(p);
	check(&x, &x);
}

static void test_kernel_mode(void)
{
	const struct expected x = { .kernel = NR, .read_locks = NR };
	char *p;

	if (none_there())
		return;
	p = map_anonymous();
	count(touch_kernel, p);
	unmap(p);
	check(&x, &x);
}

static void test_completed(void)
{
	const struct expected x = { .user = NR, .handled = NR };
	int fd = memfd_create("census", MFD_CLOEXEC);
	char *p;

	if (no_vma_lock(FEATURE_VMA_LOCK_FILE))
		return;
	CHECK(!ftruncate(fd, (off_t)((NR + 1) * page_size())));
	p = map(MAP_SHARED, fd);
	count(touch_user, p);
	unmap(p);
	close(fd);
	check(&x, &x);
	CHECK_SAME(seen.at[CENSUS_TP_BTF].completed, 0);
	if (census[CENSUS_FEXIT])
		CHECK_SAME(seen.at[CENSUS_FEXIT].completed, NR);
}

static void test_redone(void)
{
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
	const struct expected x = { .user = NR,
				    .unsure = NR,
				    .read_locks = NR };
	const struct expected exact = { .user = NR,
					.redone = NR,
					.read_locks = NR };
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	char *p = NULL;

	if (no_vma_lock(FEATURE_VMA_LOCK_FILE))
		return;
	if (fd >= 0 && !ftruncate(fd, (off_t)((NR + 1) * page_size())))
		p = map(MAP_SHARED, fd);
	close(fd);
	if (!p)
		SKIP("no memfd_secret here: %s", strerror(errno));
	count(touch_user, p);
	unmap(p);
	check(&x, &exact);
}

static void test_called(void)
{
	const struct expected x = { .read_locks = ANY };
	char *p;

	if (none_there())
		return;
	p = map_anonymous();
	count(populate, p);
	unmap(p);
	check(&x, &x);
	if (census[CENSUS_FEXIT])
		CHECK_SAME(seen.at[CENSUS_FEXIT].faults_called, NR);
}

static void test_stack_grows(void)
{
	const struct expected x = { .user = NR,
				    .no_vma = NR,
				    .read_locks = ANY };
	size_t bytes = 8 * NR * page_size();
	char *hole, *p;

	if (no_vma_lock(FEATURE_VMA_LOCK))
		return;
	hole = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(hole, bytes);
	p = mmap(
		hole + bytes - page_size(), page_size(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	madvise(p, page_size(), MADV_NOHUGEPAGE);
	*(volatile char *)p = 1;
	count(grow_down, p);
	munmap(hole, bytes);
	check(&x, &x);
}

/* --- another thread ------------------------------------------------------- */

static atomic_bool stop; /* it is to end */

static void start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	atomic_store(&stop, false);
	CHECK(!pthread_create(thread, NULL, fn, arg));
}

static void end(pthread_t thread)
{
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
}

/* --- faults that wait ----------------------------------------------------- */

static void *serve(void *arg)
{
	int uffd = *(int *)arg;
	struct pollfd p = { .fd = uffd, .events = POLLIN };
	char *source = map_anonymous();
	const struct timespec delay = { .tv_nsec = ANSWER_NS };
	struct uffd_msg msg;

	*source = 1;
	while (!atomic_load(&stop)) {
		struct uffdio_copy copy = { .src = (uintptr_t)source,
					    .len = page_size() };

		poll(&p, 1, 20);
		if (read(uffd, &msg, sizeof(msg)) != sizeof(msg) ||
		    msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		nanosleep(&delay, NULL);
		copy.dst = msg.arg.pagefault.address &
			   ~(uint64_t)(page_size() - 1);
		ioctl(uffd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

/* NR pages that userfaultfd serves, or NULL. */
static char *map_served(int *uffd, pthread_t *thread)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *p = map_anonymous();

	*uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (*uffd < 0 || !p)
		return NULL;
	reg.range.start = (uintptr_t)p;
	reg.range.len = NR * page_size();
	CHECK(!ioctl(*uffd, UFFDIO_API, &api));
	CHECK(!ioctl(*uffd, UFFDIO_REGISTER, &reg));
	start(thread, serve, uffd);
	return p;
}

static void check_slept(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(census); i++) {
		const struct census_counts *c = &seen.at[i];

		if (!census[i])
			continue;
		CHECK(c->wakeups >= NR);
		/* A few may be woken before they sleep. */
		CHECK(c->slept.total > NR / 2 && c->slept.total <= NR);
		CHECK(c->switches >= c->slept.total);
		CHECK(hist_quantile(&c->slept, 0.5) > ANSWER_NS / 2);
	}
}

static void waits(void (*touch)(char *), const struct expected *x)
{
	pthread_t thread;
	char *p;
	int uffd;

	if (touch == touch_user ? no_vma_lock(FEATURE_VMA_LOCK_UFFD)
				: none_there())
		return;
	p = map_served(&uffd, &thread);
	if (!p)
		SKIP("no userfaultfd here: %s", strerror(errno));
	count(touch, p);
	end(thread);
	close(uffd);
	unmap(p);
	check(x, x);
	check_slept();
}

static void test_waits_under_vma_lock(void)
{
	waits(touch_user, &(struct expected){ .user = NR,
					      .waited = NR,
					      .redone = NR,
					      .read_locks = NR });
}

static void test_waits_under_mmap_lock(void)
{
	waits(touch_kernel, &(struct expected){ .kernel = NR,
						.waited = NR,
						.again = NR,
						.read_locks = 2 * NR });
}

/* --- who is watched ------------------------------------------------------- */

enum { /* exit status of a child */
	NO_NAMESPACE = 2,
	NO_NUMBER, /* in it a thread cannot be watched: before 5.14 */
};

static int exit_status(pid_t pid)
{
	int status = 0;

	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : EXIT_FAILURE;
}

/* Only some of the faults of this process are watched. */
static void child(void)
{
	char *p = map_anonymous();

	watch(0, true);
	watch(0, false);
	touch_kernel(p);
	unmap(p);
	p = map_anonymous();
	watch(next_slot, true);
	touch_kernel(p);
	watch(next_slot, false);
	fflush(stdout);
	_exit(failed ? EXIT_FAILURE : 0);
}

/* Refused for a reason that may be, else child() complains. */
static bool is_refused(void)
{
	struct error e = { "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(census); i++)
		if (census[i] && census_watch(census[i], 0, &e) == -ENOTSUP)
			return strstr(e.text, "first pid namespace");
	return false;
}

/* Number 1 of a pid namespace of its own. */
static void child_in_namespace(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		_exit(NO_NAMESPACE);
	pid = fork();
	if (!pid) {
		failed |= getpid() != 1;
		if (is_refused())
			_exit(NO_NUMBER);
		child();
	}
	_exit(exit_status(pid));
}

static void in_process(void (*fn)(void))
{
	const struct expected x = { .kernel = NR, .read_locks = NR };
	int status;
	pid_t pid;

	if (none_there())
		return;
	memset(&seen, 0, sizeof(seen));
	fflush(stdout);
	next_slot++;
	pid = fork();
	if (!pid)
		fn();
	status = exit_status(pid);
	if (status == NO_NAMESPACE)
		SKIP("no pid namespace can be made here");
	if (status == NO_NUMBER)
		SKIP("before 5.14 only threads of the first pid namespace can "
		     "be watched");
	CHECK_SAME(status, 0);
	read_slot(next_slot);
	check(&x, &x);
}

static void test_process(void)
{
	in_process(child);
}

static void test_pid_namespace(void)
{
	in_process(child_in_namespace);
}

/* A call between two faults, and its locks, are no fault's. */
static void faults_and_calls(char *p)
{
	size_t i;

	for (i = 0; i < NR; i++) {
		*(volatile char *)(p + i * page_size()) = 1;
		madvise(p, page_size(), MADV_COLD); /* takes mmap_lock */
	}
}

static void test_calls_between(void)
{
	const struct expected x = { .user = NR,
				    .handled = NR,
				    .read_locks = NR };
	char *p;

	if (no_vma_lock(FEATURE_VMA_LOCK))
		return;
	p = map_anonymous();
	count(faults_and_calls, p);
	unmap(p);
	check(&x, &x);
}

/* Toggles the protection of the page before those that are touched: their VMA
 * is split, merged and write-locked all the time. */
static void *write_vma(void *arg)
{
	char *page = (char *)arg - page_size();

	while (!atomic_load(&stop)) {
		mprotect(page, page_size(), PROT_READ);
		mprotect(page, page_size(), PROT_READ | PROT_WRITE);
	}
	return NULL;
}

static void touch_often(char *p)
{
	int i;

	for (i = 0; i < 16; i++) {
		touch_user(p);
		madvise(p, NR * page_size(), MADV_DONTNEED);
	}
}

/* How many are refused is chance; that each fault has one fate is not. */
static void test_writer(void)
{
	pthread_t thread;
	size_t i;
	char *p;

	if (no_vma_lock(FEATURE_VMA_LOCK))
		return;
	p = map_anonymous();
	start(&thread, write_vma, p);
	count(touch_often, p);
	end(thread);
	unmap(p);
	for (i = CENSUS_TP_BTF; i <= CENSUS_FEXIT; i++) {
		const struct census_counts *c = &seen.at[i];
		const struct expected x = { ANY, 0,   ANY, 0, ANY,
					    ANY, ANY, ANY, 0, ANY };

		if (!census[i])
			continue;
		check_level((enum census_level)i, &x);
		CHECK(c->faults_user >= 16 * NR);
		CHECK_SAME(c->vma_handled + c->refused_changing + c->redone +
				   c->refused_or_redone,
			   c->faults_user);
		if (i == CENSUS_FEXIT)
			CHECK_SAME(c->refused_or_redone, 0);
	}
	if (census[CENSUS_TP_BTF] && census[CENSUS_FEXIT])
		CHECK_SAME(seen.at[CENSUS_TP_BTF].vma_handled,
			   seen.at[CENSUS_FEXIT].vma_handled);
}

static void test_refusals(void)
{
	struct error e = { "" };
	struct census *c = NULL;
	const char *why;

	if (!census_libbpf(&why)) {
		CHECK(census_open(&c, CENSUS_FEXIT, 1, &e) == -ENOTSUP);
		CHECK_SAYS(&e, "built without BPF: ");
		CHECK(!c);
	}
	if (none_there()) {
		CHECK(why_not[CENSUS_TP_BTF].text[0]);
		return;
	}
	c = census[CENSUS_TP_BTF] ? census[CENSUS_TP_BTF]
				  : census[CENSUS_FEXIT];
	CHECK(census_watch(c, NR_SLOTS, &e) == -EINVAL);
	CHECK_SAYS(&e, "slot");
	CHECK(census_unwatch(c, &e) == -ENOENT);
	CHECK_SAYS(&e, "let go of");
}

/* --- what the counts say -------------------------------------------------- */

static double number(const struct metrics *m, const char *name)
{
	const struct value *v = metrics_find(m, name);

	if (!v)
		complain(__FILE__, __LINE__, "no metric %s", name);
	return v && !v->absent ? v->number : NAN;
}

static const char *absent(const struct metrics *m, const char *name)
{
	const struct value *v = metrics_find(m, name);

	return v && v->absent ? v->absent : "";
}

static void test_tells(void)
{
	static struct census_counts c;
	struct metrics m = { 0 };
	unsigned int i;

	c = (struct census_counts){ .faults_user = 200,
				    .vma_handled = 50,
				    .retried_waited = 150,
				    .redone = 150,
				    .again = 10 };
	for (i = 0; i < 150; i++)
		hist_add(&c.slept, 1000);
	census_tell(&m, CENSUS_TP_BTF, &c, 200);
	CHECK(number(&m, "vma_lock_handled_per_fault") == 0.25);
	CHECK(number(&m, "vma_lock_refused_per_fault") == 0);
	CHECK(number(&m, "redone_under_mmap_lock_per_fault") == 0.75);
	CHECK(number(&m, "retried_again_per_fault") == 0.05);
	CHECK(fabs(number(&m, "slept_p50_ns") - 1000) < 10);
	CHECK(strstr(absent(&m, "slept_p99_ns"), "150 faults slept"));
	CHECK(strstr(absent(&m, "lock_wait_p50_ns"),
		     "no fault slept for mmap_lock"));
	CHECK(strstr(absent(&m, "completed_per_fault"), "bpf-fexit"));
	metrics_free(&m);

	hist_add(&c.lock_wait, 5000);
	census_tell(&m, CENSUS_TP_BTF, &c, 200);
	CHECK(fabs(number(&m, "lock_wait_p50_ns") - 5000) < 50);
	CHECK(strstr(absent(&m, "lock_wait_p99_ns"),
		     "1 faults slept for mmap_lock"));
	CHECK(fabs(number(&m, "slept_p50_ns") - 1000) < 10);
	metrics_free(&m);

	c.refused_or_redone = 1;
	census_tell(&m, CENSUS_TP_BTF, &c, 200);
	CHECK(strstr(absent(&m, "vma_lock_refused_per_fault"), "cannot tell"));
	CHECK(strstr(absent(&m, "redone_under_mmap_lock_per_fault"),
		     "cannot tell"));
	CHECK(number(&m, "vma_lock_handled_per_fault") == 0.25);
	metrics_free(&m);

	c = (struct census_counts){ .read_locks = 1, .faults_kernel = 3 };
	census_tell(&m, CENSUS_TP_BTF, &c, 200);
	for (i = 0; i < m.nr; i++)
		CHECK(m.at[i].value.absent &&
		      strstr(m.at[i].value.absent, "3 of 200 faults"));
	metrics_free(&m);
	census_tell(&m, CENSUS_FEXIT, &c, 200);
	CHECK(number(&m, "completed_per_fault") == 0);
	CHECK(strstr(absent(&m, "slept_p50_ns"), "no fault slept"));
	metrics_free(&m);
}

static void test_hidden_redo(void)
{
	static struct census_counts c;
	struct metrics m = { 0 };

	c = (struct census_counts){ .faults_user = 4, .vma_handled = 4 };
	census_tell(&m, CENSUS_FEXIT, &c, 4);
	CHECK(number(&m, "redone_under_vma_lock_per_fault") == 0);
	metrics_free(&m);
	c.redo_hidden = 1;
	census_tell(&m, CENSUS_FEXIT, &c, 4);
	CHECK(strstr(absent(&m, "redone_under_vma_lock_per_fault"), "module"));
	CHECK(number(&m, "vma_lock_handled_per_fault") == 1);
	metrics_free(&m);
}

static void test_rule(void)
{
	static struct census_counts c;
	struct metrics m = { 0 };

	c = (struct census_counts){ .ruled = 7,
				    .asked_holding = 1,
				    .done_without_lock = 2,
				    .asked_with_error = 3 };
	census_tell_rule(&m, CENSUS_FEXIT, &c, NULL);
	CHECK(number(&m, "lock_rule_attempts") == 7);
	CHECK(number(&m, "retry_with_lock_held") == 1);
	CHECK(number(&m, "done_without_lock") == 2);
	CHECK(number(&m, "retry_with_error") == 3);
	metrics_free(&m);
	census_tell_rule(&m, CENSUS_TP_BTF, &c, NULL);
	CHECK(strstr(absent(&m, "retry_with_lock_held"), "bpf-fexit"));
	metrics_free(&m);
	census_tell_rule(&m, CENSUS_FEXIT, &c, "they share it");
	CHECK(strstr(absent(&m, "retry_with_lock_held"), "they share it"));
	metrics_free(&m);
	c = (struct census_counts){ .unruled = 5 };
	census_tell_rule(&m, CENSUS_FEXIT, &c, NULL);
	CHECK(strstr(absent(&m, "lock_rule_attempts"), "somebody else"));
	metrics_free(&m);
}

static void test_vmstat(void)
{
	static struct census_counts c;
	struct metrics m = { 0 };
	struct error e = { "" };

	struct vmstat_locks v = { 0 }, before = { .success = 2, .abort = 7 };

	if (features.has[FEATURE_VMA_LOCK_STATS]) {
		CHECK_SAME(vmstat_read(&v, &e), 0);
		CHECK(v.success > 0);
	} else {
		CHECK(vmstat_read(&v, &e) == -ENOTSUP);
		CHECK_SAYS(&e, "no vma_lock_success in /proc/vmstat");
	}
	v = (struct vmstat_locks){ .success = 100 };
	vmstat_add(&v, &before, &(struct vmstat_locks){ 5, 1, 8 });
	CHECK(v.success == 103 && v.retry == 1 && v.abort == 1);
	vmstat_tell(&m, &v, 2);
	CHECK(number(&m, "vmstat_success_per_fault") == 51.5);
	CHECK(number(&m, "vmstat_retry_per_fault") == 0.5);
	CHECK(number(&m, "vmstat_abort_per_fault") == 0.5);
	metrics_free(&m);
	vmstat_tell_absent(&m, "why");
	CHECK(!strcmp(absent(&m, "vmstat_abort_per_fault"), "why"));
	metrics_free(&m);
	c = (struct census_counts){ .vma_handled = 3, .redone = 1 };
	census_tell(&m, CENSUS_VMSTAT, &c, 4);
	CHECK(number(&m, "vma_lock_handled_per_fault") == 0.75);
	CHECK(strstr(absent(&m, "retried_after_wait_per_fault"), "vmstat"));
	metrics_free(&m);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "what the counts say", test_tells },
		{ "a redo that nobody sees", test_hidden_redo },
		{ "the rule of retries", test_rule },
		{ "vmstat", test_vmstat },
		{ "refusals have reasons", test_refusals },
		{ "handled under the VMA lock", test_handled },
		{ "under mmap_lock alone", test_under_mmap_lock },
		{ "kernel mode", test_kernel_mode },
		{ "completed", test_completed },
		{ "redone without waiting", test_redone },
		{ "no exception", test_called },
		{ "the stack grows", test_stack_grows },
		{ "waits, VMA lock", test_waits_under_vma_lock },
		{ "waits, mmap_lock", test_waits_under_mmap_lock },
		{ "calls between faults", test_calls_between },
		{ "a writer on the same VMA", test_writer },
		{ "a process of its own", test_process },
		{ "in a pid namespace", test_pid_namespace },
	};
	unsigned int i;
	size_t nr_failed;

	features_load(&features);
	for (i = CENSUS_TP_BTF; i <= CENSUS_FEXIT; i++) {
		struct census *c = NULL;

		if (census_open(&c, i, NR_SLOTS, &why_not[i]))
			printf("# %s\n", why_not[i].text);
		else if (census_level(c) == i)
			census[i] = c;
		else {
			printf("# %s\n", census_why_not_better(c));
			census_close(c);
		}
	}
	nr_failed = tap_run(tests, ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(census); i++)
		census_close(census[i]);
	return nr_failed ? 1 : 0;
}
