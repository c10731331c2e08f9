/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "report.h"

int file_write(const char *dir, const char *name, const char *text, size_t size,
	       struct error *e)
{
	char *path = memory_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f || fwrite(text, 1, size, f) != size)
		err = errno ? errno : EIO;
	if (f && fclose(f) && !err)
		err = errno;
	if (err)
		err = error_set(e, err, "%s: %s", path, strerror(err));
	free(path);
	return err;
}

char *file_read(const char *dir, const char *name)
{
	char *path = memory_printf("%s/%s", dir, name), *text = NULL;
	FILE *f = fopen(path, "re");
	struct stat st;

	if (f && !fstat(fileno(f), &st) && st.st_size > 0 &&
	    st.st_size < 64 << 20) {
		text = memory_new((size_t)st.st_size + 1, 1);
		text[fread(text, 1, (size_t)st.st_size, f)] = '\0';
	}
	if (f)
		fclose(f);
	free(path);
	return text;
}

char *scratch_make(struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = memory_printf("%s/faultstat-XXXXXX",
				  tmp && *tmp ? tmp : "/tmp");

	if (mkdtemp(dir))
		return dir;
	error_set(e, errno, "%s: %s; name a folder for scratch files by TMPDIR",
		  dir, strerror(errno));
	free(dir);
	return NULL;
}

void scratch_remove(char *dir)
{
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	if (dir)
		rmdir(dir);
	free(dir);
}

/* What an earlier report of the same directory may have left. */
static void remove_old(const struct report *r, const struct picture *p)
{
	static const char *const suffixes[] = { "svg", "png", "dat",
						"vars.gp" };
	char *path;
	size_t i;

	for (i = 0; i < 4; i++) {
		path = memory_printf("%s/%s.%s", r->dir, p->name, suffixes[i]);
		unlink(path);
		free(path);
	}
}

/* The commands that make the picture again. */
static char *repeat_words(const struct report *r)
{
	char *run = repeat_run(r), *report = repeat_report(r);
	char *words = r->command
			      ? memory_printf("repeat:  %s", report)
			      : memory_printf("repeat:  %s;  %s", run, report);

	free(run);
	free(report);
	return words;
}

/* The words of every picture, and what draws it. */
static void vars_finish(const struct report *r, struct picture *p)
{
	char *recipe = memory_printf("/%s.gp", p->recipe);
	char *footer = repeat_words(r);

	if (!p->subtitle)
		p->subtitle = subtitle_words(&r->results);
	vars_text(p, "name", p->name);
	vars_number(p, "height", p->height);
	vars_text(p, "picture_title", p->question);
	vars_text(p, "picture_subtitle", p->subtitle);
	vars_text(p, "picture_footer", footer);
	vars_text(p, "plots_dir", r->plots_dir);
	vars_text(p, "recipe", recipe);
	fputs("do for [kind in 'svg png'] {\n"
	      "\tload plots_dir.recipe\n"
	      "}\n",
	      p->vars);
	free(recipe);
	free(footer);
}

static int write_inputs(const struct report *r, struct picture *p,
			struct error *e)
{
	char *file = memory_printf("%s.dat", p->name);
	int err;

	vars_finish(r, p);
	fclose(p->dat);
	fclose(p->vars);
	p->dat = p->vars = NULL;
	err = file_write(r->dir, file, p->dat_text, p->dat_size, e);
	free(file);
	if (err)
		return err;
	file = memory_printf("%s.vars.gp", p->name);
	err = file_write(r->dir, file, p->vars_text, p->vars_size, e);
	free(file);
	return err;
}

static int finish_svg(const struct report *r, struct picture *p,
		      struct error *e)
{
	static const char head[] =
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
	char *file = memory_printf("%s.svg", p->name), *svg, *whole;
	struct error why;
	int err = 0;

	svg = file_read(r->dir, file);
	if (svg)
		p->svg = svg_finish(svg, p->name, p->question, &why);
	else
		error_set(&why, ENOENT, "gnuplot left no %s", file);
	if (p->svg) {
		whole = memory_printf("%s%s", head, p->svg);
		err = file_write(r->dir, file, whole, strlen(whole), e);
		free(whole);
	} else {
		p->trouble = memory_text(why.text);
	}
	free(svg);
	free(file);
	return err;
}

static int picture_draw(struct report *r, struct picture *p, struct error *e)
{
	char *file = memory_printf("%s.vars.gp", p->name), *png;
	struct error why;
	int err;

	err = gnuplot_run(r->dir, file, &why);
	free(file);
	if (err == -ENOENT) {
		r->no_draw = memory_text(
			"gnuplot is not installed, so there are no pictures; "
			"apt install gnuplot-nox (or dnf install gnuplot), "
			"then run this again");
		return 0;
	}
	if (err) {
		p->trouble = memory_text(why.text);
		return 0;
	}
	png = memory_printf("%s/%s.png", r->dir, p->name);
	p->png = !access(png, R_OK);
	free(png);
	return finish_svg(r, p, e);
}

int pictures_draw(struct report *r, struct error *e)
{
	size_t i;
	int err = 0;

	if (!r->draw)
		r->no_draw = memory_text("--no-plots was given");
	for (i = 0; i < r->nr_pictures && !err; i++) {
		struct picture *p = r->pictures[i];

		remove_old(r, p);
		if (p->skipped)
			continue;
		err = write_inputs(r, p, e);
		if (!err && !r->no_draw)
			err = picture_draw(r, p, e);
	}
	return err;
}
