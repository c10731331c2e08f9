/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faultstat cover-letter: kernel A against kernel B as a block of text to paste
 * and the pictures to link.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "mail.h"
#include "memory.h"
#include "sides.h"

struct options {
	struct sides sides;
	const char *dir, *plots_dir, *link;
	bool no_plots;
};

enum {
	KEY_NO_PLOTS = 256,
	KEY_PLOTS_DIR,
	KEY_LINK,
};

static const struct argp_option option_table[] = {
	{ "output", 'o', "DIR", 0,
	  "where to write cover-letter.txt and the pictures; made when it is "
	  "not there (default: cover-letter)",
	  0 },
	{ "link", KEY_LINK, "ADDRESS", 0,
	  "where the pictures are going to be: put before their names", 0 },
	{ "no-plots", KEY_NO_PLOTS, NULL, 0, "text only; needs no gnuplot", 0 },
	{ "plots-dir", KEY_PLOTS_DIR, "DIR", 0,
	  "the pictures' recipes, as in faultstat report", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		if (!*arg)
			argp_error(state, "-o wants the name of a directory");
		o->dir = arg;
		return 0;
	case KEY_LINK:
		o->link = arg;
		return 0;
	case KEY_NO_PLOTS:
		o->no_plots = true;
		return 0;
	case KEY_PLOTS_DIR:
		o->plots_dir = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->sides;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Returns how many pictures there are. */
static size_t print_links(const struct sheet *s, const struct report *r,
			  const char *link)
{
	const char *slash;
	size_t i, nr = 0;

	if (!link)
		link = "";
	slash = *link && link[strlen(link) - 1] != '/' ? "/" : "";
	for (i = 0; i < r->nr_pictures; i++) {
		const struct picture *p = r->pictures[i];

		if (!p->svg)
			continue;
		if (!nr++)
			sheet_heading(s, "Pictures");
		sheet_say(s, "", "%s", p->question);
		/* on a line of its own, whole, or it is no link */
		fprintf(s->out, "  %s%s%s.%s\n", link, slash, p->name,
			p->png ? "png" : "svg");
	}
	return nr;
}

static void tell(const struct report *r, size_t nr)
{
	char *dir = clean_text(r->dir);
	size_t i;

	for (i = 0; i < r->nr_pictures; i++)
		if (r->pictures[i]->trouble)
			cli_note("no picture %s: %s", r->pictures[i]->name,
				 r->pictures[i]->trouble);
	if (r->no_draw && r->draw)
		cli_note("%s", r->no_draw);
	printf("%s/cover-letter.txt: to paste; %zu picture%s to link\n", dir,
	       nr, nr == 1 ? "" : "s");
	free(dir);
}

static int write_letter(struct report *r, const struct comparison *c,
			const struct options *o)
{
	struct error e = { "" };
	struct sheet s;
	struct brief b;
	char *text = NULL;
	size_t size, nr;
	int err;

	plot_sides(r, c);
	err = pictures_draw(r, &e);
	if (err)
		return cli_trouble("%s", e.text);
	s = sheet_mail(open_memstream(&text, &size));
	if (!s.out)
		abort();
	brief_make(&b, r, c);
	mail_sides(&s, &b);
	nr = print_links(&s, r, o->link);
	brief_free(&b);
	fclose(s.out);
	err = file_write(r->dir, "cover-letter.txt", text, size, &e);
	free(text);
	if (err)
		return cli_trouble("%s", e.text);
	tell(r, nr);
	return 0;
}

/* The command that makes this, for below the pictures; malloc'ed. */
static char *again(const struct report *r, const struct comparison *c)
{
	bool label = !strcmp(c->axis, "label");
	char *words = memory_text("faultstat cover-letter"), *next, *pair;
	char *word;
	size_t i;

	for (i = 0; i <= r->nr_paths; i++) {
		const struct cell_sample *cell = NULL;

		if (!i && label)
			continue;
		if (!i)
			pair = memory_printf("--by=%s=%s,%s", c->axis, c->a,
					     c->b);
		else if (label && report_run_of(&r->results, i - 1, &cell))
			pair = memory_printf("%s=%s", cell->label,
					     base_name(r->paths[i - 1]));
		else
			pair = memory_text(base_name(r->paths[i - 1]));
		word = shell_word(pair);
		next = memory_printf("%s %s", words, word);
		free(pair);
		free(word);
		free(words);
		words = next;
	}
	return words;
}

static int check_link(const char *link)
{
	const char *c;

	for (c = link ? link : ""; *c; c++)
		if (*c <= ' ' || *c > '~')
			return cli_trouble("--link %s: an address has no "
					   "blanks and nothing but ASCII",
					   link);
	return 0;
}

static int write_folder(struct report *r, const struct comparison *c,
			const struct options *o)
{
	struct error e = { "" };
	char *plots = NULL, *command;
	int status;

	r->dir = o->dir;
	r->draw = !o->no_plots;
	if (dir_make(r->dir, &e))
		return cli_trouble("%s", e.text);
	if (r->draw)
		plots = plots_find(o->plots_dir, &e);
	if (r->draw && !plots)
		return cli_trouble("%s", e.text);
	r->plots_dir = plots ? plots : "";
	command = again(r, c);
	r->again = command;
	status = write_letter(r, c, o);
	r->again = NULL;
	free(command);
	free(plots);
	return status;
}

static int cover_letter(struct report *r, struct options *o)
{
	struct comparison c;
	size_t i;
	int status = check_link(o->link);

	if (!status)
		status = sides_load(&r->results, &o->sides);
	if (status)
		return status;
	for (i = 0; i < o->sides.cli.nr_files; i++)
		*(char **)memory_append((void **)&r->paths, &r->nr_paths,
					sizeof(*r->paths)) =
			memory_text(o->sides.cli.files[i].path);
	comparison_make(&c, &r->results, o->sides.axis, o->sides.a, o->sides.b,
			o->sides.cli.scenario, brief_metrics, brief_nr_metrics,
			o->sides.margin);
	status = sides_check(&o->sides, &r->results, &c);
	if (!status)
		status = write_folder(r, &c, o);
	comparison_free(&c);
	return status;
}

int command_cover_letter(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &sides_argp, 0, NULL, 0 }, { 0 }
	};
	static const struct argp argp = {
		option_table,
		parse,
		"[LABEL=]A [LABEL=]B\n--by AXIS=A,B FILE...",
		"Two kernels for the cover letter of a patch series: "
		"cover-letter.txt (72 columns of ASCII: which is slower, by "
		"how much, how sure, where, why, and how to repeat it), and "
		"the pictures to link.",
		children,
		NULL,
		NULL
	};
	struct options o = { .dir = "cover-letter" };
	struct report r = { 0 };
	int status;

	sides_start(&o.sides);
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = cover_letter(&r, &o);
	report_free(&r);
	sides_free(&o.sides);
	return status;
}
