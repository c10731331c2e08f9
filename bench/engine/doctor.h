/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `faultline doctor`: what this machine and this user can measure and prove,
 * what will disturb them, and what to do about each. Settings are read, never
 * changed; it takes about a second.
 */
#ifndef ENGINE_DOCTOR_H
#define ENGINE_DOCTOR_H

#include <stdio.h>

/*
 * Prints the report. It is a report and no gate: 0, and 1 only when nothing
 * can be measured at all (a sanitizer build, no PU to run on). Coloured when
 * out is a terminal and NO_COLOR is not set.
 */
int doctor_run(FILE *out);

#endif
