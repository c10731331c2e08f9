/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row's trend as a table and as a picture: a panel for each of its series. */
#include "history_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "figure.h"
#include "memory.h"
#include "plot.h"
#include "report.h"
#include "text.h"

enum {
	PANEL_PX = 180,
	MAX_X_TICKS = 8,
	MAX_TICKS = 12,
	MAX_NAME = 14
};

/* --- axes ----------------------------------------------------------------- */

static char *tick_text(const char *metric, enum history_kind kind, double x)
{
	enum figure_kind figure = figure_of(metric).kind;

	return kind == HISTORY_FIGURE ? figure_text(figure, x)
				      : memory_printf("x%.4g", x);
}

/* Variables are named after the panel: "y1s", "y1_at[]", "y1_text[]". */
static void write_ticks(struct picture *p, size_t panel,
			const struct history_row *row, enum history_kind kind,
			double low, double high)
{
	double raw = (high - low) / 4, step = pow(10, floor(log10(raw))), at;
	char name[32];
	size_t nr = 0;

	step *= raw / step > 5	 ? 10
		: raw / step > 2 ? 5
		: raw / step > 1 ? 2
				 : 1;
	snprintf(name, sizeof(name), "y%zu_at", panel);
	vars_array(p, name, MAX_TICKS);
	snprintf(name, sizeof(name), "y%zu_text", panel);
	vars_array(p, name, MAX_TICKS);
	for (at = ceil(low / step) * step; at <= high && nr < MAX_TICKS;
	     at += step) {
		char *text = tick_text(row->metric, kind, at);

		nr++;
		snprintf(name, sizeof(name), "y%zu_at", panel);
		vars_number_at(p, name, nr, at);
		snprintf(name, sizeof(name), "y%zu_text", panel);
		vars_text_at(p, name, nr, text);
		free(text);
	}
	snprintf(name, sizeof(name), "y%zus", panel);
	vars_number(p, name, (double)nr);
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Wide enough for all but the odd session, which is drawn on the edge: the
 * middle of the values, and twice as far again to either side. */
static void find_limits(const struct history *h, const struct history_series *s,
			double *low, double *high)
{
	double *values = memory_new(h->nr_points, sizeof(*values)), room;
	size_t i, n = 0;

	for (i = 0; i < h->nr_points; i++)
		if (isfinite(s->values[i].estimate))
			values[n++] = s->values[i].estimate;
	qsort(values, n, sizeof(*values), compare_double);
	*low = values[n / 20];
	*high = values[n - 1 - n / 20];
	for (i = 0; i < s->nr_changes; i++) {
		*low = fmin(*low,
			    fmin(s->changes[i].before, s->changes[i].since));
		*high = fmax(*high,
			     fmax(s->changes[i].before, s->changes[i].since));
	}
	room = fmax(*high - *low, 0.01 * fabs(*high));
	if (!(room > 0))
		room = 1;
	*low = fmax(*low - room, fmin(*low, values[0] - room / 5));
	*high = fmin(*high + room, fmax(*high, values[n - 1] + room / 5));
	free(values);
}

/* The x axis has a name where it changes, and there is room. */
static void write_x_ticks(struct picture *p, const struct history *h)
{
	size_t step = (h->nr_points + MAX_X_TICKS - 1) / MAX_X_TICKS;
	size_t i, last = 0, nr = 0;

	vars_array(p, "x_at", MAX_X_TICKS);
	vars_array(p, "x_text", MAX_X_TICKS);
	for (i = 0; i < h->nr_points; i++) {
		char *text;

		if (i && (i < last + step ||
			  !strcmp(h->points[i].name, h->points[i - 1].name)))
			continue;
		text = clean_text_cut(h->points[i].name, MAX_NAME);
		last = i;
		nr++;
		vars_number_at(p, "x_at", nr, (double)i);
		vars_text_at(p, "x_text", nr, text);
		free(text);
	}
	vars_number(p, "xs", (double)nr);
	vars_number(p, "x_max", (double)h->nr_points - 1);
	vars_text(p, "x_title",
		  h->by_label ? "sessions, by label" : "sessions, by time");
}

/* --- data ----------------------------------------------------------------- */

static double segment_median(const struct history_series *s, size_t point)
{
	double median = NAN;
	size_t i;

	for (i = 0; i < s->nr_changes; i++) {
		if (point < s->changes[i].at)
			return i ? median : s->changes[i].before;
		median = s->changes[i].since;
	}
	return median;
}

static void write_panel(struct picture *p, const struct history *h,
			const struct history_row *row, enum history_kind kind)
{
	const struct history_series *s = &row->series[kind];
	char *what = history_what(row, kind);
	size_t i;

	fputs("# ", p->dat);
	dat_text(p, what);
	fputs("\n# number\tsession\tlabel\tdate\tvalue\tlow\thigh\tmedian of "
	      "the sessions between changes\tchange here\n",
	      p->dat);
	p->mid_line = false;
	for (i = 0; i < h->nr_points; i++) {
		const struct interval *v = &s->values[i];
		bool changes = false;
		size_t k;

		for (k = 0; k < s->nr_changes; k++)
			changes |= s->changes[k].at == i;
		dat_number(p, (double)i);
		dat_text(p, h->points[i].name);
		dat_text(p, h->points[i].label);
		dat_text(p, h->points[i].date);
		dat_number(p, v->estimate);
		dat_number(p, v->has_interval ? v->low : v->estimate);
		dat_number(p, v->has_interval ? v->high : v->estimate);
		dat_number(p, segment_median(s, i));
		dat_number(p, changes);
		dat_line(p);
	}
	fputs("\n\n", p->dat);
	free(what);
}

/* change_panel[], change_at[], change_text[]: over all panels. */
static void write_change(struct picture *p, size_t nr, size_t panel,
			 const struct history_change *c)
{
	char *text = change_text(c->ratio.estimate);

	vars_number_at(p, "change_panel", nr, (double)panel);
	vars_number_at(p, "change_at", nr, (double)c->at - 0.5);
	vars_text_at(p, "change_text", nr, text);
	free(text);
}

static void write_panels(struct picture *p, const struct history *h,
			 const struct history_row *row)
{
	size_t k, m, panel = 0, nr = 0;

	for (k = 0; k < NR_HISTORY_KINDS; k++)
		nr += row->series[k].nr_changes;
	vars_array(p, "change_panel", nr);
	vars_array(p, "change_at", nr);
	vars_array(p, "change_text", nr);
	vars_number(p, "changes", (double)nr);
	vars_array(p, "panel_title", NR_HISTORY_KINDS);
	vars_array(p, "panel_low", NR_HISTORY_KINDS);
	vars_array(p, "panel_high", NR_HISTORY_KINDS);
	for (k = 0, nr = 0; k < NR_HISTORY_KINDS; k++) {
		const struct history_series *s = &row->series[k];
		double low, high;
		char *what;

		if (!s->nr_values)
			continue;
		what = history_what(row, (enum history_kind)k);
		find_limits(h, s, &low, &high);
		panel++;
		vars_text_at(p, "panel_title", panel, what);
		vars_number_at(p, "panel_low", panel, low);
		vars_number_at(p, "panel_high", panel, high);
		write_ticks(p, panel, row, (enum history_kind)k, low, high);
		write_panel(p, h, row, (enum history_kind)k);
		for (m = 0; m < s->nr_changes; m++)
			write_change(p, ++nr, panel, &s->changes[m]);
		free(what);
	}
	vars_number(p, "panels", (double)panel);
	p->height = 130 + PANEL_PX * (unsigned int)panel;
}

static size_t nr_changes(const struct history_row *row)
{
	size_t k, nr = 0;

	for (k = 0; k < NR_HISTORY_KINDS; k++)
		nr += row->series[k].nr_changes;
	return nr;
}

static void add_picture(struct report *r, const struct history *h,
			const struct history_row *row)
{
	struct figure f = figure_of(row->metric);
	char *stem = memory_printf("%s %s", f.head, row->title);
	struct picture *p = picture_new(r, "history", "history", stem);
	const struct history_point *last = &h->points[h->nr_points - 1];
	char *machine = machine_words(&h->results);

	picture_question(p, "When did it change? %s: %s", row->title, f.head);
	p->subtitle = memory_printf("%s  \u00b7  %zu sessions, %s to %s",
				    machine, h->nr_points, h->points[0].name,
				    last->name);
	write_x_ticks(p, h);
	write_panels(p, h, row);
	free(machine);
	free(stem);
}

/* --- all of it ------------------------------------------------------------ */

static int write_text(const struct history *h, const char *dir, struct error *e)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int err;

	if (!f)
		abort();
	history_print(f, WIDTH_TERMINAL, h);
	fclose(f);
	err = file_write(dir, "history.txt", text, size, e);
	free(text);
	return err;
}

static void tell(const struct report *r)
{
	char *dir = clean_text(r->dir);
	size_t i, drawn = 0;

	for (i = 0; i < r->nr_pictures; i++) {
		const struct picture *p = r->pictures[i];

		drawn += p->svg != NULL;
		if (p->trouble)
			cli_note("no picture %s: %s", p->name, p->trouble);
	}
	if (r->no_draw && r->draw)
		cli_note("%s", r->no_draw);
	printf("\n%s/history.txt, %zu trend%s, %zu picture%s\n", dir,
	       r->nr_pictures, r->nr_pictures == 1 ? "" : "s", drawn,
	       drawn == 1 ? "" : "s");
	free(dir);
}

int history_plot(const struct history *h, const char *dir,
		 const char *plots_dir, bool draw, bool changed)
{
	struct report r = { .command = "history",
			    .paths = h->paths,
			    .nr_paths = h->nr_paths,
			    .dir = dir,
			    .draw = draw,
			    .plots_dir = "" };
	char *plots = NULL;
	struct error e;
	size_t i;
	int err = dir_make(dir, &e);

	if (!err && draw) {
		plots = plots_find(plots_dir, &e);
		err = plots ? 0 : -1;
		r.plots_dir = plots;
	}
	for (i = 0; i < h->nr_rows && !err; i++)
		if (!changed || nr_changes(&h->rows[i]))
			add_picture(&r, h, &h->rows[i]);
	if (!err)
		err = pictures_draw(&r, &e);
	if (!err)
		err = write_text(h, dir, &e);
	if (!err)
		tell(&r);
	while (r.nr_pictures)
		picture_free(r.pictures[--r.nr_pictures]);
	free(r.pictures);
	free(r.no_draw);
	free(plots);
	return err ? cli_trouble("%s", e.text) : 0;
}
