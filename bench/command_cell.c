/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faultline cell: one run by hand; and, with --record-fd, how `run` starts
 * each of its own. */
#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell.h"
#include "child.h"
#include "commands.h"
#include "resource.h"
#include "units.h"

struct cell_options {
	struct pairs given;
	int record_fd; /* -1: for people */
	bool json, witness;
};

static const struct argp_option options[] = {
	{ "witness", 'w', NULL, 0,
	  "the untimed pass with tracepoints instead of the timed one", 0 },
	{ "json", 'j', NULL, 0, "print the record", 0 },
	{ "record-fd", 'F', "FD", OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct cell_options *o = state->input;
	char *text;

	switch (key) {
	case 'w':
		o->witness = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'F':
		o->record_fd = atoi(arg);
		return 0;
	case ARGP_KEY_ARG:
		text = strchr(arg, '=');
		if (!text)
			argp_error(state, "'%s' is no name=value", arg);
		*text++ = '\0';
		if (pairs_find(&o->given, arg))
			argp_error(state, "%s is given twice", arg);
		pairs_add(&o->given, arg, text);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp cell_argp = {
	.options = options,
	.parser = option,
	.args_doc = "scenario=NAME [NAME=VALUE...]",
	.doc = "Runs one cell once. `faultline list` shows the names. Every "
	       "record of a result file carries the line that repeats it.",
};

/* --- for people ----------------------------------------------------------- */

static void print_value(const char *name, const struct value *value)
{
	size_t len = strlen(name);
	char buf[32];

	if (value->absent)
		printf("  %-28s -  (%s)\n", name, value->absent);
	else if (len > 3 && !strcmp(name + len - 3, "_ns"))
		printf("  %-28s %s\n", name,
		       units_time(buf, sizeof(buf), value->number));
	else if (len > 6 && !strcmp(name + len - 6, "_per_s"))
		printf("  %-28s %s/s\n", name,
		       units_count(buf, sizeof(buf), value->number));
	else
		printf("  %-28s %.6g\n", name, value->number);
}

static void print_metrics(const char *title, const struct metrics *m)
{
	size_t i;

	if (m->nr && *title)
		printf("%s\n", title);
	for (i = 0; i < m->nr; i++)
		print_value(m->at[i].name, &m->at[i].value);
}

static int print_record(const struct record *r)
{
	size_t i;

	puts(r->command);
	if (r->reason) {
		printf("%s: %s\n",
		       r->type == RECORD_SKIP ? "skipped" : "FAILED",
		       r->reason);
		return r->type == RECORD_SKIP ? 77 : 1;
	}
	if (r->verdict)
		printf("%s, by %s: %s\n", r->verdict, r->evidence, r->claim);
	print_metrics("", &r->metrics);
	print_metrics("counters, per touch", &r->counters);
	for (i = 0; i < r->nr_antagonists; i++) {
		printf("antagonist %s\n", r->antagonists[i].name);
		print_metrics("", &r->antagonists[i].metrics);
	}
	print_metrics("noise", &r->noise);
	fputs("placed", stdout);
	for (i = 0; i < r->nr_placed; i++)
		printf("%s %s %u on PU %u", i ? "," : "", r->placed[i].role,
		       r->placed[i].index, r->placed[i].pu);
	putchar('\n');
	return 0;
}

static void on_signal(int number)
{
	(void)number;
	child_interrupted = 1;
}

/* What was left behind before is told; what this cell just made is not, unless
 * it cannot be undone. */
static void say_restored(bool trouble, const char *line, void *before)
{
	if (trouble || *(bool *)before)
		fprintf(stderr, "faultline: %s\n", line);
}

static void restore(bool before)
{
	struct journal_report report = { .say = say_restored, .arg = &before };
	struct error e;
	int err = resource_restore(&report, &e);

	if (err && err != -EAGAIN)
		fprintf(stderr, "faultline: %s\n", e.text);
}

static int run_by_hand(const struct spec *spec, const struct cell_options *o,
		       struct error *e)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct record r;
	int err;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	restore(true);
	err = child_run(spec, o->witness, &r, e);
	restore(false);
	if (err)
		return err;
	if (o->json) {
		char *json = record_to_json(&r);

		puts(json);
		free(json);
		err = r.type == RECORD_FAIL   ? 1
		      : r.type == RECORD_SKIP ? 77
					      : 0;
	} else {
		err = print_record(&r);
	}
	record_free(&r);
	return err;
}

static int run_for_parent(const struct spec *spec, const struct cell_options *o,
			  const struct topo *topo)
{
	struct pollfd p = { .fd = o->record_fd };

	/* Whatever becomes of the parent, nothing stays behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may be dead already: then nobody listens at the pipe. */
	if (poll(&p, 1, 0) > 0 && p.revents & POLLERR)
		return 1;
	return cell_run(spec, o->witness, topo, o->record_fd);
}

int command_cell(int argc, char **argv, struct error *e)
{
	struct cell_options o = { .record_fd = -1 };
	struct topo topo;
	struct spec spec;
	int err;

	argp_parse(&cell_argp, argc, argv, 0, NULL, &o);
	err = topology_load(&topo, e);
	if (err)
		goto out_given;
	err = spec_parse(&spec, &o.given, &topo, e);
	if (!err) {
		err = refuse_sanitizer(e);
		if (!err)
			err = o.record_fd >= 0
				      ? run_for_parent(&spec, &o, &topo)
				      : run_by_hand(&spec, &o, e);
		spec_free(&spec);
	}
	topology_free(&topo);
out_given:
	pairs_free(&o.given);
	return err;
}
