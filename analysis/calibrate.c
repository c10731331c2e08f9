/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat calibrate: what can this machine tell apart? Reads A/A runs
 * (configs/calibrate.conf), says it, and writes it down for the gate.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrating.h"
#include "cli.h"
#include "commands.h"
#include "json.h"
#include "memory.h"
#include "show.h"
#include "units.h"

enum {
	KEY_PAIRS = 256,
	KEY_FORCE,
	LEAST_PAIRS = 6, /* for the bounds of a gate, and R's n = 5 is none */
	MOST_PAIRS = 50
};

struct options {
	struct cli_options cli;
	size_t nr_pairs;
	const char *config, *output;
	struct margins margins;
	bool force;
};

static const struct argp_option option_table[] = {
	{ "output", 'o', "FILE", 0,
	  "write the calibration, for faultstat gate --calibration FILE", 0 },
	{ "config", 'c', "FILE", 0,
	  "the gate's margins: which figures, and what they are to be held to",
	  0 },
	{ "pairs", KEY_PAIRS, "N", 0,
	  "blocks that the gate will have: 6 to 50 [8]", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "force", KEY_FORCE, NULL, 0, "results of unlike machines as well",
	  0 },
	{ "json", 'j', NULL, 0, "everything, as JSON", 0 },
	{ "mail", 'm', NULL, 0, "72 columns, for a mail", 0 },
	{ 0 },
};

static void set_pairs(struct options *o, const char *arg,
		      struct argp_state *state)
{
	uint64_t n;

	if (units_parse_count(arg, &n, NULL) || n < LEAST_PAIRS ||
	    n > MOST_PAIRS)
		argp_error(state, "--pairs: %s is no number from %d to %d", arg,
			   LEAST_PAIRS, MOST_PAIRS);
	o->nr_pairs = n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		o->output = arg;
		return 0;
	case 'c':
		o->config = arg;
		return 0;
	case KEY_PAIRS:
		set_pairs(o, arg, state);
		return 0;
	case KEY_FORCE:
		o->force = true;
		return 0;
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

/* Whole, or not at all: a gate must not read half of one. */
static int write_file(const char *path, const struct calibration *c)
{
	char *part = memory_printf("%s.%ld", path, (long)getpid());
	FILE *out = fopen(part, "wxe");
	struct error e;
	int status;

	if (!out) {
		status = cli_trouble("%s: %s", part, strerror(errno));
		free(part);
		return status;
	}
	status = calibration_write(out, c, &e)
			 ? cli_trouble("%s: %s", part, e.text)
			 : 0;
	if (fclose(out) && !status)
		status = cli_trouble("%s: %s", part, strerror(errno));
	if (!status && rename(part, path))
		status = cli_trouble("%s: %s", path, strerror(errno));
	if (status)
		unlink(part);
	free(part);
	return status;
}

/* All sessions must be of the machine that the file will be for. */
static int check_machines(const struct options *o, const struct results *r,
			  const struct calibration *c)
{
	size_t i;

	for (i = 0; i < r->nr_sessions && !o->force; i++) {
		char *why = calibration_refuse(c, &r->sessions[i]);

		if (why) {
			cli_trouble("%s: %s; calibrate each machine on its "
				    "own, and anew, or --force",
				    r->sessions[i].label, why);
			free(why);
			return EXIT_TROUBLE;
		}
	}
	return 0;
}

static int say(const struct options *o, const struct results *r,
	       const struct calibrating *g, const struct calibration *c)
{
	size_t width = o->cli.mail ? WIDTH_MAIL : WIDTH_TERMINAL;
	char *closing;

	if (o->cli.json)
		return json_print(stdout, calibrate_json(g, c));
	show_head(stdout, width, r);
	calibrate_print(stdout, width, r, g);
	closing = calibrate_closing(g);
	fputc('\n', stdout);
	text_wrap(stdout, width, "", closing);
	free(closing);
	return 0;
}

static int calibrate_rows(const struct options *o, const struct results *r)
{
	struct calibrating g;
	struct calibration c;
	int status;

	calibrating_make(&g, r, &o->margins, o->cli.scenario, o->nr_pairs);
	calibrating_keep(&g, r, &c);
	status = check_machines(o, r, &c);
	if (!status && !g.arms.nr_both)
		status = cli_trouble("no cell was measured under tag=a and "
				     "tag=b; measure configs/calibrate.conf");
	else if (!status && !g.nr_rows)
		status = cli_trouble("no row could be calibrated: %s",
				     g.why ? g.why
					   : "the margins name no figure");
	if (!status)
		status = say(o, r, &g, &c);
	if (!status && o->output)
		status = write_file(o->output, &c);
	calibration_free(&c);
	calibrating_free(&g);
	return status;
}

static int calibrate(struct options *o, struct results *r)
{
	struct error e;
	size_t i;
	int status;

	if (o->config && margins_load(&o->margins, o->config, &e))
		return cli_trouble("%s", e.text);
	/* sessions of one machine: the same cells, whatever they were called */
	for (i = 0; i < o->cli.nr_files; i++) {
		free(o->cli.files[i].label);
		o->cli.files[i].label = memory_text("A/A");
	}
	status = cli_load(r, o->cli.files, o->cli.nr_files);
	if (!status)
		status = cli_check_scenario(r, o->cli.scenario);
	return status ? status : calibrate_rows(o, r);
}

int command_calibrate(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"FILE...",
		"What can this machine tell apart? From the results of "
		"configs/calibrate.conf, where each cell is measured under "
		"tag=a and tag=b: the noise floor and the smallest margin of "
		"each row of a gate, the effect of the order, and whether a "
		"slow-down of known size is found.\v"
		"Several files of one machine show what drifts between "
		"sessions, too. doc/ci.md says how a CI uses it.",
		NULL,
		NULL,
		NULL
	};
	struct options o = { .nr_pairs = CALIBRATE_PAIRS };
	struct results r = { 0 };
	int status;

	margins_default(&o.margins);
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = calibrate(&o, &r);
	results_free(&r);
	margins_free(&o.margins);
	cli_options_free(&o.cli);
	return status;
}
