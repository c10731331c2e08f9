/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faultstat compare: two arms against each other. */
#include "compare.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "cli.h"
#include "commands.h"
#include "differences.h"
#include "json.h"
#include "memory.h"
#include "show.h"

static const char *const usual_metrics[] = {
	"p50_ns",
	"p99_ns",
	"faults_per_s",
	"antagonist.p99_ns",
	"antagonist.ops_per_s",
};

/* Where instructions are counted instead of time. */
static const char *const path_metrics[] = {
	"instructions_per_fault",
	"mean_instructions_per_fault",
};

struct options {
	struct cli_options cli;
	char *axis;    /* "label" unless told */
	char **values; /* of the axis, or NULL */
	double margin;
	bool force;
};

enum {
	KEY_FORCE = 256
};

static const struct argp_option option_table[] = {
	{ "by", 'b', "AXIS[=A,B...]", 0,
	  "compare cells that differ just in this axis or setting (lock, "
	  "scenario, tag, ..., label, kernel); A is what the others are compared with",
	  0 },
	{ "margin", 'e', "PERCENT", 0,
	  "an interval within this is \"same\" (1)", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "metric", 'M', "NAME[,NAME...]", 0, "these instead of the usual", 0 },
	{ "force", KEY_FORCE, NULL, 0, "compare unlike machines all the same",
	  0 },
	{ "json", 'j', NULL, 0, "everything, as JSON", 0 },
	{ "mail", 'm', NULL, 0, "72 columns, for a mail", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;

	switch (key) {
	case 'b':
		arms_parse(arg, &o->axis, &o->values);
		return 0;
	case 'e':
		o->margin = strtod(arg, &end) / 100;
		if (*end == '%')
			end++;
		if (end == arg || *end || !(o->margin >= 0 && o->margin <= 10))
			argp_error(state,
				   "--margin %s: a percentage like 1 "
				   "or 2.5",
				   arg);
		return 0;
	case KEY_FORCE:
		o->force = true;
		return 0;
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

/* --- all of it ------------------------------------------------------------ */

struct run {
	const struct results *r;
	const struct options *o;
	const char *axis;
	const char *const *metrics;
	size_t nr_metrics, width;
	json_t *list; /* of comparisons; NULL: text */
	size_t nr_cells, nr_rows, verdicts[NR_VERDICTS];
};

static void compare_two(struct run *run, const char *a, const char *b)
{
	struct comparison c;
	size_t i;

	comparison_make(&c, run->r, run->axis, a, b, run->o->cli.scenario,
			run->metrics, run->nr_metrics, run->o->margin);
	run->nr_cells += c.nr_both;
	run->nr_rows += c.nr_rows;
	for (i = 0; i < NR_VERDICTS; i++)
		run->verdicts[i] += c.verdicts[i];
	if (run->list) {
		json_array_append_new(run->list, compare_json(run->r, &c));
	} else if (c.nr_both) {
		compare_print(stdout, run->width, run->r, &c);
		compare_legend(stdout, run->width, &c);
	}
	comparison_free(&c);
}

static int finish_json(const struct run *run)
{
	json_t *o = json_object();

	json_object_set_new(o, "command", json_text("compare"));
	json_object_set_new(o, "level", json_number(COMPARE_LEVEL));
	json_object_set_new(o, "margin", json_number(run->o->margin));
	json_object_set_new(o, "comparisons", run->list);
	json_object_set_new(o, "malformed_lines", json_count(run->r->nr_bad));
	return json_print(stdout, o);
}

static void finish_text(const struct run *run)
{
	static const enum verdict order[] = {
		VERDICT_SLOWER, VERDICT_FASTER,	 VERDICT_MORE, VERDICT_LESS,
		VERDICT_SAME,	VERDICT_UNCLEAR, VERDICT_FEW,
	};
	char *text = memory_printf("%zu pair%s of cells, %zu row%s:",
				   run->nr_cells, run->nr_cells == 1 ? "" : "s",
				   run->nr_rows, run->nr_rows == 1 ? "" : "s");
	size_t i;

	for (i = 0; i < NR_VERDICTS; i++) {
		size_t nr = run->verdicts[order[i]];
		char *longer;

		if (!nr)
			continue;
		longer = memory_printf("%s %zu %s,", text, nr,
				       verdict_word(order[i]));
		free(text);
		text = longer;
	}
	text[strlen(text) - 1] = '.';
	fputc('\n', stdout);
	text_wrap(stdout, run->width, "", text);
	free(text);
}

/* Two machines are no two arms. */
static int refuse(const struct run *run, const char *a, const char *b)
{
	struct differences d;
	struct comparison c;
	int status;

	comparison_arms(&c, run->r, run->axis, a, b, run->o->cli.scenario);
	differences_find(&d, run->r, &c);
	status = differences_refuse(&d, run->o->force);
	differences_free(&d);
	comparison_free(&c);
	return status;
}

static int compare_arms(struct run *run, const char **texts, size_t nr)
{
	size_t i;
	int status = 0;

	for (i = 1; i < nr && !status; i++)
		status = refuse(run, texts[0], texts[i]);
	if (status)
		return status;
	if (run->o->cli.json)
		run->list = json_array();
	else
		show_head(stdout, run->width, run->r);
	for (i = 1; i < nr; i++)
		compare_two(run, texts[0], texts[i]);
	if (run->list)
		return finish_json(run);
	finish_text(run);
	if (!run->nr_cells)
		return cli_trouble("no cell of %s=%s has a counterpart that "
				   "differs in nothing else",
				   run->axis, texts[0]);
	return 0;
}

static int compare(struct results *r, struct options *o)
{
	struct run run = { .r = r, .o = o };
	const char **texts = NULL;
	size_t i, nr;
	int status = arms_load(r, o->cli.files, o->cli.nr_files, &o->axis);

	if (!status)
		status = cli_check_scenario(r, o->cli.scenario);
	for (i = 0; !status && o->cli.metrics && o->cli.metrics[i]; i++)
		status = cli_check_metric(r, o->cli.metrics[i]);
	if (status)
		return status;
	run.axis = o->axis;
	run.metrics = o->cli.metrics ? (const char *const *)o->cli.metrics
				     : usual_metrics;
	run.nr_metrics = o->cli.metrics ? i
					: sizeof(usual_metrics) /
						  sizeof(usual_metrics[0]);
	if (!o->cli.metrics && results_count_instructions(r)) {
		run.metrics = path_metrics;
		run.nr_metrics = sizeof(path_metrics) / sizeof(path_metrics[0]);
	}
	run.width = o->cli.mail ? WIDTH_MAIL : WIDTH_TERMINAL;
	status = arms_find(r, run.axis, o->values, &texts, &nr);
	if (!status)
		status = compare_arms(&run, texts, nr);
	free(texts);
	return status;
}

int command_compare(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[LABEL=]A [LABEL=]B\n--by AXIS FILE...",
		"Two arms against each other: two files, or the cells of some "
		"files that differ in one axis only.",
		NULL,
		NULL,
		NULL
	};
	struct options o = { .margin = COMPARE_MARGIN };
	struct results r = { .no_hists = true };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = compare(&r, &o);
	results_free(&r);
	cli_words_free(o.values);
	free(o.axis);
	cli_options_free(&o.cli);
	return status;
}
