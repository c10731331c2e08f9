/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tape against jansson: texts that one of them refuses, the other one must
 * refuse as well, and what both take must be the same, value by value. Texts by
 * hand, real lines, and many thousand lines with something broken in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

enum {
	MAX_LINE = 1 << 14,
	NR_BROKEN = 400 /* of each line */
};

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* --- the same values? ----------------------------------------------------- */

static bool same(const struct tape_value *v, json_t *j);

static bool same_text(const struct tape_value *v, const char *text, size_t len)
{
	return v->type == TAPE_TEXT && v->nr == len &&
	       !memcmp(v->text, text, len);
}

static bool same_list(const struct tape_value *v, json_t *j)
{
	const struct tape_value *one = tape_inside(v);
	size_t i;

	if (v->type != TAPE_LIST || v->nr != json_array_size(j))
		return false;
	for (i = 0; i < v->nr; i++, one = tape_after(one))
		if (!same(one, json_array_get(j, i)))
			return false;
	return one == tape_after(v);
}

static bool same_object(const struct tape_value *v, json_t *j)
{
	const struct tape_value *key = tape_inside(v);
	const char *name;
	json_t *one;

	if (v->type != TAPE_OBJECT || v->nr != json_object_size(j))
		return false;
	json_object_foreach(j, name, one)
	{
		if (!same_text(key, name, strlen(name)) ||
		    tape_member(v, name) != key + 1 || !same(key + 1, one))
			return false;
		key = tape_after(key + 1);
	}
	return key == tape_after(v);
}

static bool same(const struct tape_value *v, json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return same_object(v, j);
	case JSON_ARRAY:
		return same_list(v, j);
	case JSON_STRING:
		return same_text(v, json_string_value(j),
				 json_string_length(j));
	case JSON_INTEGER:
		return v->type == TAPE_INTEGER &&
		       v->integer == json_integer_value(j);
	case JSON_REAL: /* to the last bit */
		return v->type == TAPE_REAL &&
		       !(v->real < json_real_value(j)) &&
		       !(v->real > json_real_value(j));
	case JSON_TRUE:
		return v->type == TAPE_TRUE;
	case JSON_FALSE:
		return v->type == TAPE_FALSE;
	default:
		return v->type == TAPE_NULL;
	}
}

/* Parses a copy without a NUL after it, so that a sanitizer sees what reads too
 * far. Is it JSON? */
static bool hold_against(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct tape t;
	bool taken;

	assert_non_null(copy);
	memcpy(copy, text, len);
	taken = tape_parse(&t, copy, len);
	if (taken != (j != NULL))
		fail_msg("%s by the tape alone (%s): %.*s",
			 taken ? "taken" : "refused", t.why ? t.why : "-",
			 (int)len, text);
	if (j && !same(t.at, j))
		fail_msg("not the same: %.*s", (int)len, text);
	assert_true(taken == !t.why && t.position <= len);
	tape_free(&t);
	json_decref(j);
	free(copy);
	return taken;
}

static bool hold_text(const char *text)
{
	return hold_against(text, strlen(text));
}

/* --- texts ---------------------------------------------------------------- */

static void test_good(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		" [ ] ",
		"\t{\r\n}\n",
		"[[],{}]",
		"[0,-0,1,-1,9223372036854775807,-9223372036854775808]",
		"[0.5,-0.0,1e2,1E+2,1e-2,1.25e10,0e5,0.1,3.3333333333333335]",
		"[1e22,1e23,1e-22,1e-23,123456789012345678901234567890.5]",
		"[5e-324,1.7976931348623157e308,2.2250738585072011e-308,1e-400]",
		"[0.000000000000000000000000000000001,0.30000000000000004]",
		"[683.04407141,14.78,999999999999999.9,9007199254740993.0]",
		"[true,false,null]",
		"[\"\",\"a\",\"\\u0041\",\"\\n\\t\\\\\\/\"]",
		"[\"\\\"\\b\\f\\r\",\"x\\ud83d\\ude00y\",\"\\u00e9\\u20ac\"]",
		"[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"]",
		"{\"a\":1,\"b\":{\"a\":[1,{\"a\":2}]},\"\":3}",
		"{\"\\u0061b\":1,\"ac\":\"x\\\\\",\"ad\":\"\\\\y\"}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_true(hold_text(texts[i]));
}

static void test_bad(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"1",
		"\"a\"",
		"null",
		"{",
		"[",
		"{]",
		"[}",
		"[1,]",
		"[,1]",
		"[1 2]",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{1:2}",
		"[01]",
		"[-]",
		"[+1]",
		"[.5]",
		"[1.]",
		"[1e]",
		"[1e+]",
		"[0x10]",
		"[NaN]",
		"[-Infinity]",
		"[1e400]",
		"[9223372036854775808]",
		"[-9223372036854775809]",
		"[123456789012345678901234567890]",
		"[tru]",
		"[True]",
		"[\"]",
		"[\"\\x\"]",
		"[\"\\u12\"]",
		"[\"\\u12g4\"]",
		"[\"\\ud800\"]",
		"[\"\\ud800\\u0041\"]",
		"[\"\\udc00\"]",
		"[\"\\u0000\"]",
		"[\"\n\"]",
		"[\"\xff\"]",
		"[\"\xc0\x80\"]",
		"[\"\xed\xa0\x80\"]",
		"[\"\xf4\x90\x80\x80\"]",
		"[\"\xc3\"]",
		"[\"\xe2\x82\"]",
		"[\"\xe0\x80\x80\"]",
		"[] []",
		"{} x",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1,\"b\":2,\"\\u0061\":3}",
		"[\"\\",
		"[\"\\u",
		"[1e",
		"[-",
		"{\"a\":{\"b\":1,\"b\":1}}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(hold_text(texts[i]));
	assert_false(hold_against("[\"a\0b\"]", 7));
	assert_false(hold_against("[]\0", 3));
}

/* An object of so many members, the last of which is named like number twin. */
static char *many(size_t nr, size_t twin)
{
	char *text = malloc(nr * 24 + 16), *to = text;
	size_t i;

	assert_non_null(text);
	for (i = 0; i < nr; i++)
		to += sprintf(to, "%c\"name%zu\":%zu", i ? ',' : '{',
			      i == nr - 1 ? twin : i, i);
	strcpy(to, "}");
	return text;
}

static void test_many_members(void **state)
{
	static const size_t sizes[] = { 2, 3, 17, 47, 48, 49, 50, 1000, 20000 };
	size_t i, twin;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (twin = 0; twin < sizes[i]; twin += sizes[i] / 2) {
			char *text = many(sizes[i], twin);

			assert_int_equal(hold_text(text), twin == sizes[i] - 1);
			free(text);
		}
	}
}

/* Longer than the tape is at first, so that it moves; each kind of value at any
 * place. */
static void test_long(void **state)
{
	static const char *const values[] = { "7",	 "0.25",
					      "\"a\"",	 "true",
					      "[]",	 "{}",
					      "[1,[2]]", "12345678901234567" };
	enum {
		NR = 9000
	};
	char *text = malloc(NR * 20 + 2), *to = text;
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < NR; i++)
		to += sprintf(to, "%c%s", i ? ',' : '[', values[i * 5 / 3 % 8]);
	strcpy(to, "]");
	assert_true(hold_text(text));
	free(text);
}

static void test_levels(void **state)
{
	char text[2 * TAPE_DEPTH + 8];
	struct tape t;
	size_t n;

	(void)state;
	for (n = TAPE_DEPTH - 1; n <= TAPE_DEPTH + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		assert_int_equal(tape_parse(&t, text, 2 * n), n <= TAPE_DEPTH);
		tape_free(&t);
	}
}

/* --- broken lines --------------------------------------------------------- */

static const char alphabet[] =
	"{}[],:\"\\/0123456789.eE+-truefalsn u\n\xc3\xa9";

static void break_line(char *line, size_t *len, uint64_t *random)
{
	size_t at = next_random(random) % *len;
	char c = alphabet[next_random(random) % (sizeof(alphabet) - 1)];

	switch (next_random(random) % 4) {
	case 0:
		line[at] = c;
		break;
	case 1:
		memmove(line + at, line + at + 1, --*len - at);
		break;
	case 2:
		memmove(line + at + 1, line + at, (*len)++ - at);
		line[at] = c;
		break;
	default:
		*len = at;
	}
}

static void break_lines(const char *path, size_t *good, size_t *bad)
{
	static char line[MAX_LINE], broken[MAX_LINE + 8];
	FILE *f = fopen(path, "re");
	uint64_t random = 17;
	size_t i, k, len;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		hold_against(line, strlen(line));
		for (i = 0; i < NR_BROKEN; i++) {
			len = strlen(line);
			memcpy(broken, line, len);
			for (k = 0; k <= i % 3 && len; k++)
				break_line(broken, &len, &random);
			++*(hold_against(broken, len) ? good : bad);
		}
	}
	fclose(f);
}

static void test_broken(void **state)
{
	size_t good = 0, bad = 0;

	(void)state;
	break_lines(GOLDEN_DIR "/data/handmade-odd.jsonl", &good, &bad);
	print_message("%zu broken lines are JSON all the same, %zu are not\n",
		      good, bad);
	assert_true(good > 1000 && bad > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
