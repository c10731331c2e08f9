/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot_curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

const char *const curves_axes[] = { "lock", "antagonist", NULL };

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Of what one picture is made: scenario and label. */
static bool same_subject(const struct cell_sample *a,
			 const struct cell_sample *b)
{
	return same_text(pairs_find(&a->cell, "scenario"),
			 pairs_find(&b->cell, "scenario")) &&
	       same_text(a->label, b->label);
}

static void curve_add(struct curves *curves, const struct cell_sample *c,
		      const struct hist *h, const char *antagonist)
{
	struct curve *curve;

	if (!h || h->total < CURVES_LEAST_TOTAL)
		return;
	curve = memory_append((void **)&curves->at, &curves->nr,
			      sizeof(*curve));
	curve->cell = c;
	curve->hist = h;
	curve->arm = cell_arm(c);
	curve->antagonist = antagonist ? antagonist : "none";
}

/* spin takes no lock, so that nothing holds it up. */
static bool is_control(const char *antagonist)
{
	return !strncmp(antagonist, "spin", 4) &&
	       (!antagonist[4] || antagonist[4] == ' ');
}

/* All curves of the cells that differ from `like` in lock and antagonist. */
static void slice_find(struct curves *curves, const struct results *r,
		       const struct cell_sample *like, bool victims)
{
	char *key = pairs_key(&like->cell, curves_axes), *other;
	size_t i, k;

	*curves = (struct curves){ 0 };
	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		if (!same_subject(c, like))
			continue;
		other = pairs_key(&c->cell, curves_axes);
		if (!strcmp(key, other) && !victims)
			curve_add(curves, c, c->hist,
				  pairs_find(&c->cell, "antagonist"));
		for (k = 0;
		     !strcmp(key, other) && victims && k < c->nr_antagonists;
		     k++)
			if (!is_control(c->antagonist_name[k]))
				curve_add(curves, c, c->antagonist_hist[k],
					  c->antagonist_name[k]);
		free(other);
	}
	free(key);
}

/* Of all slices of a subject that with the most curves; the last of equals,
 * which has the most threads. */
static void best_slice(struct curves *best, const struct results *r,
		       const struct cell_sample *subject, bool victims)
{
	struct curves curves;
	size_t i;

	*best = (struct curves){ 0 };
	for (i = 0; i < r->nr_cells; i++) {
		if (!same_subject(&r->cells[i], subject))
			continue;
		slice_find(&curves, r, &r->cells[i], victims);
		if (curves.nr && curves.nr >= best->nr) {
			free(best->at);
			*best = curves;
		} else {
			free(curves.at);
		}
	}
}

/* The worst 99th percentile beside that antagonist; those that several locks
 * have come first. */
static double antagonist_rank(const struct curves *curves, const char *name)
{
	bool seen[NR_ARMS] = { false };
	double worst = 0, arms = 0;
	size_t i;

	for (i = 0; i < curves->nr; i++) {
		const struct curve *c = &curves->at[i];

		if (strcmp(c->antagonist, name) || c->level)
			continue;
		arms += !seen[c->arm];
		seen[c->arm] = true;
		worst = fmax(worst, hist_quantile(c->hist, 0.99));
	}
	return arms * 1e15 + worst;
}

static unsigned int level_max(const struct curves *curves)
{
	unsigned int max = 0;
	size_t i;

	for (i = 0; i < curves->nr; i++)
		max = curves->at[i].level > max ? curves->at[i].level : max;
	return max;
}

/* Numbers the antagonists by how long a tail they make, and leaves out curves
 * beyond CURVES_MAX. Returns how many were left out. */
static size_t choose(struct curves *curves)
{
	size_t i, n = 0, left, nr = 0;
	unsigned int level;

	for (i = 0; i < curves->nr; i++)
		n += !strcmp(curves->at[i].antagonist, "none");
	for (level = 1; level <= 3; level++) {
		const char *worst = NULL;
		double rank = 0, most = 0;

		for (i = 0; i < curves->nr; i++) {
			struct curve *c = &curves->at[i];

			if (c->level || !strcmp(c->antagonist, "none"))
				continue;
			rank = antagonist_rank(curves, c->antagonist);
			if (rank > most) {
				most = rank;
				worst = c->antagonist;
			}
		}
		for (i = 0; worst && i < curves->nr; i++) {
			if (n >= CURVES_MAX ||
			    strcmp(curves->at[i].antagonist, worst))
				continue;
			curves->at[i].level = level;
			n++;
		}
	}
	for (i = 0; i < curves->nr; i++) {
		struct curve c = curves->at[i];

		if (nr < CURVES_MAX &&
		    (c.level || !strcmp(c.antagonist, "none")))
			curves->at[nr++] = c;
	}
	left = curves->nr - nr;
	curves->nr = nr;
	curves->alone_only = nr && level_max(curves) == 0;
	for (i = 0; i < nr && curves->alone_only; i++)
		curves->at[i].level = 1; /* nothing to be a base line of */
	return left;
}

/* Sorted so that a row of the legend is an antagonist, a column a lock. */
static int by_level(const void *a, const void *b)
{
	const struct curve *x = a, *y = b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	return (x->arm > y->arm) - (x->arm < y->arm);
}

/* Most to see first, else in the order of the file. */
static int by_curves(const void *a, const void *b)
{
	const struct curves *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return x->order < y->order ? -1 : 1;
}

struct curves *curves_find(const struct results *r, bool victims, size_t *nr)
{
	struct curves *all = NULL, best;
	size_t i, k;

	*nr = 0;
	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];

		for (k = 0; k < i && !same_subject(&r->cells[k], c); k++)
			;
		if (k < i)
			continue;
		best_slice(&best, r, c, victims);
		if (!best.nr)
			continue;
		best.left = choose(&best);
		best.order = i;
		qsort(best.at, best.nr, sizeof(*best.at), by_level);
		*(struct curves *)memory_append((void **)&all, nr,
						sizeof(*all)) = best;
	}
	if (*nr)
		qsort(all, *nr, sizeof(*all), by_curves);
	return all;
}

void curves_free(struct curves *all, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free(all[i].at);
	free(all);
}
