/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many rows, how sure, and what a metric is, in sentences. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "brief.h"
#include "explain.h"
#include "figure.h"
#include "memory.h"

/* "4 are unclear (they leave -3.2 % to +8.1 % open)" */
static char *unclear_words(const struct brief *b)
{
	size_t i, k, lean = 0, nr = b->verdicts[VERDICT_UNCLEAR];
	char *low_words, *high_words, *words, *leaning;
	double low = 1, high = 1;

	for (i = 0; i < b->c->nr_tables; i++) {
		const struct compared_table *t = &b->c->tables[i];

		for (k = 0; brief_tells(b->c, t) && k < t->nr_rows; k++) {
			const struct interval *v = &t->rows[k].ratio;

			if (row_verdict(&t->rows[k]) != VERDICT_UNCLEAR)
				continue;
			lean += row_leans(&t->rows[k]);
			low = v->low < low ? v->low : low;
			high = v->high > high ? v->high : high;
		}
	}
	if (!nr)
		return memory_text("none is unclear");
	low_words = change_text(low);
	high_words = change_text(high);
	leaning = lean ? memory_printf(", and %zu lean%s one way (?), which "
				       "more runs may settle",
				       lean, lean == 1 ? "s" : "")
		       : memory_text("");
	words = memory_printf("%zu %s unclear (%s leave%s %s to %s open%s)", nr,
			      nr == 1 ? "is" : "are", nr == 1 ? "it" : "they",
			      nr == 1 ? "s" : "", low_words, high_words,
			      leaning);
	free(leaning);
	free(low_words);
	free(high_words);
	return words;
}

char *brief_verdict(const struct brief *b)
{
	const size_t *v = b->verdicts;
	size_t few = v[VERDICT_FEW];
	char *rest = few ? memory_printf("; %zu %s too few runs", few,
					 few == 1 ? "has" : "have")
			 : memory_text("");
	char *unclear = unclear_words(b);
	char *words =
		!b->nr_rows
			? memory_text("No time and no rate was "
				      "measured on both sides.")
			: memory_printf(
				  "%s is %s than %s in %zu of %zu rows, %s in %zu, the same "
				  "(within %g %%) in %zu; %s%s. A row is one metric of one of "
				  "%zu cells that both sides have.",
				  b->b, v[VERDICT_SLOWER] ? "SLOWER" : "slower",
				  b->a, v[VERDICT_SLOWER], b->nr_rows,
				  v[VERDICT_FASTER] ? "FASTER" : "faster",
				  v[VERDICT_FASTER], b->c->margin * 100,
				  v[VERDICT_SAME], unclear, rest,
				  b->c->nr_both);

	free(rest);
	free(unclear);
	return words;
}

/* "8 pairs a row", "6 to 8 and 8 units a row" */
static char *units_words(const struct comparison *c)
{
	size_t i, k, least = SIZE_MAX, most = 0;
	bool paired = true;

	for (i = 0; i < c->nr_tables; i++)
		for (k = 0; k < c->tables[i].nr_rows; k++) {
			const struct compared *row = &c->tables[i].rows[k];
			size_t few = row->na < row->nb ? row->na : row->nb;
			size_t many = row->na > row->nb ? row->na : row->nb;

			least = few < least ? few : least;
			most = many > most ? many : most;
			paired &= row->paired;
		}
	if (least > most)
		return memory_text("No row has a figure on both sides");
	if (least == most)
		return memory_printf("Each row has %zu %s", most,
				     paired ? "pairs" : "units a side");
	return memory_printf("The rows have %zu to %zu %s", least, most,
			     paired ? "pairs" : "units a side");
}

char *brief_sure(const struct brief *b)
{
	const struct comparison *c = b->c;
	const char *how, *boots, *drift;
	char *units = units_words(c), *words;

	how = c->by_boot ? "The unit is the boot: the median of its runs."
	      : c->unpaired
		      ? "The unit is the run, a fresh process: two samples, "
			"Hodges-Lehmann estimate and Mann-Whitney interval."
		      : "The unit is the run, a fresh process, paired within "
			"blocks of random order: Hodges-Lehmann estimate and "
			"exact signed-rank interval.";
	drift = c->interleaved ? " Boots of both sides were measured in turns, "
				 "so what drifts over hours is in both alike."
		: c->unpaired ? " The sides were not measured side by side, so "
				"what drifted between them is in every "
				"difference."
			      : "";
	boots = c->one_boot || c->by_boot
			? ""
			: " The intervals do not cover what differs from boot "
			  "to boot.";
	words = memory_printf(
		"%s%s%s %s; boots: %zu and %zu. A row is called slower or "
		"faster, and marked *, when its 95 %% interval excludes no "
		"change and it stands with at most %g %% false discoveries "
		"among all %zu tests; with a ? only the first is so. The "
		"witness is an untimed pass that "
		"counts each cell's locks and retries.",
		how, drift, boots, units, c->boots_a, c->boots_b,
		COMPARE_FDR * 100, c->nr_tests);
	free(units);
	return words;
}

char *metric_words(const struct compared_table *t)
{
	static const struct {
		const char *metric, *words;
	} known[] = {
		{ "p50_ns", "the median fault" },
		{ "p99_ns", "the 99th percentile of all faults" },
		{ "faults_per_s", "of all workers" },
		{ "antagonist.p99_ns",
		  "the 99th percentile of the antagonist's operations" },
		{ "antagonist.ops_per_s", "what the antagonist gets through" },
	};
	struct figure f = figure_of(t->metric);
	const char *words = NULL;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(t->metric, known[i].metric))
			words = known[i].words;
	return memory_printf("%s%s%s%s%s", t->metric, words ? ", " : "",
			     words ? words : "",
			     t->slowdowns ? ", in multiples of the same side's "
					    "own figure alone"
					  : "",
			     f.sense > 0   ? " (less is better)"
			     : f.sense < 0 ? " (more is better)"
					   : "");
}
