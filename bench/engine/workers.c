/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the workers of rounds.h come to be: the memory that their loop uses, and
 * a thread, or a process with one thread, for each. What they do then is in
 * rounds.c. */
#include "rounds.h"

#include <sys/prctl.h>
#include <sys/wait.h>

enum {
	STACK_BYTES = 256 * 1024
};

void *buffer_alloc(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	cell_must(p != MAP_FAILED, "no memory for %zu bytes of samples", bytes);
	memset(p, 0, bytes);
	/* A small RLIMIT_MEMLOCK is no reason to stop: a page that was swapped
	 * out would show up as an unexpected fault. */
	(void)mlock(p, bytes);
	return p;
}

struct rounds *rounds_new(unsigned int nr_workers, size_t pages, size_t batch)
{
	struct rounds *r = buffer_alloc(sizeof(*r));
	unsigned int i, p;

	r->worker = buffer_alloc(nr_workers * sizeof(*r->worker));
	r->nr_workers = nr_workers;
	r->batch = batch;
	r->over = true;
	r->barrier.nr = nr_workers;
	for (p = 0; p < NR_MODES; p++)
		r->length_event[p] = -1;
	for (i = 0; i < nr_workers; i++) {
		struct worker *w = &r->worker[i];

		w->rounds = r;
		w->index = i;
		w->nr = pages;
		w->order = buffer_alloc(pages * sizeof(*w->order));
		w->sample = buffer_alloc(pages * sizeof(*w->sample));
		w->scratch = buffer_alloc(page_bytes());
		w->stack = buffer_alloc(STACK_BYTES);
		w->hist = buffer_alloc(sizeof(*w->hist));
		w->round_p50 = buffer_alloc(MAX_ROUNDS * sizeof(double));
		w->round_mean = buffer_alloc(MAX_ROUNDS * sizeof(double));
		for (p = 0; p < NR_MODES; p++)
			w->round_length[p] =
				buffer_alloc(MAX_ROUNDS * sizeof(double));
		w->present_p50 = buffer_alloc((MAX_ROUNDS / PRESENT_EVERY + 1) *
					      sizeof(double));
	}
	return r;
}

/* On a stack that a fork leaves writable: pushing a return address must not
 * be a fault. The thread's own data is at the top of it. */
static void start_thread(struct worker *w)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	err = pthread_attr_setstack(&attr, w->stack, STACK_BYTES);
	if (!err)
		err = pthread_create(&w->thread, &attr, rounds_worker, w);
	if (err)
		cell_fail("worker %u: no thread: %s", w->index, strerror(err));
	pthread_attr_destroy(&attr);
}

/* A fork leaves shared memory to be mapped by faults: now, not in a round. */
static void buffer_enter(void *start, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i += page_bytes())
		atomic_fetch_or((atomic_char *)start + i, 0);
}

static void buffers_enter(struct rounds *r, struct worker *w)
{
	size_t rounds = MAX_ROUNDS * sizeof(double);
	unsigned int p;

	buffer_enter(r, sizeof(*r));
	buffer_enter(r->worker, r->nr_workers * sizeof(*r->worker));
	buffer_enter(w->order, w->nr * sizeof(*w->order));
	buffer_enter(w->sample, w->nr * sizeof(*w->sample));
	buffer_enter(w->scratch, page_bytes());
	buffer_enter(w->stack, STACK_BYTES);
	buffer_enter(w->hist, sizeof(*w->hist));
	buffer_enter(w->round_p50, rounds);
	buffer_enter(w->round_mean, rounds);
	for (p = 0; p < NR_MODES; p++)
		buffer_enter(w->round_length[p], rounds);
	buffer_enter(w->present_p50, rounds / PRESENT_EVERY);
}

static void start_process(struct rounds *r, struct worker *w)
{
	pid_t pid = fork();

	cell_must(pid >= 0, "worker %u: fork", w->index);
	if (pid) {
		w->process = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	buffers_enter(r, w);
	r->begin(w->index);
	start_thread(w);
	pthread_join(w->thread, NULL);
	r->end(w->index);
	_exit(0);
}

/* The first that ends otherwise than it should ends the cell: the others would
 * wait for it for ever. So does an antagonist's process, which is to end later:
 * it is asked for here, and nobody could ask again. */
static void wait_processes(struct rounds *r)
{
	unsigned int left = r->nr_workers, i;

	while (left) {
		bool worker;
		int status;
		/* not for those that an antagonist started */
		pid_t pid = waitpid(-1, &status, __WNOTHREAD);

		cell_must(pid > 0, "waitpid");
		for (i = 0; i < r->nr_workers && r->worker[i].process != pid;
		     i++)
			;
		worker = i < r->nr_workers;
		if (worker) {
			r->worker[i].process = 0;
			left--;
		}
		if (!status)
			continue;
		for (unsigned int j = 0; j < r->nr_workers; j++)
			if (r->worker[j].process)
				kill(r->worker[j].process, SIGKILL);
		if (worker)
			cell_fail_process("worker", i, status);
		cell_fail_process("antagonist of pid", (unsigned int)pid,
				  status);
	}
}

void rounds_start(struct rounds *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_workers; i++) {
		if (r->processes)
			start_process(r, &r->worker[i]);
		else
			start_thread(&r->worker[i]);
	}
}

void rounds_run(struct rounds *r)
{
	unsigned int i;

	atomic_store(&r->go, true);
	if (r->processes) {
		wait_processes(r);
		return;
	}
	for (i = 0; i < r->nr_workers; i++)
		pthread_join(r->worker[i].thread, NULL);
}
