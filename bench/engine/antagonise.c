/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "antagonise.h"

#include <limits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "topology.h"

enum {
	LATE_NS = 1000,
	SPIN_NS = 50000,
	GO_NS = 100000
};

_Thread_local const struct antagonising *antagonise_self;

static bool stopped(const struct antagonising *a)
{
	return atomic_load_explicit(&a->stop, memory_order_relaxed);
}

/* Waits until `due`, in ticks; on a PU of its own it spins, so that neither a
 * timer nor a sleeping CPU delays the operation. */
static void wait_until(struct antagonising *a, uint64_t due)
{
	const struct clock_info *clock = &a->rounds->clock;

	while (!stopped(a)) {
		uint64_t now = clock_ticks(clock), left;

		if (now >= due)
			return;
		left = clock_to_ns(clock, due - now);
		if (!a->alone && left > SPIN_NS)
			wait_ns(left < 10000000 ? left : 10000000);
	}
}

/* The next due time that belongs to the present: those that an earlier round
 * left behind are dropped. */
static uint64_t catch_up(struct antagonising *a, uint64_t due, uint64_t step)
{
	uint64_t began = atomic_load(&a->rounds->began);

	if (due < began) {
		uint64_t behind = (began - due + step - 1) / step;

		a->dropped += behind;
		due += behind * step;
	}
	return due;
}

/* Was this moment in a measured round? What was due in one counts although it
 * began after its end: it was held up until then. */
static bool in_round(const struct rounds *r, uint64_t when)
{
	return r->measuring &&
	       (!atomic_load(&r->over) || when < atomic_load(&r->ended));
}

static void count(struct antagonising *a, uint64_t due, uint64_t began,
		  uint64_t ended)
{
	const struct clock_info *clock = &a->rounds->clock;

	if (clock_to_ns(clock, began - due) > LATE_NS)
		a->late++;
	hist_add(a->hist, clock_to_ns(clock, ended - due));
	hist_add(a->service, clock_to_ns(clock, ended - began));
}

/* Tidies up; returns the ticks by which that has delayed what is due next. */
static uint64_t tidy_up(const struct antagonising *a, uint64_t ended,
			uint64_t next)
{
	uint64_t from = ended > next ? ended : next, now;

	if (!a->spec->antagonist->after)
		return 0;
	a->spec->antagonist->after();
	now = clock_ticks(&a->rounds->clock);
	return now > from ? now - from : 0;
}

static void work(struct antagonising *a)
{
	const struct clock_info *clock = &a->rounds->clock;
	void (*op)(void) = a->spec->antagonist->op;
	bool protects = a->spec->antagonist->write_protects;
	uint64_t step = 0, pause = 0, due = clock_ticks(clock);

	if (a->spec->rate)
		step = (uint64_t)(1e9 / (double)a->spec->rate /
				  clock->ns_per_tick);
	pause = (uint64_t)((double)a->spec->pause_ns / clock->ns_per_tick);
	while (!stopped(a)) {
		uint64_t began, ended;
		bool counts;

		if (step) {
			due = catch_up(a, due, step);
			wait_until(a, due);
		} else if (pause) {
			wait_until(a, clock_ticks(clock) + pause);
		}
		if (protects)
			atomic_fetch_add(&a->rounds->protects_begun, 1);
		began = clock_ticks(clock);
		if (!step)
			due = began;
		counts = in_round(a->rounds, due);
		op();
		ended = clock_ticks(clock);
		a->nr_ops++;
		if (protects)
			atomic_fetch_add(&a->rounds->protects_ended, 1);
		if (counts)
			count(a, due, began, ended);
		due += step;
		due += tidy_up(a, ended, due);
	}
}

/* Asked for, so it is not to be had silently otherwise. */
static void set_nice(const struct antagonising *a)
{
	id_t tid = (id_t)syscall(SYS_gettid);

	if (a->spec->nice == INT_MIN)
		return;
	if (setpriority(PRIO_PROCESS, tid, a->spec->nice))
		cell_skip("antagonist %s: setpriority: %s; run as root, or "
			  "ask for a higher nice value",
			  a->spec->text, strerror(errno));
}

/* work(), with the events of its thread counted meanwhile. */
static void work_counted(struct antagonising *a)
{
	struct counter_value values[MAX_EVENTS], none = { 0 };
	struct rounds *r = a->rounds;
	struct counters *counters;
	struct error e;
	size_t i;

	if (counters_open(&counters, r->events, r->nr_events, 0, &e))
		cell_fail("antagonist %s: %s", a->spec->text, e.text);
	work(a);
	if (counters_read(counters, values, &e))
		cell_fail("antagonist %s: %s", a->spec->text, e.text);
	for (i = 0; i < r->nr_events; i++)
		a->events[i] = counter_between(&none, &values[i]);
	counters_close(counters);
}

static void *antagonise_main(void *arg)
{
	struct antagonising *a = arg;
	const struct antagonist *kind = a->spec->antagonist;
	struct error e;

	antagonise_self = a;
	if (topology_bind(0, a->pu_os, &e))
		cell_fail("antagonist %s: %s", a->spec->text, e.text);
	set_nice(a);
	if (kind->setup)
		kind->setup(a->spec->where);
	kind->op();
	if (kind->after)
		kind->after();
	atomic_store(&a->ready, true);
	if (a->counts)
		work_counted(a);
	else
		work(a);
	if (topology_verify(a->pu_os, &e))
		cell_fail("antagonist %s: %s", a->spec->text, e.text);
	return NULL;
}

struct antagonising *antagonise_new(unsigned int nr)
{
	return buffer_alloc((nr + 1) * sizeof(struct antagonising));
}

void antagonise_prepare(struct antagonising *a)
{
	pid_t pid;

	a->hist = buffer_alloc(sizeof(*a->hist));
	a->service = buffer_alloc(sizeof(*a->service));
	antagonise_self = a;
	if (a->spec->antagonist->prepare)
		a->spec->antagonist->prepare();
	antagonise_self = NULL;
	if (!a->spec->antagonist->process)
		return;
	pid = fork();
	cell_must(pid >= 0, "antagonist %s: fork", a->spec->text);
	if (pid) {
		a->process = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(&a->go))
		wait_ns(GO_NS);
	antagonise_main(a);
	_exit(0);
}

void antagonise_start(struct antagonising *a)
{
	int err = 0, status;

	if (a->process)
		atomic_store(&a->go, true);
	else
		err = pthread_create(&a->thread, NULL, antagonise_main, a);
	if (err)
		cell_fail("antagonist %s: no thread: %s", a->spec->text,
			  strerror(err));
	while (!atomic_load(&a->ready)) {
		if (a->process && waitpid(a->process, &status, WNOHANG) > 0)
			cell_fail_process(a->spec->text, 0, status);
		sched_yield();
	}
}

void antagonise_stop(struct antagonising *a)
{
	int status;

	atomic_store(&a->stop, true);
	if (!a->process) {
		pthread_join(a->thread, NULL);
		return;
	}
	if (waitpid(a->process, &status, 0) == a->process && status)
		cell_fail_process(a->spec->text, 0, status);
}
