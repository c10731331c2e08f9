/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat export: results in the formats of other programs. The model is
 * hyperfine's src/export: a format is a file and a row.
 */
#include "export.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "commands.h"
#include "memory.h"
#include "near.h"

#define FORMAT(name, fn, story) { name, fn, story },
static const struct format {
	const char *name;
	export_fn *write;
	const char *story;
} formats[] = {
#include "formats/formats.def"
};
#undef FORMAT

enum {
	NR_FORMATS = sizeof(formats) / sizeof(formats[0]),
	KEY_ORIGIN = 0x100,
	KEY_CHECKOUT,
	KEY_BUILD,
};

struct options {
	struct cli_options cli;
	const char *format, *output;
	const char *origin, *checkout, *build;
};

static const struct argp_option option_table[] = {
	{ "format", 'f', "FORMAT", 0, "one of those below", 0 },
	{ "output", 'o', "PATH", 0, "instead of standard output", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "metric", 'M', "NAME[,NAME...]", 0,
	  "only these metrics (doc/format.md)", 0 },
	{ NULL, 0, NULL, 0, "For kcidb:", 1 },
	{ "origin", KEY_ORIGIN, "NAME", 0,
	  "the CI system that submits; lower-case letters, digits, _ "
	  "(default: faultline)",
	  1 },
	{ "checkout", KEY_CHECKOUT, "ID", 0,
	  "the checkout is known already, as ORIGIN:...", 1 },
	{ "build", KEY_BUILD, "ID", 0,
	  "the kernel's build is known already, as ORIGIN:...", 1 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'f':
		o->format = arg;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case KEY_ORIGIN:
		o->origin = arg;
		return 0;
	case KEY_CHECKOUT:
		o->checkout = arg;
		return 0;
	case KEY_BUILD:
		o->build = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->format)
			argp_error(state, "which format? Say --format=NAME; "
					  "--help lists them");
		else if (!o->cli.nr_files)
			argp_error(state, "which result file? faultline run "
					  "writes one, results.jsonl; - is "
					  "standard input");
		return 0;
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

/* The list of formats below the options. */
static char *help(int key, const char *text, void *input)
{
	size_t i, size;
	char *list;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&list, &size);
	if (!f)
		abort();
	fputs("Formats:\n", f);
	for (i = 0; i < NR_FORMATS; i++)
		fprintf(f, "  %-11s %s\n", formats[i].name, formats[i].story);
	fputs("\ndoc/formats.md tells what each holds. PATH is written when "
	      "all has been read.\n",
	      f);
	fclose(f);
	return list;
}

static const struct format *format_find(const char *name)
{
	const char *names[NR_FORMATS];
	struct error e;
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		if (!strcmp(name, formats[i].name))
			return &formats[i];
		names[i] = formats[i].name;
	}
	near_error("format", name, names, NR_FORMATS, &e);
	cli_trouble("%s", e.text);
	return NULL;
}

/* Would writing to path destroy a result file that was read? */
static int check_output(const struct options *o)
{
	struct stat a, b;
	size_t i;

	if (!o->output || stat(o->output, &a))
		return 0;
	for (i = 0; i < o->cli.nr_files; i++)
		if (S_ISREG(a.st_mode) && !stat(o->cli.files[i].path, &b) &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return cli_trouble("%s: is a result file that is read; "
					   "give --output another name",
					   o->output);
	return 0;
}

static int save(const char *path, const char *text, size_t size)
{
	FILE *f = path ? fopen(path, "w") : stdout;
	bool good;

	if (!f)
		return cli_trouble("%s: %m", path);
	good = fwrite(text, 1, size, f) == size;
	if (path && fclose(f))
		good = false;
	/* that of standard output is told by main() */
	if (!good && path)
		return cli_trouble("%s: %m; it is not complete", path);
	return 0;
}

/* The text is made in memory first: trouble leaves no half a file. */
static int write_all(struct export *x, const struct format *format,
		     const char *output)
{
	struct error e = { "" };
	char *text = NULL;
	size_t size;
	int status;

	x->out = open_memstream(&text, &size);
	if (!x->out)
		return cli_trouble("out of memory");
	status = format->write(x, &e);
	if (fclose(x->out) && !status)
		status = error_set(&e, ENOMEM, "out of memory");
	status = status ? cli_trouble("%s", e.text) : save(output, text, size);
	free(text);
	return status;
}

static int export(const struct options *o, struct results *r)
{
	const struct format *format = format_find(o->format);
	struct export x = { .results = r,
			    .metrics = o->cli.metrics,
			    .origin = o->origin,
			    .checkout = o->checkout,
			    .build = o->build };
	int status = format ? check_output(o) : EXIT_TROUBLE;
	size_t i;

	if (!status)
		status = cli_load(r, o->cli.files, o->cli.nr_files);
	if (!status && !r->nr_cells)
		status = cli_trouble("no run, witness, skip or fail in there: "
				     "nothing to export");
	if (!status)
		status = cli_check_scenario(r, o->cli.scenario);
	for (i = 0; !status && o->cli.metrics && o->cli.metrics[i]; i++)
		status = cli_check_metric(r, o->cli.metrics[i]);
	if (status)
		return status;
	export_rows(&x, o->cli.scenario);
	export_checks(&x);
	status = write_all(&x, format, o->output);
	export_free(&x);
	return status;
}

int command_export(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"--format=FORMAT [LABEL=]FILE...",
		"Results in the formats of other programs.\v",
		NULL,
		help,
		NULL
	};
	struct options o = { .origin = "faultline" };
	struct results r = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = export(&o, &r);
	results_free(&r);
	cli_options_free(&o.cli);
	return status;
}
