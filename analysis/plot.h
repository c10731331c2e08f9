/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture: its data as NAME.dat, its words as NAME.vars.gp, a recipe in
 * plots/ that makes NAME.svg and NAME.png of them, and a table that says the
 * same in figures.
 *
 * gnuplot is started without a shell and reads no start-up files. Foreign text
 * is only ever written between single quotes, where gnuplot substitutes
 * nothing, with control characters and single quotes replaced, and the recipes
 * draw it as it is (noenhanced). NAME is made here and has nothing but a-z,
 * 0-9 and dashes.
 */
#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "report_table.h"

struct report;

struct picture {
	char *name;
	const char *recipe; /* plots/RECIPE.gp */
	char *question;	    /* the title */
	char *subtitle;	    /* NULL: machine, kernel and n of the report */
	char *see;	    /* what to look for, for the page */
	char *skipped;	    /* why there is nothing to draw; else NULL */
	struct table table;
	FILE *dat, *vars; /* write to these, until pictures_draw() */
	bool mid_line;	  /* of dat */
	char *dat_text, *vars_text;
	size_t dat_size, vars_size;
	unsigned int height; /* px, of 1000 px width */
	char *svg;	     /* to put into a page; NULL when not drawn */
	bool png;
	char *trouble; /* why it could not be drawn; else NULL */
};

/* A new picture of the report by that recipe. It is named stem, or stem-what
 * with those letters of what that a file name may have; what may be NULL. */
struct picture *picture_new(struct report *r, const char *recipe,
			    const char *stem, const char *what);
void picture_free(struct picture *p);

void picture_question(struct picture *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void picture_see(struct picture *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Nothing to draw, and why. */
void picture_skip(struct picture *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* gnuplot variables: a number, a text, an array and its elements (from 1). */
void vars_number(struct picture *p, const char *name, double x);
void vars_text(struct picture *p, const char *name, const char *text);
void vars_array(struct picture *p, const char *name, size_t nr);
void vars_number_at(struct picture *p, const char *name, size_t i, double x);
void vars_text_at(struct picture *p, const char *name, size_t i,
		  const char *text);

/*
 * NAMEs, NAME_at[] and NAME_text[]: ticks at 1, 2, 5 of each decade between
 * low and high (only at 1 when there are many decades), or in equal steps from
 * 0. time: the axis is in seconds; else in a count.
 */
void vars_ticks_log(struct picture *p, const char *name, double low,
		    double high, bool time);
void vars_ticks_linear(struct picture *p, const char *name, double high);

/* One field of the data, and the end of a line. NAN is written as NaN. */
void dat_number(struct picture *p, double x);
void dat_text(struct picture *p, const char *text);
void dat_line(struct picture *p);

/* A copy without control characters (text.h), and one cut to at most max
 * characters with an ellipsis. malloc'ed. */
char *clean_text(const char *text);
char *clean_text_cut(const char *text, size_t max);

/* --- plot_draw.c ---------------------------------------------------------- */

/*
 * Writes the files of all pictures of r and draws them. What cannot be drawn
 * keeps its reason in trouble (or all of them in r->no_draw); only files that
 * cannot be written are an error. 0 or -errno with a reason.
 */
int pictures_draw(struct report *r, struct error *e);

/* Writes size bytes to dir/name. 0 or -errno with a reason. */
int file_write(const char *dir, const char *name, const char *text, size_t size,
	       struct error *e);

/* All of a file, malloc'ed; NULL when it is not there or has nothing. */
char *file_read(const char *dir, const char *name);

/* A folder for files that nobody keeps; NULL with a reason. scratch_remove()
 * removes it with what is in it, and frees its name; NULL is nothing. */
char *scratch_make(struct error *e);
void scratch_remove(char *dir);

/* --- plot_gnuplot.c ------------------------------------------------------- */

/* Runs gnuplot in dir on NAME.vars.gp. 0, -ENOENT when there is no gnuplot,
 * or -errno, with a reason. */
int gnuplot_run(const char *dir, const char *vars_file, struct error *e);

/* --- plot_svg.c ----------------------------------------------------------- */

/*
 * Finishes gnuplot's SVG: the picture's name before all ids (several pictures
 * share a page), the question as title, large text bold. Returns malloc'ed
 * text from <svg on; NULL with a reason when there is anything in it that
 * gnuplot does not draw with.
 */
char *svg_finish(const char *svg, const char *name, const char *title,
		 struct error *e);

#endif
