/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faultstat show: what was measured, as a table. */
#include "show.h"

#include <argp.h>
#include <stdlib.h>

#include "cli.h"
#include "commands.h"
#include "memory.h"

static const char *const all_metrics[] = {
	"p50_ns",
	"p90_ns",
	"p99_ns",
	"p999_ns",
	"faults_per_s",
	"antagonist.p99_ns",
	"mmap_locks_per_fault",
	"retries_per_fault",
};

/* 72 columns have no room for all. */
static const char *const mail_metrics[] = {
	"p50_ns",
	"p99_ns",
	"faults_per_s",
	"antagonist.p99_ns",
	"mmap_locks_per_fault",
	"retries_per_fault",
};

/* Where instructions are counted instead of time. */
static const char *const path_metrics[] = {
	"instructions_per_fault",	 "mean_instructions_per_fault",
	"kernel_instructions_per_fault", "user_instructions_per_fault",
	"mmap_locks_per_fault",		 "retries_per_fault",
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct options {
	struct cli_options cli;
};

static const struct argp_option option_table[] = {
	{ "json", 'j', NULL, 0, "everything, as JSON", 0 },
	{ "mail", 'm', NULL, 0,
	  "72 columns, for a mail; leaves out p90 and p99.9", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "metric", 'M', "NAME[,NAME...]", 0,
	  "these columns: metrics of a run, an antagonist (antagonist.p99_ns), "
	  "its counters (counter.NAME), its noise (noise.NAME), or a witness",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

static void columns_set(struct show *s, const struct options *o)
{
	const char *const *usual = o->cli.mail ? mail_metrics : all_metrics;
	size_t i, nr = o->cli.mail ? ARRAY_SIZE(mail_metrics)
				   : ARRAY_SIZE(all_metrics);

	if (results_count_instructions(&s->results)) {
		usual = path_metrics;
		nr = ARRAY_SIZE(path_metrics);
	}
	for (i = 0; o->cli.metrics ? o->cli.metrics[i] != NULL : i < nr; i++)
		*(const char **)memory_append((void **)&s->metrics,
					      &s->nr_metrics,
					      sizeof(*s->metrics)) =
			o->cli.metrics ? o->cli.metrics[i] : usual[i];
}

static int show_text(struct show *s)
{
	show_head(s->out, s->width, &s->results);
	show_tables(s);
	show_accounts(s);
	show_slowdowns(s);
	show_roles(s);
	show_reasons(s);
	show_legend(s);
	show_closing(s);
	return 0;
}

static int show(struct show *s, const struct options *o)
{
	int status = cli_load(&s->results, o->cli.files, o->cli.nr_files);
	size_t i;

	if (!status)
		status = cli_check_scenario(&s->results, o->cli.scenario);
	for (i = 0; !status && o->cli.metrics && o->cli.metrics[i]; i++)
		status = cli_check_metric(&s->results, o->cli.metrics[i]);
	if (status)
		return status;
	columns_set(s, o);
	return o->cli.json ? show_json(s) : show_text(s);
}

int command_show(int argc, char **argv)
{
	static const struct argp argp = { option_table,
					  parse,
					  "[LABEL=]FILE...",
					  "What was measured, as a table.",
					  NULL,
					  NULL,
					  NULL };
	struct options o = { 0 };
	struct show s = { .out = stdout };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	s.width = o.cli.mail ? WIDTH_MAIL : WIDTH_TERMINAL;
	s.scenario = o.cli.scenario;
	status = show(&s, &o);
	results_free(&s.results);
	footnotes_free(&s.notes);
	cli_options_free(&o.cli);
	free(s.metrics);
	return status;
}
