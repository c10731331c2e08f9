/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds: all workers empty their pages, leave a spin barrier together, touch,
 * and stop when the first of them has finished; then everything is checked and
 * folded, and the next round begins. Antagonists run all the time and look
 * here to see whether a round is under way.
 */
#ifndef ENGINE_ROUNDS_H
#define ENGINE_ROUNDS_H

#include <pthread.h>
#include <stdatomic.h>

#include "counters.h"
#include "measure.h"
#include "reasons.h"

enum {
	MAX_EVENTS = 16,
	MAX_ROUNDS = 1 << 16,
	PRESENT_EVERY = 8 /* rounds between two passes on present pages */
};

struct barrier {
	atomic_uint arrived, generation;
	unsigned int nr;
};

/* Instructions by the mode that they were executed in. */
enum mode {
	MODE_KERNEL,
	MODE_USER,
	NR_MODES
};

struct worker {
	/* given */
	struct rounds *rounds;
	pthread_t thread;
	pid_t process; /* with mode = processes */
	char *stack;
	unsigned int index, pu_os;
	int node_os; /* to bind memory to, or -1 */
	struct area *area;
	char *slice; /* its part of the area */
	size_t bytes;
	char **order; /* nr addresses */
	size_t nr;
	uint64_t *sample;
	char *scratch; /* a page that is always there */
	/* found */
	struct hist *hist;   /* ns a touch; unused when batch > 1 */
	double *round_p50;   /* ns a touch, medians of measured rounds */
	double *round_mean;  /* the same, means of whole rounds */
	double *present_p50; /* the same touch on present pages */
	double *round_length[NR_MODES]; /* instructions a touch, likewise;
					 * unused unless they are counted */
	size_t nr_p50, nr_present;
	uint64_t touches, minflt, majflt, involuntary, voluntary;
	double sum_ns; /* of all samples */
	uint64_t events[MAX_EVENTS];
	/* of the round under way */
	uint64_t began, ended; /* ticks */
	size_t done;
	uint64_t faults;
	unsigned int protects; /* operations that may have write-protected the
				  page of a fault that had just ended */
};

struct rounds {
	/* given */
	struct clock_info clock;
	const struct scenario *scenario;
	touch_fn *touch;
	size_t batch;
	uint64_t time_ns;
	bool same_targets; /* of several workers one finds the page absent */
	bool no_present;   /* somebody write-protects pages meanwhile */
	bool processes;	   /* a process for each worker ... */
	void (*begin)(unsigned int worker); /* ... which calls this first */
	void (*end)(unsigned int worker);   /* ... and this last */
	struct worker *worker;
	unsigned int nr_workers;
	const char *const *events; /* counted on each worker, or none */
	size_t nr_events;
	int length_event[NR_MODES]; /* which event counts these, or -1 */
	struct reasons *reasons;    /* in a witness pass; else NULL */
	/* state */
	struct barrier barrier;
	atomic_bool over;	/* no timed phase is under way */
	_Atomic uint64_t began; /* ticks: the last timed phase began ... */
	_Atomic uint64_t ended; /* ... and ended, once it is over */
	/* operations of antagonists that write-protect pages */
	atomic_uint protects_begun, protects_ended;
	atomic_bool go;	  /* rounds_run() was called */
	bool measuring;	  /* after the warm-up */
	atomic_bool stop; /* after the last */
	uint64_t start_ticks;
	/* found */
	size_t nr_warmup, nr, nr_without_span;
	double span_s, touches_in_span;
};

/*
 * nr_workers workers with room for their samples, all in buffer_alloc()
 * memory, linked to each other. pages and batch as in the cell.
 */
struct rounds *rounds_new(unsigned int nr_workers, size_t pages, size_t batch);

/* Starts the workers, which wait. The caller filled the given members. */
void rounds_start(struct rounds *r);

/* Lets them work and waits until they are done. Ends the process by cell_fail()
 * when a round's faults are not those expected. */
void rounds_run(struct rounds *r);

/* What the thread of a worker runs; inside of the two above. */
void *rounds_worker(void *worker);

/*
 * Locked, touched, shared with forked processes: memory for the loop. A fork
 * does not write-protect shared memory, so storing a sample is never a fault.
 */
void *buffer_alloc(size_t bytes);

#endif
