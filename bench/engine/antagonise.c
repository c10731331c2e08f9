/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "antagonise.h"

#include <sched.h>

#include "topology.h"

enum {
	LATE_NS = 1000,
	SPIN_NS = 50000
};

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

static void work(struct antagonising *a)
{
	const struct clock_info *clock = &a->rounds->clock;
	void (*op)(void) = a->spec->antagonist->op;
	uint64_t step = 0, due = clock_ticks(clock);

	if (a->spec->rate)
		step = (uint64_t)(1e9 / (double)a->spec->rate /
				  clock->ns_per_tick);
	while (!stopped(a)) {
		uint64_t began, ended;
		bool in_round;

		if (step) {
			due = catch_up(a, due, step);
			wait_until(a, due);
		}
		began = clock_ticks(clock);
		in_round = !atomic_load(&a->rounds->over);
		op();
		ended = clock_ticks(clock);
		if (in_round && a->rounds->measuring) {
			if (step && clock_to_ns(clock, began - due) > LATE_NS)
				a->late++;
			hist_add(a->hist,
				 clock_to_ns(clock,
					     ended - (step ? due : began)));
			hist_add(a->service, clock_to_ns(clock, ended - began));
		}
		due += step;
	}
}

static void *antagonise_main(void *arg)
{
	struct antagonising *a = arg;
	struct error e;

	if (topology_bind(0, a->pu_os, &e))
		cell_fail("antagonist %s: %s", a->spec->text, e.text);
	if (a->spec->antagonist->setup)
		a->spec->antagonist->setup(a->spec->where);
	a->spec->antagonist->op();
	atomic_store(&a->ready, true);
	work(a);
	if (topology_verify(a->pu_os, &e))
		cell_fail("antagonist %s: %s", a->spec->text, e.text);
	return NULL;
}

void antagonise_prepare(struct antagonising *a)
{
	a->hist = buffer_alloc(sizeof(*a->hist));
	a->service = buffer_alloc(sizeof(*a->service));
}

void antagonise_start(struct antagonising *a)
{
	int err;

	err = pthread_create(&a->thread, NULL, antagonise_main, a);
	if (err)
		cell_fail("antagonist %s: no thread: %s", a->spec->text,
			  strerror(err));
	while (!atomic_load(&a->ready))
		sched_yield();
}

void antagonise_stop(struct antagonising *a)
{
	atomic_store(&a->stop, true);
	pthread_join(a->thread, NULL);
}
