/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat gate: did it become slower? The answer is the exit status. Trouble
 * wins over all; with --bisect it is what `git bisect run` wants to hear, usage
 * errors included.
 */
#include "gate.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "cli.h"
#include "commands.h"
#include "json.h"
#include "memory.h"
#include "show.h"

struct options {
	struct cli_options cli;
	char *axis, **values;
	const char *config, *calibration;
	struct margins margins;
	char **require; /* of the command line */
	size_t nr_require;
	enum on_inconclusive on_inconclusive;
	bool has_inconclusive, bisect, absolute, force, all;
	bool undecided;
};

enum key {
	KEY_CALIBRATION = 256,
	KEY_INCONCLUSIVE,
	KEY_REQUIRE,
	KEY_BISECT,
	KEY_ABSOLUTE,
	KEY_FORCE,
	KEY_UNDECIDED,
};

static const struct argp_option option_table[] = {
	{ "by", 'b', "AXIS=A,B", 0,
	  "gate cells that differ just in this axis (tag, spin, label, kernel, "
	  "...): is B slower than A?",
	  0 },
	{ "config", 'c', "FILE", 0,
	  "margins; see doc/ci.md (5 % of p50 and throughput, 10 % of p99)",
	  0 },
	{ "calibration", KEY_CALIBRATION, "FILE", 0,
	  "noise floors of this machine, by faultstat calibrate", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "require", KEY_REQUIRE, "SCENARIO[,...]", 0,
	  "trouble unless such a row was gated", 0 },
	{ "on-inconclusive", KEY_INCONCLUSIVE, "WHAT", 0,
	  "pass, fail, or inconclusive", 0 },
	{ "bisect", KEY_BISECT, NULL, 0,
	  "exit status for git bisect run: 0, 1, else 125", 0 },
	{ "absolute", KEY_ABSOLUTE, NULL, 0,
	  "gate times of separate sessions as well, which drift", 0 },
	{ "force", KEY_FORCE, NULL, 0,
	  "gate unlike machines, and by a foreign or old calibration", 0 },
	{ "all", 'a', NULL, 0, "show the rows that pass, too", 0 },
	{ "undecided", KEY_UNDECIDED, NULL, 0,
	  "print the cells to measure on, for faultline run --until-decided",
	  0 },
	{ "json", 'j', NULL, 0, "everything, as JSON", 0 },
	{ "mail", 'm', NULL, 0, "72 columns, for a mail", 0 },
	{ 0 },
};

static void add_required(struct options *o, const char *arg)
{
	char **words = cli_words(arg), **word;

	for (word = words; *word; word++)
		*(char **)memory_append((void **)&o->require, &o->nr_require,
					sizeof(char *)) = *word;
	free(words);
}

static error_t parse_word(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct error e;

	switch (key) {
	case 'b':
		arms_parse(arg, &o->axis, &o->values);
		return 0;
	case 'c':
		o->config = arg;
		return 0;
	case KEY_CALIBRATION:
		o->calibration = arg;
		return 0;
	case KEY_REQUIRE:
		add_required(o, arg);
		return 0;
	case KEY_INCONCLUSIVE:
		if (inconclusive_parse(arg, &o->on_inconclusive, &e))
			argp_error(state, "--%s", e.text);
		o->has_inconclusive = true;
		return 0;
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_BISECT:
		o->bisect = true;
		return 0;
	case KEY_ABSOLUTE:
		o->absolute = true;
		return 0;
	case KEY_FORCE:
		o->force = true;
		return 0;
	case KEY_UNDECIDED:
		o->undecided = true;
		return 0;
	case 'a':
		o->all = true;
		return 0;
	default:
		return parse_word(key, arg, state);
	}
}

/* --- status --------------------------------------------------------------- */

static enum gate_exit status_of(const struct gating *g)
{
	size_t open = g->outcomes[OUTCOME_INCONCLUSIVE];

	if (g->nr_troubles)
		return GATE_TROUBLE;
	if (g->outcomes[OUTCOME_FAIL])
		return GATE_REGRESSED;
	if (open && g->margins->on_inconclusive == INCONCLUSIVE_STAYS)
		return GATE_UNDECIDED;
	if (open && g->margins->on_inconclusive == INCONCLUSIVE_FAILS)
		return GATE_REGRESSED;
	return open || g->outcomes[OUTCOME_PASS] ? GATE_PASSED : GATE_EMPTY;
}

/* --- all of it ------------------------------------------------------------ */

static int say(const struct options *o, const struct results *r,
	       const struct gating *g, const struct differences *d)
{
	size_t width = o->cli.mail ? WIDTH_MAIL : WIDTH_TERMINAL;
	enum gate_exit status = status_of(g);
	char *closing;

	if (o->cli.json)
		return json_print(stdout, gate_json(g, d, status))
			       ? GATE_TROUBLE
			       : (int)status;
	show_head(stdout, width, r);
	differences_print(stdout, width, d);
	gate_print(stdout, width, r, g, o->all);
	closing = gate_closing(g, status);
	fputc('\n', stdout);
	text_wrap(stdout, width, "", closing);
	free(closing);
	return (int)status;
}

/* There is a closing line in any case. */
static int not_judged(const struct options *o, int status)
{
	if (!o->undecided && !o->cli.json)
		puts("gate: TROUBLE: nothing was judged; the reason stands on "
		     "standard error");
	return status;
}

static int gate_arms(const struct options *o, const struct results *r,
		     const struct gating_options *options)
{
	struct differences d;
	struct gating g;
	int status;

	gating_make(&g, r, options);
	differences_find(&d, r, &g.arms);
	if (o->undecided) {
		gate_print_undecided(stdout, &g);
		status = 0;
	} else {
		status = differences_refuse(&d, o->force);
		status = status ? not_judged(o, status) : say(o, r, &g, &d);
	}
	differences_free(&d);
	gating_free(&g);
	return status;
}

/* The one that holds for all sessions of the results. */
static int load_calibration(const struct options *o, struct calibration *c,
			    const struct results *r)
{
	struct error e;
	char *why = NULL;
	size_t i;
	int status = 0;

	if (calibration_load(c, o->calibration, &e))
		return cli_trouble("%s", e.text);
	for (i = 0; i < r->nr_sessions && !why; i++)
		why = calibration_refuse(c, &r->sessions[i]);
	if (why && !o->force)
		status = cli_trouble("%s: %s; calibrate here and now, or "
				     "--force",
				     o->calibration, why);
	else if (why)
		cli_note("%s: %s; used all the same", o->calibration, why);
	free(why);
	return status;
}

static int load_margins(struct options *o)
{
	struct error e;
	size_t i;

	if (o->config && margins_load(&o->margins, o->config, &e))
		return cli_trouble("%s", e.text);
	if (o->has_inconclusive)
		o->margins.on_inconclusive = o->on_inconclusive;
	for (i = 0; i < o->nr_require; i++)
		*(char **)memory_append(
			(void **)&o->margins.require, &o->margins.nr_require,
			sizeof(char *)) = memory_text(o->require[i]);
	return 0;
}

static int gate(struct options *o, struct results *r)
{
	struct gating_options options = { .margins = &o->margins,
					  .scenario = o->cli.scenario,
					  .absolute = o->absolute };
	struct calibration calibration = { 0 };
	const char **texts = NULL;
	size_t nr = 0;
	int status = load_margins(o);

	if (!status)
		status = arms_load(r, o->cli.files, o->cli.nr_files, &o->axis);
	if (!status)
		status = cli_check_scenario(r, o->cli.scenario);
	if (!status)
		status = arms_find(r, o->axis, o->values, &texts, &nr);
	if (!status && nr > 2)
		status = cli_trouble("%zu arms: %s, %s, %s ...; a gate has "
				     "two: --by %s=A,B",
				     nr, texts[0], texts[1], texts[2], o->axis);
	if (!status && o->calibration) {
		status = load_calibration(o, &calibration, r);
		options.calibration = &calibration;
	}
	if (!status) {
		options.axis = o->axis;
		options.a = texts[0];
		options.b = texts[1];
		status = gate_arms(o, r, &options);
	} else {
		not_judged(o, status);
	}
	calibration_free(&calibration);
	free(texts);
	return status;
}

/* Usage errors of a bisection are no regression either. */
static void prepare_bisect(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--bisect"))
			argp_err_exit_status = GATE_BISECT_SKIP;
}

int command_gate(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[LABEL=]A [LABEL=]B\n--by AXIS=A,B FILE...",
		"Is B slower than A by more than a margin? Three answers a "
		"row, and one line and an exit status for all.\v"
		"Exit status: 0 pass, 1 regression, 2 trouble (wins over all), "
		"3 inconclusive, 4 nothing to gate. A missing row is trouble, "
		"never a pass.",
		NULL,
		NULL,
		NULL
	};
	struct options o = { 0 };
	struct results r = { .no_hists = true };
	int status;

	prepare_bisect(argc, argv);
	margins_default(&o.margins);
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = gate(&o, &r);
	if ((fflush(stdout) || ferror(stdout)) && status != GATE_REGRESSED)
		status = cli_trouble("standard output: %m");
	if (o.bisect && status != GATE_PASSED && status != GATE_REGRESSED)
		status = GATE_BISECT_SKIP;
	results_free(&r);
	margins_free(&o.margins);
	cli_words_free(o.values);
	free(o.axis);
	while (o.nr_require)
		free(o.require[--o.nr_require]);
	free(o.require);
	cli_options_free(&o.cli);
	return status;
}
