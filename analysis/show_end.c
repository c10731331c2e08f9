/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows the tables of `faultstat show`: each contended cell against its
 * own baseline, troubles, what the words mean, and one closing line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "comparison.h"
#include "grid.h"
#include "memory.h"
#include "show.h"

/* --- beside an antagonist ------------------------------------------------- */

static const char *const slowed[] = { "p50_ns", "p99_ns", "faults_per_s" };

enum {
	NR_SLOWED = sizeof(slowed) / sizeof(slowed[0])
};

static size_t add_slowdowns(struct grid *grid, const struct show *s)
{
	const struct results *r = &s->results;
	size_t i, k, nr = 0;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];
		const struct cell_sample *alone = results_baseline(r, c);
		struct interval v[NR_SLOWED];
		size_t n = 0;

		if (!alone || !cli_wants(c, s->scenario))
			continue;
		for (k = 0; k < NR_SLOWED; k++) {
			v[k] = comparison_slowdown(c, alone, slowed[k]);
			n = v[k].n > n ? v[k].n : n;
		}
		if (!n)
			continue;
		grid_add(grid, sample_title(r, c), NULL);
		for (k = 0; k < NR_SLOWED; k++)
			grid_add(grid, factor_text(&v[k]), NULL);
		grid_add(grid, memory_printf("%zu", n), NULL);
		nr++;
	}
	return nr;
}

void show_slowdowns(struct show *s)
{
	struct grid grid;
	size_t k;

	grid_start(&grid, NR_SLOWED + 2);
	for (k = 0; k < NR_SLOWED; k++) {
		struct figure f = figure_of(slowed[k]);

		grid_head(&grid, k + 1, f.head, NULL, NULL);
	}
	grid_head(&grid, NR_SLOWED + 1, "n", NULL, NULL);
	if (add_slowdowns(&grid, s)) {
		fputc('\n', s->out);
		text_wrap(s->out, s->width, "",
			  "Beside an antagonist, as a multiple of the same "
			  "cell's figure alone [95% interval], from n pairs "
			  "within blocks:");
		grid_print(s->out, s->width, &grid);
	}
	grid_free(&grid);
}

/* --- troubles ------------------------------------------------------------- */

void show_reasons(struct show *s)
{
	const struct results *r = &s->results;
	bool any = false;
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];
		char *title;

		if (!c->nr_reasons || !cli_wants(c, s->scenario))
			continue;
		if (!any)
			fputs("\nNot measured, or not to be believed:\n",
			      s->out);
		any = true;
		title = sample_title(r, c);
		text_wrap(s->out, s->width, "  ", title);
		for (k = 0; k < c->nr_reasons; k++)
			text_wrap(s->out, s->width, "    ", c->reasons[k]);
		free(title);
	}
}

/* --- the legend ----------------------------------------------------------- */

static bool has_column(const struct show *s, const char *metric)
{
	size_t i, k;

	for (i = 0; i < s->nr_metrics; i++) {
		if (strcmp(s->metrics[i], metric))
			continue;
		for (k = 0; k < s->results.nr_cells; k++)
			if (isfinite(show_figure(&s->results.cells[k], metric)
					     .v.estimate))
				return true;
	}
	return false;
}

/* "bpf, tracepoint": each kind once. Takes kinds over. */
static char *add_kind(char *kinds, const char *kind)
{
	char *longer;

	if (kinds && strstr(kinds, kind))
		return kinds;
	longer = memory_printf("%s%s%s", kinds ? kinds : "", kinds ? ", " : "",
			       kind);
	free(kinds);
	return longer;
}

static void legend_witness(struct show *s)
{
	static const char *const verdicts[] = { "held", "broken", "unproven" };
	char *evidence = NULL;
	size_t nr[3] = { 0 }, i, k;

	for (i = 0; i < s->results.nr_cells; i++) {
		const struct record *w = &s->results.cells[i].witness;

		if (!s->results.cells[i].has_witness ||
		    !cli_wants(&s->results.cells[i], s->scenario))
			continue;
		for (k = 0; k < 3; k++)
			nr[k] += w->verdict && !strcmp(w->verdict, verdicts[k]);
		if (w->evidence)
			evidence = add_kind(evidence, w->evidence);
	}
	text_print(
		s->out, s->width, "",
		"locks, retries: acquisitions of mmap_lock for reading and "
		"retries per fault, counted exactly in an untimed witness "
		"pass (evidence: %s). What scenario and lock promise on this "
		"kernel held in %zu cells, was broken in %zu, is unproven "
		"in %zu.",
		evidence ? evidence : "not named", nr[0], nr[1], nr[2]);
	free(evidence);
}

static bool has_alone(const struct show *s)
{
	size_t i;

	for (i = 0; i < s->results.nr_cells; i++)
		if (!sample_is_alone(&s->results.cells[i]))
			return true;
	return false;
}

void show_legend(struct show *s)
{
	FILE *out = s->out;

	fputc('\n', out);
	footnotes_print(out, s->width, &s->notes);
	text_print(
		out, s->width, "",
		"Figures are medians over n runs, each a fresh process. ±%% is "
		"half the width of the 95%% interval between order "
		"statistics, in percent of the median; with fewer than %zu "
		"runs there is none.",
		stats_needed(SHOW_LEVEL));
	if (has_column(s, "p50_ns"))
		text_wrap(out, s->width, "",
			  "p50: the median over a run's rounds of the round's "
			  "median; other percentiles: of all faults of a run.");
	if (has_column(s, "instructions_per_fault"))
		text_wrap(out, s->width, "",
			  "instr.: instructions of a touch, harness included, "
			  "the median over a run's rounds of the round's "
			  "median; mean: of all touches, interrupts included; "
			  "kernel, user: by the PMU, medians of rounds. Path "
			  "length, no time; a boot of the same kernel repeats "
			  "it.");
	if (has_column(s, "faults_per_s"))
		text_wrap(out, s->width, "",
			  "faults/s: of all workers, while all of them ran.");
	if (has_column(s, "antagonist.p99_ns"))
		text_wrap(out, s->width, "",
			  "antag.p99: of the antagonist's own operations, "
			  "from when each was due.");
	if (has_column(s, "mmap_locks_per_fault") ||
	    has_column(s, "retries_per_fault"))
		legend_witness(s);
	if (has_alone(s))
		text_wrap(out, s->width, "",
			  "alone: without antagonist, the baseline. Times of "
			  "lock=vma (user mode) and lock=mmap (a system call) "
			  "are not comparable with each other, their multiples "
			  "of the baseline are: faultstat compare --by lock.");
}

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

void show_closing(struct show *s)
{
	const struct results *r = &s->results;
	size_t cells = 0, runs = 0, witnesses = 0, skips = 0, fails = 0, i;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		if (!cli_wants(c, s->scenario))
			continue;
		cells++;
		runs += c->nr_runs;
		witnesses += c->has_witness;
		skips += c->nr_skips;
		fails += c->nr_fails;
	}
	fputc('\n', s->out);
	text_print(s->out, s->width, "",
		   "%zu cell%s, %zu run%s, %zu witness%s; %zu skipped, %zu "
		   "failed; %zu malformed line%s%s.",
		   cells, plural(cells), runs, plural(runs), witnesses,
		   witnesses == 1 ? "" : "es", skips, fails, r->nr_bad,
		   plural(r->nr_bad), runs ? "" : "; nothing was measured");
}
