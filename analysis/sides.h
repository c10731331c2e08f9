/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two sides as the user names them: "[label=]A [label=]B", or "--by AXIS=A,B
 * FILE". For the commands that set just two against each other.
 */
#ifndef ANALYSIS_SIDES_H
#define ANALYSIS_SIDES_H

#include <argp.h>

#include "cli.h"
#include "comparison.h"

struct sides {
	struct cli_options cli;
	char *axis;    /* NULL before loading: "label" */
	char **values; /* of the axis, or NULL */
	double margin;
	bool force;	   /* compare unlike machines all the same */
	const char *a, *b; /* texts of the axis, once loaded; the results' */
};

/* Options and files, as a child of the command's own parser; its input is a
 * struct sides. */
extern const struct argp sides_argp;

/* The defaults, before parsing. */
void sides_start(struct sides *s);

/* Loads the files and finds a and b. 0, or EXIT_TROUBLE after saying why.
 * results_free() and sides_free() in any case. */
int sides_load(struct results *r, struct sides *s);
void sides_free(struct sides *s);

/* 0, or EXIT_TROUBLE after saying so: that nothing can be compared, or that the
 * machines are too unlike. */
int sides_check(const struct sides *s, const struct results *r,
		const struct comparison *c);

#endif
