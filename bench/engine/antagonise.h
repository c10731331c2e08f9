/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Antagonists at work: one thread (or process) each, flat out or on a schedule.
 * They are measured too, while a round is under way.
 */
#ifndef ENGINE_ANTAGONISE_H
#define ENGINE_ANTAGONISE_H

#include "rounds.h"
#include "spec.h"

struct antagonising {
	/* given */
	const struct antagonist_spec *spec;
	struct rounds *rounds;
	unsigned int pu_os;
	bool alone;  /* nobody else runs on its PU: it may spin */
	bool counts; /* the events of the rounds, on its own thread too */
	/* found */
	struct hist *hist;	     /* ns from when it was due to its end */
	struct hist *service;	     /* ns from when it began */
	uint64_t late;		     /* began over 1 us after they were due */
	uint64_t dropped;	     /* due in an earlier round, never begun */
	uint64_t nr_ops;	     /* all of them, between rounds as well */
	uint64_t events[MAX_EVENTS]; /* on its thread meanwhile */
	/* inside */
	pthread_t thread;
	pid_t process;
	atomic_bool go, ready, stop;
};

/*
 * Operations on a schedule are due every 1/rate s. One that begins late counts
 * from when it was due (no coordinated omission; G. Tene), also when its round
 * is over by then, but not from before its round began: what is still due from
 * an earlier round is dropped, and counted as dropped. The schedule stands
 * still while after() takes longer than the time to the next one, for that is
 * the antagonist's own doing. With a pause instead the next one begins so long
 * after the last one ended (a closed loop): it meets whatever began meanwhile.
 */

/* The one whose thread this is. */
extern _Thread_local const struct antagonising *antagonise_self;

/* nr of them, in memory that forked processes share. */
struct antagonising *antagonise_new(unsigned int nr);

/* All of them, first: then nothing is mapped while one of them is at work.
 * Those that work from outside are forked here, before there is anything of
 * the workers that they could inherit. */
void antagonise_prepare(struct antagonising *a);
void antagonise_start(struct antagonising *a); /* returns when it is at work */
void antagonise_stop(struct antagonising *a);

#endif
