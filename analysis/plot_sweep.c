/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot_sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "units.h"

/* The rate in "mprotect where=same rate=10k". Several antagonists: NAN. */
static double rate_of(const char *text)
{
	const char *rate = strstr(text, " rate=");
	char word[32];
	uint64_t n;

	if (!strcmp(text, "none"))
		return 0;
	if (strchr(text, ','))
		return NAN;
	if (!rate)
		return SWEEP_FLAT_OUT;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(rate + 6, " "),
		 rate + 6);
	if (units_parse_count(word, &n, NULL))
		return NAN;
	return n ? (double)n : SWEEP_FLAT_OUT;
}

static double x_of(const struct cell_sample *c, bool threads)
{
	const char *text = pairs_find(&c->cell,
				      threads ? "threads" : "antagonist");
	uint64_t n;

	if (!text)
		return NAN;
	if (!threads)
		return rate_of(text);
	return units_parse_count(text, &n, NULL) || !n ? NAN : (double)n;
}

/* What the cells of a curve share. antagonist: the text to use for the cell's
 * own, so that the cell without one can be a point of every curve. */
static char *curve_key(const struct cell_sample *c, bool threads,
		       const char *antagonist)
{
	static const char *const no_threads[] = { "threads", NULL };
	static const char *const no_antagonist[] = { "antagonist", NULL };
	char *rest = pairs_key(&c->cell, threads ? no_threads : no_antagonist);
	const char *rate = antagonist ? strstr(antagonist, " rate=") : NULL;
	char *key = memory_printf("%s\n%s\n%.*s", c->label ? c->label : "",
				  rest,
				  !antagonist ? 0
				  : rate      ? (int)(rate - antagonist)
					      : (int)strlen(antagonist),
				  antagonist ? antagonist : "");

	free(rest);
	return key;
}

static void point_add(struct sweep_curve *curve, const struct cell_sample *c,
		      double x)
{
	size_t i;

	if (curve->nr == SWEEP_POINTS)
		return;
	for (i = curve->nr; i > 0 && curve->at[i - 1].x > x; i--)
		curve->at[i] = curve->at[i - 1];
	curve->at[i] = (struct sweep_point){ x, c };
	curve->nr++;
}

static bool has_throughput(const struct cell_sample *c)
{
	double *values = memory_new(c->nr_runs, sizeof(*values));
	size_t n = sample_values(c, "faults_per_s", values, NULL);

	free(values);
	return n > 0;
}

bool sweep_same_subject(const struct cell_sample *a,
			const struct cell_sample *b)
{
	const char *x = pairs_find(&a->cell, "scenario");
	const char *y = pairs_find(&b->cell, "scenario");

	return !strcmp(x ? x : "", y ? y : "") &&
	       !strcmp(a->label ? a->label : "", b->label ? b->label : "");
}

static char *curve_title(const struct results *r, const struct cell_sample *c,
			 bool threads)
{
	static const char *const skip_threads[] = { "scenario", "lock",
						    "policy",	"threads",
						    "label",	NULL };
	static const char *const skip_rate[] = { "scenario", "lock",
						 "policy",   "antagonist",
						 "label",    NULL };
	const char *text = pairs_find(&c->cell, "antagonist");
	char *rest = cell_title(r, c, threads ? skip_threads : skip_rate);
	const char *rate = strstr(text ? text : "", " rate=");
	char *base = memory_printf("%.*s", rate ? (int)(rate - text) : 1000,
				   text ? text : "");
	char *antagonist = threads ? memory_text("")
				   : axis_title("antagonist", base);
	char *title;

	/* With nothing but the lock to tell apart, title_without says it. */
	if (!strcmp(rest, "vma") || !strcmp(rest, "mmap") ||
	    (c->label && !strcmp(rest, c->label)))
		rest[0] = '\0';
	title = memory_printf("%s%s%s%s%s", arm_names[cell_arm(c)],
			      *antagonist ? ", " : "", antagonist,
			      *rest ? ", " : "", rest);
	free(rest);
	free(base);
	free(antagonist);
	return title;
}

static struct sweep_curve *curve_of(struct sweep *s, const struct results *r,
				    const struct cell_sample *c)
{
	const char *antagonist = s->threads
					 ? NULL
					 : pairs_find(&c->cell, "antagonist");
	char *key = curve_key(c, s->threads, antagonist);
	struct sweep_curve *curve;
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (!strcmp(s->curves[i].key, key)) {
			free(key);
			return &s->curves[i];
		}
	}
	curve = memory_append((void **)&s->curves, &s->nr, sizeof(*curve));
	curve->key = key;
	curve->title = curve_title(r, c, s->threads);
	curve->arm = cell_arm(c);
	return curve;
}

/* The cell alone belongs to each curve of its kind. */
static void add_alone(struct sweep *s, const struct results *r)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		const struct cell_sample *alone =
			results_baseline(r, s->curves[i].at[0].cell);

		if (alone && has_throughput(alone))
			point_add(&s->curves[i], alone, 0);
	}
}

/* Of rates, none and flat out alone leave nothing between them; of threads, 1
 * and 2 are all that a small machine has. */
static bool is_sweep(const struct sweep_curve *c, bool threads)
{
	size_t i, nr = c->nr > 0;

	for (i = 1; i < c->nr; i++)
		nr += c->at[i].x > c->at[i - 1].x;
	return nr > (threads ? 1 : 2);
}

static void curve_drop(struct sweep *s, size_t i)
{
	free(s->curves[i].key);
	free(s->curves[i].title);
	memmove(&s->curves[i], &s->curves[i + 1],
		(s->nr - i - 1) * sizeof(*s->curves));
	s->nr--;
}

void sweep_find(struct sweep *s, const struct results *r)
{
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i];
		double x = x_of(c, s->threads);

		if (!sweep_same_subject(c, s->subject) || isnan(x) ||
		    !has_throughput(c) || (!s->threads && x <= 0))
			continue;
		point_add(curve_of(s, r, c), c, x);
	}
	if (!s->threads)
		add_alone(s, r);
	for (i = s->nr; i-- > 0;) {
		if (!is_sweep(&s->curves[i], s->threads))
			curve_drop(s, i);
	}
	while (s->nr > SWEEP_CURVES)
		curve_drop(s, s->nr - 1);
	/* Curves of the same arm differ by their dashes. */
	for (i = 0; i < s->nr; i++) {
		for (k = 0; k < i; k++)
			s->curves[i].level += s->curves[k].arm ==
					      s->curves[i].arm;
	}
}

void sweep_free(struct sweep *s)
{
	while (s->nr)
		curve_drop(s, s->nr - 1);
	free(s->curves);
}
