/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `faultstat gate --json`: {"command":"gate", "verdict", "exit", "closing",
 * "axis", "a", "b", "alpha", "until_decided", "differs":[..], "troubles":[..],
 * "rows":[{title, cell_a, cell_b, metric, of, margin, noise_floor,
 * least_margin, ratio, slower, p, adjusted_p, n_a, n_b, paired, verdict}],
 * "left_out":[{why, nr}]}. `of` is "figures", "multiples_of_baseline" or
 * "counts"; `slower` is the ratio turned so that above 1 is slower, with
 * one-sided bounds. Null: there is none.
 */
#include <stdlib.h>

#include "gate.h"
#include "json.h"

static json_t *row_json(const struct gated *row)
{
	const struct compared *c = &row->arms;
	struct interval cost = gated_cost(row);
	json_t *o = json_object();

	json_object_set_new(o, "title", json_text(c->title));
	json_object_set_new(o, "cell_a", json_cell(c->a));
	json_object_set_new(o, "cell_b", json_cell(c->b));
	json_object_set_new(o, "metric", json_text(row->metric));
	json_object_set_new(o, "of",
			    json_text(row->exact      ? "counts"
				      : row->slowdown ? "multiples_of_baseline"
						      : "figures"));
	json_object_set_new(o, "verdict",
			    json_text(outcome_word(row->outcome)));
	if (row->exact) {
		json_object_set_new(o, "a", json_number(row->count_a));
		json_object_set_new(o, "b", json_number(row->count_b));
		json_object_set_new(o, "n_a", json_count(c->na));
		json_object_set_new(o, "n_b", json_count(c->nb));
		return o;
	}
	json_object_set_new(o, "a", json_interval(&c->va));
	json_object_set_new(o, "b", json_interval(&c->vb));
	json_object_set_new(o, "margin", json_number(row->margin));
	json_object_set_new(o, "noise_floor", json_number(row->floor));
	json_object_set_new(o, "least_margin", json_number(row->least));
	json_object_set_new(o, "ratio", json_interval(&c->ratio));
	json_object_set_new(o, "slower", json_interval(&cost));
	json_object_set_new(o, "p", json_number(c->p));
	json_object_set_new(o, "adjusted_p", json_number(c->adjusted));
	json_object_set_new(o, "n_a", json_count(c->na));
	json_object_set_new(o, "n_b", json_count(c->nb));
	json_object_set_new(o, "paired", json_boolean(c->paired));
	return o;
}

static void add_lists(json_t *o, const struct gating *g)
{
	json_t *rows = json_array(), *left = json_array();
	json_t *troubles = json_array();
	size_t i;

	for (i = 0; i < g->nr_rows; i++)
		json_array_append_new(rows, row_json(&g->rows[i]));
	for (i = 0; i < g->nr_troubles; i++)
		json_array_append_new(troubles, json_text(g->troubles[i]));
	for (i = 0; i < g->nr_left_out; i++) {
		json_t *item = json_object();

		json_object_set_new(item, "why", json_text(g->left_out[i].why));
		json_object_set_new(item, "nr", json_count(g->left_out[i].nr));
		json_array_append_new(left, item);
	}
	json_object_set_new(o, "troubles", troubles);
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "left_out", left);
}

json_t *gate_json(const struct gating *g, const struct differences *d,
		  enum gate_exit status)
{
	static const char *const verdicts[] = { "pass", "fail", "trouble",
						"inconclusive", "nothing" };
	char *closing = gate_closing(g, status);
	json_t *o = json_object();

	json_object_set_new(o, "command", json_text("gate"));
	json_object_set_new(o, "verdict", json_text(verdicts[status]));
	json_object_set_new(o, "exit", json_integer(status));
	json_object_set_new(o, "closing", json_text(closing));
	json_object_set_new(o, "axis", json_text(g->arms.axis));
	json_object_set_new(o, "a", json_text(g->arms.a));
	json_object_set_new(o, "b", json_text(g->arms.b));
	json_object_set_new(o, "alpha", json_number(g->alpha));
	json_object_set_new(o, "until_decided", json_boolean(g->until_decided));
	json_object_set_new(o, "by_boot", json_boolean(g->arms.by_boot));
	json_object_set_new(o, "boots_a", json_count(g->arms.boots_a));
	json_object_set_new(o, "boots_b", json_count(g->arms.boots_b));
	json_object_set_new(o, "differs", differences_json(d));
	add_lists(o, g);
	free(closing);
	return o;
}
