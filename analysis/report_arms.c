/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison of the locks. Entering the kernel from user mode costs more
 * than a fault inside it, so the arms are never compared in ns: each one's
 * slowdown beside an antagonist, against itself alone, is; then the slowdowns.
 * All four figures of such a comparison come from the same block.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "memory.h"
#include "report.h"

const char *const arm_metrics[2] = { "p50_ns", "p99_ns" };

#define LEVEL 0.95

static const struct interval nothing = { NAN, NAN, NAN, NAN, 0, false };

/* (b/a) / (d/c) with one value of each cell from the same block. */
static struct interval ratio_of(const struct cell_sample *const *cells,
				size_t nr, const char *metric)
{
	double *at[4] = { NULL }, *x, *y;
	struct interval i;
	size_t k, n;

	for (k = 0; k < nr; k++)
		at[k] = memory_new(cells[0]->nr_runs, sizeof(double));
	n = sample_tuples(cells, nr, metric, at);
	x = at[0];
	y = at[1];
	for (k = 0; nr == 4 && k < n; k++) {
		x[k] *= at[3][k];
		y[k] *= at[2][k];
	}
	i = n ? stats_ratio_paired(x, y, n, LEVEL) : nothing;
	for (k = 0; k < nr; k++)
		free(at[k]);
	return i;
}

static void arm_measure(struct arm_row *row, const struct arm_row *first)
{
	size_t m;

	for (m = 0; m < 2; m++) {
		const struct cell_sample *cells[4] = { row->alone, row->cell,
						       first->alone,
						       first->cell };

		row->slow[m] = ratio_of(cells, 2, arm_metrics[m]);
		row->more[m] = row == first
				       ? nothing
				       : ratio_of(cells, 4, arm_metrics[m]);
	}
}

/* Cells with equal keys are arms of one group. memfd-secret is memfd without
 * ->map_pages, so that its user-mode faults go through mmap_lock: an arm. */
static char *group_key(const struct results *r, const struct cell_sample *c)
{
	static const char *const skip[] = { "lock", "policy", NULL };
	const char *scenario = pairs_find(&c->cell, "scenario");
	const struct cell_sample *twin = NULL;
	char *rest, *key;

	if (scenario && !strcmp(scenario, "memfd-secret"))
		twin = results_twin(r, c, "scenario", "memfd");
	rest = pairs_key(twin ? &twin->cell : &c->cell, skip);
	key = memory_printf("%s\n%s", c->label ? c->label : "", rest);
	free(rest);
	return key;
}

static void group_add(struct arm_group *g, const struct cell_sample *c,
		      const struct cell_sample *alone)
{
	struct arm_row *row = memory_append((void **)&g->rows, &g->nr_rows,
					    sizeof(*row));

	row->cell = c;
	row->alone = alone;
	row->arm = cell_arm(c);
}

void arm_groups_find(struct arm_groups *g, const struct results *r)
{
	static const char *const skip[] = { "lock", "policy", NULL };
	char **keys = NULL, *key;
	size_t i, k, nr_keys = 0;

	*g = (struct arm_groups){ 0 };
	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];
		const struct cell_sample *alone = results_baseline(r, c);

		if (!c->nr_runs || !alone || !alone->nr_runs)
			continue;
		key = group_key(r, c);
		for (k = 0; k < nr_keys && strcmp(keys[k], key); k++)
			;
		if (k == nr_keys) {
			struct arm_group *group =
				memory_append((void **)&g->groups,
					      &g->nr_groups, sizeof(*group));

			*(char **)memory_append((void **)&keys, &nr_keys,
						sizeof(*keys)) = key;
			group->title = cell_title(r, c, skip);
		} else {
			free(key);
		}
		group_add(&g->groups[k], c, alone);
	}
	for (k = 0; k < nr_keys; k++) {
		struct arm_group *group = &g->groups[k];

		free(keys[k]);
		for (i = 0; i < group->nr_rows; i++)
			arm_measure(&group->rows[i], &group->rows[0]);
	}
	free(keys);
}

void arm_groups_free(struct arm_groups *g)
{
	size_t i;

	for (i = 0; i < g->nr_groups; i++) {
		free(g->groups[i].title);
		free(g->groups[i].rows);
	}
	free(g->groups);
	*g = (struct arm_groups){ 0 };
}

const char *ratio_verdict(const struct interval *i)
{
	return verdict_word(verdict_of(i, 1, COMPARE_MARGIN));
}

/* How far from 1 the interval stays, in logs; 0 when it does not. */
static double distance(const struct interval *i)
{
	if (!i->has_interval || (i->low <= 1 && i->high >= 1))
		return 0;
	return fmin(fabs(log(i->low)), fabs(log(i->high)));
}

/* The row whose interval stays farthest from 1, and of which metric. */
static const struct arm_row *clearest(const struct arm_groups *g,
				      const struct arm_group **group, size_t *m)
{
	const struct arm_row *best = NULL;
	double most = log(1 + COMPARE_MARGIN), far;
	size_t i, k, n;

	for (i = 0; i < g->nr_groups; i++) {
		for (k = 1; k < g->groups[i].nr_rows; k++) {
			const struct arm_row *row = &g->groups[i].rows[k];

			for (n = 0; n < 2; n++) {
				far = distance(&row->more[n]);
				if (far <= most)
					continue;
				most = far;
				best = row;
				*group = &g->groups[i];
				*m = n;
			}
		}
	}
	return best;
}

static size_t nr_compared(const struct arm_groups *g)
{
	size_t i, n = 0;

	for (i = 0; i < g->nr_groups; i++)
		n += g->groups[i].nr_rows > 1 ? g->groups[i].nr_rows - 1 : 0;
	return n;
}

static size_t count(const struct arm_groups *g, size_t m, const char *verdict)
{
	size_t i, k, n = 0;

	for (i = 0; i < g->nr_groups; i++) {
		for (k = 1; k < g->groups[i].nr_rows; k++)
			n += !strcmp(
				verdict,
				ratio_verdict(&g->groups[i].rows[k].more[m]));
	}
	return n;
}

static char *clearest_words(const struct arm_groups *g)
{
	static const char *const metrics[2] = { "median", "99th percentile" };
	static const char *const under[NR_ARMS] = {
		[ARM_VMA] = "the VMA lock",
		[ARM_MMAP] = "mmap_lock",
		[ARM_REDONE] = "mmap_lock after a retry",
		[ARM_HOLD] = "mmap_lock held while waiting",
		[ARM_OTHER] = "another lock",
		[ARM_RETRY_VMA] = "the VMA lock, redone under it",
		[ARM_VMA_HOLD] = "the VMA lock held while waiting",
		[ARM_NO_DROP] = "the VMA lock given up to wait",
		[ARM_LEGACY65] = "the VMA lock as in 6.5",
	};
	const struct arm_group *group = NULL;
	const struct arm_row *row, *first;
	char a[32], b[32], *more, *words;
	size_t m = 0;

	row = clearest(g, &group, &m);
	if (!row)
		return memory_text("No difference is beyond doubt.");
	first = &group->rows[0];
	more = interval_text(&row->more[m]);
	words = memory_printf(
		"Clearest difference, %s: the %s of a fault is %s times what "
		"it is alone under %s, and %s times under %s (ratio %s).",
		group->title, metrics[m],
		ratio_text(a, sizeof(a), first->slow[m].estimate),
		under[first->arm],
		ratio_text(b, sizeof(b), row->slow[m].estimate),
		under[row->arm], more);
	free(more);
	return words;
}

char *arm_groups_sentence(const struct arm_groups *g)
{
	size_t n = nr_compared(g);
	char *words, *sentence;

	if (!n)
		return memory_text(
			"This file has no two locks beside the same "
			"antagonist: what follows is each cell by itself.");
	words = clearest_words(g);
	sentence = memory_printf(
		"%s Of %zu comparisons with the first lock of the group, the "
		"other suffers more in %zu by the median and in %zu by the "
		"99th percentile, less in %zu and in %zu; the rest is the same "
		"or unclear.",
		words, n, count(g, 0, "slower"), count(g, 1, "slower"),
		count(g, 0, "faster"), count(g, 1, "faster"));
	free(words);
	return sentence;
}
