/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot_forest.h"

#include <math.h>
#include <stdlib.h>

#include "text.h"

#define GROUP_GAP 0.5 /* of a row's height */
#define ROW_PX	  21

void forest_begin(struct forest *f, struct picture *p)
{
	*f = (struct forest){
		.picture = p, .y = 1, .low = { 1, 1 }, .high = { 1, 1 }
	};
	vars_array(p, "head_at", FOREST_LINES);
	vars_array(p, "head_text", FOREST_LINES);
	vars_array(p, "line_at", FOREST_LINES);
	vars_array(p, "line_text", FOREST_LINES);
	vars_array(p, "number1", FOREST_LINES);
	vars_array(p, "number2", FOREST_LINES);
	fputs("# row: place from the top\tarm: colour (1 VMA lock, 2 "
	      "mmap_lock, 3 redone, 4 mmap_lock held)\n"
	      "# p50, p99: ratios, no unit; _low, _high: 95 % interval; NaN: "
	      "too few runs, or absent\n"
	      "# row\tarm\tp50\tp50_low\tp50_high\tp99\tp99_low\tp99_high"
	      "\tblocks\tgroup\ttitle\n",
	      p->dat);
}

bool forest_has_room(const struct forest *f, size_t nr_rows)
{
	return f->nr_heads + f->nr_lines + nr_rows < FOREST_LINES;
}

void forest_head(struct forest *f, const char *title)
{
	char *cut = clean_text_cut(title, 110);

	if (f->nr_heads)
		f->y += GROUP_GAP;
	f->nr_heads++;
	vars_number_at(f->picture, "head_at", f->nr_heads, f->y);
	vars_text_at(f->picture, "head_text", f->nr_heads, cut);
	free(cut);
	f->y++;
}

static void range_add(struct forest *f, size_t m, const struct interval *i)
{
	double low = i->has_interval ? i->low : i->estimate;
	double high = i->has_interval ? i->high : i->estimate;

	if (isnan(i->estimate))
		return;
	f->has[m] = true;
	f->low[m] = fmin(f->low[m], low);
	f->high[m] = fmax(f->high[m], high);
}

void forest_row(struct forest *f, const struct forest_row *row,
		const char *group)
{
	struct picture *p = f->picture;
	char *title = clean_text_cut(row->title, 46), *text;
	size_t m, width = text_columns(title);

	f->nr_lines++;
	f->seen[row->arm] = true;
	f->widest = width > f->widest ? width : f->widest;
	vars_number_at(p, "line_at", f->nr_lines, f->y);
	vars_text_at(p, "line_text", f->nr_lines, title);
	dat_number(p, f->y);
	dat_number(p, row->arm);
	for (m = 0; m < FOREST_PANELS; m++) {
		const struct interval *i = &row->at[m];

		range_add(f, m, i);
		dat_number(p, i->estimate);
		dat_number(p, i->has_interval ? i->low : NAN);
		dat_number(p, i->has_interval ? i->high : NAN);
		text = interval_text(i);
		vars_text_at(p, m ? "number2" : "number1", f->nr_lines, text);
		free(text);
	}
	dat_number(p, (double)row->at[0].n);
	dat_text(p, group);
	dat_text(p, row->title);
	dat_line(p);
	f->y++;
	free(title);
}

static void add_legend(struct forest *f)
{
	struct picture *p = f->picture;
	size_t arm, n = 0;

	vars_array(p, "arm_index", NR_ARMS);
	vars_array(p, "arm_text", NR_ARMS);
	for (arm = 1; arm < NR_ARMS; arm++) {
		if (!f->seen[arm])
			continue;
		n++;
		vars_number_at(p, "arm_index", n, (double)arm);
		vars_text_at(p, "arm_text", n, arm_names[arm]);
	}
	vars_number(p, "arms", (double)n);
}

void forest_end(struct forest *f, const char *const panels[FOREST_PANELS])
{
	struct picture *p = f->picture;
	size_t m, nr = f->has[1] ? 2 : 1;
	double pad, left = 48 + 6.7 * (double)f->widest;

	vars_number(p, "heads", (double)f->nr_heads);
	vars_number(p, "lines", (double)f->nr_lines);
	vars_number(p, "rows", f->y - 1);
	vars_number(p, "left", fmax(left, 180));
	add_legend(f);
	vars_number(p, "panels", (double)nr);
	vars_array(p, "panel_low", FOREST_PANELS);
	vars_array(p, "panel_high", FOREST_PANELS);
	vars_array(p, "panel_text", FOREST_PANELS);
	for (m = 0; m < nr; m++) {
		/* From a little before the least to a little after the
		 * largest, with 1 on it and never zoomed into noise. */
		f->low[m] = fmin(f->low[m], 0.97);
		f->high[m] = fmax(f->high[m], 1.1);
		pad = fmax(pow(f->high[m] / f->low[m], 0.06), 1.01);
		vars_number_at(p, "panel_low", m + 1, f->low[m] / pad);
		vars_number_at(p, "panel_high", m + 1, f->high[m] * pad);
		vars_text_at(p, "panel_text", m + 1, panels[m]);
	}
	p->height = (unsigned int)(100 + 92 + f->y * ROW_PX);
}
