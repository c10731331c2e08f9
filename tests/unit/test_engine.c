/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the runner that need no kernel: the median of stepped samples,
 * the order of blocks, one spelling for equal cells. Links libperf, hence no
 * cmocka.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "plan.h"
#include "promise.h"
#include "tap.h"

/* A duration of d ticks seen by a clock of `step`: what a stamp pair reads
 * when it begins anywhere within a step. */
static double seen_median(double d, uint64_t step)
{
	enum {
		N = 512
	};
	uint64_t sample[N];

	for (int i = 0; i < N; i++) {
		double phase = (double)step *
			       (i * 0.6180339887 - floor(i * 0.6180339887));
		uint64_t end = (uint64_t)((phase + d) / (double)step);

		sample[N - 1 - i] = end * step;
	}
	return samples_median(sample, N, step);
}

static void test_median(void)
{
	double worst = 0, last = 0, d;
	bool rises = true;

	for (d = 1000; d < 1100; d += 0.5) {
		double m = seen_median(d, 26);

		worst = fmax(worst, fabs(m - d));
		rises &= m >= last - 0.5;
		last = m;
	}
	CHECK(worst < 26 * 0.2);
	CHECK(rises);
	CHECK(seen_median(1000, 1) == 1000 ||
	      fabs(seen_median(1000, 1) - 1000) < 1);
}

static struct topo topo;

static int spec_of(struct spec *s, const char *const *words)
{
	struct pairs given = { 0 };
	struct error e;
	int err;

	for (; *words; words += 2)
		pairs_add(&given, words[0], words[1]);
	err = spec_parse(s, &given, &topo, &e);
	if (err)
		printf("# %s\n", e.text);
	pairs_free(&given);
	return err;
}

static void test_spelling(void)
{
	const char *a[] = { "scenario",	  "memfd",
			    "time",	  "0.3s",
			    "antagonist", "mprotect rate=10000 where=same",
			    "threads",	  "max",
			    NULL };
	const char *b[] = { "antagonist", "  mprotect   where=same rate=10k",
			    "time",	  "300ms",
			    "scenario",	  "memfd",
			    "threads",	  "3",
			    NULL };
	struct spec x, y;
	char *kx, *ky, *command;

	CHECK(!spec_of(&x, a) && !spec_of(&y, b));
	kx = pairs_key(&x.pairs, NULL);
	ky = pairs_key(&y.pairs, NULL);
	CHECK(!strcmp(kx, ky));
	CHECK(x.threads == 3 && x.nr_antagonists == 1);
	CHECK(x.antagonist[0].rate == 10000 &&
	      x.antagonist[0].where == WHERE_SAME);
	command = spec_command(&x);
	CHECK(!strcmp(command, "faultline cell scenario=memfd threads=3 "
			       "'antagonist=mprotect where=same rate=10k'"));
	free(kx);
	free(ky);
	free(command);
	spec_free(&x);
	spec_free(&y);
}

static void test_several_antagonists(void)
{
	const char *words[] = { "scenario", "memfd", "antagonist",
				"spin, mprotect nice=5 count=2 "
				"rate=1000 where=same on=worker",
				NULL };
	struct spec s;
	struct seats seats;

	CHECK(!spec_of(&s, words));
	CHECK_SAME(s.nr_antagonists, 3);
	CHECK(!s.antagonist[1].another && s.antagonist[2].another);
	CHECK(s.antagonist[2].nice == 5 && s.antagonist[2].rate == 1000);
	CHECK(!strcmp(pairs_find(&s.pairs, "antagonist"),
		      "spin, mprotect where=same rate=1k count=2 nice=5 "
		      "on=worker"));
	spec_seats(&s, &seats);
	CHECK_SAME(seats.nr[ROLE_ANTAGONIST], 1);
	spec_free(&s);
}

/* Its only place is where it works unless said otherwise, and a setting of its
 * own is in the text only where it is not as usual. */
static void test_antagonist_of_one_place(void)
{
	const char *words[] = { "scenario", "memfd", "antagonist",
				"fork vmas=10000 rate=20, fork vmas=0, "
				"posix-spawn, thread-churn stack=reused",
				NULL };
	struct spec s;

	CHECK(!spec_of(&s, words));
	CHECK(s.antagonist[0].where == WHERE_SAME);
	CHECK(s.antagonist[2].where == WHERE_ELSEWHERE);
	CHECK(!strcmp(pairs_find(&s.pairs, "antagonist"),
		      "fork where=same rate=20 vmas=10k, "
		      "fork where=same rate=0, "
		      "posix-spawn where=elsewhere rate=0, "
		      "thread-churn where=elsewhere rate=0"));
	spec_free(&s);
}

static void refused(const char *what, const char *const *words)
{
	struct pairs given = { 0 };
	struct error e = { "" };
	struct spec s;

	for (; *words; words += 2)
		pairs_add(&given, words[0], words[1]);
	CHECK(spec_parse(&s, &given, &topo, &e) < 0);
	CHECK_SAYS(&e, what);
	pairs_free(&given);
}

static void test_nonsense(void)
{
	refused("makes no sense",
		(const char *[]){ "scenario", "uffd-missing", "lock",
				  "mmap-hold", NULL });
	refused("vmas = shared",
		(const char *[]){ "scenario", "memfd", "targets", "same",
				  "vmas", "private", NULL });
	refused("address space of its own",
		(const char *[]){ "scenario", "memfd", "mode", "processes",
				  "antagonist", "mprotect where=same", NULL });
	refused("nice value",
		(const char *[]){ "scenario", "memfd", "nice", "-21", NULL });
	refused("antagonist spin",
		(const char *[]){ "scenario", "memfd", "antagonist",
				  "spin nise=5", NULL });
	refused("not both",
		(const char *[]){ "scenario", "memfd", "antagonist",
				  "mprotect rate=1 pause=1ms", NULL });
	refused("does not work where=elsewhere",
		(const char *[]){ "scenario", "memfd", "antagonist",
				  "fork where=elsewhere", NULL });
	refused("address space of its own",
		(const char *[]){ "scenario", "memfd", "mode", "processes",
				  "antagonist", "fork", NULL });
	refused("vmas", (const char *[]){ "scenario", "memfd", "antagonist",
					  "fork vms=10", NULL });
	refused("more than 32",
		(const char *[]){ "scenario", "memfd", "antagonist",
				  "spin, spin count=32", NULL });
}

static struct promise promise(enum fault_path path, enum way way)
{
	return promise_make(path, way,
			    (struct circumstances){ .vma_lock = true,
						    .completes = true,
						    .grows_writing = true });
}

static void test_promises(void)
{
	struct promise p = promise(PATH_WAITS, BY_USER);

	CHECK(promise_held(&p, 1, NAN) && !promise_held(&p, 2, 0));
	p = promise(PATH_WAITS, BY_KERNEL);
	CHECK(promise_held(&p, 2, 0) && !promise_held(&p, 1.99, 0));
	p = promise(PATH_WAITS, BY_GUP);
	CHECK(promise_held(&p, 2, 0) && !promise_held(&p, 3, 0));
	p = promise(PATH_WAITS, BY_POPULATE);
	CHECK(promise_held(&p, 3, 0) && !promise_held(&p, 2, 0));
	p = promise(PATH_PLAIN, BY_POPULATE);
	CHECK(promise_held(&p, 1, 0) && !promise_held(&p, 2, 0));
	p = promise(PATH_WAITS, BY_HOLD);
	CHECK(promise_held(&p, 1, 0) && !promise_held(&p, 2, 0));
	p = promise(PATH_GROWS, BY_USER);
	CHECK(promise_held(&p, 2, 1) && !promise_held(&p, 2, 0.9) &&
	      !promise_held(&p, 1, 1));
	p = promise_make(PATH_GROWS, BY_USER, (struct circumstances){ 0 });
	CHECK(promise_held(&p, 1, 0) && promise_held(&p, 1, NAN) &&
	      !promise_held(&p, 2, 0));
	p = promise(PATH_COMPLETES, BY_KERNEL);
	CHECK(promise_held(&p, 1, 0) && !promise_held(&p, 2, 0));
	p = promise(PATH_COMPLETES, BY_GUP);
	CHECK(promise_held(&p, 2, 0) && !promise_held(&p, 1, 0));
	p = promise(PATH_MAY_WAIT, BY_USER);
	CHECK(promise_held(&p, 0, 0) && promise_held(&p, 0.7, 0) &&
	      !promise_held(&p, 1.1, 0));
	p = promise_make(PATH_PLAIN, BY_USER,
			 (struct circumstances){ .completes = true });
	CHECK(promise_held(&p, 1, 0) && !promise_held(&p, 0, 0));
	p = promise_make(PATH_PLAIN, BY_USER,
			 (struct circumstances){ .vma_lock = true,
						 .completes = true,
						 .disturbed = true });
	CHECK(promise_held(&p, 0.3, 0) && promise_held(&p, 1, 0) &&
	      !promise_held(&p, 1.1, 0));
	p = promise_make(PATH_COMPLETES, BY_KERNEL,
			 (struct circumstances){ 0 });
	CHECK(promise_held(&p, 1, 0) && promise_held(&p, 2, 0) &&
	      !promise_held(&p, 2.1, 0));
}

/* A user-mode fault of each path, by each policy: how often it takes mmap_lock
 * for read on a kernel that has all features. */
static void test_policies(void)
{
	enum {
		ANON = FEATURE_VMA_LOCK,
		FILES = FEATURE_VMA_LOCK_FILE,
		UFFD = FEATURE_VMA_LOCK_UFFD,
		SWAP = FEATURE_VMA_LOCK_SWAP,
		FRESH = FEATURE_VMA_LOCK_FRESH
	};
	static const char *const names[] = { "stock",	 "retry-vma", "hold",
					     "no-drop",	 "legacy65",  "mmap",
					     "mmap-hold" };
	static const struct {
		const char *what;
		int path, feature;
		const char *promised[7]; /* by policy, in the order of names */
	} rows[] = {
		{ "anonymous",
		  PATH_PLAIN,
		  ANON,
		  { "0", "0", "0", "0", "0", "1", "1" } },
		{ "a zero page",
		  PATH_PLAIN,
		  FRESH,
		  { "0", "0", "0", "0", "1", "1", "1" } },
		{ "a fresh VMA",
		  PATH_FRESH,
		  FRESH,
		  { "1", "1", "1", "1", "1", "1", "1" } },
		{ "a cached page",
		  PATH_PLAIN,
		  FILES,
		  { "0", "0", "0", "0", "1", "1", "1" } },
		{ "a shared store",
		  PATH_COMPLETES,
		  FILES,
		  { "0", "0", "0", "0", "1", "1", "1" } },
		{ "no map_pages",
		  PATH_REDONE,
		  FILES,
		  { "1", "1", "1", "1", "1", "1", "1" } },
		{ "a page to be read",
		  PATH_WAITS,
		  FILES,
		  { "1", "0", "0", "2", "2", "2", "1" } },
		{ "zram",
		  PATH_PLAIN,
		  SWAP,
		  { "0", "0", "0", "0", "1", "1", "1" } },
		{ "a swap file",
		  PATH_MAY_WAIT,
		  SWAP,
		  { "0-1", "0", "0", "0-2", "1-2", "1-2", "1" } },
		{ "userfaultfd",
		  PATH_SERVED,
		  UFFD,
		  { "1", "0", "1", "2", "2", "2", "2" } },
		{ "a stack that grows",
		  PATH_GROWS,
		  ANON,
		  { "2", "2", "2", "2", "2", "2", "2" } },
	};
	struct features all;
	size_t i, k;

	for (i = 0; i < NR_FEATURES; i++)
		all.has[i] = true;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < 7; k++) {
			const struct policy *policy =
				catalog_find(CATALOG_POLICY, names[k]);
			struct promise p = promise_make(
				(enum fault_path)rows[i].path, BY_USER,
				promise_circumstances(
					policy, (enum feature)rows[i].feature,
					&all));
			char text[16];

			snprintf(text, sizeof(text),
				 p.most > p.least ? "%.0f-%.0f" : "%.0f",
				 p.least, p.most);
			if (strcmp(text, rows[i].promised[k]))
				printf("# %s, %s: %s, not %s\n", rows[i].what,
				       names[k], text, rows[i].promised[k]);
			CHECK(!strcmp(text, rows[i].promised[k]));
		}
	}
}

/* What acquisitions say depends on the policy; what they leave open is absent.
 */
static void test_told_by_policy(void)
{
	static const struct {
		const char *policy;
		int path, feature;
		double locks, retries, fallback, retried; /* NAN: absent */
	} rows[] = {
		{ "stock", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 1, 1, 0, 1 },
		{ "retry-vma", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 0, NAN, 0,
		  NAN },
		{ "hold", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 0, 0, 0, 0 },
		{ "hold", PATH_SERVED, FEATURE_VMA_LOCK_UFFD, 1, 1, 0, 1 },
		{ "no-drop", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 2, 2, 0, 1 },
		{ "no-drop", PATH_MAY_WAIT, FEATURE_VMA_LOCK_SWAP, 0, 0, 0, 0 },
		{ "no-drop", PATH_MAY_WAIT, FEATURE_VMA_LOCK_SWAP, 0.5, 0.5, 0,
		  NAN },
		{ "legacy65", PATH_PLAIN, FEATURE_VMA_LOCK_SWAP, 1, 1, 0, 1 },
		{ "legacy65", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 2, 1, NAN, 1 },
		{ "mmap", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 2, 1, NAN, 1 },
		{ "mmap-hold", PATH_WAITS, FEATURE_VMA_LOCK_FILE, 1, 0, NAN,
		  0 },
	};
	struct features all;
	size_t i, k;

	for (i = 0; i < NR_FEATURES; i++)
		all.has[i] = true;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct {
			const char *name;
			double number;
		} told[] = {
			{ "retries_per_fault", rows[i].retries },
			{ "fallback_share", rows[i].fallback },
			{ "path_retried_share", rows[i].retried },
		};
		struct promise p = promise_make(
			(enum fault_path)rows[i].path, BY_USER,
			promise_circumstances(
				catalog_find(CATALOG_POLICY, rows[i].policy),
				(enum feature)rows[i].feature, &all));
		struct metrics m = { 0 };

		promise_tell(
			&p, &m,
			&(struct promise_seen){ rows[i].locks, NAN, NAN, NAN });
		for (k = 0; k < 3; k++) {
			const struct value *v = metrics_find(&m, told[k].name);
			bool right = isnan(told[k].number)
					     ? v->absent != NULL
					     : !v->absent &&
						       fabs(v->number -
							    told[k].number) <
							       1e-9;

			if (!right)
				printf("# %s, row %zu: %s\n", rows[i].policy, i,
				       told[k].name);
			CHECK(right);
		}
		metrics_free(&m);
	}
}

/* Where acquisitions leave it open and each attempt was seen, that is told. */
static void test_told_by_attempts(void)
{
	struct promise p =
		promise_make(PATH_WAITS, BY_USER,
			     (struct circumstances){ .vma_lock = true,
						     .completes = true,
						     .wait = WAIT_DROPS_VMA });
	struct metrics m = { 0 };

	promise_tell(&p, &m, &(struct promise_seen){ 0, 1, 0, 1 });
	CHECK(metrics_find(&m, "retries_per_fault")->number == 1);
	CHECK(metrics_find(&m, "fallback_share")->number == 0);
	CHECK(metrics_find(&m, "path_retried_share")->number == 1);
	CHECK(metrics_find(&m, "path_vma_lock_share")->number == 0);
	metrics_free(&m);
	/* What acquisitions tell is not overruled: the two are compared
	 * elsewhere. */
	p = promise(PATH_WAITS, BY_KERNEL);
	promise_tell(&p, &m, &(struct promise_seen){ 2, 5, 5, 5 });
	CHECK(metrics_find(&m, "retries_per_fault")->number == 1);
	CHECK(metrics_find(&m, "fallback_share")->absent);
	metrics_free(&m);
}

/* With targets=same a page that another has faulted costs an acquisition and
 * is no fault, so the ratio of the two tells nothing of retries. */
static void test_raced_gup(void)
{
	static const struct circumstances raced = { .vma_lock = true,
						    .completes = true,
						    .raced = true };
	struct promise p = promise_make(PATH_WAITS, BY_GUP, raced);
	struct metrics m = { 0 };

	CHECK(promise_held(&p, 3.5, 0) && !promise_held(&p, 0.9, 0));
	promise_tell(&p, &m, &(struct promise_seen){ 3.5, NAN, NAN, NAN });
	CHECK(metrics_find(&m, "retries_per_fault")->absent);
	metrics_free(&m);
	p = promise_make(PATH_WAITS, BY_KERNEL, raced);
	CHECK(promise_held(&p, 1.5, 0) && !promise_held(&p, 3.5, 0));
}

/* The paths add up to all faults, whatever was seen. */
static void test_told(void)
{
	static const char *const shares[] = { "path_vma_lock_share",
					      "path_retried_share",
					      "path_mmap_lock_share" };
	double locks, sum;

	for (int path = 0; path < NR_PATHS; path++) {
		for (int way = 0; way < NR_WAYS; way++) {
			struct promise p = promise((enum fault_path)path,
						   (enum way)way);

			for (locks = 0; locks <= 3; locks += 0.25) {
				struct metrics m = { 0 };

				promise_tell(&p, &m,
					     &(struct promise_seen){
						     locks, NAN, NAN, NAN });
				sum = 0;
				for (int i = 0; i < 3; i++)
					sum += metrics_find(&m, shares[i])
						       ->number;
				CHECK(fabs(sum - 1) < 1e-9);
				metrics_free(&m);
			}
		}
	}
}

static void test_handlers_take_seats(void)
{
	const char *words[] = { "scenario", "uffd-missing", "threads", "max",
				NULL };
	struct spec s;
	struct seats seats;

	CHECK(!spec_of(&s, words));
	spec_seats(&s, &seats);
	CHECK(s.threads == 2 && seats.nr[ROLE_HANDLER] == 2);
	spec_free(&s);
}

static void test_order(void)
{
	struct plan plan = { .nr_cells = 50 };
	size_t a[50], b[50], c[50], seen[50] = { 0 };
	int i, same = 1;

	plan_order(&plan, 7, 3, a);
	plan_order(&plan, 7, 3, b);
	plan_order(&plan, 7, 4, c);
	for (i = 0; i < 50; i++)
		seen[a[i]]++;
	for (i = 0; i < 50; i++)
		same &= seen[i] == 1;
	CHECK(same);
	CHECK(!memcmp(a, b, sizeof(a)));
	CHECK(memcmp(a, c, sizeof(a)));
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "median of stepped samples", test_median },
		{ "equal cells are spelled alike", test_spelling },
		{ "several antagonists", test_several_antagonists },
		{ "an antagonist of one place", test_antagonist_of_one_place },
		{ "what makes no sense is refused", test_nonsense },
		{ "what a path promises", test_promises },
		{ "what it promises by each policy", test_policies },
		{ "what counts say by policy", test_told_by_policy },
		{ "what attempts say beside", test_told_by_attempts },
		{ "get_user_pages in a race", test_raced_gup },
		{ "the paths add up", test_told },
		{ "handlers take seats", test_handlers_take_seats },
		{ "the order of a block", test_order },
	};
	struct error e;
	size_t nr_failed;

	if (topology_synthetic(&topo, "package:1 l3:1 core:4 pu:1", &e)) {
		printf("# %s\n", e.text);
		return 1;
	}
	nr_failed = tap_run(tests, sizeof(tests) / sizeof(tests[0]));
	topology_free(&topo);
	return nr_failed ? 1 : 0;
}
