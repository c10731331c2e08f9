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
	ARM_MMAP,    /* lock = mmap, or policy = mmap */
	ARM_REDONE,  /* lock = vma, but the witness saw the VMA lock dropped
		      * and most faults redone under mmap_lock */
	ARM_HOLD,    /* lock = mmap-hold, or policy = mmap-hold */
	ARM_OTHER,
	ARM_RETRY_VMA, /* lock = vma, by policy: retry-vma */
	ARM_VMA_HOLD,  /* hold */
	ARM_NO_DROP,   /* no-drop */
	ARM_LEGACY65,  /* legacy65 */
	NR_ARMS,
};

struct comparison;
struct roles;

struct report {
	const char *command; /* of many sessions: "history"; NULL: "report" */
	struct results results;
	char **paths; /* the result files */
	size_t nr_paths;
	const char *dir, *plots_dir, *title; /* title may be NULL */
	bool draw;			     /* --no-plots was not said */
	const char *again;		     /* the command that makes it;
					      * NULL: faultstat report */
	bool alone;    /* the page has no files beside it */
	char *no_draw; /* why nothing was drawn; NULL when it was tried */
	struct picture **pictures;
	size_t nr_pictures;
	char *versus;  /* what the labels come to, in words; NULL: one label */
	char *waiting; /* who waits for whom, in words; NULL: nobody does */
};

/* All that the report owns. */
void report_free(struct report *r);

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

/* "12 of 14 cells proved by the witness, 1 broken" */
char *proof_words(const struct results *r, bool *broken);

/* machine, kernel and n in a line, for below a picture's title. */
char *subtitle_words(const struct results *r);

/* --- report_commands.c ---------------------------------------------------- */

/* The commands that make the report again, quoted for a shell. */
char *repeat_run(const struct report *r);
char *repeat_run_of(const struct report *r, size_t file); /* that one */
char *repeat_report(const struct report *r);

/* The first run that came from that file, and its cell; NULL. */
const struct run_sample *report_run_of(const struct results *r, size_t file,
				       const struct cell_sample **cell);

/* A word for a shell: as it is, or between single quotes; malloc'ed. And a
 * path's last part ("results.jsonl" of standard input). */
char *shell_word(const char *text);
const char *base_name(const char *path);

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
/* For a cover letter: the same for any two sides, and the tails of the cells
 * that changed most. */
void plot_sides(struct report *r, const struct comparison *c);
void plot_tail_pair(struct report *r, const struct comparison *c,
		    const struct cell_sample *a, const struct cell_sample *b);
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

/* --- report_dir.c --------------------------------------------------------- */

/* mkdir -p. 0 or -errno with a reason. */
int dir_make(const char *dir, struct error *e);

/* The absolute path of plots/ (option: what was said by --plots-dir, or NULL);
 * malloc'ed, NULL with a reason. */
char *plots_find(const char *option, struct error *e);

/* --- report_formats.c ----------------------------------------------------- */

/* A report as one stream. */
struct report_format {
	const char *name, *story;
	int (*write)(FILE *out, struct report *r, struct error *e);
};

/* NULL, with the near names, when there is none. */
const struct report_format *report_format_find(const char *name,
					       struct error *e);

/* Finds and words all pictures; they are drawn by pictures_draw(). */
void report_pictures(struct report *r, const struct arm_groups *g);

int html_stream(FILE *out, struct report *r, struct error *e);
int mail_report(FILE *out, struct report *r, struct error *e);
int markdown_report(FILE *out, struct report *r, struct error *e);

/* --- html_report.c -------------------------------------------------------- */

void html_write(FILE *f, const struct report *r, const struct arm_groups *g);

/* Writes the page as name into the report's directory. 0 or -errno with a
 * reason. */
int html_report(const struct report *r, const struct arm_groups *g,
		const char *name, struct error *e);

/* --- html_sides.c --------------------------------------------------------- */

/* Two labels: what else changed where a row did, and the waits by decade.
 * Nothing for one label. */
void html_sides(FILE *f, const struct report *r);

/* --- html_parts.c: what stands below the first screen --------------------- */

void html_pictures(FILE *f, const struct report *r);
void html_proof(FILE *f, const struct report *r);
void html_reasons(FILE *f, const struct report *r);
void html_commands(FILE *f, const struct report *r);
void html_facts(FILE *f, const struct report *r);

#endif
