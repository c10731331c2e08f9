/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat report: result files as a page with pictures, as plain text, and
 * the pictures by themselves with their data.
 */
#include "report.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "memory.h"

struct options {
	struct cli_options cli;
	const char *dir, *title, *plots_dir; /* dir NULL: not said */
	const struct report_format *format;  /* NULL: a folder */
	bool no_plots;
};

enum {
	KEY_NO_PLOTS = 256,
	KEY_TITLE,
	KEY_PLOTS_DIR,
};

static const struct argp_option option_table[] = {
	{ "output", 'o', "DIR", 0,
	  "where to write report.html, report.txt and the pictures; made when "
	  "it is not there (default: report)",
	  0 },
	{ "format", 'f', "FORMAT", 0,
	  "one stream to standard output instead of a folder: html (one page, "
	  "pictures inside), mail (72 columns of ASCII), markdown",
	  0 },
	{ "no-plots", KEY_NO_PLOTS, NULL, 0, "tables only; needs no gnuplot",
	  0 },
	{ "title", KEY_TITLE, "TEXT", 0,
	  "the page's title (default: the question of the plan)", 0 },
	{ "plots-dir", KEY_PLOTS_DIR, "DIR", 0,
	  "the pictures' recipes (default: FAULTLINE_PLOTS_DIR of the "
	  "environment, else those of the source)",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	struct error e;

	switch (key) {
	case 'f':
		o->format = report_format_find(arg, &e);
		if (!o->format)
			argp_error(state, "%s", e.text);
		return 0;
	case 'o':
		if (!*arg)
			argp_error(state, "-o wants the name of a directory");
		o->dir = arg;
		return 0;
	case KEY_NO_PLOTS:
		o->no_plots = true;
		return 0;
	case KEY_TITLE:
		o->title = arg;
		return 0;
	case KEY_PLOTS_DIR:
		o->plots_dir = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->format && o->dir)
			argp_error(state, "--format writes to standard output, "
					  "-o makes a folder: one of them");
		return 0;
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

/* What is missing from the report, in a line each. */
static void tell(const struct report *r)
{
	char *dir = clean_text(r->dir);
	size_t i, drawn = 0;

	for (i = 0; i < r->nr_pictures; i++) {
		const struct picture *p = r->pictures[i];

		drawn += p->svg != NULL;
		if (p->trouble)
			cli_note("no picture %s: %s", p->name, p->trouble);
		else if (p->svg && !p->png)
			cli_note("no %s.png: this gnuplot has no pngcairo; "
				 "apt install gnuplot-nox",
				 p->name);
	}
	if (r->no_draw && r->draw)
		cli_note("%s", r->no_draw);
	printf("%s/report.html: %zu cell%s, %zu picture%s\n", dir,
	       r->results.nr_cells, r->results.nr_cells == 1 ? "" : "s", drawn,
	       drawn == 1 ? "" : "s");
	free(dir);
}

static int write_report(struct report *r)
{
	struct arm_groups groups;
	struct error e = { "" };
	int err;

	arm_groups_find(&groups, &r->results);
	report_pictures(r, &groups);
	err = pictures_draw(r, &e);
	if (!err)
		err = report_text(r, "report.txt", &e);
	if (!err)
		err = html_report(r, &groups, "report.html", &e);
	arm_groups_free(&groups);
	if (err)
		return cli_trouble("%s", e.text);
	tell(r);
	return 0;
}

static int write_stream(struct report *r, const struct report_format *format)
{
	struct error e = { "" };

	if (format->write(stdout, r, &e))
		return cli_trouble("%s", e.text);
	if (r->no_draw && r->draw)
		cli_note("%s", r->no_draw);
	return 0;
}

static int write_folder(struct report *r, const char *dir)
{
	struct error e = { "" };

	r->dir = dir ? dir : "report";
	if (dir_make(r->dir, &e))
		return cli_trouble("%s", e.text);
	return write_report(r);
}

static int report(struct report *r, const struct options *o)
{
	struct error e = { "" };
	char *plots = NULL;
	int status;
	size_t i;

	status = cli_load(&r->results, o->cli.files, o->cli.nr_files);
	if (status)
		return status;
	for (i = 0; i < o->cli.nr_files; i++)
		*(char **)memory_append((void **)&r->paths, &r->nr_paths,
					sizeof(*r->paths)) =
			memory_text(o->cli.files[i].path);
	r->draw = !o->no_plots;
	if (r->draw) {
		plots = plots_find(o->plots_dir, &e);
		if (!plots)
			return cli_trouble("%s", e.text);
	}
	r->title = o->title;
	r->plots_dir = plots ? plots : "";
	status = o->format ? write_stream(r, o->format)
			   : write_folder(r, o->dir);
	free(plots);
	return status;
}

void report_free(struct report *r)
{
	while (r->nr_pictures)
		picture_free(r->pictures[--r->nr_pictures]);
	free(r->pictures);
	while (r->nr_paths)
		free(r->paths[--r->nr_paths]);
	free(r->paths);
	free(r->versus);
	free(r->waiting);
	free(r->no_draw);
	results_free(&r->results);
}

int command_report(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[LABEL=]FILE...",
		"A page with pictures: report.html (one file, no network), "
		"report.txt, and each picture as NAME.svg, NAME.png and its "
		"data NAME.dat. Or, by --format, one stream.",
		NULL,
		NULL,
		NULL
	};
	struct options o = { .dir = NULL };
	struct report r = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = report(&r, &o);
	report_free(&r);
	cli_options_free(&o.cli);
	return status;
}
