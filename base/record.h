/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a result file, and the file itself. This is the only code that
 * knows the format (doc/format.md); the runner fills records and appends them,
 * the reader gets the same records back.
 *
 * Ownership: a record owns everything it points to. Start with a zeroed one,
 * fill it by the functions below (they copy what they are given), end with
 * record_free(). Running out of memory ends the process: none of these can
 * fail for any other reason unless they say so.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "hist.h"

#define RECORD_SCHEMA 1

enum record_type {
	RECORD_SESSION, /* first line; once more for each --resume */
	RECORD_RUN,	/* one timed execution of a cell */
	RECORD_WITNESS, /* one untimed pass with tracepoints */
	RECORD_SKIP,	/* the cell cannot run here, and why */
	RECORD_FAIL,	/* it ran and must not be believed, and why */
	RECORD_NR_TYPES,
};

extern const char *const record_type_names[RECORD_NR_TYPES]; /* "session" */

/* A number, or the reason why there is none. Never a zero for something that
 * could not be measured. */
struct value {
	double number; /* NAN when absent */
	char *absent;  /* NULL when there is a number */
};

struct metric { /* name ends in its unit: "p99_ns", "faults_per_s" */
	char *name;
	struct value value;
};

struct metrics {
	struct metric *at;
	size_t nr;
};

struct pair { /* name = text, as one would type it */
	char *name;
	char *text;   /* NULL: could not be found out ... */
	char *absent; /* ... for this reason; else NULL */
};

struct pairs {
	struct pair *at;
	size_t nr;
};

/* What one antagonist did during the measured rounds. */
struct antagonist_result {
	char *name;
	struct metrics metrics; /* ops, ops_per_s, p50_ns, p99_ns, late, ... */
	struct hist *hist;	/* ns an operation; NULL when there were none */
};

/* A thread and where it was found to be bound, after the fact. */
struct placed {
	char *role; /* "worker", "antagonist", "handler" */
	unsigned int index;
	unsigned int pu; /* OS number of the processing unit */
	int node;	 /* NUMA node (OS number) of that PU, or -1 */
	bool verified;	 /* sched_getaffinity and getcpu agreed */
};

struct record {
	enum record_type type;
	char *session; /* id of the session it belongs to */
	double time_s; /* CLOCK_REALTIME when it was made, s since 1970 */

	/* session */
	unsigned int schema;
	char *label;
	char *plan;	 /* the config file's text */
	char *plan_name; /* the config file's name, without a folder */
	char *question;	 /* what the plan is to answer */
	uint64_t seed;
	unsigned int blocks; /* planned */
	bool resumed;	     /* continues an earlier session of this file */
	bool until_decided;  /* blocks are added until a gate's verdict */

	/* session: machine, kernel, build; run, witness: what the cell has
	 * found out, as the type of a file system: doc/format.md */
	struct pairs facts;

	/* run, witness, skip, fail */
	struct pairs cell;     /* every axis and setting, in catalogue order */
	char *group;	       /* the scenario's: "waiting"; NULL: not told */
	char *command;	       /* the line that repeats it */
	unsigned int block;    /* 0 .. blocks-1; witness: 0 */
	unsigned int position; /* place in that block's order */
	char *reason;	       /* skip, fail */
	bool of_witness;       /* skip, fail: it was the witness pass */

	/* run, witness */
	double elapsed_s;
	struct metrics metrics;
	struct metrics counters; /* hardware and software events, per fault */
	struct metrics noise;	 /* involuntary switches, steal, ... */
	struct hist *hist;	 /* ns a touch in latency mode; else NULL */
	struct antagonist_result *antagonists;
	size_t nr_antagonists;
	struct placed *placed;
	size_t nr_placed;

	/* witness */
	char *evidence; /* "tracepoint", "software-events", ... */
	char *verdict;	/* "held", "broken", "unproven" */
	char *claim;	/* what was promised and what was seen, in words */
};

void record_free(struct record *r); /* and zeroes it */

/* printf into a malloc'ed string; frees *dst first. */
void record_text(char **dst, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void metrics_add(struct metrics *m, const char *name, double number);
void metrics_add_absent(struct metrics *m, const char *name, const char *fmt,
			...) __attribute__((format(printf, 3, 4)));
void metrics_free(struct metrics *m); /* and zeroes it */
/* NULL when there is no such name. */
const struct value *metrics_find(const struct metrics *m, const char *name);

/*
 * The percentiles of a histogram as metrics p50_ns .. p999_ns, max_ns, each
 * one absent with the reason when fewer than 100 values lie beyond it.
 */
void metrics_add_percentiles(struct metrics *m, const struct hist *h);

void pairs_add(struct pairs *p, const char *name, const char *text);
void pairs_add_absent(struct pairs *p, const char *name, const char *reason);
void pairs_drop_last(struct pairs *p);
void pairs_free(struct pairs *p); /* and zeroes it */
/* NULL when there is no such name, or it is absent. */
const char *pairs_find(const struct pairs *p, const char *name);

/* "scenario=memfd lock=vma ...", without the names in skip (may be NULL,
 * NULL-terminated). malloc'ed. Equal keys mean the same cell. */
char *pairs_key(const struct pairs *p, const char *const *skip);

struct antagonist_result *record_add_antagonist(struct record *r,
						const char *name);
struct placed *record_add_placed(struct record *r, const char *role,
				 unsigned int index);

/* --- the file ------------------------------------------------------------- */

struct result_file; /* one writer */

/* Creates path; -EEXIST when there is one already and append is false.
 * With append, a torn last line (a kill in the middle of a write: no newline,
 * or no record) is cut off. -EINVAL, and nothing is touched, when the file does
 * not begin with a session record; -EBUSY when another process writes to it;
 * -ENOTSUP when it is of a newer schema. 0 or -errno with a reason. */
int result_open(struct result_file **f, const char *path, bool append,
		struct error *e);

/* Appends one line and syncs it to the disk. When that fails (full disk) the
 * file is cut back to its last whole line. 0 or -errno with a reason. */
int result_append(struct result_file *f, const struct record *r,
		  struct error *e);

int result_close(struct result_file *f, struct error *e);

/* One record as one line of JSON, without newline; malloc'ed. And back:
 * 0 or -EINVAL, or -ENOTSUP for a session of a newer schema, with a reason of
 * printable ASCII; r is then freed. */
char *record_to_json(const struct record *r);
int record_from_json(struct record *r, const char *text, size_t len,
		     struct error *e);

/* The same for those who draw no histograms: they are looked at as well, but
 * every hist stays NULL. */
int record_figures_from_json(struct record *r, const char *text, size_t len,
			     struct error *e);

/*
 * Reads a file ("-" is standard input), one record after the other. fn owns
 * the record from then on and returns 0, or non-zero to stop, which
 * result_read returns. A malformed line goes to bad() as
 * "path:line: reason" and reading goes on; but a first line that is no session
 * record, or one of a newer schema, ends it. Returns 0 or -errno with a reason.
 */
typedef int record_fn(struct record *r, void *arg);
typedef void record_bad_fn(const char *message, void *arg);
int result_read(const char *path, record_fn *fn, record_bad_fn *bad, void *arg,
		struct error *e);

/* The same without histograms (record_figures_from_json()). */
int result_read_figures(const char *path, record_fn *fn, record_bad_fn *bad,
			void *arg, struct error *e);

#endif
