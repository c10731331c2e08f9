/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own reader of JSON against jansson: what one takes, so does the other,
 * as the same values; but for depth, where ours ends sooner. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tape.h"

static void same(const struct tape_value *v, json_t *o);

static void same_inside(const struct tape_value *v, json_t *o)
{
	const struct tape_value *one = tape_inside(v);
	unsigned int i;
	char *name;

	for (i = 0; i < v->nr; i++) {
		if (v->type == TAPE_LIST) {
			same(one, json_array_get(o, i));
		} else {
			name = tape_text(one);
			one = tape_after(one);
			same(one, json_object_get(o, name));
			fuzz_must(tape_member(v, name) == one,
				  "a member is not found: %s", name);
			free(name);
		}
		one = tape_after(one);
	}
	fuzz_must(one == tape_after(v), "it takes other than what is in it");
}

static void same(const struct tape_value *v, json_t *o)
{
	static const json_type types[] = {
		[TAPE_NULL] = JSON_NULL,  [TAPE_FALSE] = JSON_FALSE,
		[TAPE_TRUE] = JSON_TRUE,  [TAPE_INTEGER] = JSON_INTEGER,
		[TAPE_REAL] = JSON_REAL,  [TAPE_TEXT] = JSON_STRING,
		[TAPE_LIST] = JSON_ARRAY, [TAPE_OBJECT] = JSON_OBJECT,
	};
	double a, b;

	fuzz_must(o && json_typeof(o) == types[v->type], "types %u and %d",
		  v->type, o ? (int)json_typeof(o) : -1);
	switch (v->type) {
	case TAPE_INTEGER:
		fuzz_must(v->integer == json_integer_value(o), "an integer");
		return;
	case TAPE_REAL:
		a = v->real;
		b = json_real_value(o);
		fuzz_must(!memcmp(&a, &b, sizeof(a)), "%a and %a", a, b);
		return;
	case TAPE_TEXT:
		fuzz_must(v->nr == json_string_length(o) &&
				  !memcmp(v->text, json_string_value(o), v->nr),
			  "a text");
		return;
	case TAPE_LIST:
		fuzz_must(v->nr == json_array_size(o), "a list");
		same_inside(v, o);
		return;
	case TAPE_OBJECT:
		fuzz_must(v->nr == json_object_size(o), "an object");
		same_inside(v, o);
		return;
	}
}

/* More levels than ours reads; strings may make it seem more, not less. */
static bool is_deep(const uint8_t *data, size_t size)
{
	size_t i, nr = 0;

	for (i = 0; i < size; i++)
		nr += data[i] == '[' || data[i] == '{';
	return nr > TAPE_DEPTH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1); /* for ASan to see its end */
	struct tape t;
	json_error_t why;
	json_t *o;

	/* jansson takes a NUL after a number */
	if (size && memchr(data, 0, size)) {
		fuzz_must(!tape_parse(&t, memcpy(text, data, size), size),
			  "a NUL in JSON");
		tape_free(&t);
		free(text);
		return 0;
	}
	memcpy(text, data, size);
	o = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	if (tape_parse(&t, text, size)) {
		fuzz_must(o, "taken, but jansson says: %s", why.text);
		same(t.at, o);
	} else {
		fuzz_must(!o || is_deep(data, size), "refused at %zu: %s",
			  t.position, t.why);
		fuzz_must(t.why && t.position <= size, "refused nowhere");
	}
	tape_free(&t);
	json_decref(o);
	free(text);
	return 0;
}
