/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A config file as sections of axes, each with the line that it stands in. What
 * cells they make is plan.c's business; between the two alone.
 */
#ifndef ENGINE_PLAN_FILE_H
#define ENGINE_PLAN_FILE_H

#include "plan.h"

enum {
	MAX_AXES = 48,	/* settings in a group */
	MAX_VALUES = 64 /* values of one */
};

struct axis {
	char *name;
	int line;
	char *value[MAX_VALUES];
	size_t nr;
};

struct group {
	char *name;
	int line;
	struct axis axis[MAX_AXES];
	size_t nr;
};

/* What one reading of a file needs; gone when the plan is there. */
struct reading {
	struct plan *plan;
	const char *path, *rest; /* of the text */
	int line;
	const struct topo *topo;
	struct group *groups; /* [0] are the defaults */
	size_t nr_groups;
	void *keys; /* of the cells: plan.c's tree, for tsearch(3) */
	size_t nr_tried, nr_steps;
	struct error *e;
	int err;
};

/* r->plan, path, topo and e are given. Fills the groups, and of the plan what
 * [plan] says, its text and its name. r->err is 0 or -errno, with r->e; free
 * either way. */
void reading_load(struct reading *r);
void reading_free(struct reading *r);

/* Keeps "PATH:LINE: WHAT" as the error of this reading. Returns 0: stop. */
int reading_fail(struct reading *r, int line, const char *what);

/* NULL when the group does not set it. */
struct axis *axis_find(struct group *g, const char *name);

#endif
