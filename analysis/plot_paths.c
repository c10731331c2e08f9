/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lock the faults took, as the witness saw it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"
#include "text.h"

#define MAX_ROWS 80
#define ROW_PX	 23

/* From left to right. The colours are those of `enum arm` in plots/style.gp:
 * vma, ..., redone, ..., mmap. */
enum kind {
	KIND_VMA,
	KIND_COMPLETED,
	KIND_RETRIED,
	KIND_REFUSED,
	KIND_MMAP,
	NR_KINDS,
};

static const struct {
	const char *text;
	int colour;
} kinds[NR_KINDS] = {
	[KIND_VMA] = { "finished under the VMA lock", 1 },
	[KIND_COMPLETED] = { "done with the lock dropped", 4 },
	[KIND_RETRIED] = { "lock dropped, fault redone", 3 },
	[KIND_REFUSED] = { "VMA lock refused, mmap_lock then", 5 },
	[KIND_MMAP] = { "mmap_lock at once", 2 },
};

static double witnessed(const struct cell_sample *c, const char *name)
{
	const struct value *v =
		c->has_witness ? metrics_find(&c->witness.metrics, name) : NULL;

	return v && !v->absent ? v->number : NAN;
}

/* By reason, when each fault has one: a fault that the VMA lock was refused to
 * may wait as well, and be in two counts. */
static bool shares_by_reason(const struct cell_sample *c, double *share)
{
	double sum;

	share[KIND_VMA] = witnessed(c, "vma_lock_handled_per_fault");
	share[KIND_COMPLETED] = witnessed(c, "completed_per_fault");
	share[KIND_RETRIED] = witnessed(c, "retried_after_wait_per_fault");
	share[KIND_REFUSED] = witnessed(c, "vma_lock_refused_per_fault");
	sum = share[KIND_VMA] + share[KIND_COMPLETED] + share[KIND_RETRIED] +
	      share[KIND_REFUSED];
	share[KIND_MMAP] = fmax(0, 1 - sum);
	return sum < 1.005; /* not when one is NAN */
}

static bool shares_of(const struct cell_sample *c, double *share)
{
	if (shares_by_reason(c, share))
		return true;
	share[KIND_VMA] = witnessed(c, "path_vma_lock_share");
	share[KIND_COMPLETED] = 0;
	share[KIND_RETRIED] = witnessed(c, "path_retried_share");
	share[KIND_REFUSED] = 0;
	share[KIND_MMAP] = witnessed(c, "path_mmap_lock_share");
	return isfinite(share[KIND_VMA] + share[KIND_RETRIED] +
			share[KIND_MMAP]);
}

static const struct column columns[] = {
	{ "cell", false },
	{ "VMA lock", true },
	{ "done, lock dropped", true },
	{ "dropped and redone", true },
	{ "VMA lock refused", true },
	{ "mmap_lock at once", true },
	{ "mmap_lock per fault", true },
	{ "claim", false },
};

static void add_cell(struct picture *p, const char *title,
		     const struct cell_sample *c, const double *share)
{
	double locks = witnessed(c, "mmap_locks_per_fault");
	size_t i;

	table_add(&p->table, "%s", title);
	for (i = 0; i < NR_KINDS; i++)
		table_add(&p->table, "%.2f %%", 100 * share[i]);
	if (isnan(locks))
		table_add(&p->table, "–");
	else
		table_add(&p->table, "%.4f", locks);
	table_add(&p->table, "%s",
		  c->witness.verdict ? c->witness.verdict : "–");
}

static void add_row(struct picture *p, size_t row, const char *title,
		    const struct cell_sample *c, const double *share)
{
	double locks = witnessed(c, "mmap_locks_per_fault");
	char *cut = clean_text_cut(title, 66), *note;
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
	for (i = 0; i < NR_KINDS; i++)
		dat_number(p, share[i]);
	dat_text(p, title);
	dat_line(p);
	free(cut);
	free(note);
}

/* The legend has those that are there. Returns how many lines it takes. */
static unsigned int add_kinds(struct picture *p, const bool *seen)
{
	unsigned int i, nr = 0;

	vars_array(p, "kind_at", NR_KINDS);
	vars_array(p, "kind_text", NR_KINDS);
	vars_array(p, "kind_colour", NR_KINDS);
	for (i = 0; i < NR_KINDS; i++) {
		vars_text_at(p, "kind_text", i + 1, kinds[i].text);
		vars_number_at(p, "kind_colour", i + 1, kinds[i].colour);
		if (seen[i])
			vars_number_at(p, "kind_at", ++nr, i + 1);
	}
	vars_number(p, "kinds", nr);
	return (nr + 2) / 3;
}

struct row {
	const struct cell_sample *cell;
	double share[NR_KINDS];
	size_t nr; /* cells that it stands for */
};

static bool same_axis(const struct cell_sample *a, const struct cell_sample *b,
		      const char *axis)
{
	const char *x = sample_axis(a, axis), *y = sample_axis(b, axis);

	return x && y && !strcmp(x, y);
}

/* Of one scenario, by one lock, the same was seen. */
static bool same_row(const struct row *a, const struct row *b)
{
	size_t i;

	if (!same_axis(a->cell, b->cell, "scenario") ||
	    !same_axis(a->cell, b->cell, "lock") ||
	    strcmp(a->cell->witness.verdict ? a->cell->witness.verdict : "",
		   b->cell->witness.verdict ? b->cell->witness.verdict : ""))
		return false;
	for (i = 0; i < NR_KINDS; i++)
		if (fabs(a->share[i] - b->share[i]) > 0.005)
			return false;
	return fabs(witnessed(a->cell, "mmap_locks_per_fault") -
		    witnessed(b->cell, "mmap_locks_per_fault")) < 0.0005;
}

/* All that the witness tells about. */
static struct row *find_rows(const struct report *r, size_t *nr)
{
	struct row *rows = NULL, row;
	size_t i;

	*nr = 0;
	for (i = 0; i < r->results.nr_cells; i++) {
		row = (struct row){ .cell = &r->results.cells[i], .nr = 1 };
		if (shares_of(row.cell, row.share))
			*(struct row *)memory_append((void **)&rows, nr,
						     sizeof(row)) = row;
	}
	return rows;
}

/* Too many for a picture: those in which the same was seen become one. */
static size_t merge_rows(struct row *rows, size_t nr)
{
	size_t i, k, kept = 0;

	for (i = 0; i < nr; i++) {
		for (k = 0; k < kept && !same_row(&rows[k], &rows[i]); k++)
			;
		if (k < kept)
			rows[k].nr++;
		else
			rows[kept++] = rows[i];
	}
	return kept;
}

static char *row_title(const struct report *r, const struct row *row)
{
	if (row->nr == 1)
		return cell_title(&r->results, row->cell, NULL);
	return memory_printf("%s, %s (%zu cells)",
			     sample_axis(row->cell, "scenario"),
			     sample_axis(row->cell, "lock"), row->nr);
}

static void add_rows(struct picture *p, const struct report *r,
		     const struct row *rows, size_t nr)
{
	size_t i, widest = 0, width;

	vars_array(p, "row_text", MAX_ROWS);
	vars_array(p, "row_note", MAX_ROWS);
	for (i = 0; i < nr; i++) {
		char *title = row_title(r, &rows[i]);

		add_row(p, i + 1, title, rows[i].cell, rows[i].share);
		width = text_columns(title);
		widest = width > widest ? width : widest;
		free(title);
	}
	widest = widest > 58 ? 58 : widest;
	vars_number(p, "left", 40 + 6.9 * (double)widest);
	vars_number(p, "note_width", 160);
	vars_number(p, "rows", (double)nr);
}

void plot_paths(struct report *r)
{
	struct picture *p = picture_new(r, "paths", "paths", NULL);
	bool seen[NR_KINDS] = { false };
	size_t i, k, nr;
	struct row *rows = find_rows(r, &nr);

	if (!nr) {
		picture_skip(p, "no witness of this file says which path the "
				"faults took (tracepoints need root)");
		return;
	}
	picture_question(p, "Which lock did the faults really take?");
	table_start(&p->table, columns);
	fputs("# Shares of faults by the path that they took, from the "
	      "witness pass (untimed, with tracepoints).\n"
	      "# row: place from the top\tshares: 0 to 1, together 1\n"
	      "# row\tvma_lock\tcompleted\tredone\trefused\tmmap_lock\tcell\n",
	      p->dat);
	for (i = 0; i < nr; i++) {
		char *title = cell_title(&r->results, rows[i].cell, NULL);

		for (k = 0; k < NR_KINDS; k++)
			seen[k] |= rows[i].share[k] > 0;
		add_cell(p, title, rows[i].cell, rows[i].share);
		free(title);
	}
	if (nr > MAX_ROWS)
		nr = merge_rows(rows, nr);
	nr = nr > MAX_ROWS ? MAX_ROWS : nr;
	add_rows(p, r, rows, nr);
	free(rows);
	p->height = (unsigned int)(92 + 92 + nr * ROW_PX) +
		    20 * add_kinds(p, seen);
	picture_see(p, "From an extra, untimed pass of each cell with "
		       "tracepoints on: what the timed runs of a cell cost, "
		       "they cost on these paths.");
}
