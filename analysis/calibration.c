/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibration.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"

const char *const calibration_facts[] = {
	"machine.vendor",    "machine.product",
	"machine.cpu",	     "machine.topology",
	"machine.microcode", "machine.virtualization",
	"kernel.arch",	     NULL,
};

enum {
	DAY_S = 86400
};

/* Both skipped ones are names of axes. */
static char *key_of(const struct pairs *cell, const char *skip)
{
	const char *const names[] = { "tag", skip, NULL };

	return pairs_key(cell, names);
}

void calibration_add(struct calibration *c, const struct pairs *cell,
		     const char *metric, bool slowdown, double floor,
		     uint64_t nr_pairs)
{
	struct noise_floor *f = memory_append((void **)&c->floors, &c->nr,
					      sizeof(*f));
	size_t i;

	for (i = 0; i < cell->nr; i++)
		if (strcmp(cell->at[i].name, "tag") && cell->at[i].text)
			pairs_add(&f->cell, cell->at[i].name, cell->at[i].text);
	f->key = key_of(&f->cell, NULL);
	f->metric = memory_text(metric);
	f->slowdown = slowdown;
	f->floor = floor;
	f->nr_pairs = nr_pairs;
}

void calibration_free(struct calibration *c)
{
	while (c->nr) {
		struct noise_floor *f = &c->floors[--c->nr];

		pairs_free(&f->cell);
		free(f->key);
		free(f->metric);
	}
	free(c->floors);
	pairs_free(&c->facts);
	*c = (struct calibration){ 0 };
}

/* --- use ------------------------------------------------------------------ */

char *calibration_refuse(const struct calibration *c,
			 const struct record *session)
{
	double days = (session->time_s - c->time_s) / DAY_S;
	size_t i;

	for (i = 0; calibration_facts[i]; i++) {
		const char *name = calibration_facts[i];
		const char *x = pairs_find(&c->facts, name);
		const char *y = pairs_find(&session->facts, name);

		if (x && y && strcmp(x, y))
			return memory_printf("it is of another machine: %s is "
					     "%s there, %s here",
					     name, x, y);
	}
	if (!(fabs(days) <= CALIBRATION_DAYS))
		return memory_printf("it is %.0f days %s than the results, "
				     "more than %d",
				     fabs(days), days > 0 ? "older" : "younger",
				     CALIBRATION_DAYS);
	return NULL;
}

double calibration_floor(const struct calibration *c, const struct pairs *cell,
			 const char *metric, bool slowdown, const char *skip)
{
	char *key = key_of(cell, skip);
	double floor = NAN;
	size_t i;

	for (i = 0; i < c->nr && isnan(floor); i++) {
		const struct noise_floor *f = &c->floors[i];
		char *own = skip ? key_of(&f->cell, skip) : NULL;

		if (f->slowdown == slowdown && !strcmp(f->metric, metric) &&
		    !strcmp(own ? own : f->key, key))
			floor = f->floor;
		free(own);
	}
	free(key);
	return floor;
}

/* --- the file ------------------------------------------------------------- */

static int take_pairs(struct pairs *pairs, const json_t *o)
{
	const char *name;
	json_t *value;

	if (!json_is_object(o) || json_object_size(o) > 4096)
		return -EINVAL;
	json_object_foreach((json_t *)o, name, value)
	{
		if (json_is_string(value))
			pairs_add(pairs, name, json_string_value(value));
		else if (!json_is_object(value)) /* an object: it is absent */
			return -EINVAL;
	}
	return 0;
}

static const char *take_head(struct calibration *c, const json_t *o)
{
	const json_t *schema = json_object_get(o, "schema");
	const json_t *time_s = json_object_get(o, "time_s");

	if (!json_is_integer(schema) || !json_is_number(time_s))
		return "schema and time_s must be numbers";
	if (json_integer_value(schema) != CALIBRATION_SCHEMA)
		return "it is of another schema; calibrate again";
	c->time_s = json_number_value(time_s);
	return take_pairs(&c->facts, json_object_get(o, "facts"))
		       ? "facts must be texts by name"
		       : NULL;
}

static const char *take_floor(struct calibration *c, const json_t *o)
{
	const char *metric = json_string_value(json_object_get(o, "metric"));
	const char *of = json_string_value(json_object_get(o, "of"));
	double floor = json_number_value(json_object_get(o, "noise_floor"));
	json_int_t pairs = json_integer_value(json_object_get(o, "pairs"));
	struct pairs cell = { 0 };
	const char *why = NULL;

	if (!metric || !of)
		why = "metric and of must be texts";
	else if (strcmp(of, "figures") && strcmp(of, "multiples_of_baseline"))
		why = "of must be figures or multiples_of_baseline";
	else if (!json_is_number(json_object_get(o, "noise_floor")) ||
		 !(floor >= 0 && floor < 1e6))
		why = "noise_floor must be a number from 0 on, 0.02 for 2 %";
	else if (pairs < 1)
		why = "pairs must be a number from 1 on";
	else if (take_pairs(&cell, json_object_get(o, "cell")))
		why = "cell must be texts by name";
	else
		calibration_add(c, &cell, metric, *of == 'm', floor,
				(uint64_t)pairs);
	pairs_free(&cell);
	return why;
}

/* NULL, or what is wrong with the line. Types that are not known are for
 * readers of later versions. */
static const char *take_line(struct calibration *c, const json_t *o, bool first)
{
	const char *type = json_string_value(json_object_get(o, "type"));

	if (!type)
		return "no object with a type";
	if (first)
		return strcmp(type, "calibration")
			       ? "does not begin with a calibration; is it one?"
			       : take_head(c, o);
	return strcmp(type, "floor") ? NULL : take_floor(c, o);
}

int calibration_load(struct calibration *c, const char *path, struct error *e)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	const char *why = NULL;
	size_t size = 0, line = 0;

	*c = (struct calibration){ 0 };
	if (!in)
		return error_set(e, errno,
				 "%s: %s; faultstat calibrate makes "
				 "one",
				 path, strerror(errno));
	while (!why && getline(&text, &size, in) >= 0) {
		json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

		line++;
		why = o ? take_line(c, o, line == 1) : "no JSON";
		json_decref(o);
	}
	free(text);
	fclose(in);
	if (why)
		return error_set(e, EINVAL, "%s:%zu: %s", path, line, why);
	if (!line)
		return error_set(e, EINVAL, "%s: is empty", path);
	return 0;
}

static json_t *pairs_json(const struct pairs *pairs)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < pairs->nr; i++)
		if (pairs->at[i].text)
			json_object_set_new(o, pairs->at[i].name,
					    json_text(pairs->at[i].text));
	return o;
}

static int put_line(FILE *out, json_t *o)
{
	int bad = json_dumpf(o, out, JSON_COMPACT | JSON_REAL_PRECISION(17));

	json_decref(o);
	return fputc('\n', out) == EOF || bad;
}

int calibration_write(FILE *out, const struct calibration *c, struct error *e)
{
	json_t *o = json_object();
	int bad;
	size_t i;

	json_object_set_new(o, "type", json_text("calibration"));
	json_object_set_new(o, "schema", json_integer(CALIBRATION_SCHEMA));
	json_object_set_new(o, "time_s", json_number(c->time_s));
	json_object_set_new(o, "facts", pairs_json(&c->facts));
	bad = put_line(out, o);
	for (i = 0; !bad && i < c->nr; i++) {
		const struct noise_floor *f = &c->floors[i];

		o = json_object();
		json_object_set_new(o, "type", json_text("floor"));
		json_object_set_new(o, "cell", pairs_json(&f->cell));
		json_object_set_new(o, "metric", json_text(f->metric));
		json_object_set_new(o, "of",
				    json_text(f->slowdown
						      ? "multiples_of_baseline"
						      : "figures"));
		json_object_set_new(o, "noise_floor", json_number(f->floor));
		json_object_set_new(o, "pairs", json_count(f->nr_pairs));
		bad = put_line(out, o);
	}
	return bad ? error_set(e, EIO, "the calibration cannot be written: %s",
			       strerror(errno))
		   : 0;
}
