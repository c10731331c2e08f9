/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <math.h>

#include "cli.h"

json_t *json_text(const char *text)
{
	json_t *o = text ? json_string(text) : NULL;

	return o ? o : json_null();
}

json_t *json_number(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

json_t *json_count(size_t nr)
{
	return json_integer((json_int_t)nr);
}

json_t *json_interval(const struct interval *v)
{
	json_t *o = json_object();

	json_object_set_new(o, "estimate", json_number(v->estimate));
	json_object_set_new(o, "low", json_number(v->low));
	json_object_set_new(o, "high", json_number(v->high));
	json_object_set_new(o, "level", json_number(v->level));
	json_object_set_new(o, "n", json_count(v->n));
	return o;
}

json_t *json_cell(const struct cell_sample *c)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < c->cell.nr; i++)
		json_object_set_new(o, c->cell.at[i].name,
				    json_text(c->cell.at[i].text));
	return o;
}

/* JSON may have DEL as it is, inside a text; a terminal should not get it. */
static int write_part(const char *part, size_t size, void *out)
{
	size_t i;

	for (i = 0; i < size; i++)
		if ((part[i] == 0x7f ? fputs("\\u007f", out)
				     : fputc(part[i], out)) == EOF)
			return -1;
	return 0;
}

int json_print(FILE *out, json_t *o)
{
	int err = json_dump_callback(o, write_part, out,
				     JSON_INDENT(1) | JSON_REAL_PRECISION(17) |
					     JSON_ENSURE_ASCII);

	fputc('\n', out);
	json_decref(o);
	return err ? cli_trouble("the output cannot be written: %m") : 0;
}
