/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A config file as a list of cells. Format (HACKING.md, configs/): an INI file,
 *   [plan]          question, blocks, seed
 *   [defaults]      settings of every group, unless the group sets them
 *   [cells NAME]    one group: all combinations of the values of its lines
 * Values are separated by blanks, and several are an axis. An `antagonist`
 * line is one value, several lines are an axis; so is a `counters` line.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "spec.h"

struct plan {
	char *text; /* the whole file */
	char *name; /* without its folder */
	char *question;
	unsigned int blocks;
	uint64_t seed;	    /* 0: not given */
	struct spec *cells; /* no two alike */
	size_t nr_cells;
};

/*
 * Reads and expands. An error is "PATH:LINE: what". A setting that some
 * scenarios of a group do not have holds for those that do. 0 or -errno;
 * plan_free() after success.
 */
int plan_load(struct plan *plan, const char *path, const struct topo *topo,
	      struct error *e);
void plan_free(struct plan *plan);

/* The order of the cells in a block: a permutation of 0..nr-1 that depends on
 * seed and block alone. */
void plan_order(const struct plan *plan, uint64_t seed, unsigned int block,
		size_t *order);

/* What a run, and the whole plan, will take, in s. */
double plan_run_s(const struct spec *cell, bool witness);
double plan_total_s(const struct plan *plan);

#endif
