/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go's benchmark format, which benchstat reads: a line for each run.
 *
 *	Benchmark<Name> <iterations> {<value> <unit>}...
 *	<key>: <value>                    holds for the lines that follow
 *	Unit <unit> better=lower|higher assume=exact
 *
 * Source: golang.org/design/14313-benchmark-format, and golang.org/x/perf
 * benchfmt/reader.go, benchunit/tidy.go for what of it is read. Any line that
 * is none of these is a remark.
 *
 * The name holds the whole cell as /name=value, so that benchstat can group by
 * `-row /scenario,/lock`. benchstat puts lines with different keys into
 * different tables: so the processor is a key, and the label where there are
 * several (`-col label`), but what is to be compared, the kernel, is not.
 * A witness has a line of its own; what it counted is exact.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "memory.h"
#include "show.h"

/* What may stand in a value of a name besides letters and digits: neither a
 * blank, which ends the name, nor '/', which ends the value. */
static const char allowed[] = "_-=.,:+@";

static char *name_of(const struct cell_sample *c)
{
	char *name = memory_text("Fault"), *longer;
	const char *end;
	size_t i;

	for (i = 0; i < c->cell.nr; i++) {
		char *key = export_word(c->cell.at[i].name, "_-");
		char *text = export_word(c->cell.at[i].text, allowed);

		longer = memory_printf("%s/%s=%s", name, key, text);
		free(key);
		free(text);
		free(name);
		name = longer;
	}
	/* A number after the last '-' would be read as GOMAXPROCS: then say
	 * that it is 1. */
	end = strrchr(name, '-');
	if (!end || !end[1] || strspn(end + 1, "0123456789") != strlen(end + 1))
		return name;
	longer = memory_printf("%s-1", name);
	free(name);
	return longer;
}

/* "ns/op" for p50_ns, "p99-ns/op", "faults/s", "mmap-locks/fault"; those that
 * have "-ns" or are "ns" before the slash are shown as times. */
static char *unit_of(const char *metric)
{
	const char *per = strstr(metric, "_per_");
	size_t len = strlen(metric);
	char *unit, *c;

	if (!strcmp(metric, "p50_ns"))
		return memory_text("ns/op");
	if (per)
		unit = memory_printf("%.*s/%s", (int)(per - metric), metric,
				     per + 5);
	else
		unit = memory_printf("%s%s", metric,
				     len > 3 && !strcmp(metric + len - 3, "_ns")
					     ? "/op"
					     : "");
	for (c = unit; *c; c++)
		if (*c == '_' || *c == '.' || *c == ' ')
			*c = '-';
	c = export_word(unit, "-/:");
	free(unit);
	return c;
}

/* What is known of a unit, once. */
static void unit_line(const struct export *x, const struct cell_sample *c,
		      const char *metric, const char *unit)
{
	int sense = figure_of(metric).sense;
	bool exact = show_figure(c, metric).exact;

	if (!sense && !exact)
		return;
	fprintf(x->out, "Unit %s%s%s%s\n", unit, sense ? " better=" : "",
		sense > 0   ? "lower"
		: sense < 0 ? "higher"
			    : "",
		exact ? " assume=exact" : "");
}

static void units(const struct export *x)
{
	char **told = NULL;
	size_t i, k, t, nr = 0;

	for (i = 0; i < x->nr_rows; i++) {
		const struct cell_sample *c = x->rows[i].cell;
		const char **metrics = export_metrics(x, c);

		for (k = 0; metrics[k]; k++) {
			char *unit = unit_of(metrics[k]);

			for (t = 0; t < nr && strcmp(told[t], unit); t++)
				;
			if (t < nr) {
				free(unit);
				continue;
			}
			*(char **)memory_append((void **)&told, &nr,
						sizeof(*told)) = unit;
			unit_line(x, c, metrics[k], unit);
		}
		free(metrics);
	}
	export_words_free(told, nr);
}

static void line(const struct export *x, const char *name, const char **metrics,
		 const struct metrics *m)
{
	const struct value *faults = metrics_find(m, "faults");
	double iterations = faults && faults->number >= 1 ? faults->number : 1;
	bool begun = false;
	size_t i;

	for (i = 0; metrics[i]; i++) {
		const struct value *v = metrics_find(m, metrics[i]);
		char *unit;

		if (!v || v->absent || !isfinite(v->number))
			continue;
		if (!begun)
			fprintf(x->out, "Benchmark%s\t%.0f", name,
				fmin(iterations, 1e15));
		begun = true;
		unit = unit_of(metrics[i]);
		fputc('\t', x->out);
		export_number(x->out, v->number);
		fprintf(x->out, " %s", unit);
		free(unit);
	}
	if (begun)
		fputc('\n', x->out);
}

/* A key, when its value is another one now. */
static void key(const struct export *x, char **now, const char *name,
		const char *text)
{
	char *clean = export_text(text);

	if (!*now || strcmp(*now, clean)) {
		fprintf(x->out, "%s: %s\n", name, clean);
		free(*now);
		*now = clean;
		return;
	}
	free(clean);
}

static const char *goarch(const char *arch)
{
	if (arch && !strcmp(arch, "x86_64"))
		return "amd64";
	return arch && !strcmp(arch, "aarch64") ? "arm64" : arch;
}

struct keys {
	char *cpu, *arch, *label;
};

static void row_lines(const struct export *x, const struct export_row *row,
		      const char *name, struct keys *now)
{
	const struct cell_sample *c = row->cell;
	const char **metrics = export_metrics(x, c);
	size_t i;

	key(x, &now->arch, "goarch",
	    goarch(export_fact(row->session, "kernel.arch")));
	key(x, &now->cpu, "cpu", export_fact(row->session, "machine.cpu"));
	if (x->results->nr_labels > 1)
		key(x, &now->label, "label", c->label);
	for (i = 0; i < c->nr_runs; i++)
		line(x, name, metrics, &c->runs[i].metrics);
	if (c->has_witness)
		line(x, name, metrics, &c->witness.metrics);
	free(metrics);
}

int export_gobench(const struct export *x, struct error *e)
{
	char **names = export_cell_words(x, name_of);
	struct keys now = { 0 };
	size_t i, l;

	(void)e;
	fputs("goos: linux\n", x->out);
	units(x);
	for (l = 0; l < x->results->nr_labels; l++)
		for (i = 0; i < x->nr_rows; i++)
			if (!strcmp(x->rows[i].cell->label,
				    x->results->labels[l]))
				row_lines(x, &x->rows[i], names[i], &now);
	export_words_free(names, x->nr_rows);
	free(now.cpu);
	free(now.arch);
	free(now.label);
	return 0;
}
