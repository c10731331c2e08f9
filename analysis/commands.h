/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sub-commands of faultstat. argv[0] is the sub-command's name. Each one
 * returns the exit status: 0, or EXIT_TROUBLE after it has said what is wrong.
 */
#ifndef ANALYSIS_COMMANDS_H
#define ANALYSIS_COMMANDS_H

#define EXIT_TROUBLE 2

int command_show(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_calibrate(int argc, char **argv);
int command_gate(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_report(int argc, char **argv);
int command_cover_letter(int argc, char **argv);
int command_export(int argc, char **argv);
int command_history(int argc, char **argv);

#endif
