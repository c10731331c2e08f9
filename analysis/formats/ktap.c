/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's test anything protocol, version 1: a test for each scenario,
 * with the checks of its cells as subtests. Source:
 * Documentation/dev-tools/ktap.rst. A TAP reader sees the scenarios alone.
 *
 * A line that tells why stands before the result, as "# ", not behind it:
 * there foreign text could pass for a directive (SKIP, TODO) that turns a
 * failure into none.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"

/* A description cannot include '#'. */
static void description(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text == '#' || *text == '\\' ? '_' : *text, out);
}

static void session_line(const struct export *x, const struct record *s)
{
	char *label = export_text(s->label);
	char *release = export_text(export_fact(s, "kernel.release"));
	char *cpu = export_text(export_fact(s, "machine.cpu"));

	fprintf(x->out, "# label %s, kernel %s, %s\n", label, release, cpu);
	free(label);
	free(release);
	free(cpu);
}

static void check_line(const struct export *x, const struct check *c,
		       size_t number)
{
	static const char *const directive[] = { [CHECK_PASS] = "",
						 [CHECK_FAIL] = "",
						 [CHECK_ERROR] = " # ERROR ",
						 [CHECK_SKIP] = " # SKIP " };
	bool good = c->status == CHECK_PASS || c->status == CHECK_SKIP;
	bool behind = *directive[c->status];
	char *what = export_text(c->what);

	if (c->detail && !behind)
		fprintf(x->out, "  # %s\n", c->detail);
	fprintf(x->out, "  %s %zu ", good ? "ok" : "not ok", number);
	description(x->out, x->rows[c->row].name);
	fputc(' ', x->out);
	description(x->out, what);
	fputs(directive[c->status], x->out);
	free(what);
	if (behind && c->detail)
		description(x->out, c->detail);
	fputc('\n', x->out);
}

static void suite_lines(const struct export *x, size_t suite)
{
	const size_t *nr = x->suites[suite].nr;
	size_t passed = nr[CHECK_PASS], skipped = nr[CHECK_SKIP];
	size_t failed = nr[CHECK_FAIL] + nr[CHECK_ERROR], i, number = 0;

	fprintf(x->out, "  KTAP version 1\n  1..%zu\n",
		passed + failed + skipped);
	for (i = 0; i < x->nr_checks; i++)
		if (x->rows[x->checks[i].row].suite == suite)
			check_line(x, &x->checks[i], ++number);
	fprintf(x->out, "# pass %zu, fail %zu, skip %zu\n", passed, failed,
		skipped);
	fprintf(x->out, "%s %zu ", failed ? "not ok" : "ok", suite + 1);
	description(x->out, x->suites[suite].name);
	fputs(!failed && !passed ? " # SKIP all of it was skipped\n" : "\n",
	      x->out);
}

int export_ktap(const struct export *x, struct error *e)
{
	size_t i;

	(void)e;
	fprintf(x->out, "KTAP version 1\n1..%zu\n", x->nr_suites);
	for (i = 0; i < x->results->nr_sessions; i++)
		session_line(x, &x->results->sessions[i]);
	for (i = 0; i < x->nr_suites; i++)
		suite_lines(x, i);
	return 0;
}
