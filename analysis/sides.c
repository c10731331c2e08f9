/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sides.h"

#include <stdlib.h>

#include "arms.h"
#include "commands.h"
#include "differences.h"
#include "memory.h"

enum {
	KEY_FORCE = 512
};

static const struct argp_option option_table[] = {
	{ "by", 'b', "AXIS[=A,B]", 0,
	  "cells that differ just in this axis or setting (lock, scenario, tag, "
	  "..., label, kernel); A is what B is compared with",
	  0 },
	{ "margin", 'e', "PERCENT", 0,
	  "an interval within this is \"same\" (1)", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "force", KEY_FORCE, NULL, 0, "compare unlike machines all the same",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sides *s = state->input;
	char *end;

	switch (key) {
	case 'b':
		arms_parse(arg, &s->axis, &s->values);
		return 0;
	case KEY_FORCE:
		s->force = true;
		return 0;
	case 'e':
		s->margin = strtod(arg, &end) / 100;
		if (*end == '%')
			end++;
		if (end == arg || *end || !(s->margin >= 0 && s->margin <= 10))
			argp_error(state,
				   "--margin %s: a percentage like 1 or 2.5",
				   arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which result files? Two, or one with --by");
		return 0;
	default:
		return cli_option(&s->cli, key, arg, state);
	}
}

const struct argp sides_argp = { option_table, parse, NULL, NULL,
				 NULL,	       NULL,  NULL };

void sides_start(struct sides *s)
{
	*s = (struct sides){ .margin = COMPARE_MARGIN };
}

int sides_load(struct results *r, struct sides *s)
{
	const char **texts = NULL;
	size_t nr;
	int status = arms_load(r, s->cli.files, s->cli.nr_files, &s->axis);

	if (!status)
		status = cli_check_scenario(r, s->cli.scenario);
	if (status)
		return status;
	status = arms_find(r, s->axis, s->values, &texts, &nr);
	if (!status && nr > 2)
		status = cli_trouble("%zu values of %s, and two sides are "
				     "wanted: choose by --by '%s=%s,%s'",
				     nr, s->axis, s->axis, texts[0], texts[1]);
	if (!status) {
		s->a = texts[0];
		s->b = texts[1];
	}
	free(texts);
	return status;
}

int sides_check(const struct sides *s, const struct results *r,
		const struct comparison *c)
{
	struct differences d;
	int status;

	if (!c->nr_both)
		return cli_trouble("no cell of %s=%s has a counterpart that "
				   "differs in nothing else",
				   c->axis, c->a);
	differences_find(&d, r, c);
	status = differences_refuse(&d, s->force);
	differences_free(&d);
	return status;
}

void sides_free(struct sides *s)
{
	free(s->axis);
	cli_words_free(s->values);
	cli_options_free(&s->cli);
}
