/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sub-commands of faultline. argv[0] is "faultline NAME"; each parses its
 * own options and returns the exit status, or -errno with a reason that main()
 * prints. */
#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

#include "error.h"

int command_list(int argc, char **argv, struct error *e);
int command_explain(int argc, char **argv, struct error *e);
int command_doctor(int argc, char **argv, struct error *e);
int command_plan(int argc, char **argv, struct error *e);
int command_run(int argc, char **argv, struct error *e);
int command_cell(int argc, char **argv, struct error *e);
int command_restore(int argc, char **argv, struct error *e);

/* -ENOTSUP in a build with sanitizers, which change what a fault costs. */
int refuse_sanitizer(struct error *e);

#endif
