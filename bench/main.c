/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultline: what a page fault costs, which lock it takes and how often it is
 * retried. This file knows the sub-commands, prints errors, and nothing else.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "census.h"
#include "counters.h"
#include "near.h"
#include "slowfs.h"
#include "topology.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv, struct error *e);
	const char *help;
} commands[] = {
	{ "list", command_list, "what a plan can name" },
	{ "explain", command_explain, "the story of one of them" },
	{ "doctor", command_doctor, "what can be measured and proven here" },
	{ "plan", command_plan, "the cells of a config and their time" },
	{ "run", command_run, "run a config into a result file" },
	{ "cell", command_cell, "run one cell by hand" },
	{ "restore", command_restore,
	  "undo what a killed run left behind on the machine" },
};

enum {
	NR_COMMANDS = sizeof(commands) / sizeof(commands[0]),
	EXIT_TROUBLE = 2
};

static void usage(FILE *out)
{
	size_t i;

	fputs("Usage: faultline COMMAND [ARGUMENT...]\n"
	      "Page faults under mmap_lock and under the per-VMA lock: latency,"
	      "\nthroughput, locks and retries.\n\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	fputs("\nfaultline COMMAND --help tells its options; faultline "
	      "--version what is built in.\nBegin with: faultline doctor\n",
	      out);
}

static void print_library(const char *name,
			  const char *(*version)(const char **why))
{
	const char *why = NULL, *text = version(&why);

	if (text)
		printf("  %-8s %s\n", name, text);
	else
		printf("  %-8s absent: %s\n", name, why);
}

static void print_version(void)
{
	printf("faultline %s\n", FAULTLINE_VERSION);
	printf("  %-8s %s\n", "hwloc", topology_hwloc_version());
	print_library("libperf", counters_libperf);
	print_library("libpfm4", counters_libpfm4);
	print_library("libbpf", census_libbpf);
	print_library("libfuse3", slowfs_libfuse);
#ifdef FAULTLINE_SANITIZE
	puts("  sanitizers are built in: refuses to measure");
#endif
}

int refuse_sanitizer(struct error *e)
{
#ifdef FAULTLINE_SANITIZE
	return error_set(e, ENOTSUP,
			 "this build has sanitizers in it and refuses to "
			 "measure; use: cmake --preset bench");
#else
	(void)e;
	return 0;
#endif
}

static int unknown(const char *name, struct error *e)
{
	const char *names[NR_COMMANDS];
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++)
		names[i] = commands[i].name;
	return near_error("command", name, names, NR_COMMANDS, e);
}

static int dispatch(int argc, char **argv, struct error *e)
{
	char name[64];
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "faultline %s", commands[i].name);
		argv[1] = name;
		return commands[i].run(argc - 1, argv + 1, e);
	}
	return unknown(argv[1], e);
}

/* What was printed must have arrived: a full disk is no success. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr,
		"faultline: standard output: %s; look for a full disk or a "
		"closed pipe\n",
		strerror(errno));
	return status ? status : EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	struct error e = { "" };
	int status;

	argp_err_exit_status = EXIT_TROUBLE;
	/* A file size limit is to be an error that is told. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		usage(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return finish(0);
	}
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return finish(0);
	}
	status = dispatch(argc, argv, &e);
	if (status < 0) {
		fprintf(stderr, "faultline: %s\n",
			*e.text ? e.text : strerror(-status));
		return status == -EINTR ? 130 : EXIT_TROUBLE;
	}
	return finish(status);
}
