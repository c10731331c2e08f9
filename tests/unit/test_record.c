/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records: to JSON and back without a loss, in the form that doc/format.md
 * shows; and whatever else a line may hold is refused with a reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

#define SESSION                                                                \
	"{\"type\":\"session\",\"schema\":1,\"session\":\"6f1d0c\","           \
	"\"time_s\":1795490000.125,\"label\":\"base\","                        \
	"\"plan_name\":\"headline.conf\",\"question\":\"What does it cost?\"," \
	"\"plan\":\"threads = 1\\n# \xc2\xb5s\\n\",\"seed\":"                  \
	"9223372036854775807,\"blocks\":8,\"resumed\":true,"                   \
	"\"facts\":{\"machine.cpu\":\"AMD EPYC\",\"machine.microcode\":"       \
	"{\"absent\":\"/proc/cpuinfo does not show it\"}}}"

#define CELL(type)                                                             \
	"{\"type\":\"" type "\",\"session\":\"6f1d0c\",\"time_s\":1795490001," \
	"\"block\":2,\"position\":5,\"cell\":{\"scenario\":\"memfd\","         \
	"\"antagonist\":\"mprotect rate=10k\"},\"group\":\"resident\","        \
	"\"command\":\"faultline cell scenario=memfd\","

#define RUN                                                                    \
	CELL("run")                                                            \
	"\"elapsed_s\":0.31,\"facts\":{\"file_system\":\"ext4\"},"             \
	"\"metrics\":{\"p50_ns\":683.1,\"p99_ns\":"                            \
	"{\"absent\":\"needs 10,000 samples, has 4,096\"},\"max_ns\":91000,"   \
	"\"faults\":215040},\"counters\":{\"cycles:k\":{\"absent\":"           \
	"\"no hardware PMU\"},\"page-faults\":1.0000000001},"                  \
	"\"noise\":{\"steal_s\":0},\"hist_ns\":[[672,14],[90624,1]],"          \
	"\"antagonists\":[{\"name\":\"mprotect rate=10k\",\"metrics\":"        \
	"{\"ops\":3,\"late\":0},\"hist_ns\":[[2048,3]]},{\"name\":\"fork\","   \
	"\"metrics\":{}}],\"placed\":[{\"role\":\"worker\",\"index\":0,"       \
	"\"pu\":3,\"node\":-1,\"verified\":true}]}"

#define WITNESS                                                                \
	CELL("witness")                                                        \
	"\"elapsed_s\":0.2,\"evidence\":\"tracepoint\",\"verdict\":\"held\","  \
	"\"claim\":\"promised 0, saw 0\",\"metrics\":{"                        \
	"\"mmap_locks_per_fault\":0},\"counters\":{},\"noise\":{},"            \
	"\"antagonists\":[],\"placed\":[]}"

#define SKIP CELL("skip") "\"of_witness\":true,\"reason\":\"no userfaultfd\"}"
#define FAIL CELL("fail") "\"of_witness\":false,\"reason\":\"498 faults\"}"

static struct record parsed(const char *text)
{
	struct record r;
	struct error e;

	if (record_from_json(&r, text, strlen(text), &e))
		fail_msg("%s", e.text);
	return r;
}

/* --- there and back ------------------------------------------------------- */

/* The text that is read is the text that is written, member by member. */
static void test_same_text(void **state)
{
	static const char *const texts[] = { SESSION, RUN, WITNESS, SKIP,
					     FAIL };
	size_t i;

	(void)state;
	for (i = 0; i < NR(texts); i++) {
		struct record r = parsed(texts[i]);
		char *text = record_to_json(&r);

		assert_string_equal(text, texts[i]);
		assert_int_equal(r.type, i);
		record_free(&r);
		free(text);
	}
}

static void test_session(void **state)
{
	struct record r = parsed(SESSION);

	(void)state;
	assert_int_equal(r.schema, 1);
	assert_string_equal(r.session, "6f1d0c");
	assert_true(r.time_s == 1795490000.125);
	assert_string_equal(r.plan, "threads = 1\n# \xc2\xb5s\n");
	assert_true(r.seed == INT64_MAX);
	assert_int_equal(r.blocks, 8);
	assert_true(r.resumed);
	assert_string_equal(pairs_find(&r.facts, "machine.cpu"), "AMD EPYC");
	assert_null(pairs_find(&r.facts, "machine.microcode"));
	assert_null(pairs_find(&r.facts, "machine.vendor"));
	assert_string_equal(r.facts.at[1].absent,
			    "/proc/cpuinfo does not show it");
	record_free(&r);
	assert_null(r.session);
}

static void test_run(void **state)
{
	struct record r = parsed(RUN);
	const struct value *v;

	(void)state;
	assert_int_equal(r.block, 2);
	assert_int_equal(r.position, 5);
	assert_string_equal(r.group, "resident");
	assert_true(r.elapsed_s == 0.31);
	assert_true(metrics_find(&r.metrics, "p50_ns")->number == 683.1);
	v = metrics_find(&r.metrics, "p99_ns");
	assert_true(isnan(v->number));
	assert_string_equal(v->absent, "needs 10,000 samples, has 4,096");
	assert_null(metrics_find(&r.metrics, "p90_ns"));
	assert_int_equal(r.hist->total, 15);
	assert_int_equal(r.hist->min, 672);
	assert_int_equal(r.hist->max, 91000); /* as max_ns says */
	assert_int_equal(r.nr_antagonists, 2);
	assert_int_equal(r.antagonists[0].hist->max, 2063); /* the bucket */
	assert_null(r.antagonists[1].hist);
	assert_int_equal(r.nr_placed, 1);
	assert_string_equal(r.placed[0].role, "worker");
	assert_int_equal(r.placed[0].pu, 3);
	assert_int_equal(r.placed[0].node, -1);
	assert_true(r.placed[0].verified);
	record_free(&r);
}

static void test_hist_comes_back(void **state)
{
	struct record r = { .type = RECORD_RUN }, back;
	uint64_t v;
	char *text;

	(void)state;
	r.hist = calloc(1, sizeof(*r.hist));
	for (v = 1; v < 1ull << 44; v += 1 + v / 50)
		hist_add(r.hist, v);
	metrics_add_percentiles(&r.metrics, r.hist);
	text = record_to_json(&r);
	back = parsed(text);
	assert_memory_equal(r.hist, back.hist, sizeof(*r.hist));
	free(text);
	record_free(&r);
	record_free(&back);
}

/* What JSON cannot hold is told, never left out. */
static void test_hostile_values(void **state)
{
	struct record r = { .type = RECORD_RUN }, back;
	char *text;

	(void)state;
	record_text(&r.command, "a\xff\x01\"\\\n");
	metrics_add(&r.metrics, "nan_ns", NAN);
	metrics_add(&r.metrics, "inf_ns", INFINITY);
	metrics_add(&r.metrics, "huge", 1e300);
	metrics_add(&r.metrics, "below", 9007199254740991.0);
	metrics_add(&r.metrics, "tiny", -1e-9);
	metrics_add(&r.counters, "caf\xe9", 7);
	metrics_add_absent(&r.counters, "%s", "100%% of %s", "it");
	pairs_add(&r.cell, "empty", "");
	text = record_to_json(&r);
	assert_null(strchr(text, '\n'));
	back = parsed(text);
	assert_string_equal(back.command, "a?\x01\"\\\n");
	assert_non_null(metrics_find(&back.metrics, "nan_ns")->absent);
	assert_non_null(metrics_find(&back.metrics, "inf_ns")->absent);
	assert_true(metrics_find(&back.metrics, "huge")->number == 1e300);
	assert_non_null(strstr(text, "\"below\":9007199254740991,"));
	assert_true(metrics_find(&back.metrics, "tiny")->number == -1e-9);
	assert_true(metrics_find(&back.counters, "caf?")->number == 7);
	assert_string_equal(metrics_find(&back.counters, "%s")->absent,
			    "100% of it");
	assert_string_equal(pairs_find(&back.cell, "empty"), "");
	assert_null(back.group); /* optional */
	free(text);
	record_free(&r);
	record_free(&back);
}

static void test_unknown_members(void **state)
{
	struct record r = parsed(
		CELL("skip") "\"of_witness\":false,\"reason\":\"x\","
			     "\"colour\":[{\"a\":[1,2.5,null,true]}]}");

	(void)state;
	assert_string_equal(r.reason, "x");
	record_free(&r);
}

/* --- what is refused ------------------------------------------------------ */

struct refused {
	const char *text, *reason;
};

static void check_refused(const char *text, size_t len, const char *reason)
{
	struct record r;
	struct error e;
	const char *c;

	if (record_from_json(&r, text, len, &e) != -EINVAL)
		fail_msg("was taken: %s", text);
	if (!strstr(e.text, reason))
		fail_msg("'%s' does not say '%s': %s", e.text, reason, text);
	for (c = e.text; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
	assert_null(r.session);
	assert_int_equal(record_from_json(&r, text, len, NULL), -EINVAL);
}

static void test_refused(void **state)
{
	static const struct refused cases[] = {
		{ "", "not JSON, at byte" },
		{ "nonsense", "not JSON" },
		{ "{", "not JSON" },
		{ "[]", "is no record" },
		{ "{} {}", "not JSON" },
		{ "{}", "\"type\" is missing" },
		{ "{\"type\":1}", "\"type\" is no text" },
		{ "{\"type\":\"ru\\u001bn\"}", "\"ru?n\" is no type" },
		{ "{\"type\":\"run\",\"type\":\"run\"}", "duplicate" },
		{ "{\"type\":\"run\"}", "\"session\" is missing" },
		{ "{\"type\":\"r\\u0000n\"}", "not JSON" },
		{ "{\"type\":\"r\xff\"}", "not JSON" },
		{ "{\"type\":\"session\"}", "\"schema\" is missing" },
		{ "{\"type\":\"session\",\"schema\":0}", "less than 1" },
		{ "{\"type\":\"session\",\"schema\":-1}", "no count" },
		{ "{\"type\":\"session\",\"schema\":1.0}", "no count" },
		{ "{\"type\":\"session\",\"schema\":1e999}", "overflow" },
		{ "{\"type\":\"session\",\"schema\":99999999999999999999}",
		  "too big" },
		{ CELL("skip") "\"of_witness\":0,\"reason\":\"\"}",
		  "\"of_witness\" is neither true nor false" },
		{ CELL("skip") "\"of_witness\":true}", "\"reason\" is miss" },
		{ CELL("run") "\"metrics\":{}}", "\"elapsed_s\" is missing" },
		{ "{\"type\":\"skip\",\"session\":\"\",\"time_s\":1,\"block\":0,"
		  "\"position\":0,\"cell\":{},\"group\":7,\"command\":\"\","
		  "\"of_witness\":true,\"reason\":\"\"}",
		  "\"group\" is no text" },
		{ CELL("run") "\"elapsed_s\":NaN}", "not JSON" },
		{ CELL("run") "\"elapsed_s\":\"1\"}", "is no number" },
		{ CELL("witness") "\"elapsed_s\":1,\"metrics\":{}}",
		  "\"evidence\" is missing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++)
		check_refused(cases[i].text, strlen(cases[i].text),
			      cases[i].reason);
}

/* A run with one member of its own. */
static void test_refused_members(void **state)
{
	static const struct refused cases[] = {
		{ "\"metrics\":[]", "\"metrics\" is no object" },
		{ "\"metrics\":{\"a\":\"1\"}", "\"a\" is neither a number" },
		{ "\"metrics\":{\"a\":null}", "\"a\" is neither a number" },
		{ "\"metrics\":{\"a\":{\"absent\":1}}", "\"a\" is neither" },
		{ "\"metrics\":{\"a\":1,\"a\":2}", "duplicate" },
		{ "\"counters\":1", "\"counters\" is no object" },
		{ "\"noise\":\"\"", "\"noise\" is no object" },
		{ "\"hist_ns\":{}", "\"hist_ns\" is no histogram" },
		{ "\"hist_ns\":[1]", "no [ns, count]" },
		{ "\"hist_ns\":[[1]]", "no [ns, count]" },
		{ "\"hist_ns\":[[1,2,3]]", "no [ns, count]" },
		{ "\"hist_ns\":[[-1,2]]", "no [ns, count]" },
		{ "\"hist_ns\":[[1,0]]", "no [ns, count]" },
		{ "\"hist_ns\":[[1,-5]]", "no [ns, count]" },
		{ "\"hist_ns\":[[1.5,1]]", "no [ns, count]" },
		{ "\"hist_ns\":[[1,9223372036854775807]]", "no [ns, count]" },
		{ "\"antagonists\":7", "\"antagonists\" is no list" },
		{ "\"antagonists\":[7]", "\"name\" is missing" },
		{ "\"antagonists\":[{\"name\":\"a\"}]", "\"metrics\" is miss" },
		{ "\"placed\":{}", "\"placed\" is no list" },
		{ "\"placed\":[{}]", "is missing" },
		{ "\"placed\":[{\"role\":\"worker\",\"index\":0,\"pu\":0,"
		  "\"node\":-9223372036854775807,\"verified\":true}]",
		  "\"node\"" },
		{ "\"placed\":[{\"role\":\"worker\",\"index\":4294967296,"
		  "\"pu\":0,\"node\":0,\"verified\":true}]",
		  "\"index\"" },
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		bool own = strstr(cases[i].text, "\"metrics\":") ==
			   cases[i].text;

		snprintf(text, sizeof(text), "%s\"elapsed_s\":1%s,%s}",
			 CELL("run"), own ? "" : ",\"metrics\":{}",
			 cases[i].text);
		check_refused(text, strlen(text), cases[i].reason);
	}
}

/* head, then nr times item, then tail. */
static char *repeated(const char *head, const char *item, size_t nr,
		      const char *tail, size_t *len)
{
	char *text;
	FILE *f = open_memstream(&text, len);

	assert_non_null(f);
	fputs(head, f);
	while (nr--)
		fputs(item, f);
	fputs(tail, f);
	fclose(f);
	return text;
}

static void test_refused_sizes(void **state)
{
	static const struct {
		const char *head, *item;
		size_t nr;
		const char *tail, *reason;
	} cases[] = {
		{ "", "[", 1000000, "", "depth" },
		{ "", "{\"a\":", 1000000, "", "depth" },
		{ "{\"type\":\"", "x", 1000000, "\"}", "is no type" },
		{ CELL("run") "\"elapsed_s\":1,\"metrics\":{},\"hist_ns\":[",
		  "[1,1],", HIST_NR, "[1,1]]}", "no histogram" },
		{ CELL("run") "\"elapsed_s\":1,\"metrics\":{},"
			      "\"antagonists\":[",
		  "{},", 1000, "{}]}", "at most 64" },
		{ "{\"type\":\"run\",\"session\":", "1", 100000, "}",
		  "too big" },
	};
	char nul[] = "{\"type\":\"run\"}";
	char *text;
	size_t i, len;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		text = repeated(cases[i].head, cases[i].item, cases[i].nr,
				cases[i].tail, &len);
		check_refused(text, len, cases[i].reason);
		free(text);
	}
	nul[5] = '\0';
	check_refused(nul, sizeof(nul) - 1, "not JSON");
}

static void test_many_members(void **state)
{
	struct record r = { .type = RECORD_RUN };
	char name[32], *text;
	int i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		metrics_add(&r.metrics, name, i);
	}
	text = record_to_json(&r);
	check_refused(text, strlen(text), "more than 4,096 members");
	free(text);
	record_free(&r);
}

/* Any byte may be any other: there is a record or a reason, never a crash. */
static void test_damaged(void **state)
{
	static const char *const texts[] = { SESSION, RUN, WITNESS, FAIL };
	uint64_t random = 1;
	int i, k;

	(void)state;
	for (i = 0; i < 40000; i++) {
		char *text = strdup(texts[(size_t)i % NR(texts)]);
		size_t len = strlen(text);
		struct record r;
		struct error e = { "" };

		for (k = 0; k < 1 + i % 3; k++) {
			random = random * 6364136223846793005u + 1;
			text[(random >> 33) % len] = (char)(random >> 25);
		}
		if (i % 5 == 0)
			len = (random >> 40) % len;
		if (record_from_json(&r, text, len, &e))
			assert_true(e.text[0]);
		else
			free(record_to_json(&r));
		record_free(&r);
		free(text);
	}
}

/* --- the pieces ----------------------------------------------------------- */

static void test_percentiles(void **state)
{
	static const struct {
		unsigned int nr;
		int there; /* of p50, p90, p99, p999, max */
	} cases[] = { { 0, 0 },	   { 1, 2 },	 { 999, 2 },   { 1000, 3 },
		      { 9999, 3 }, { 10000, 4 }, { 99999, 4 }, { 100000, 5 } };
	struct hist *h = calloc(1, sizeof(*h));
	struct metrics m = { 0 };
	unsigned int n = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		int there = 0;

		for (; n < cases[i].nr; n++)
			hist_add(h, n);
		metrics_add_percentiles(&m, h);
		assert_int_equal(m.nr, 5);
		for (k = 0; k < m.nr; k++)
			there += !m.at[k].value.absent;
		assert_int_equal(there, cases[i].there);
		if (n == 9999)
			assert_string_equal(metrics_find(&m, "p99_ns")->absent,
					    "needs 10,000 samples, has 9,999");
		if (i + 1 < NR(cases))
			metrics_free(&m);
	}
	assert_true(metrics_find(&m, "max_ns")->number == 99999);
	assert_true(fabs(metrics_find(&m, "p999_ns")->number / 99900 - 1) <
		    1. / 128);
	metrics_free(&m);
	assert_null(m.at);
	free(h);
}

static void test_pairs(void **state)
{
	static const char *const skip[] = { "tag", "time", NULL };
	struct pairs p = { 0 };
	char *key;

	(void)state;
	key = pairs_key(&p, NULL);
	assert_string_equal(key, "");
	free(key);
	pairs_add(&p, "tag", "none");
	pairs_add(&p, "scenario", "memfd");
	pairs_add_absent(&p, "order", "not known");
	pairs_add(&p, "time", "1s");
	pairs_add(&p, "lock", "vma");
	key = pairs_key(&p, skip);
	assert_string_equal(key, "scenario=memfd order= lock=vma");
	free(key);
	pairs_drop_last(&p);
	assert_null(pairs_find(&p, "lock"));
	assert_string_equal(pairs_find(&p, "time"), "1s");
	pairs_free(&p);
	assert_null(p.at);
	assert_int_equal(p.nr, 0);
}

static void test_text(void **state)
{
	char *text = NULL;

	(void)state;
	record_text(&text, "%s", "one");
	record_text(&text, "%s and %d", text, 2); /* of itself */
	assert_string_equal(text, "one and 2");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_text),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_hist_comes_back),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_unknown_members),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_members),
		cmocka_unit_test(test_refused_sizes),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
