/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole plan: the witness of each cell, then blocks in shuffled order, each
 * cell a fresh process whose record is appended and synced before the next one
 * starts. Until a verdict: after the planned blocks, two more at a time of
 * those cells that a gate cannot judge yet.
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "plan.h"

struct run_options {
	const char *config;	   /* path, for the closing line */
	const char *out;	   /* the result file */
	const char *label;	   /* NULL: the kernel's release */
	uint64_t seed;		   /* 0: the plan's, or a random one */
	bool resume;		   /* go on with a file that was begun */
	const char *until_decided; /* the gate's arguments, or NULL */
	unsigned int at_most;	   /* blocks, then; 0: three times the plan's */
	const char *done; /* its records count as done; NULL: those of out */
	const char *in_flight; /* NULL, or a device or pipe that is told what
				  is about to run */
};

/*
 * in_flight is for who watches from outside a machine that may die: before
 * each pass of a cell it gets the fail record that the file would need if
 * nothing came after it.
 *
 * Runs what is left to run and says so on stdout. 0 when every record is
 * there and none failed, 1 when some did or a witness was broken, or
 * -errno with a reason (the file keeps what it has; -EINTR after a signal).
 */
int run_plan(const struct plan *plan, const struct topo *topo,
	     const struct run_options *options, struct error *e);

#endif
