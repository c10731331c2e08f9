/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a report share: the samples, the pictures made from them,
 * and the words for cells, arms and machines that stand in both.
 *
 * Everything in a result file is foreign text. It reaches a page only through
 * html_text() and gnuplot only through plot.h's vars_*(); it never reaches a
 * shell, a file name (picture_new() sees to that) or a format string.
 */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "plot.h"
#include "sample.h"
#include "stats.h"

/*
 * How the faults of a cell meet the locks: the colour and the point of every
 * picture, numbered as in plots/style.gp.
 */
enum arm {
	ARM_VMA = 1, /* lock = vma */
	ARM_MMAP,    /* lock = mmap */
	ARM_REDONE,  /* lock = vma, but the witness saw the VMA lock dropped
		      * and most faults redone under mmap_lock */
	ARM_HOLD,    /* lock = mmap-hold */
	ARM_OTHER,
	NR_ARMS,
};

struct roles;

struct report {
	struct results results;
	char **paths; /* the result files */
	size_t nr_paths;
	const char *dir, *plots_dir, *title; /* title may be NULL */
	bool draw;			     /* --no-plots was not said */
	char *no_draw; /* why nothing was drawn; NULL when it was tried */
	struct picture **pictures;
	size_t nr_pictures;
	char *versus;  /* what the labels come to, in words; NULL: one label */
	char *waiting; /* who waits for whom, in words; NULL: nobody does */
};

/* --- report_words.c ------------------------------------------------------- */

extern const char *const arm_names[NR_ARMS]; /* "VMA lock" */
enum arm cell_arm(const struct cell_sample *c);

/* In one line, and malloc'ed, all of the following. */

/* A picture's subject for its file name: the scenario, and the label where
 * there are several. */
char *subject_words(const struct results *r, const struct cell_sample *c);

/*
 * A cell's name: sample_title_without(), and without the settings that all
 * cells of its scenario have alike (time = 150ms of the one and 250ms of the
 * others tells nobody apart).
 */
char *cell_title(const struct results *r, const struct cell_sample *c,
		 const char *const *skip);

char *machine_words(const struct results *r); /* of all sessions */
char *kernel_words(const struct results *r);
char *runs_words(const struct results *r); /* "n = 8 runs of each of ..." */

/* machine, kernel and n in a line, for below a picture's title. */
char *subtitle_words(const struct results *r);

/* The commands that make the report again, quoted for a shell. */
char *repeat_run(const struct report *r);
char *repeat_report(const struct report *r);

/* A cell's command, when a shell would see in it nothing but words; else it
 * is put together again from the cell. */
char *cell_command(const struct cell_sample *c);

/* --- report_arms.c -------------------------------------------------------- */

/*
 * The comparison of the locks: a group has what two or more arms share, each
 * arm its slowdown beside the antagonist against its own cell without one.
 */
struct arm_row {
	const struct cell_sample *cell, *alone;
	enum arm arm;
	struct interval slow[2]; /* p50_ns, p99_ns: beside / alone */
	struct interval more[2]; /* that, over the first arm's; the first
				  * arm itself: NAN */
};

struct arm_group {
	char *title;
	struct arm_row *rows;
	size_t nr_rows;
};

struct arm_groups {
	struct arm_group *groups;
	size_t nr_groups;
};

void arm_groups_find(struct arm_groups *g, const struct results *r);
void arm_groups_free(struct arm_groups *g);

/* What the comparison comes to, in words; malloc'ed. */
char *arm_groups_sentence(const struct arm_groups *g);

/* "slower", "same", ...: as `faultstat compare` has it. */
const char *ratio_verdict(const struct interval *i);

extern const char *const arm_metrics[2];

/* --- plot_*.c: each adds its pictures to the report ----------------------- */

void plot_locks(struct report *r, const struct arm_groups *g);
void plot_versus(struct report *r);
void plot_roles(struct report *r, const struct roles *all);
void plot_tails(struct report *r);
void plot_victims(struct report *r);
void plot_throughput(struct report *r);
void plot_paths(struct report *r);
void plot_time(struct report *r);

/* --- report_text.c -------------------------------------------------------- */

/* What `faultstat show` and `faultstat compare --by lock` print, as name into
 * the report's directory. 0 or -errno with a reason. */
int report_text(const struct report *r, const char *name, struct error *e);

/* --- html_report.c -------------------------------------------------------- */

/* Writes the page as name into the report's directory. 0 or -errno with a
 * reason. */
int html_report(const struct report *r, const struct arm_groups *g,
		const char *name, struct error *e);

/* --- html_parts.c: what stands below the first screen --------------------- */

void html_pictures(FILE *f, const struct report *r);
void html_proof(FILE *f, const struct report *r);
void html_reasons(FILE *f, const struct report *r);
void html_commands(FILE *f, const struct report *r);
void html_facts(FILE *f, const struct report *r);

#endif
