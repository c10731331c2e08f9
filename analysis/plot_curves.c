/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot_curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "memory.h"

const char *const curves_axes[] = { "lock", "policy", "antagonist", NULL };

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

/* The curves of one cell. */
static void slice_add(struct curves *slice, const struct cell_sample *c,
		      bool victims)
{
	size_t k;

	if (!victims)
		curve_add(slice, c, c->hist,
			  pairs_find(&c->cell, "antagonist"));
	for (k = 0; victims && k < c->nr_antagonists; k++)
		if (!is_control(c->antagonist_name[k]))
			curve_add(slice, c, c->antagonist_hist[k],
				  c->antagonist_name[k]);
}

/* The number of what the cell belongs to: the subject of a picture, which is
 * its scenario and label, or (slice) the cells of that subject that differ from
 * it in lock and antagonist alone. */
static size_t number_of(struct lookup *known, const struct cell_sample *c,
			bool slice)
{
	const char *scenario = pairs_find(&c->cell, "scenario");
	char *key = slice ? pairs_key(&c->cell, curves_axes) : NULL;
	char *text = memory_printf("%zu %zu %s%s", c->label_nr,
				   strlen(scenario ? scenario : ""),
				   scenario ? scenario : "", key ? key : "");
	size_t *number = lookup(known, text);

	if (*number == SIZE_MAX)
		*number = known->nr - 1;
	free(text);
	free(key);
	return *number;
}

/* All slices, and of which one each cell is; both malloc'ed. */
static struct curves *slices_find(const struct results *r, bool victims,
				  size_t *slice_of, size_t *nr)
{
	struct lookup known = { 0 };
	struct curves *slices = NULL;
	size_t i;

	*nr = 0;
	for (i = 0; i < r->nr_cells; i++) {
		slice_of[i] = number_of(&known, &r->cells[i], true);
		if (slice_of[i] == *nr)
			memory_append((void **)&slices, nr, sizeof(*slices));
		slice_add(&slices[slice_of[i]], &r->cells[i], victims);
	}
	lookup_free(&known);
	return slices;
}

/* Of all slices of each subject that with the most curves; the last of equals,
 * which has the most threads. */
static struct curves *best_slices(const struct results *r, bool victims,
				  size_t *nr)
{
	size_t *slice_of = memory_new(r->nr_cells, sizeof(*slice_of));
	struct lookup subjects = { 0 };
	struct curves *best = NULL, *slices, *slice;
	size_t nr_slices, i, k;

	slices = slices_find(r, victims, slice_of, &nr_slices);
	*nr = 0;
	for (i = 0; i < r->nr_cells; i++) {
		slice = &slices[slice_of[i]];
		k = number_of(&subjects, &r->cells[i], false);
		if (k == *nr) {
			memory_append((void **)&best, nr, sizeof(*best));
			best[k].order = i;
		}
		if (!slice->nr || slice->nr < best[k].nr)
			continue;
		best[k].at = slice->at;
		best[k].nr = slice->nr;
	}
	for (i = 0; i < r->nr_cells; i++) {
		slice = &slices[slice_of[i]];
		k = number_of(&subjects, &r->cells[i], false);
		if (best[k].at == slice->at)
			slice->at = NULL; /* it is the subject's now */
	}
	curves_free(slices, nr_slices);
	free(slice_of);
	lookup_free(&subjects);
	return best;
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
 * beyond CURVES_MAX; the first has room for each lock and policy. Returns how
 * many were left out. */
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
			if (n >= (level > 1 ? CURVES_MAX : CURVES_ARMS) ||
			    strcmp(curves->at[i].antagonist, worst))
				continue;
			curves->at[i].level = level;
			n++;
		}
	}
	for (i = 0; i < curves->nr; i++) {
		struct curve c = curves->at[i];

		if (nr < CURVES_ARMS &&
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

/* Policies are too many arms for several antagonists in a picture. */
static bool is_by_policy(const struct curves *curves)
{
	size_t i;

	for (i = 0; i < curves->nr; i++)
		if (curves->at[i].arm > ARM_OTHER)
			return true;
	return false;
}

/* A picture for each antagonist of this one, added to all. */
static void split(const struct curves *from, struct curves **all, size_t *nr)
{
	size_t first = *nr, i, k;

	for (i = 0; i < from->nr; i++) {
		const struct curve *c = &from->at[i];

		for (k = first; k < *nr; k++)
			if (!strcmp((*all)[k].antagonist, c->antagonist))
				break;
		if (k == *nr) {
			memory_append((void **)all, nr, sizeof(**all));
			(*all)[k].antagonist = c->antagonist;
			(*all)[k].order = from->order;
		}
		*(struct curve *)memory_append((void **)&(*all)[k].at,
					       &(*all)[k].nr, sizeof(*c)) = *c;
	}
}

struct curves *curves_find(const struct results *r, bool victims, size_t *nr)
{
	size_t nr_subjects, i;
	struct curves *subjects = best_slices(r, victims, &nr_subjects);
	struct curves *all = NULL;

	*nr = 0;
	for (i = 0; i < nr_subjects; i++) {
		struct curves *subject = &subjects[i];

		if (victims && is_by_policy(subject)) {
			split(subject, &all, nr);
			free(subject->at);
		} else if (subject->nr) {
			*(struct curves *)memory_append(
				(void **)&all, nr, sizeof(*all)) = *subject;
		}
	}
	free(subjects);
	for (i = 0; i < *nr; i++) {
		all[i].left = choose(&all[i]);
		qsort(all[i].at, all[i].nr, sizeof(*all[i].at), by_level);
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
