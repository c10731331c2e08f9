/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat history: result files of many days or kernels as one story. A
 * folder stands for the .jsonl files in it and below; links inside it are not
 * followed. A file in a folder that is no result file is told and passed over,
 * one that was named is trouble.
 */
#include "history.h"

#include <argp.h>
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "commands.h"
#include "history_plot.h"
#include "memory.h"
#include "report.h"

enum {
	MAX_BAD_TOLD = 5,
	MAX_DEPTH = 16,
	KEY_BY = 'b',
	KEY_PLOTS_DIR = 256,
	KEY_NO_PLOTS,
	KEY_CHANGED
};

static const char *const usual_metrics[] = { "p50_ns", "p99_ns", "faults_per_s",
					     "antagonist.p99_ns" };

struct options {
	struct cli_options cli;
	const char *dir, *plots_dir;
	bool by_label, no_plots, changed;
};

static const struct argp_option option_table[] = {
	{ "by", KEY_BY, "time|label", 0,
	  "the order of the sessions: by time (default), or by label, as "
	  "versions are counted: 6.9, 6.18-rc1, 6.18, 6.18.3",
	  0 },
	{ "metric", 'M', "NAME[,NAME...]", 0, "these instead of the usual", 0 },
	{ "scenario", 's', "GLOB", 0, "only scenarios that match", 0 },
	{ "output", 'o', "DIR", 0,
	  "write history.txt there, and a picture and its data for each row",
	  0 },
	{ "changed", KEY_CHANGED, NULL, 0,
	  "pictures only of rows with a change", 0 },
	{ "no-plots", KEY_NO_PLOTS, NULL, 0, "with -o: no pictures", 0 },
	{ "plots-dir", KEY_PLOTS_DIR, "DIR", 0,
	  "the pictures' recipes (default: as for report)", 0 },
	{ "mail", 'm', NULL, 0, "72 columns, for a mail", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_BY:
		o->by_label = !strcmp(arg, "label");
		if (!o->by_label && strcmp(arg, "time"))
			argp_error(state, "--by %s: time or label", arg);
		return 0;
	case 'o':
		if (!*arg)
			argp_error(state, "-o wants the name of a directory");
		o->dir = arg;
		return 0;
	case KEY_CHANGED:
		o->changed = true;
		return 0;
	case KEY_NO_PLOTS:
		o->no_plots = true;
		return 0;
	case KEY_PLOTS_DIR:
		o->plots_dir = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which folder, or which result files?");
		return 0;
	default:
		return cli_option(&o->cli, key, arg, state);
	}
}

/* --- loading -------------------------------------------------------------- */

struct loading {
	struct history *h;
	size_t told, files, passed_over;
};

static void tell_bad(const char *message, void *arg)
{
	struct loading *l = arg;

	if (l->told++ < MAX_BAD_TOLD)
		cli_note("%s", message);
}

/* All cells go under one label; the sessions keep theirs. */
static int load_file(struct loading *l, const char *path, const char *label,
		     struct error *e)
{
	struct results *r = &l->h->results;
	size_t before = r->nr_sessions, i;
	int err = results_load(r, path, "history", tell_bad, l, e);

	l->files++;
	for (i = before; i < r->nr_sessions; i++) {
		const char *own = label ? label : r->sessions[i].label;
		size_t nr = i;

		*(char **)memory_append((void **)&l->h->labels, &nr,
					sizeof(char *)) =
			memory_text(own && *own ? own : "unnamed");
	}
	if (r->nr_sessions > before) /* goes on with none of another file */
		r->sessions[before].resumed = false;
	return err;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return label_compare((*a)->fts_name, (*b)->fts_name);
}

static bool is_result_name(const char *name)
{
	size_t len = strlen(name);

	return len > 6 && !strcmp(name + len - 6, ".jsonl");
}

/* One thing in a folder. */
static void load_entry(struct loading *l, FTS *fts, FTSENT *entry,
		       const char *label)
{
	struct error e;

	if (entry->fts_info == FTS_D && entry->fts_level > MAX_DEPTH)
		fts_set(fts, entry, FTS_SKIP);
	if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
		cli_note("%s: %s; passed over", entry->fts_path,
			 strerror(entry->fts_errno));
		l->passed_over++;
	}
	if (entry->fts_info != FTS_F || !is_result_name(entry->fts_name))
		return;
	if (load_file(l, entry->fts_accpath, label, &e)) {
		cli_note("%s; passed over", e.text);
		l->passed_over++;
	}
}

static int load_folder(struct loading *l, const struct cli_file *f)
{
	char *const paths[] = { (char *)f->path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
			    by_name);
	size_t before = l->files;
	FTSENT *entry;

	if (!fts)
		return cli_trouble("%s: %s", f->path, strerror(errno));
	while ((entry = fts_read(fts)))
		load_entry(l, fts, entry, f->label);
	fts_close(fts);
	if (l->files == before)
		return cli_trouble("%s: no result file (.jsonl) in it or below",
				   f->path);
	return 0;
}

static int load(struct history *h, const struct options *o)
{
	struct loading l = { .h = h };
	struct error e;
	struct stat st;
	size_t i;
	int status = 0;

	for (i = 0; i < o->cli.nr_files && !status; i++) {
		const struct cli_file *f = &o->cli.files[i];

		if (!stat(f->path, &st) && S_ISDIR(st.st_mode))
			status = load_folder(&l, f);
		else if (load_file(&l, f->path, f->label, &e))
			status = cli_trouble("%s", e.text);
	}
	if (l.told > MAX_BAD_TOLD)
		cli_note("%zu more lines like these were left out",
			 l.told - MAX_BAD_TOLD);
	if (!status && l.passed_over == l.files && l.files)
		return cli_trouble("none of the files is a result file");
	return status;
}

/* --- all of it ------------------------------------------------------------ */

static int check(const struct history *h, const struct options *o)
{
	int status = cli_check_scenario(&h->results, o->cli.scenario);
	size_t i;

	for (i = 0; !status && o->cli.metrics && o->cli.metrics[i]; i++)
		status = cli_check_metric(&h->results, o->cli.metrics[i]);
	return status;
}

static int history(struct history *h, const struct options *o)
{
	int status = load(h, o);
	size_t i;

	if (!status)
		status = check(h, o);
	if (status)
		return status;
	for (i = 0; i < o->cli.nr_files; i++)
		*(char **)memory_append((void **)&h->paths, &h->nr_paths,
					sizeof(*h->paths)) =
			memory_text(o->cli.files[i].path);
	h->by_label = o->by_label;
	history_points(h);
	if (!h->nr_points)
		return cli_trouble("no runs in these files, so no history");
	for (i = 0; o->cli.metrics && o->cli.metrics[i]; i++)
		history_rows(h, o->cli.metrics[i], o->cli.scenario);
	for (i = 0; !o->cli.metrics &&
		    i < sizeof(usual_metrics) / sizeof(usual_metrics[0]);
	     i++)
		history_rows(h, usual_metrics[i], o->cli.scenario);
	if (!h->nr_rows)
		return cli_trouble("no cell has any of these metrics in a "
				   "run; name others by --metric");
	history_print(stdout, o->cli.mail ? WIDTH_MAIL : WIDTH_TERMINAL, h);
	if (!o->dir)
		return 0;
	return history_plot(h, o->dir, o->plots_dir, !o->no_plots, o->changed);
}

int command_history(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[LABEL=]DIR|FILE...",
		"Many days or kernels as one story: a trend for each cell, and "
		"from which session on it changed.",
		NULL,
		NULL,
		NULL
	};
	struct options o = { 0 };
	struct history h = { .results.no_hists = true };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = history(&h, &o);
	history_free(&h);
	cli_options_free(&o.cli);
	return status;
}
