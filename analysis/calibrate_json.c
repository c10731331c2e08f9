/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `faultstat calibrate --json`: {"command":"calibrate", "closing", "time_s",
 * "machine":{}, "gated_pairs", "alpha", "rows":[{title, cell, metric, of,
 * noise_floor, least_margin, margin, gateable, n}], "order":{..}, "controls":
 * [{title, cell, metric, injected_ns, seen_ns, ratio, found}], "left_out",
 * "why"}. `of` is "figures" or "multiples_of_baseline".
 */
#include <stdlib.h>

#include "calibrating.h"
#include "json.h"

static json_t *row_json(const struct calibrated *row)
{
	json_t *o = json_object();

	json_object_set_new(o, "title", json_text(row->title));
	json_object_set_new(o, "cell", json_cell(row->cell));
	json_object_set_new(o, "metric", json_text(row->metric));
	json_object_set_new(
		o, "of",
		json_text(row->slowdown ? "multiples_of_baseline" : "figures"));
	json_object_set_new(o, "noise_floor", json_number(row->floor));
	json_object_set_new(o, "least_margin", json_number(row->least));
	json_object_set_new(o, "margin", json_number(row->margin));
	json_object_set_new(o, "gateable",
			    json_text(gateable_word(row->gateable)));
	json_object_set_new(o, "n", json_count(row->nr));
	return o;
}

static json_t *control_json(const struct control *row)
{
	json_t *o = json_object();

	json_object_set_new(o, "title", json_text(row->title));
	json_object_set_new(o, "cell", json_cell(row->slowed));
	json_object_set_new(o, "metric", json_text(row->metric));
	json_object_set_new(o, "injected_ns", json_number(row->injected_ns));
	json_object_set_new(o, "seen_ns", json_interval(&row->ns));
	json_object_set_new(o, "ratio", json_interval(&row->ratio));
	json_object_set_new(o, "found", json_boolean(row->found));
	return o;
}

static json_t *machine_json(const struct calibration *c)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < c->facts.nr; i++)
		json_object_set_new(o, c->facts.at[i].name,
				    json_text(c->facts.at[i].text));
	return o;
}

json_t *calibrate_json(const struct calibrating *g, const struct calibration *c)
{
	char *closing = calibrate_closing(g);
	json_t *o = json_object(), *rows = json_array();
	json_t *controls = json_array();
	size_t i;

	for (i = 0; i < g->nr_rows; i++)
		json_array_append_new(rows, row_json(&g->rows[i]));
	for (i = 0; i < g->nr_controls; i++)
		json_array_append_new(controls, control_json(&g->controls[i]));
	json_object_set_new(o, "command", json_text("calibrate"));
	json_object_set_new(o, "closing", json_text(closing));
	json_object_set_new(o, "time_s", json_number(c->time_s));
	json_object_set_new(o, "machine", machine_json(c));
	json_object_set_new(o, "gated_pairs", json_count(g->nr_pairs));
	json_object_set_new(o, "alpha", json_number(g->alpha));
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "order", drift_json(&g->drift));
	json_object_set_new(o, "controls", controls);
	json_object_set_new(o, "left_out", json_count(g->nr_without));
	json_object_set_new(o, "why", json_text(g->why));
	free(closing);
	return o;
}
