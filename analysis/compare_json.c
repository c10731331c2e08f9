/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `faultstat compare --json`: {"command":"compare", "margin", "level",
 * "comparisons":[{axis, a, b, direct, by_boot, interleaved, differs, drift,
 * counts:[{cell_a, cell_b, metric, a, b, n_a, n_b, verdict}], tables:[{metric,
 * of, rows:[{title, cell, a, b, ratio, p, adjusted_p, n_a, n_b, paired,
 * verdict}], geometric_mean, rows_in_mean}], only_a, only_b}]}. `of` is
 * "figures" or "multiples_of_baseline"; ratio is b's over a's.
 */
#include <stdlib.h>

#include "compare.h"
#include "differences.h"
#include "drift.h"
#include "json.h"

static json_t *row_json(const struct compared *row)
{
	json_t *o = json_object();

	json_object_set_new(o, "title", json_text(row->title));
	json_object_set_new(o, "cell_a", json_cell(row->a));
	json_object_set_new(o, "cell_b", json_cell(row->b));
	json_object_set_new(o, "a", json_interval(&row->va));
	json_object_set_new(o, "b", json_interval(&row->vb));
	json_object_set_new(o, "ratio", json_interval(&row->ratio));
	json_object_set_new(o, "p", json_number(row->p));
	json_object_set_new(o, "adjusted_p", json_number(row->adjusted));
	json_object_set_new(o, "n_a", json_count(row->na));
	json_object_set_new(o, "n_b", json_count(row->nb));
	json_object_set_new(o, "paired", json_boolean(row->paired));
	json_object_set_new(o, "verdict",
			    json_text(verdict_word(row->verdict)));
	return o;
}

static json_t *counts_json(const struct comparison *c)
{
	static const char *const words[] = {
		[COUNTED_SAME] = "same",
		[COUNTED_DIFFERS] = "differs",
		[COUNTED_VARIES] = "varies",
		[COUNTED_ABSENT] = "absent",
	};
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->nr_counts; i++) {
		const struct counted *row = &c->counts[i];
		json_t *o = json_object();

		json_object_set_new(o, "cell_a", json_cell(row->a));
		json_object_set_new(o, "cell_b", json_cell(row->b));
		json_object_set_new(o, "metric", json_text(row->metric));
		json_object_set_new(o, "a", json_number(row->value_a));
		json_object_set_new(o, "b", json_number(row->value_b));
		json_object_set_new(o, "n_a", json_count(row->na));
		json_object_set_new(o, "n_b", json_count(row->nb));
		json_object_set_new(o, "verdict", json_text(words[row->state]));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *table_json(const struct compared_table *t)
{
	json_t *o = json_object(), *rows = json_array();
	size_t i;

	for (i = 0; i < t->nr_rows; i++)
		json_array_append_new(rows, row_json(&t->rows[i]));
	json_object_set_new(o, "metric", json_text(t->metric));
	json_object_set_new(
		o, "of",
		json_text(t->slowdowns ? "multiples_of_baseline" : "figures"));
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "rows_without_figure",
			    json_count(t->nr_without));
	json_object_set_new(o, "why_without", json_text(t->why));
	json_object_set_new(o, "geometric_mean", json_number(t->mean));
	json_object_set_new(o, "rows_in_mean", json_count(t->nr_mean));
	return o;
}

static json_t *cells_json(const struct cell_sample **cells, size_t nr)
{
	json_t *o = json_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_array_append_new(o, json_cell(cells[i]));
	return o;
}

json_t *compare_json(const struct results *r, const struct comparison *c)
{
	struct differences d;
	struct drift drift;
	json_t *o = json_object(), *tables = json_array();
	size_t i;

	for (i = 0; i < c->nr_tables; i++)
		json_array_append_new(tables, table_json(&c->tables[i]));
	json_object_set_new(o, "axis", json_text(c->axis));
	json_object_set_new(o, "a", json_text(c->a));
	json_object_set_new(o, "b", json_text(c->b));
	json_object_set_new(o, "direct", json_boolean(c->direct));
	json_object_set_new(o, "by_boot", json_boolean(c->by_boot));
	json_object_set_new(o, "interleaved", json_boolean(c->interleaved));
	json_object_set_new(o, "boots_a", json_count(c->boots_a));
	json_object_set_new(o, "boots_b", json_count(c->boots_b));
	differences_find(&d, r, c);
	json_object_set_new(o, "differs", differences_json(&d));
	differences_free(&d);
	drift_find(&drift, c);
	json_object_set_new(o, "drift", drift_json(&drift));
	json_object_set_new(o, "counts", counts_json(c));
	json_object_set_new(o, "tables", tables);
	json_object_set_new(o, "only_a", cells_json(c->only_a, c->nr_only_a));
	json_object_set_new(o, "only_b", cells_json(c->only_b, c->nr_only_b));
	return o;
}
