/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a cell holds or not: its runs, and the promise that its witness was
 * to see kept. Says nothing of how fast anything is.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "memory.h"

const char *check_status_name(enum check_status status)
{
	static const char *const names[] = {
		[CHECK_PASS] = "pass",
		[CHECK_FAIL] = "fail",
		[CHECK_ERROR] = "error",
		[CHECK_SKIP] = "skip",
	};

	return names[status];
}

void export_check(struct export *x, size_t row, const char *what,
		  enum check_status status, const char *detail)
{
	struct check *c = memory_append((void **)&x->checks, &x->nr_checks,
					sizeof(*c));

	c->row = row;
	c->what = what;
	c->status = status;
	x->suites[x->rows[row].suite].nr[status]++;
	if (detail && *detail)
		c->detail = export_text(detail);
}

/* The cell's reasons that begin with start, which is left out; NULL when there
 * are none. malloc'ed. */
static char *reasons(const struct cell_sample *c, const char *start)
{
	size_t i, len = strlen(start);
	char *all = NULL, *longer;

	for (i = 0; i < c->nr_reasons; i++) {
		if (strncmp(c->reasons[i], start, len))
			continue;
		longer = memory_printf("%s%s%s", all ? all : "",
				       all ? "; " : "", c->reasons[i] + len);
		free(all);
		all = longer;
	}
	return all;
}

static void check_runs(struct export *x, size_t row)
{
	const struct cell_sample *c = x->rows[row].cell;
	char *failed = reasons(c, "failed: ");
	char *skipped = reasons(c, "skipped: ");
	char *detail = memory_printf(
		"%zu run%s%s%s", c->nr_runs, c->nr_runs == 1 ? "" : "s",
		skipped ? "; skipped: " : "", skipped ? skipped : "");

	if (failed)
		export_check(x, row, "runs", CHECK_ERROR, failed);
	else if (c->nr_runs)
		export_check(x, row, "runs", CHECK_PASS, detail);
	else
		export_check(x, row, "runs", CHECK_SKIP,
			     skipped ? skipped : "no timed run in the file");
	free(failed);
	free(skipped);
	free(detail);
}

static enum check_status verdict_status(const char *verdict)
{
	if (verdict && !strcmp(verdict, "held"))
		return CHECK_PASS;
	return verdict && !strcmp(verdict, "broken") ? CHECK_FAIL : CHECK_SKIP;
}

static void check_witness(struct export *x, size_t row)
{
	const struct cell_sample *c = x->rows[row].cell;
	enum check_status status = c->has_witness
					   ? verdict_status(c->witness.verdict)
					   : CHECK_SKIP;
	char *failed = reasons(c, "witness failed: ");
	char *skipped = reasons(c, "witness skipped: ");
	char *detail;

	if (failed && status != CHECK_FAIL)
		export_check(x, row, "witness", CHECK_ERROR, failed);
	else if (!c->has_witness)
		export_check(x, row, "witness", CHECK_SKIP,
			     skipped ? skipped : "no witness pass");
	else {
		detail = memory_printf(
			"%s by %s: %s",
			c->witness.verdict ? c->witness.verdict : "no verdict",
			c->witness.evidence ? c->witness.evidence : "nothing",
			c->witness.claim ? c->witness.claim : "no claim");
		export_check(x, row, "witness", status, detail);
		free(detail);
	}
	free(failed);
	free(skipped);
}

void export_checks(struct export *x)
{
	size_t i;

	for (i = 0; i < x->nr_rows; i++) {
		check_runs(x, i);
		check_witness(x, i);
	}
}
