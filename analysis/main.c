/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat: reads the result files of faultline. Needs no privilege, no PMU
 * library and not the machine that measured.
 */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "near.h"

#ifndef FAULTLINE_VERSION
#define FAULTLINE_VERSION "unknown"
#endif

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *story;
} commands[] = {
	{ "show", command_show, "what was measured, as a table" },
	{ "compare", command_compare,
	  "two labels, locks, scenarios ... against each other" },
	{ "calibrate", command_calibrate,
	  "what can this machine tell apart? for the gate" },
	{ "gate", command_gate, "is one slower than the other? for a CI" },
	{ "explain", command_explain,
	  "why a row changed: what changed with it" },
	{ "report", command_report,
	  "a page with pictures, a mail, or Markdown" },
	{ "cover-letter", command_cover_letter,
	  "two kernels, as a block to paste and pictures to link" },
	{ "export", command_export, "the formats of other programs" },
	{ "history", command_history,
	  "many days or kernels: what changed, and when" },
};

enum {
	NR_COMMANDS = sizeof(commands) / sizeof(commands[0])
};

static void usage(FILE *out)
{
	int i;

	fprintf(out, "Usage: faultstat COMMAND [OPTION...] FILE...\n\n"
		     "Reads the result files (.jsonl) of faultline.\n\n");
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-13s %s\n", commands[i].name,
			commands[i].story);
	fprintf(out,
		"\nfaultstat COMMAND --help tells more. Exit status: 0, "
		"or %d in trouble.\n",
		EXIT_TROUBLE);
}

static int unknown(const char *name)
{
	const char *names[NR_COMMANDS];
	struct error e;
	int i;

	for (i = 0; i < NR_COMMANDS; i++)
		names[i] = commands[i].name;
	near_error("command", name, names, NR_COMMANDS, &e);
	return cli_trouble("%s", e.text);
}

static int is_one_of(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

/* What was printed must have arrived: a full disk is no success. */
static int finish(int status)
{
	if ((fflush(stdout) || ferror(stdout)) && !status)
		return cli_trouble("standard output: %m; look for a full disk "
				   "or a closed pipe");
	return status;
}

int main(int argc, char **argv)
{
	char name[64];
	int i;

	argp_err_exit_status = EXIT_TROUBLE;
	if (argc < 2) {
		usage(stderr);
		return EXIT_TROUBLE;
	}
	if (is_one_of(argv[1], "--help", "help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return finish(0);
	}
	if (is_one_of(argv[1], "--version", "-V")) {
		printf("faultstat %s\n", FAULTLINE_VERSION);
		return finish(0);
	}
	for (i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		/* for argp, which calls the program by its argv[0] */
		snprintf(name, sizeof(name), "faultstat %s", commands[i].name);
		argv[1] = name;
		return finish(commands[i].run(argc - 1, argv + 1));
	}
	return unknown(argv[1]);
}
