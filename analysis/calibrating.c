/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrating.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "figure.h"
#include "memory.h"
#include "units.h"
#include "units_of.h"

const char *gateable_word(enum gateable gateable)
{
	static const char *const words[NR_GATEABLE] = {
		[GATEABLE] = "yes",
		[GATEABLE_LATER] = "with more",
		[GATEABLE_NOT] = "not here",
	};

	return words[gateable];
}

/* --- what the games are played with --------------------------------------- */

/* Logs: of b/a for pairs, of cell/baseline for multiples. */
struct pool {
	double *logs;
	unsigned int *sessions;
	size_t nr;
};

static double number_of(const struct run_sample *run, const char *metric)
{
	const struct value *v = metrics_find(&run->metrics, metric);

	return v && !v->absent && v->number > 0 ? v->number : NAN;
}

/* log(c / base) of each block that has both. */
static void pool_add(struct pool *p, const struct cell_sample *c,
		     const struct cell_sample *base, const char *metric)
{
	size_t i, from = 0;

	for (i = 0; i < c->nr_runs; i++) {
		const struct run_sample *other =
			sample_partner(base, &c->runs[i], &from);
		double x = other ? log(number_of(&c->runs[i], metric)) -
					   log(number_of(other, metric))
				 : NAN;

		if (!isfinite(x))
			continue;
		p->logs[p->nr] = x;
		p->sessions[p->nr++] = c->runs[i].session;
	}
}

static void pool_start(struct pool *p, size_t room)
{
	*p = (struct pool){ .logs = memory_new(room, sizeof(double)),
			    .sessions = memory_new(room,
						   sizeof(unsigned int)) };
}

static void pool_free(struct pool *p)
{
	free(p->logs);
	free(p->sessions);
}

/* --- the games ------------------------------------------------------------ */

struct game {
	const struct pool *pool;
	size_t n; /* pairs, or values a side */
	double level;
	int sense;
	uint64_t state;
	double *x, *y;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static struct interval play_pairs(struct game *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		uint64_t word = next_random(&g->state);

		g->x[i] = g->pool->logs[(word >> 1) % g->pool->nr];
		if (word & 1)
			g->x[i] = -g->x[i];
	}
	return stats_signed_rank(g->x, g->n, g->level);
}

/* One of that session's values; there is one. */
static double draw(struct game *g, unsigned int session)
{
	for (;;) {
		size_t i = next_random(&g->state) % g->pool->nr;

		if (g->pool->sessions[i] == session)
			return g->pool->logs[i];
	}
}

static bool has_several(const struct pool *p)
{
	size_t i;

	for (i = 1; i < p->nr; i++)
		if (p->sessions[i] != p->sessions[0])
			return true;
	return false;
}

static struct interval play_samples(struct game *g, bool several)
{
	const struct pool *p = g->pool;
	unsigned int a = p->sessions[next_random(&g->state) % p->nr], b = a;
	size_t i;

	while (several && b == a)
		b = p->sessions[next_random(&g->state) % p->nr];
	for (i = 0; i < g->n; i++) {
		g->x[i] = draw(g, a);
		g->y[i] = draw(g, b);
	}
	return stats_mann_whitney(g->x, g->n, g->y, g->n, g->level);
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What 95 % of them stay within. */
static double within(double *x, size_t nr)
{
	qsort(x, nr, sizeof(*x), compare_double);
	return x[nr * 95 / 100];
}

/* The slow-down that a gate would see, floor and bound; of a rate its upper
 * bound is the lower one's inverse. */
static void play(struct game *g, bool slowdown, double *floor, double *least)
{
	double *off = memory_new(CALIBRATE_DRAWS, sizeof(*off));
	double *bound = memory_new(CALIBRATE_DRAWS, sizeof(*bound));
	bool several = has_several(g->pool);
	size_t i;

	g->x = memory_new(g->n, sizeof(*g->x));
	g->y = memory_new(g->n, sizeof(*g->y));
	for (i = 0; i < CALIBRATE_DRAWS; i++) {
		struct interval v = slowdown ? play_samples(g, several)
					     : play_pairs(g);

		off[i] = fabs(v.estimate);
		bound[i] = !v.has_interval ? INFINITY
			   : g->sense < 0  ? -v.low
					   : v.high;
	}
	*floor = expm1(within(off, CALIBRATE_DRAWS));
	*least = expm1(fmax(within(bound, CALIBRATE_DRAWS), 0));
	free(off);
	free(bound);
	free(g->x);
	free(g->y);
}

/* --- rows ----------------------------------------------------------------- */

struct calibrator {
	struct calibrating *g;
	const struct results *r;
};

static char *title_of(const struct calibrator *t, const struct cell_sample *c)
{
	const char *const skip[] = { "tag", "spin", NULL };

	return sample_title_without(t->r, c, skip);
}

static void leave_out(struct calibrating *g, char *why)
{
	g->nr_without++;
	if (g->why)
		free(why);
	else
		g->why = why;
}

static void judge(const struct calibrator *t, struct calibrated *row,
		  const struct pool *pool)
{
	struct calibrating *g = t->g;
	struct game game = { .pool = pool,
			     .n = g->nr_pairs,
			     .level = 1 - 2 * g->alpha,
			     .sense = figure_of(row->metric).sense };
	size_t blocks = row->slowdown ? pool->nr / 2 : pool->nr;

	row->nr = pool->nr;
	if (blocks < g->nr_pairs) {
		leave_out(g, blocks ? memory_printf("it takes %zu blocks, "
						    "there are %zu",
						    g->nr_pairs, blocks)
				    : memory_text("no figure"));
		return;
	}
	play(&game, row->slowdown, &row->floor, &row->least);
	row->gateable = row->floor > row->margin   ? GATEABLE_NOT
			: row->least > row->margin ? GATEABLE_LATER
						   : GATEABLE;
	row->title = title_of(t, row->cell);
	g->outcomes[row->gateable]++;
	*(struct calibrated *)memory_append((void **)&g->rows, &g->nr_rows,
					    sizeof(*row)) = *row;
}

static void add_figures(const struct calibrator *t, const struct cell_sample *a,
			const struct cell_sample *b, struct calibrated row)
{
	struct pool pool;

	pool_start(&pool, b->nr_runs);
	pool_add(&pool, b, a, row.metric);
	judge(t, &row, &pool);
	pool_free(&pool);
}

static void add_multiples(const struct calibrator *t,
			  const struct cell_sample *a,
			  const struct cell_sample *b, struct calibrated row)
{
	const struct cell_sample *a_alone = results_baseline(t->r, a);
	const struct cell_sample *b_alone = results_baseline(t->r, b);
	struct pool pool;

	if (!a_alone || !b_alone)
		return;
	row.slowdown = true;
	pool_start(&pool, a->nr_runs + b->nr_runs);
	pool_add(&pool, a, a_alone, row.metric);
	pool_add(&pool, b, b_alone, row.metric);
	judge(t, &row, &pool);
	pool_free(&pool);
}

static void calibrate_cell(const struct calibrator *t,
			   const struct margins *margins,
			   const struct cell_sample *a,
			   const struct cell_sample *b, const char *metric)
{
	const struct margin *m =
		margins_find(margins, sample_axis(a, "scenario"), metric);
	bool antagonists = !strncmp(metric, "antagonist", 10);
	struct calibrated row = { .cell = a, .metric = metric };

	if (!m || m->kind != MARGIN_RATIO ||
	    (antagonists && sample_is_alone(a)))
		return;
	row.margin = m->ratio;
	add_figures(t, a, b, row);
	if (!antagonists)
		add_multiples(t, a, b, row);
}

/* --- the positive control ------------------------------------------------- */

static double spin_of(const struct cell_sample *c)
{
	const char *text = sample_axis(c, "spin");
	uint64_t ns = 0;

	return text && !units_parse_time(text, &ns, NULL) ? (double)ns : 0;
}

static void add_control(const struct calibrator *t,
			const struct cell_sample *plain,
			const struct cell_sample *slowed, const char *metric)
{
	struct control row = { .plain = plain,
			       .slowed = slowed,
			       .metric = metric,
			       .injected_ns = spin_of(slowed) -
					      spin_of(plain) };
	double *x = memory_new(plain->nr_runs, sizeof(*x));
	double *y = memory_new(plain->nr_runs, sizeof(*y));
	size_t i, nr = sample_pairs(plain, slowed, metric, x, y);

	row.ratio = stats_ratio_paired(x, y, nr, COMPARE_LEVEL);
	for (i = 0; i < nr; i++)
		y[i] -= x[i];
	row.ns = stats_signed_rank(y, nr, COMPARE_LEVEL);
	row.found = row.ratio.has_interval && row.ratio.low > 1;
	free(x);
	free(y);
	if (!nr)
		return;
	row.title = title_of(t, plain);
	t->g->nr_found += row.found;
	*(struct control *)memory_append((void **)&t->g->controls,
					 &t->g->nr_controls, sizeof(row)) = row;
}

/* Each cell that spins against the one that spins least. */
static void find_controls(const struct calibrator *t, const char *scenario,
			  const char *metric)
{
	const struct results *r = t->r;
	size_t i, k;

	for (i = 0; i < r->nr_cells; i++) {
		const struct cell_sample *c = &r->cells[i], *least = c;

		if (!(spin_of(c) > 0) || !cli_wants(c, scenario))
			continue;
		for (k = 0; k < r->nr_cells; k++) {
			const struct cell_sample *other = &r->cells[k];

			/* one that does not spin has no fence either */
			if (spin_of(other) > 0 &&
			    spin_of(other) < spin_of(least) &&
			    results_twin(r, c, "spin",
					 sample_axis(other, "spin")) == other)
				least = other;
		}
		if (least != c)
			add_control(t, least, c, metric);
	}
}

/* --- all of it ------------------------------------------------------------ */

void calibrating_make(struct calibrating *g, const struct results *r,
		      const struct margins *margins, const char *scenario,
		      size_t nr_pairs)
{
	struct calibrator t = { .g = g, .r = r };
	const char **metrics;
	size_t i, k, nr;

	*g = (struct calibrating){ .nr_pairs = nr_pairs,
				   .alpha = margins->alpha };
	comparison_arms(&g->arms, r, "tag", "a", "b", scenario);
	metrics = margins_metrics(margins, &nr);
	for (i = 0; i < g->arms.nr_both; i++)
		for (k = 0; k < nr; k++)
			calibrate_cell(&t, margins, g->arms.both[i],
				       g->arms.twins[i], metrics[k]);
	for (k = 0; k < nr; k++)
		if (figure_of(metrics[k]).kind == FIGURE_TIME &&
		    strstr(metrics[k], "p50_ns"))
			find_controls(&t, scenario, metrics[k]);
	free(metrics);
	drift_find(&g->drift, &g->arms);
}

void calibrating_free(struct calibrating *g)
{
	comparison_free(&g->arms);
	while (g->nr_rows)
		free(g->rows[--g->nr_rows].title);
	while (g->nr_controls)
		free(g->controls[--g->nr_controls].title);
	free(g->rows);
	free(g->controls);
	free(g->why);
}

static void keep_control(struct calibration *c, const struct control *row)
{
	struct injected *j = memory_append((void **)&c->controls,
					   &c->nr_controls, sizeof(*j));

	calibration_copy_cell(&j->cell, &row->slowed->cell);
	j->metric = memory_text(row->metric);
	j->injected_ns = row->injected_ns;
	j->low_ns = row->ns.low;
	j->seen_ns = row->ns.estimate;
	j->high_ns = row->ns.high;
	j->found = row->found;
	j->nr_pairs = row->ns.n;
}

/* Whose it is; nothing that was measured. */
static void keep_facts(struct pairs *to, const struct pairs *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++) {
		const char *name = from->at[i].name;

		if (from->at[i].text && (!strncmp(name, "machine.", 8) ||
					 !strcmp(name, "kernel.arch") ||
					 !strcmp(name, "kernel.release")))
			pairs_add(to, name, from->at[i].text);
	}
}

void calibrating_keep(const struct calibrating *g, const struct results *r,
		      struct calibration *c)
{
	size_t i;

	*c = (struct calibration){ .time_s = r->sessions[0].time_s,
				   .nr_gated = g->nr_pairs,
				   .order = g->drift.order.estimate,
				   .order_low = g->drift.order.low,
				   .order_high = g->drift.order.high,
				   .nr_blocks = g->drift.nr_blocks };
	for (i = 1; i < r->nr_sessions; i++)
		c->time_s = fmin(c->time_s, r->sessions[i].time_s);
	keep_facts(&c->facts, &r->sessions[0].facts);
	for (i = 0; i < g->nr_rows; i++) {
		const struct calibrated *row = &g->rows[i];
		struct noise_floor *f = calibration_add(
			c, &row->cell->cell, row->metric, row->slowdown);

		f->floor = row->floor;
		f->least = row->least;
		f->nr_pairs = row->nr;
	}
	for (i = 0; i < g->nr_controls; i++)
		keep_control(c, &g->controls[i]);
}
