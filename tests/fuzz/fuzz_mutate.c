/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer's mutations find their way through a JSON parser slowly. Half of
 * the time this changes one value of one line instead, so that the line stays
 * JSON, and what reads values sees ones that nobody would write: the other half
 * keeps to bytes.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed);

static unsigned int state;

static unsigned int pick(size_t nr)
{
	state = state * 1103515245u + 12345u;
	return (unsigned int)((state >> 8) % (nr ? nr : 1));
}

static json_t *odd_value(void)
{
	static const char *const texts[] = {
		"",	   "vma",   "mmap",	 "none",    "0",
		"50k",	   "1e308", "999999999", "nan",	    "-1",
		"a=b, c",  "% n%s", "\t\n",	 "\x1b[2J", "label",
		"p50_ns",  "''''",  "`id`",	 "\u202e",  "100us",
		"anon,ok", "spin,", "held",	 "waiting", "core",
	};
	static const double numbers[] = {
		0,   -0.0,  1,	    -1,	    0.5,  1e-308, 1e308,
		1e9, 1e18,  9.3e18, -1e300, 1e-9, 4e15,	  2147483648.0,
		3,   65536, 1e100,  5e-324, 100,
	};

	switch (pick(8)) {
	case 0:
		return json_null();
	case 1:
		return json_pack("{s:s}", "absent", "for a reason");
	case 2:
		return json_boolean(pick(2));
	case 3:
		return json_integer((json_int_t)1 << pick(63));
	case 4:
	case 5:
		return json_real(
			numbers[pick(sizeof(numbers) / sizeof(numbers[0]))]);
	default:
		return json_string(
			texts[pick(sizeof(texts) / sizeof(texts[0]))]);
	}
}

static void change_object(json_t *o)
{
	size_t i = pick(json_object_size(o));
	void *at = json_object_iter(o);
	const char *key;
	char other[64];

	while (i-- && json_object_iter_next(o, at))
		at = json_object_iter_next(o, at);
	if (!at)
		return;
	key = json_object_iter_key(at);
	switch (pick(12)) {
	case 0:
		json_object_del(o, key);
		return;
	case 1:
		snprintf(other, sizeof(other), "%.50s%u", key, pick(4));
		json_object_set_new(o, other, odd_value());
		return;
	default:
		json_object_iter_set_new(o, at, odd_value());
	}
}

/* One value somewhere below. */
static void change(json_t *v, unsigned int depth)
{
	json_t *below = NULL;
	size_t nr;

	if (json_is_array(v)) {
		nr = json_array_size(v);
		below = json_array_get(v, pick(nr));
		if (pick(3) && below && json_is_array(below) + depth < 6) {
			change(below, depth + 1);
			return;
		}
		if (nr && pick(2))
			json_array_set_new(v, pick(nr), odd_value());
		else if (below)
			json_array_append(v, below);
		return;
	}
	if (!json_is_object(v))
		return;
	if (pick(3)) {
		void *at = json_object_iter(v);
		size_t i = pick(json_object_size(v));

		while (at && i--)
			at = json_object_iter_next(v, at);
		below = at ? json_object_iter_value(at) : NULL;
	}
	if (json_is_object(below) || json_is_array(below))
		change(below, depth + 1);
	else
		change_object(v);
}

/* Where line number n begins; its length. */
static char *line_at(char *text, size_t size, size_t n, size_t *len)
{
	char *end;

	while ((end = memchr(text, '\n', size)) && n--) {
		size -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	*len = end ? (size_t)(end - text) : size;
	return text;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed)
{
	size_t nr = 1, i, len, new_len;
	char *line, *text;
	json_t *o;

	state = seed;
	if (pick(2))
		return LLVMFuzzerMutate(data, size, max);
	for (i = 0; i < size; i++)
		nr += data[i] == '\n';
	line = line_at((char *)data, size, pick(nr), &len);
	o = json_loadb(line, len, 0, NULL);
	if (!o)
		return LLVMFuzzerMutate(data, size, max);
	for (i = pick(3) + 1; i > 0; i--)
		change(o, 0);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	new_len = text ? strlen(text) : 0;
	if (!text || size - len + new_len > max) {
		free(text);
		return LLVMFuzzerMutate(data, size, max);
	}
	memmove(line + new_len, line + len,
		size - (size_t)(line - (char *)data) - len);
	memcpy(line, text, new_len);
	free(text);
	return size - len + new_len;
}
