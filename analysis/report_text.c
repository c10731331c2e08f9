/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as plain text: what `faultstat show` prints, and `compare`. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "compare.h"
#include "report.h"
#include "show.h"

static const char *shown_metrics[] = {
	"p50_ns",
	"p90_ns",
	"p99_ns",
	"p999_ns",
	"faults_per_s",
	"antagonist.p99_ns",
	"mmap_locks_per_fault",
	"retries_per_fault",
};

static const char *const compared_metrics[] = {
	"p50_ns",
	"p99_ns",
	"faults_per_s",
	"antagonist.p99_ns",
	"antagonist.ops_per_s",
};

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static void print_show(FILE *out, const struct results *r)
{
	struct show s = { .results = *r, /* borrowed */
			  .out = out,
			  .width = WIDTH_TERMINAL,
			  .metrics = shown_metrics,
			  .nr_metrics = NR(shown_metrics) };

	show_head(s.out, s.width, &s.results);
	show_tables(&s);
	show_accounts(&s);
	show_slowdowns(&s);
	show_roles(&s);
	show_reasons(&s);
	show_legend(&s);
	show_closing(&s);
	footnotes_free(&s.notes);
}

static void print_comparison(FILE *out, const struct results *r,
			     const char *axis, const char *a, const char *b)
{
	struct comparison c;

	comparison_make(&c, r, axis, a, b, NULL, compared_metrics,
			NR(compared_metrics), COMPARE_MARGIN);
	if (c.nr_both) {
		fprintf(out, "\n\n--- %s: %s, %s ---\n\n", axis, a, b);
		compare_print(out, WIDTH_TERMINAL, r, &c);
		compare_legend(out, WIDTH_TERMINAL, &c);
	}
	comparison_free(&c);
}

static bool has_text(const struct results *r, const char *axis,
		     const char *text)
{
	size_t i;

	for (i = 0; i < r->nr_cells; i++) {
		const char *mine = sample_axis(&r->cells[i], axis);

		if (mine && !strcmp(mine, text))
			return true;
	}
	return false;
}

int report_text(const struct report *r, const char *name, struct error *e)
{
	static const char *const locks[] = { "mmap", "mmap-hold" };
	const struct results *all = &r->results;
	char *text = NULL;
	size_t i, size;
	FILE *out;
	int err;

	out = open_memstream(&text, &size);
	if (!out)
		abort();
	print_show(out, all);
	for (i = 0; i < NR(locks); i++) {
		if (has_text(all, "lock", "vma") &&
		    has_text(all, "lock", locks[i]))
			print_comparison(out, all, "lock", "vma", locks[i]);
	}
	if (has_text(all, "scenario", "memfd") &&
	    has_text(all, "scenario", "memfd-secret"))
		print_comparison(out, all, "scenario", "memfd", "memfd-secret");
	for (i = 1; i < all->nr_labels; i++)
		print_comparison(out, all, "label", all->labels[0],
				 all->labels[i]);
	fclose(out);
	err = file_write(r->dir, name, text, size, e);
	free(text);
	return err;
}
