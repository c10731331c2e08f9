/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cell as the plan and the command line say it: names and texts, checked,
 * completed with defaults and brought to one spelling, so that equal cells
 * have equal texts.
 */
#ifndef ENGINE_SPEC_H
#define ENGINE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog.h"
#include "record.h"
#include "setting.h"

enum {
	MAX_ANTAGONISTS = 32, /* threads of them in a cell */
	MAX_ANTAGONIST_TEXT = 160
};

/* One antagonist thread; `count=3` makes three of the same text. */
struct antagonist_spec {
	const struct antagonist *antagonist;
	enum where where;   /* 0 when it has no place */
	uint64_t rate;	    /* operations/s; 0 = no schedule */
	uint64_t pause_ns;  /* without a schedule: after each operation */
	int nice;	    /* INT_MIN: the cell's */
	bool on_worker;	    /* on the PU of the first worker */
	struct pairs pairs; /* the settings of its own kind; the first of
			       the same text owns them */
	bool another;	    /* of the same text as the one before */
	char text[MAX_ANTAGONIST_TEXT]; /* "mprotect where=same rate=10k" */
};

struct spec {
	struct pairs pairs; /* every axis and setting, in one spelling */
	const struct scenario *scenario;
	const struct lock *lock;
	const struct policy *policy; /* NULL: that of the machine */
	const struct placement *placement;
	struct antagonist_spec antagonist[MAX_ANTAGONISTS];
	unsigned int nr_antagonists;
	unsigned int threads;
	bool private_vmas, random_order, oversubscribe;
	bool same_targets; /* all workers touch the same pages */
	bool processes;	   /* each worker in an address space of its own */
	int nice;
	uint64_t pages, batch, time_ns, spin_ns;
	uint64_t delay_ns;   /* the scenario's own setting `delay`, or 0 */
	const char *culprit; /* after an error: the setting it is about */
};

/*
 * Checks given name=text pairs and completes them. A name that neither every
 * cell nor this scenario has is an error with the near names. Thread counts in
 * topology words become numbers. 0 or -errno with a reason; spec_free() after
 * success.
 */
int spec_parse(struct spec *s, const struct pairs *given,
	       const struct topo *topo, struct error *e);
void spec_free(struct spec *s);

/* Inside of spec_parse(): "fork rate=20, mmap-munmap rate=100" into
 * s->antagonist; rewrites text, which has size bytes, in its one spelling. */
int spec_antagonists(struct spec *s, char *text, size_t size, struct error *e);

/* -EINVAL and the near names of a setting that the scenario, or with NULL any
 * scenario, does not have. */
int spec_unknown(const char *scenario, const char *name, struct error *e);

/* 0 when some scenario has such a setting, else spec_unknown(). */
int spec_check_name(const char *name, struct error *e);

/* The seats that the threads of this cell need. */
void spec_seats(const struct spec *s, struct seats *seats);

/* "faultline cell scenario=... lock=...": what differs from the defaults,
 * quoted for a shell. malloc'ed. */
char *spec_command(const struct spec *s);

#endif
