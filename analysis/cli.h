/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sub-commands share: errors, files, widths. */
#ifndef ANALYSIS_CLI_H
#define ANALYSIS_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "sample.h"

enum {
	WIDTH_TERMINAL = 100,
	WIDTH_MAIL = 72
};

/* "faultstat: ..." on stderr, without control characters. Returns
 * EXIT_TROUBLE. */
int cli_trouble(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A remark that changes nothing: "faultstat: ...". */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One file of a command line: PATH, or LABEL=PATH. label is NULL, or owned. */
struct cli_file {
	char *label;
	const char *path;
};

void cli_file_parse(struct cli_file *f, const char *arg);

/* What most sub-commands take. */
struct cli_options {
	struct cli_file *files;
	size_t nr_files;
	const char *scenario; /* --scenario: a glob, or NULL */
	char **metrics;	      /* --metric, ended by NULL; or NULL */
	bool json, mail;
};

/*
 * For the default of a command's parser: takes the files and, where the command
 * has them in its table, the options 's', 'M', 'j' and 'm'.
 * cli_options_free() in any case.
 */
error_t cli_option(struct cli_options *o, int key, char *arg,
		   struct argp_state *state);
void cli_options_free(struct cli_options *o);

/* Loads them; malformed lines are told, the first few one by one. 0, or
 * EXIT_TROUBLE after saying why. results_free() in any case. */
int cli_load(struct results *r, const struct cli_file *files, size_t nr);

/* "a,b,c" -> words, at ';' when there is one, else at ','; malloc'ed, ended by
 * NULL. */
char **cli_words(const char *text);
void cli_words_free(char **words);

/* 0 when some cell has that metric, in a run or in its witness; else
 * EXIT_TROUBLE and the near names are told. */
int cli_check_metric(const struct results *r, const char *metric);

/* 0 when the glob (NULL: any) matches a scenario that is there, else
 * EXIT_TROUBLE. And whether it matches that cell's. */
int cli_check_scenario(const struct results *r, const char *glob);
bool cli_wants(const struct cell_sample *c, const char *glob);

#endif
