/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cell in a fresh process, and its record, whatever becomes of it. */
#ifndef ENGINE_CHILD_H
#define ENGINE_CHILD_H

#include <signal.h>

#include "spec.h"

/* Set by a signal handler: the child is ended, and child_run() returns. */
extern volatile sig_atomic_t child_interrupted;

/*
 * Starts `faultline cell` for spec in a process of its own, waits for its
 * record and fills r. A child that dies, or does not answer in time, becomes a
 * fail record. 0; -EINTR after a signal (r is then empty); other -errno when
 * no process could be made.
 */
int child_run(const struct spec *spec, bool witness, struct record *r,
	      struct error *e);

/* The fail record of a pass of this cell, without a reason. */
void child_fail(struct record *r, const struct spec *spec, bool witness);

#endif
