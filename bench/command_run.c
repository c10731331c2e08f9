/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faultline plan, run, doctor: a config and what becomes of it. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "doctor.h"
#include "plan.h"
#include "run.h"
#include "units.h"

/* --- plan ----------------------------------------------------------------- */

static error_t plan_option(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	if (key == ARGP_KEY_ARG && !o->config)
		o->config = arg;
	else if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS)
		argp_usage(state);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp plan_argp = {
	.parser = plan_option,
	.args_doc = "CONFIG",
	.doc = "The cells of a config (a file, or the name of one in configs/), "
	       "and the time that they will take. Runs nothing.",
};

/* A bare name may be that of a config of the tree one stands in: a
 * picture's "faultline run headline.conf" knows no folder, and is to work. */
static const char *find_config(const char *path, char *buf, size_t size)
{
	if (strchr(path, '/') || !access(path, F_OK))
		return path;
	snprintf(buf, size, "configs/%s", path);
	return access(buf, F_OK) ? path : buf;
}

static int load(const char *path, struct topo *topo, struct plan *plan,
		struct error *e)
{
	char buf[PATH_MAX];
	int err = topology_load(topo, e);

	if (err)
		return err;
	err = plan_load(plan, find_config(path, buf, sizeof(buf)), topo, e);
	if (err)
		topology_free(topo);
	return err;
}

static void print_cost(const struct plan *plan, const struct topo *topo)
{
	double s = plan_total_s(plan);

	printf("plan: %zu cells in %u blocks and a witness each: about %.0f %s "
	       "on %s\n",
	       plan->nr_cells, plan->blocks, s < 120 ? s : s / 60,
	       s < 120 ? "s" : "minutes", topo->text);
}

int command_plan(int argc, char **argv, struct error *e)
{
	struct run_options o = { 0 };
	struct topo topo;
	struct plan plan;
	size_t i;
	int err;

	argp_parse(&plan_argp, argc, argv, 0, NULL, &o);
	err = load(o.config, &topo, &plan, e);
	if (err)
		return err;
	if (*plan.question)
		printf("%s\n\n", plan.question);
	for (i = 0; i < plan.nr_cells; i++) {
		char *command = spec_command(&plan.cells[i]);

		/* without "faultline cell " */
		printf("%4zu  %s\n", i + 1, command + 15);
		free(command);
	}
	putchar('\n');
	print_cost(&plan, &topo);
	plan_free(&plan);
	topology_free(&topo);
	return 0;
}

/* --- run ------------------------------------------------------------------ */

enum {
	KEY_UNTIL = 256,
	KEY_AT_MOST,
	KEY_DONE,
	KEY_IN_FLIGHT
};

static const struct argp_option run_argp_options[] = {
	{ "output", 'o', "FILE", 0, "the result file [results.jsonl]", 0 },
	{ "label", 'l', "TEXT", 0,
	  "what this side is called in comparisons [the kernel's release]", 0 },
	{ "seed", 's', "N", 0, "of the order of cells [random]", 0 },
	{ "resume", 'r', NULL, 0, "go on with a file that was begun", 0 },
	{ "until-decided", KEY_UNTIL, "GATE-ARGUMENTS", 0,
	  "after the planned blocks: two more at a time of the cells that "
	  "faultstat gate cannot judge yet; \"--by tag=a,b\", or "
	  "\"base=old.jsonl\" for a stored side",
	  0 },
	{ "at-most", KEY_AT_MOST, "N", 0,
	  "blocks, with --until-decided [3 times the planned]", 0 },
	{ "done", KEY_DONE, "FILE", 0,
	  "the records of FILE count as done, whatever -o holds", 0 },
	{ "in-flight", KEY_IN_FLIGHT, "DEVICE", 0,
	  "before each run, the fail record that it leaves if the machine dies "
	  "goes here",
	  0 },
	{ 0 },
};

static error_t run_option(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;
	struct error e;
	uint64_t n;

	switch (key) {
	case KEY_UNTIL:
		o->until_decided = arg;
		return 0;
	case KEY_AT_MOST:
		if (units_parse_count(arg, &n, &e) || n < 1 || n > 10000)
			argp_error(state, "--at-most %s: 1 to 10000 blocks",
				   arg);
		o->at_most = (unsigned int)n;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case 'l':
		o->label = arg;
		return 0;
	case 's':
		if (units_parse_count(arg, &o->seed, &e) || !o->seed)
			argp_error(state, "--seed %s: a number from 1 on", arg);
		return 0;
	case 'r':
		o->resume = true;
		return 0;
	case KEY_DONE:
		o->done = arg;
		return 0;
	case KEY_IN_FLIGHT:
		o->in_flight = arg;
		return 0;
	default:
		return plan_option(key, arg, state);
	}
}

static const struct argp run_argp = {
	.options = run_argp_options,
	.parser = run_option,
	.args_doc = "CONFIG",
	.doc = "Runs a config: the witness of each cell, then all cells in "
	       "blocks of shuffled order, each in a fresh process, each record "
	       "written and synced before the next begins.\vExit status: 0 "
	       "done; 1 done, but something failed or a witness was broken; 2 "
	       "trouble; 130 interrupted.",
};

int command_run(int argc, char **argv, struct error *e)
{
	struct run_options o = { .out = "results.jsonl" };
	struct topo topo;
	struct plan plan;
	int err;

	argp_parse(&run_argp, argc, argv, 0, NULL, &o);
	err = load(o.config, &topo, &plan, e);
	if (err)
		return err;
	setvbuf(stdout, NULL, _IOLBF, 0);
	err = refuse_sanitizer(e);
	if (!err) {
		if (*plan.question)
			printf("%s\n", plan.question);
		print_cost(&plan, &topo);
		err = run_plan(&plan, &topo, &o, e);
	}
	plan_free(&plan);
	topology_free(&topo);
	return err;
}

/* --- doctor --------------------------------------------------------------- */

static const struct argp doctor_argp = {
	.doc = "What this machine and this user can measure and prove, line by "
	       "line, with the reason and the remedy. Changes nothing.",
};

int command_doctor(int argc, char **argv, struct error *e)
{
	(void)e;
	argp_parse(&doctor_argp, argc, argv, 0, NULL, NULL);
	return doctor_run(stdout);
}
