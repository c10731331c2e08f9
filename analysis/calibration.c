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
	"machine.vendor",   "machine.product",	 "machine.cpu",
	"machine.topology", "machine.microcode", "machine.virtualization",
	"machine.emulated", "kernel.arch",	 NULL,
};

enum {
	DAY_S = 86400,
	MAX_BYTES = 16 << 20 /* some 50,000 rows */
};

/* Both skipped ones are names of axes. */
static char *key_of(const struct pairs *cell, const char *skip)
{
	const char *const names[] = { "tag", skip, NULL };

	return pairs_key(cell, names);
}

void calibration_copy_cell(struct pairs *to, const struct pairs *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++)
		if (strcmp(from->at[i].name, "tag") && from->at[i].text)
			pairs_add(to, from->at[i].name, from->at[i].text);
}

struct noise_floor *calibration_add(struct calibration *c,
				    const struct pairs *cell,
				    const char *metric, bool slowdown)
{
	struct noise_floor *f = memory_append((void **)&c->floors, &c->nr,
					      sizeof(*f));

	calibration_copy_cell(&f->cell, cell);
	f->key = key_of(&f->cell, NULL);
	f->metric = memory_text(metric);
	f->slowdown = slowdown;
	f->least = NAN;
	return f;
}

void calibration_free(struct calibration *c)
{
	while (c->nr) {
		struct noise_floor *f = &c->floors[--c->nr];

		pairs_free(&f->cell);
		free(f->key);
		free(f->metric);
	}
	while (c->nr_controls) {
		struct injected *j = &c->controls[--c->nr_controls];

		pairs_free(&j->cell);
		free(j->metric);
	}
	free(c->floors);
	free(c->controls);
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

const struct noise_floor *calibration_find(const struct calibration *c,
					   const struct pairs *cell,
					   const char *metric, bool slowdown,
					   const char *skip)
{
	const struct noise_floor *found = NULL;
	char *key = key_of(cell, skip);
	size_t i;

	for (i = 0; i < c->nr && !found; i++) {
		const struct noise_floor *f = &c->floors[i];
		char *own = skip ? key_of(&f->cell, skip) : NULL;

		if (f->slowdown == slowdown && !strcmp(f->metric, metric) &&
		    !strcmp(own ? own : f->key, key))
			found = f;
		free(own);
	}
	free(key);
	return found;
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
	c->nr_gated =
		(uint64_t)json_integer_value(json_object_get(o, "gated_pairs"));
	return take_pairs(&c->facts, json_object_get(o, "facts"))
		       ? "facts must be texts by name"
		       : NULL;
}

/* A ratio less 1; NAN when it is none. */
static double excess(const json_t *o, const char *name)
{
	const json_t *value = json_object_get(o, name);
	double x = json_number_value(value);

	return json_is_number(value) && x >= 0 && x < 1e6 ? x : NAN;
}

static const char *take_floor(struct calibration *c, const json_t *o)
{
	const char *metric = json_string_value(json_object_get(o, "metric"));
	const char *of = json_string_value(json_object_get(o, "of"));
	double floor = excess(o, "noise_floor"),
	       least = excess(o, "least_margin");
	json_int_t pairs = json_integer_value(json_object_get(o, "pairs"));
	struct pairs cell = { 0 };
	struct noise_floor *f;
	const char *why = NULL;

	if (!metric || !of)
		why = "metric and of must be texts";
	else if (strcmp(of, "figures") && strcmp(of, "multiples_of_baseline"))
		why = "of must be figures or multiples_of_baseline";
	else if (isnan(floor))
		why = "noise_floor must be a number from 0 on, 0.02 for 2 %";
	else if (isnan(least) && json_object_get(o, "least_margin"))
		why = "least_margin must be a number from 0 on, 0.02 for 2 %";
	else if (pairs < 1)
		why = "pairs must be a number from 1 on";
	else if (take_pairs(&cell, json_object_get(o, "cell")))
		why = "cell must be texts by name";
	if (!why) {
		f = calibration_add(c, &cell, metric, *of == 'm');
		f->floor = floor;
		f->least = least;
		f->nr_pairs = (uint64_t)pairs;
	}
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

/* All of a file; malloc'ed. NULL when it cannot be read or is no calibration,
 * which is never so large; then errno is 0. */
static char *read_all(const char *path, size_t *size)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;

	if (!in)
		return NULL;
	text = memory_new(MAX_BYTES, 1);
	errno = 0;
	*size = fread(text, 1, MAX_BYTES, in);
	if (ferror(in) || *size == MAX_BYTES) {
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

int calibration_load(struct calibration *c, const char *path, struct error *e)
{
	const char *why = NULL, *at, *end, *newline;
	size_t size = 0, line = 0;
	char *text = read_all(path, &size);

	*c = (struct calibration){ 0 };
	if (!text)
		return error_set(e, errno ? errno : EFBIG,
				 "%s: %s; faultstat calibrate makes one", path,
				 errno ? strerror(errno)
				       : "larger than any calibration");
	end = text + size;
	for (at = text; !why && at < end; at = newline + 1) {
		json_t *o;

		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			newline = end;
		o = json_loadb(at, (size_t)(newline - at),
			       JSON_REJECT_DUPLICATES, NULL);
		line++;
		why = o ? take_line(c, o, line == 1) : "no JSON";
		json_decref(o);
	}
	free(text);
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

static json_t *line_of(const char *type)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", json_text(type));
	return o;
}

static int put_head(FILE *out, const struct calibration *c)
{
	json_t *o = line_of("calibration");

	json_object_set_new(o, "schema", json_integer(CALIBRATION_SCHEMA));
	json_object_set_new(o, "time_s", json_number(c->time_s));
	json_object_set_new(o, "gated_pairs", json_count(c->nr_gated));
	json_object_set_new(o, "facts", pairs_json(&c->facts));
	return put_line(out, o);
}

static int put_floor(FILE *out, const struct noise_floor *f)
{
	json_t *o = line_of("floor");

	json_object_set_new(o, "cell", pairs_json(&f->cell));
	json_object_set_new(o, "metric", json_text(f->metric));
	json_object_set_new(
		o, "of",
		json_text(f->slowdown ? "multiples_of_baseline" : "figures"));
	json_object_set_new(o, "noise_floor", json_number(f->floor));
	if (!isnan(f->least))
		json_object_set_new(o, "least_margin", json_number(f->least));
	json_object_set_new(o, "pairs", json_count(f->nr_pairs));
	return put_line(out, o);
}

static int put_order(FILE *out, const struct calibration *c)
{
	json_t *o = line_of("order");

	json_object_set_new(o, "second_over_first", json_number(c->order));
	json_object_set_new(o, "low", json_number(c->order_low));
	json_object_set_new(o, "high", json_number(c->order_high));
	json_object_set_new(o, "blocks", json_count(c->nr_blocks));
	return put_line(out, o);
}

static int put_control(FILE *out, const struct injected *j)
{
	json_t *o = line_of("control");

	json_object_set_new(o, "cell", pairs_json(&j->cell));
	json_object_set_new(o, "metric", json_text(j->metric));
	json_object_set_new(o, "injected_ns", json_number(j->injected_ns));
	json_object_set_new(o, "seen_ns", json_number(j->seen_ns));
	json_object_set_new(o, "low_ns", json_number(j->low_ns));
	json_object_set_new(o, "high_ns", json_number(j->high_ns));
	json_object_set_new(o, "found", json_boolean(j->found));
	json_object_set_new(o, "pairs", json_count(j->nr_pairs));
	return put_line(out, o);
}

int calibration_write(FILE *out, const struct calibration *c, struct error *e)
{
	int bad = put_head(out, c);
	size_t i;

	for (i = 0; !bad && i < c->nr; i++)
		bad = put_floor(out, &c->floors[i]);
	if (!bad && c->nr_blocks)
		bad = put_order(out, c);
	for (i = 0; !bad && i < c->nr_controls; i++)
		bad = put_control(out, &c->controls[i]);
	return bad ? error_set(e, EIO, "the calibration cannot be written: %s",
			       strerror(errno))
		   : 0;
}
