/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lock the faults took, as the witness saw it. */
#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "report.h"
#include "text.h"

#define MAX_ROWS 40
#define ROW_PX	 23

static const char *const shares[3] = { "path_vma_lock_share",
				       "path_retried_share",
				       "path_mmap_lock_share" };

static double witnessed(const struct cell_sample *c, const char *name)
{
	const struct value *v =
		c->has_witness ? metrics_find(&c->witness.metrics, name) : NULL;

	return v && !v->absent ? v->number : NAN;
}

static bool has_paths(const struct cell_sample *c)
{
	return !isnan(witnessed(c, shares[0])) &&
	       !isnan(witnessed(c, shares[1])) &&
	       !isnan(witnessed(c, shares[2]));
}

static const struct column columns[] = {
	{ "cell", false },
	{ "VMA lock", true },
	{ "dropped and redone", true },
	{ "mmap_lock at once", true },
	{ "mmap_lock per fault", true },
	{ "claim", false },
};

static void add_cell(struct picture *p, const char *title,
		     const struct cell_sample *c)
{
	double locks = witnessed(c, "mmap_locks_per_fault");
	size_t i;

	table_add(&p->table, "%s", title);
	for (i = 0; i < 3; i++)
		table_add(&p->table, "%.2f %%", 100 * witnessed(c, shares[i]));
	if (isnan(locks))
		table_add(&p->table, "–");
	else
		table_add(&p->table, "%.4f", locks);
	table_add(&p->table, "%s",
		  c->witness.verdict ? c->witness.verdict : "–");
}

static void add_row(struct picture *p, size_t row, const char *title,
		    const struct cell_sample *c)
{
	double locks = witnessed(c, "mmap_locks_per_fault");
	char *cut = clean_text_cut(title, 58), *note;
	size_t i;

	note = isnan(locks)
		       ? memory_printf("–   %s", c->witness.verdict
							 ? c->witness.verdict
							 : "")
		       : memory_printf("%.3f   %s", locks,
				       c->witness.verdict ? c->witness.verdict
							  : "");
	vars_text_at(p, "row_text", row, cut);
	vars_text_at(p, "row_note", row, note);
	dat_number(p, (double)row);
	for (i = 0; i < 3; i++)
		dat_number(p, witnessed(c, shares[i]));
	dat_text(p, title);
	dat_line(p);
	free(cut);
	free(note);
}

void plot_paths(struct report *r)
{
	struct picture *p = picture_new(r, "paths", "paths", NULL);
	size_t i, n = 0, widest = 0, width;
	char *title;

	picture_question(p, "Which lock did the faults really take?");
	table_start(&p->table, columns);
	fputs("# Shares of faults by the path that they took, from the "
	      "witness pass (untimed, with tracepoints).\n"
	      "# row: place from the top\tshares: 0 to 1, together 1\n"
	      "# row\tvma_lock\tredone\tmmap_lock\tcell\n",
	      p->dat);
	vars_array(p, "row_text", MAX_ROWS);
	vars_array(p, "row_note", MAX_ROWS);
	for (i = 0; i < r->results.nr_cells; i++) {
		const struct cell_sample *c = &r->results.cells[i];

		if (!has_paths(c))
			continue;
		title = cell_title(&r->results, c, NULL);
		add_cell(p, title, c);
		if (n++ < MAX_ROWS) {
			add_row(p, n, title, c);
			width = text_columns(title);
			widest = width > widest ? width : widest;
		}
		free(title);
	}
	if (!n) {
		picture_skip(p, "no witness of this file says which path the "
				"faults took (tracepoints need root)");
		return;
	}
	widest = widest > 58 ? 58 : widest;
	vars_number(p, "left", 40 + 6.9 * (double)widest);
	vars_number(p, "note_width", 160);
	n = n > MAX_ROWS ? MAX_ROWS : n;
	vars_number(p, "rows", (double)n);
	p->height = (unsigned int)(92 + 112 + n * ROW_PX);
	picture_see(p, "From an extra, untimed pass of each cell with "
		       "tracepoints on: what the timed runs of a cell cost, "
		       "they cost on these paths.");
}
