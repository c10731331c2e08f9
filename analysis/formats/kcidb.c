/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KCIDB's JSON, I/O schema 5.3. Source: kcidb_io/schema/v05_03.py; the part
 * that is relied on stands in tests/golden/export/kcidb.schema.json.
 *
 * A test object for each check of a cell (PASS, FAIL, ERROR, SKIP) and one for
 * each metric (DONE, with its median as the number), all below the path
 * "faultline". What kernel.release tells is all that is known of a kernel: so
 * the checkout and the build made here hold just that. Who has built the
 * kernel and has told KCIDB gives --build, or --checkout, and the tests, or
 * the builds, refer to these. Refuses to claim that a kernel was built well:
 * builds have no status.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "json.h"
#include "memory.h"
#include "show.h"

static void put(json_t *o, const char *name, const char *text)
{
	char *clean = export_text(text);

	if (text) /* no property can be null */
		json_object_set_new(o, name, json_text(clean));
	free(clean);
}

static void put_date(json_t *o, double time_s)
{
	char date[32], *zoned;

	if (!export_date(time_s, date, sizeof(date)))
		return;
	zoned = memory_printf("%s+00:00", date);
	json_object_set_new(o, "start_time", json_text(zoned));
	free(zoned);
}

/* --- kernels -------------------------------------------------------------- */

static const char *fact(const struct record *s, const char *name)
{
	const char *text = export_fact(s, name);

	return text ? text : "unknown";
}

static char *checkout_of(const struct export *x, const struct record *s)
{
	char *release = export_word(fact(s, "kernel.release"), "._-+");
	char *id = x->checkout
			   ? memory_text(x->checkout)
			   : memory_printf("%s:linux-%s", x->origin, release);

	free(release);
	return id;
}

static char *build_of(const struct export *x, const struct record *s)
{
	char *release, *all, *id;

	if (x->build)
		return memory_text(x->build);
	release = export_word(fact(s, "kernel.release"), "._-+");
	all = memory_printf("%s\n%s\n%s", fact(s, "kernel.release"),
			    fact(s, "kernel.version"), fact(s, "kernel.arch"));
	id = memory_printf("%s:linux-%s-%016" PRIx64, x->origin, release,
			   export_hash(all));
	free(release);
	free(all);
	return id;
}

static bool has_id(const json_t *list, const char *id)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		if (!strcmp(json_string_value(json_object_get(o, "id")), id))
			return true;
	}
	return false;
}

static void add_checkout(const struct export *x, json_t *list,
			 const struct record *s)
{
	char *id = checkout_of(x, s);
	json_t *o;

	if (!has_id(list, id)) {
		o = json_object();
		json_object_set_new(o, "id", json_text(id));
		put(o, "origin", x->origin);
		put(o, "comment", fact(s, "kernel.release"));
		json_array_append_new(list, o);
	}
	free(id);
}

static void add_build(const struct export *x, json_t *list,
		      const struct record *s)
{
	char *id = build_of(x, s), *checkout = checkout_of(x, s), *c;
	char *arch = export_word(fact(s, "kernel.arch"), "_");
	json_t *o;

	for (c = arch; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!has_id(list, id)) {
		o = json_object();
		json_object_set_new(o, "id", json_text(id));
		json_object_set_new(o, "checkout_id", json_text(checkout));
		put(o, "origin", x->origin);
		put(o, "architecture", arch);
		put(o, "comment", export_fact(s, "kernel.version"));
		json_array_append_new(list, o);
	}
	free(arch);
	free(checkout);
	free(id);
}

/* --- tests ---------------------------------------------------------------- */

static json_t *environment(const struct record *s)
{
	static const char *const kept[] = { "machine.", "setting.", "clock." };
	json_t *o = json_object(), *misc = json_object();
	size_t i, k;

	put(o, "comment", export_fact(s, "machine.cpu"));
	for (i = 0; i < s->facts.nr; i++)
		for (k = 0; k < sizeof(kept) / sizeof(kept[0]); k++)
			if (!strncmp(s->facts.at[i].name, kept[k],
				     strlen(kept[k])))
				put(misc, s->facts.at[i].name,
				    s->facts.at[i].text);
	json_object_set_new(o, "misc", misc);
	return o;
}

/* A segment of a path: no dot. */
static char *segment(const char *text)
{
	return export_word(text, "_-");
}

/* What every test of a row has. */
static json_t *test_json(const struct export *x, const struct export_row *row,
			 const char *what, const char *status)
{
	const struct record *s = row->session;
	char *build = build_of(x, s), *word = segment(what);
	char *path = memory_printf("faultline.%s.%s", row->cell_id, word);
	char *unlike = memory_printf("%s\n%s\n%s", row->cell->key,
				     row->cell->label, what);
	char *session = export_word(s->session, "_-");
	char *id = memory_printf("%s:faultline-%s-%016" PRIx64, x->origin,
				 session, export_hash(unlike));
	json_t *o = json_object(), *misc = json_object();

	json_object_set_new(o, "id", json_text(id));
	json_object_set_new(o, "build_id", json_text(build));
	put(o, "origin", x->origin);
	json_object_set_new(o, "path", json_text(path));
	put(o, "status", status);
	put_date(o, s->time_s);
	json_object_set_new(o, "environment", environment(s));
	json_object_set_new(misc, "cell", json_cell(row->cell));
	put(misc, "label", row->cell->label);
	put(misc, "command", row->cell->command);
	json_object_set_new(o, "misc", misc);
	free(id);
	free(session);
	free(unlike);
	free(path);
	free(word);
	free(build);
	return o;
}

/* Times in s, so that the receiver's prefixes are right. */
static json_t *number_json(const char *metric, double number)
{
	json_t *o = json_object();
	char unit[64];
	bool is_ns;

	export_unit(metric, unit, sizeof(unit));
	is_ns = !strcmp(unit, "ns");
	json_object_set_new(o, "value",
			    json_number(is_ns ? number / 1e9 : number));
	if (*unit)
		put(o, "unit", is_ns ? "s" : unit);
	if (is_ns || figure_of(metric).kind == FIGURE_RATE)
		put(o, "prefix", "metric");
	return o;
}

static void add_metrics(const struct export *x, json_t *tests,
			const struct export_row *row)
{
	const char **metrics = export_metrics(x, row->cell);
	size_t i;

	for (i = 0; metrics[i]; i++) {
		struct shown f = show_figure(row->cell, metrics[i]);
		json_t *o;

		if (!f.v.n) /* a number that is not there is no test */
			continue;
		o = test_json(x, row, metrics[i], "DONE");
		json_object_set_new(o, "number",
				    number_json(metrics[i], f.v.estimate));
		if (!f.exact)
			json_object_set_new(json_object_get(o, "misc"),
					    "interval", json_interval(&f.v));
		json_array_append_new(tests, o);
	}
	free(metrics);
}

static void add_checks(const struct export *x, json_t *tests)
{
	static const char *const status[] = { [CHECK_PASS] = "PASS",
					      [CHECK_FAIL] = "FAIL",
					      [CHECK_ERROR] = "ERROR",
					      [CHECK_SKIP] = "SKIP" };
	size_t i;

	for (i = 0; i < x->nr_checks; i++) {
		const struct check *c = &x->checks[i];
		json_t *o = test_json(x, &x->rows[c->row], c->what,
				      status[c->status]);

		put(o, "comment", c->detail);
		json_array_append_new(tests, o);
	}
}

/* --- all ------------------------------------------------------------------ */

static bool is_origin(const char *text, size_t len)
{
	return len &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") >= len;
}

static bool is_id(const char *text)
{
	const char *colon = text ? strchr(text, ':') : NULL;

	return !text || (colon && is_origin(text, (size_t)(colon - text)));
}

static int check_ids(const struct export *x, struct error *e)
{
	if (!is_origin(x->origin, strlen(x->origin)))
		return error_set(e, EINVAL,
				 "--origin '%s': lower-case letters, digits "
				 "and _ only",
				 x->origin);
	if (!is_id(x->checkout) || !is_id(x->build))
		return error_set(e, EINVAL,
				 "'%s': an id is ORIGIN:NAME, with the origin "
				 "in lower-case letters, digits and _",
				 is_id(x->build) ? x->checkout : x->build);
	return 0;
}

/* A given build or checkout cannot be that of two kernels. */
static int check_one_kernel(const struct export *x, size_t nr_builds,
			    size_t nr_checkouts, struct error *e)
{
	bool build = x->build && nr_builds > 1;

	if (!build && !(x->checkout && nr_checkouts > 1))
		return 0;
	return error_set(e, EINVAL,
			 "--%s names one kernel, but the files hold results of "
			 "%zu: export them one by one",
			 build ? "build" : "checkout",
			 build ? nr_builds : nr_checkouts);
}

int export_kcidb(const struct export *x, struct error *e)
{
	struct export made = *x; /* with the ids that would be made here */
	json_t *checkouts = json_array(), *builds = json_array();
	json_t *own_builds = json_array(), *tests = json_array(), *o;
	size_t i;
	int err = check_ids(x, e);

	made.build = NULL;
	made.checkout = NULL;
	for (i = 0; !err && i < x->nr_rows; i++) {
		add_checkout(&made, checkouts, x->rows[i].session);
		add_build(x, builds, x->rows[i].session);
		add_build(&made, own_builds, x->rows[i].session);
		add_metrics(x, tests, &x->rows[i]);
	}
	if (!err)
		err = check_one_kernel(x, json_array_size(own_builds),
				       json_array_size(checkouts), e);
	json_decref(own_builds);
	if (err) {
		json_decref(checkouts);
		json_decref(builds);
		json_decref(tests);
		return err;
	}
	add_checks(x, tests);
	o = json_pack("{s{sisi}}", "version", "major", 5, "minor", 3);
	if (!x->build && !x->checkout)
		json_object_set(o, "checkouts", checkouts);
	if (!x->build)
		json_object_set(o, "builds", builds);
	json_object_set_new(o, "tests", tests);
	json_decref(checkouts);
	json_decref(builds);
	return json_print(x->out, o) ? error_set(e, EIO, "no JSON") : 0;
}
