/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit XML in the shape that Jenkins' and GitLab's readers take (Surefire's
 * elements): a suite for each scenario, a test case for each check of a cell.
 * A broken promise is a failure, a run that failed an error. The medians stand
 * in the system-out of a cell's runs. There are no times: how long a run of a
 * benchmark takes is a setting, no result. tests/golden/export/junit.xsd is
 * what is relied on.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "show.h"

/* Text as XML 1.0 can hold it, in an attribute or between tags. export_text()
 * has taken out control characters; U+FFFE and U+FFFF are left. */
static void xml(FILE *out, const char *text)
{
	char *clean = export_text(text), *c;

	for (c = clean; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			if (!strncmp(c, "\xef\xbf\xbe", 3) ||
			    !strncmp(c, "\xef\xbf\xbf", 3)) {
				fputc('?', out);
				c += 2;
			} else {
				fputc(*c, out);
			}
		}
	}
	free(clean);
}

static void attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	xml(out, text);
	fputc('"', out);
}

static void properties(FILE *out, const struct record *s)
{
	size_t i;

	fputs("    <properties>\n", out);
	for (i = 0; i < s->facts.nr; i++) {
		if (!s->facts.at[i].text)
			continue;
		fputs("      <property", out);
		attribute(out, "name", s->facts.at[i].name);
		attribute(out, "value", s->facts.at[i].text);
		fputs("/>\n", out);
	}
	fputs("    </properties>\n", out);
}

/* "p50_ns 683.1 [680, 690] ns, n 8" */
static void figures(const struct export *x, const struct cell_sample *c)
{
	const char **metrics = export_metrics(x, c);
	char unit[64];
	size_t i;

	fputs("      <system-out>", x->out);
	for (i = 0; metrics[i]; i++) {
		struct shown f = show_figure(c, metrics[i]);

		if (!f.v.n)
			continue;
		export_unit(metrics[i], unit, sizeof(unit));
		xml(x->out, metrics[i]);
		fprintf(x->out, " %.6g", f.v.estimate);
		if (!f.exact && isfinite(f.v.low) && isfinite(f.v.high))
			fprintf(x->out, " [%.6g, %.6g]", f.v.low, f.v.high);
		fprintf(x->out, " %s%s", unit, *unit ? ", " : "");
		if (f.exact)
			fputs("counted\n", x->out);
		else
			fprintf(x->out, "n %zu\n", f.v.n);
	}
	fputs("</system-out>\n", x->out);
	free(metrics);
}

static void test_case(const struct export *x, const struct check *c)
{
	static const char *const element[] = { [CHECK_FAIL] = "failure",
					       [CHECK_ERROR] = "error",
					       [CHECK_SKIP] = "skipped" };
	const struct export_row *row = &x->rows[c->row];

	char *scenario = export_word(x->suites[row->suite].scenario, "_-");
	char *label = export_word(row->cell->label, "_-");

	fprintf(x->out, "    <testcase classname=\"faultline.%s%s%s\" name=\"",
		x->results->nr_labels > 1 ? label : "",
		x->results->nr_labels > 1 ? "." : "", scenario);
	xml(x->out, row->name);
	fputc(' ', x->out);
	xml(x->out, c->what);
	fputc('"', x->out);
	free(scenario);
	free(label);
	fputs(">\n", x->out);
	if (c->status != CHECK_PASS) {
		fprintf(x->out, "      <%s", element[c->status]);
		if (c->status != CHECK_SKIP)
			attribute(x->out, "type", c->what);
		attribute(x->out, "message", c->detail);
		fputs("/>\n", x->out);
	}
	if (!strcmp(c->what, "runs") && row->cell->nr_runs)
		figures(x, row->cell);
	fputs("    </testcase>\n", x->out);
}

static void test_suite(const struct export *x, size_t suite)
{
	const struct export_suite *s = &x->suites[suite];
	const size_t *nr = s->nr;
	char date[32];
	size_t i;

	fputs("  <testsuite", x->out);
	attribute(x->out, "name", s->name);
	fprintf(x->out,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\"",
		nr[CHECK_PASS] + nr[CHECK_FAIL] + nr[CHECK_ERROR] +
			nr[CHECK_SKIP],
		nr[CHECK_FAIL], nr[CHECK_ERROR], nr[CHECK_SKIP]);
	if (export_date(s->session->time_s, date, sizeof(date)))
		attribute(x->out, "timestamp", date);
	fputs(">\n", x->out);
	properties(x->out, s->session);
	for (i = 0; i < x->nr_checks; i++)
		if (x->rows[x->checks[i].row].suite == suite)
			test_case(x, &x->checks[i]);
	fputs("  </testsuite>\n", x->out);
}

int export_junit(const struct export *x, struct error *e)
{
	size_t i;

	(void)e;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"faultline\">\n",
	      x->out);
	for (i = 0; i < x->nr_suites; i++)
		test_suite(x, i);
	fputs("</testsuites>\n", x->out);
	return 0;
}
