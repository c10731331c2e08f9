/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `faultstat gate` share. */
#ifndef ANALYSIS_GATE_H
#define ANALYSIS_GATE_H

#include <stdio.h>

#include "differences.h"
#include "gating.h"

enum gate_exit {
	GATE_PASSED = 0,
	GATE_REGRESSED = 1,
	GATE_TROUBLE = 2,
	GATE_UNDECIDED = 3,
	GATE_EMPTY = 4,
	GATE_BISECT_SKIP = 125,
};

/* What it comes to, in one line; malloc'ed. */
char *gate_closing(const struct gating *g, enum gate_exit status);

/* All but the closing line. all: rows that pass, too. */
void gate_print(FILE *out, size_t width, const struct results *r,
		const struct gating *g, bool all);

/* {"command":"gate", ...}: gate_json.c says what is in it. */
json_t *gate_json(const struct gating *g, const struct differences *d,
		  enum gate_exit status);

/* The keys of the cells that undecided rows rest on, one a line. */
void gate_print_undecided(FILE *out, const struct gating *g);

#endif
