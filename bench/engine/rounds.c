/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rounds.h"

#include <sched.h>
#include <sys/resource.h>

#include "topology.h"

enum {
	MIN_WARMUP = 2, /* rounds, and a tenth of the time */
	SPINS = 20000,	/* before a waiting thread yields its PU */
	GO_NS = 100000, /* between two looks whether to begin */
};

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void barrier_wait(struct barrier *b)
{
	unsigned int generation = atomic_load(&b->generation), spins = 0;

	if (atomic_fetch_add(&b->arrived, 1) + 1 == b->nr) {
		atomic_store(&b->arrived, 0);
		atomic_fetch_add(&b->generation, 1);
		return;
	}
	while (atomic_load(&b->generation) == generation) {
		if (++spins < SPINS)
			relax();
		else
			sched_yield();
	}
}

/* What the kernel has counted for this thread. */
struct tally {
	struct rusage usage;
	struct counter_value events[MAX_EVENTS];
};

static void tally_read(struct tally *t, struct counters *counters)
{
	struct error e;

	if (counters && counters_read(counters, t->events, &e))
		cell_fail("%s", e.text);
	getrusage(RUSAGE_THREAD, &t->usage);
}

static uint64_t minflt(const struct tally *a, const struct tally *b)
{
	return (uint64_t)(b->usage.ru_minflt - a->usage.ru_minflt);
}

static uint64_t majflt(const struct tally *a, const struct tally *b)
{
	return (uint64_t)(b->usage.ru_majflt - a->usage.ru_majflt);
}

/*
 * A fork may write-protect a page after its fault has ended and before the
 * store is done: then that store is a second fault. There is one such store at
 * a time, so each fork can do so once to each worker. Workers that race for one
 * page may find it there, or come back without it while another one reads it,
 * and fault again (mm/memory.c do_swap_page(), swapcache_prepare(), from 6.9
 * on): see check_faults_together().
 */
static void check_faults(const struct rounds *r, const struct worker *w,
			 uint64_t faults, uint64_t expected, const char *what)
{
	if (r->same_targets)
		return;
	if (faults > expected + w->protects || faults < expected)
		cell_fail("round %zu, worker %u: %zu %s made %llu faults, "
			  "expected %llu",
			  r->nr + r->nr_warmup, w->index, w->done, what,
			  (unsigned long long)faults,
			  (unsigned long long)expected);
}

/* Whoever finds a page present owes that to another one's fault: together they
 * made at least one for each page that any of them touched. */
static void check_faults_together(const struct rounds *r)
{
	uint64_t faults = 0;
	size_t pages = 0;
	unsigned int i;

	for (i = 0; i < r->nr_workers; i++) {
		faults += r->worker[i].faults;
		if (r->worker[i].done > pages)
			pages = r->worker[i].done;
	}
	if (faults < pages)
		cell_fail("round %zu: %u workers touched %zu pages and made "
			  "%llu faults together, expected one a page at least",
			  r->nr + r->nr_warmup, r->nr_workers, pages,
			  (unsigned long long)faults);
}

/* Samples into histogram and medians; after the round, untimed. */
static void fold(const struct rounds *r, struct worker *w)
{
	size_t nr = w->done / r->batch, i;

	/* With more threads than PUs a worker may come after the end. */
	if (!nr)
		return;
	for (i = 0; i < nr; i++) {
		if (r->batch == 1)
			hist_add(w->hist, clock_to_ns(&r->clock, w->sample[i]));
		w->sum_ns += (double)w->sample[i] * r->clock.ns_per_tick;
	}
	w->touches += w->done;
	w->round_mean[w->nr_p50] = (double)(w->ended - w->began) *
				   r->clock.ns_per_tick / (double)w->done;
	w->round_p50[w->nr_p50++] = samples_median(w->sample, nr,
						   r->clock.step) *
				    r->clock.ns_per_tick / (double)r->batch;
}

/* The control: the same touches on the pages that now are there. */
static void touch_present(struct rounds *r, struct worker *w)
{
	static const atomic_bool never;
	struct tally before, after;
	size_t nr;

	tally_read(&before, NULL);
	nr = touch_timed(&r->clock, r->touch, w->order, w->done, r->batch,
			 w->sample, &never) /
	     r->batch;
	tally_read(&after, NULL);
	check_faults(r, w, minflt(&before, &after) + majflt(&before, &after), 0,
		     "touches of present pages");
	w->present_p50[w->nr_present++] =
		samples_median(w->sample, nr, r->clock.step) *
		r->clock.ns_per_tick / (double)r->batch;
}

/* Only the span in which all workers were running counts for throughput; a
 * worker's touches are taken to be spread evenly over its own time. */
static void add_span(struct rounds *r)
{
	uint64_t from = 0, to = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < r->nr_workers; i++) {
		if (r->worker[i].began > from)
			from = r->worker[i].began;
		if (r->worker[i].ended < to)
			to = r->worker[i].ended;
	}
	if (to <= from) {
		r->nr_without_span++;
		return;
	}
	r->span_s += (double)(to - from) * r->clock.ns_per_tick / 1e9;
	for (i = 0; i < r->nr_workers; i++) {
		const struct worker *w = &r->worker[i];

		r->touches_in_span += (double)w->done * (double)(to - from) /
				      (double)(w->ended - w->began);
	}
}

static uint64_t passed_ns(const struct rounds *r)
{
	return clock_to_ns(&r->clock, clock_ticks(&r->clock) - r->start_ticks);
}

static size_t most_rounds(const struct rounds *r)
{
	return r->scenario->inherited ? r->scenario->inherited : MAX_ROUNDS;
}

/* Before a round, by one worker while the others wait. */
static void begin_round(struct rounds *r)
{
	if (!r->nr_warmup)
		r->start_ticks = clock_ticks(&r->clock);
	if (!r->measuring && r->nr_warmup >= MIN_WARMUP &&
	    (passed_ns(r) >= r->time_ns / 10 ||
	     10 * r->nr_warmup >= most_rounds(r))) {
		r->measuring = true;
		r->start_ticks = clock_ticks(&r->clock);
	}
	if (r->scenario->renew && !r->processes)
		r->scenario->renew();
}

/* After a round, likewise. The last one leaves its pages for verify(). */
static void end_round(struct rounds *r)
{
	if (r->same_targets)
		check_faults_together(r);
	if (!r->measuring) {
		r->nr_warmup++;
		return;
	}
	add_span(r);
	r->nr++;
	r->stop = passed_ns(r) >= r->time_ns ||
		  r->nr + r->nr_warmup == most_rounds(r);
}

/* Pages that were inherited are so only once. */
static void advance(const struct rounds *r, struct worker *w)
{
	size_t i;

	if (!r->scenario->inherited)
		return;
	w->slice += w->bytes;
	for (i = 0; i < w->nr; i++)
		w->order[i] += w->bytes;
}

/*
 * The timed phase of one worker. First everything that it does is done once in
 * vain, over a page that is there: a fault of the stack or a cold line of code
 * must not be timed or counted.
 */
static void touch_round(struct rounds *r, struct worker *w,
			struct counters *counters, struct tally *before,
			struct tally *after)
{
	static const atomic_bool never;
	char *here[1] = { w->scratch };

	touch_timed(&r->clock, r->touch, here, 1, 1, w->sample, &never);
	tally_read(after, counters);
	w->protects = atomic_load(&r->protects_ended);
	if (r->measuring) {
		reasons_round(r->reasons, w->index, true);
		reasons_watch(r->reasons, w->index, true);
	}
	tally_read(before, counters);
	if (r->measuring)
		reasons_round(r->reasons, w->index, true);
	if (w->index == 0) {
		atomic_store(&r->began, clock_ticks(&r->clock));
		atomic_store(&r->over, false);
	}
	barrier_wait(&r->barrier);
	w->began = clock_ticks(&r->clock);
	w->done = touch_timed(&r->clock, r->touch, w->order, w->nr, r->batch,
			      w->sample, &r->over);
	w->ended = clock_ticks(&r->clock);
	if (!atomic_load(&r->over)) {
		atomic_store(&r->ended, w->ended);
		atomic_store(&r->over, true);
	}
	tally_read(after, counters);
	w->protects = atomic_load(&r->protects_begun) - w->protects;
	if (r->measuring)
		reasons_watch(r->reasons, w->index, false);
}

static void settle(struct rounds *r, struct worker *w,
		   const struct tally *before, const struct tally *after)
{
	size_t i;

	w->faults = minflt(before, after) + majflt(before, after);
	check_faults(r, w, w->faults, w->done, "touches");
	if (!r->measuring)
		return;
	w->minflt += minflt(before, after);
	w->majflt += majflt(before, after);
	w->involuntary +=
		(uint64_t)(after->usage.ru_nivcsw - before->usage.ru_nivcsw);
	w->voluntary +=
		(uint64_t)(after->usage.ru_nvcsw - before->usage.ru_nvcsw);
	for (i = 0; i < r->nr_events; i++)
		w->events[i] += counter_between(&before->events[i],
						&after->events[i]);
	for (i = 0; i < NR_MODES && w->done; i++)
		if (r->length_event[i] >= 0)
			w->round_length[i][w->nr_p50] =
				(double)counter_between(
					&before->events[r->length_event[i]],
					&after->events[r->length_event[i]]) /
				(double)w->done;
	fold(r, w);
}

static struct counters *worker_prepare(struct rounds *r, struct worker *w)
{
	struct counters *counters = NULL;
	struct error e;

	if (topology_bind(0, w->pu_os, &e))
		cell_fail("worker %u: %s", w->index, e.text);
	if (w->node_os >= 0 && topology_bind_thread_memory(w->node_os, &e))
		cell_fail("worker %u: %s", w->index, e.text);
	if (r->nr_events &&
	    counters_open(&counters, r->events, r->nr_events, 0, &e))
		cell_fail("worker %u: %s", w->index, e.text);
	reasons_watch(r->reasons, w->index, true); /* in vain, the first time */
	reasons_watch(r->reasons, w->index, false);
	return counters;
}

void *rounds_worker(void *arg)
{
	struct worker *w = arg;
	struct rounds *r = w->rounds;
	struct counters *counters = worker_prepare(r, w);
	struct tally before, after;
	struct error e;

	while (!atomic_load(&r->go))
		wait_ns(GO_NS);
	while (!r->stop) {
		if (!r->same_targets || w->index == 0)
			r->scenario->empty(w->area, w->slice, w->bytes);
		barrier_wait(&r->barrier);
		if (w->index == 0)
			begin_round(r);
		barrier_wait(&r->barrier);
		if (r->processes && r->scenario->renew)
			r->scenario->renew();
		touch_round(r, w, counters, &before, &after);
		barrier_wait(&r->barrier);
		if (r->measuring)
			reasons_round(r->reasons, w->index, false);
		settle(r, w, &before, &after);
		if (r->measuring && w->done && !r->no_present &&
		    r->nr % PRESENT_EVERY == 0)
			touch_present(r, w);
		barrier_wait(&r->barrier);
		if (w->index == 0)
			end_round(r);
		barrier_wait(&r->barrier);
		if (!r->stop)
			advance(r, w);
	}
	if (topology_verify(w->pu_os, &e))
		cell_fail("worker %u: %s", w->index, e.text);
	counters_close(counters);
	return NULL;
}
