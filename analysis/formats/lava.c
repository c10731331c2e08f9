/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LAVA's test case signals, one a line:
 *
 *	<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=id RESULT=pass UNITS=ns
 *MEASUREMENT=1>
 *
 * Source: lava_dispatcher/actions/test/shell.py and connection.py. The
 * parameters are parted at blanks and each has exactly one '='; an id that
 * comes twice ends the job. A result is pass, fail, skip or unknown. Print
 * them from a test definition's run step; each check is a test case, and each
 * metric is one that carries its median.
 */
#include <math.h>
#include <stdlib.h>

#include "export.h"
#include "show.h"

/* Its database keeps 30 digits, 10 of them behind the point. */
static const double greatest = 1e20;

static void signal_line(const struct export *x, const struct export_row *row,
			const char *what, const char *result)
{
	char *word = export_word(what, "_-.");

	fprintf(x->out, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=%s.%s RESULT=%s",
		row->id, word, result);
	free(word);
}

static void measurement(const struct export *x, const struct export_row *row,
			const char *metric)
{
	struct shown f = show_figure(row->cell, metric);
	char unit[64];

	if (!f.v.n || !(fabs(f.v.estimate) < greatest)) {
		signal_line(x, row, metric, "skip");
		fputs(">\n", x->out);
		return;
	}
	export_unit(metric, unit, sizeof(unit));
	signal_line(x, row, metric, "pass");
	/* six digits behind the point are enough for a fault's events */
	fprintf(x->out, " UNITS=%s MEASUREMENT=%.6f>\n", *unit ? unit : "count",
		f.v.estimate);
}

int export_lava(const struct export *x, struct error *e)
{
	static const char *const results[] = { [CHECK_PASS] = "pass",
					       [CHECK_FAIL] = "fail",
					       [CHECK_ERROR] = "fail",
					       [CHECK_SKIP] = "skip" };
	size_t i, k, c;

	(void)e;
	for (i = 0; i < x->nr_rows; i++) {
		const char **metrics = export_metrics(x, x->rows[i].cell);

		for (c = 0; c < x->nr_checks; c++) {
			if (x->checks[c].row != i)
				continue;
			signal_line(x, &x->rows[i], x->checks[c].what,
				    results[x->checks[c].status]);
			fputs(">\n", x->out);
		}
		for (k = 0; metrics[k]; k++)
			measurement(x, &x->rows[i], metrics[k]);
		free(metrics);
	}
	return 0;
}
