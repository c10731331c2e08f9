/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long it took, as text: counts by decade, and curves of letters. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail.h"
#include "memory.h"

enum {
	MAX_COLUMNS = 4,
	MAX_HEAD = 12,
	LEAST_FOR_CURVE = 1000,
	LEAST_BEYOND = 10, /* values that the end of a curve rests on */
	NR_POINTS = 150
};

/* --- by decade ------------------------------------------------------------ */

/* "98.2", or fewer digits after the point the larger it is; of a million. */
static char *per_million(uint64_t nr, uint64_t total)
{
	double x = (double)nr * 1e6 / (double)total;

	return memory_printf(nr && x < 9.95 ? "%.1f" : "%.0f", x);
}

/* As bpftrace has it: of 20, on a linear scale. */
static char *bar(uint64_t nr, uint64_t most)
{
	char *text = memory_text("|                    |");

	memset(text + 1, '@', (size_t)(20 * nr / most));
	return text;
}

static void add_decade(const struct sheet *s, struct grid *g,
		       const struct decades *d, size_t nr, size_t i)
{
	uint64_t most = 1;
	size_t k;

	sheet_cell(s, g, decade_name(i), NULL);
	for (k = 0; k < nr; k++) {
		sheet_cell(
			s, g,
			memory_printf("%llu", (unsigned long long)d[k].nr[i]),
			NULL);
		sheet_cell(s, g,
			   d[k].total ? per_million(d[k].nr[i], d[k].total)
				      : NULL,
			   NULL);
	}
	for (k = 0; k < NR_DECADES; k++)
		most = d[0].nr[k] > most ? d[0].nr[k] : most;
	if (nr == 1)
		sheet_cell(s, g, NULL, bar(d[0].nr[i], most));
}

void mail_waits(const struct sheet *s, const char *what,
		const struct waits *columns, size_t nr)
{
	struct decades d[MAX_COLUMNS] = { { .total = 0 } };
	size_t i, k, first, last;
	struct grid g;

	if (nr > MAX_COLUMNS)
		nr = MAX_COLUMNS;
	for (k = 0; k < nr; k++)
		decades_count(&d[k], columns[k].hist);
	if (!decades_range(d, nr, &first, &last))
		return;
	sheet_heading(s, what);
	grid_start(&g, 1 + 2 * nr + (nr == 1));
	for (k = 0; k < nr; k++) {
		char *head = sheet_name(s, columns[k].name, MAX_HEAD);

		sheet_head(s, &g, 1 + 2 * k, head, "count");
		sheet_head(s, &g, 2 + 2 * k, NULL, "per 10^6");
		free(head);
	}
	for (i = first; i <= last; i++)
		add_decade(s, &g, d, nr, i);
	grid_print(s->out, s->width, &g);
	grid_free(&g);
}

/* --- curves --------------------------------------------------------------- */

/* The share of values that are larger than x ns. */
static void add_curve(struct picture *p, const struct hist *h, double low,
		      double high)
{
	uint64_t beyond = h->total;
	unsigned int bucket = 0;
	size_t i;

	for (i = 0; i < NR_POINTS; i++) {
		double x = low * pow(high / low, (double)i / (NR_POINTS - 1));

		while (bucket < HIST_NR && (double)hist_high(bucket) <= x)
			beyond -= h->bucket[bucket++];
		if (beyond < LEAST_BEYOND)
			break;
		dat_number(p, x / 1e9);
		dat_number(p, (double)beyond / (double)h->total);
		dat_line(p);
	}
	fputs("\n\n", p->dat);
}

static bool find_range(const struct waits *columns, size_t nr, double *low,
		       double *high)
{
	size_t k;

	*low = INFINITY;
	*high = 0;
	for (k = 0; k < nr; k++) {
		const struct hist *h = columns[k].hist;

		if (!h || h->total < LEAST_FOR_CURVE)
			return false;
		*low = fmin(*low, hist_quantile(h, 0.02));
		*high = fmax(
			*high,
			hist_quantile(h, 1 - (double)LEAST_BEYOND /
							 (double)h->total));
	}
	*low = fmax(*low, 1);
	return *high > *low;
}

static void write_picture(struct picture *p, const struct report *r,
			  const struct waits *columns, size_t nr, double low,
			  double high)
{
	double least = 1;
	size_t k;

	for (k = 0; k < nr; k++) {
		add_curve(p, columns[k].hist, low, high);
		least = fmin(least,
			     LEAST_BEYOND / (double)columns[k].hist->total);
	}
	vars_text(p, "name", p->name);
	vars_number(p, "curves", (double)nr);
	vars_number(p, "x_low", low / 1e9);
	vars_number(p, "x_high", high / 1e9);
	vars_ticks_log(p, "tick", low / 1e9, high / 1e9, true);
	vars_number(p, "y_low", least);
	vars_text(p, "plots_dir", r->plots_dir);
	fputs("load plots_dir.'/mail.gp'\n", p->vars);
	fclose(p->dat);
	fclose(p->vars);
	p->dat = p->vars = NULL;
}

/* Nothing but gnuplot's lines: no form feed, no blanks at the end. */
static void print_picture(const struct sheet *s, char *text)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		size_t len;
		char *c;

		for (c = line; *c; c++)
			if (*c < ' ' || *c > '~')
				*c = ' ';
		len = strlen(line);
		while (len && line[len - 1] == ' ')
			line[--len] = '\0';
		if (len)
			fprintf(s->out, "%.*s\n", (int)s->width, line);
	}
}

static char *draw(const struct picture *p, const char *dir, struct error *e)
{
	char *text = NULL;
	int err;

	err = file_write(dir, "mail.dat", p->dat_text, p->dat_size, e);
	if (!err)
		err = file_write(dir, "mail.vars.gp", p->vars_text,
				 p->vars_size, e);
	if (!err)
		err = gnuplot_run(dir, "mail.vars.gp", e);
	if (!err)
		text = file_read(dir, "mail.txt");
	if (!err && !text)
		error_set(e, ENOENT, "gnuplot left no mail.txt");
	return text;
}

static void print_letters(const struct sheet *s, const struct waits *columns,
			  size_t nr)
{
	char *names = memory_text(""), *longer;
	size_t k;

	for (k = 0; k < nr; k++) {
		longer = memory_printf("%s%s%c: %s", names, k ? ", " : "",
				       (char)('a' + k), columns[k].name);
		free(names);
		names = longer;
	}
	sheet_say(s, "",
		  "Share of them that takes longer than the time below (%s; "
		  "further left is faster, and where they meet the later "
		  "letter is seen):",
		  names);
	free(names);
}

void mail_plot(const struct sheet *s, const struct report *r,
	       const struct waits *columns, size_t nr)
{
	struct report scratch = { .plots_dir = r->plots_dir };
	struct error e = { "" };
	struct picture *p;
	double low, high;
	char *dir, *text;

	if (!r->draw || !find_range(columns, nr, &low, &high))
		return;
	dir = scratch_make(&e);
	p = picture_new(&scratch, "mail", "mail", NULL);
	write_picture(p, r, columns, nr, low, high);
	text = dir ? draw(p, dir, &e) : NULL;
	fputc('\n', s->out);
	if (text) {
		print_letters(s, columns, nr);
		print_picture(s, text);
	} else {
		sheet_say(s, "", "No curves: %s.", e.text);
	}
	scratch_remove(dir);
	picture_free(p);
	free(scratch.pictures);
	free(text);
}
