/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From cells to charts: which roles and rows there are, and their figures. */
#include "roles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "memory.h"
#include "order.h"
#include "units.h"

enum {
	MAX_ROLES = 8 /* of a chart: more are no table and no picture */
};

static const char *const not_of_row[] = { "antagonist", NULL };
static const char *const not_of_arm[] = { "antagonist", "delay", NULL };
static const char *const not_of_twin[] = { "delay", NULL };

/* --- which cells ---------------------------------------------------------- */

double roles_delay(const struct cell_sample *c)
{
	const char *text = pairs_find(&c->cell, "delay");
	uint64_t ns;

	return text && !units_parse_time(text, &ns, NULL) ? (double)ns : NAN;
}

/* label, and the cell without some of its axes */
static char *key_of(const struct cell_sample *c, const char *const *skip)
{
	char *rest = pairs_key(&c->cell, skip);
	char *key = memory_printf("%s\n%s", c->label, rest);

	free(rest);
	return key;
}

static bool same_but(const struct cell_sample *a, const struct cell_sample *b,
		     const char *const *skip)
{
	char *x = key_of(a, skip), *y = key_of(b, skip);
	bool same = !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

const struct cell_sample *roles_shortest(const struct results *r,
					 const struct cell_sample *c)
{
	const struct cell_sample *best = c;
	size_t i;

	for (i = 0; i < r->nr_cells; i++)
		if (roles_delay(&r->cells[i]) < roles_delay(best) &&
		    r->cells[i].nr_runs &&
		    same_but(&r->cells[i], c, not_of_twin))
			best = &r->cells[i];
	return best;
}

static bool somebody_waits(const struct results *r, const struct cell_sample *c)
{
	size_t i;

	if (roles_delay(c) > 0)
		return true;
	for (i = 0; i < r->nr_cells; i++)
		if (roles_delay(&r->cells[i]) > 0 &&
		    same_but(&r->cells[i], c, not_of_twin))
			return true;
	return false;
}

static bool is_row(const struct results *r, const struct cell_sample *c,
		   const char *glob)
{
	return c->nr_runs && c->nr_antagonists && cli_wants(c, glob) &&
	       (c->nr_antagonists > 1 || somebody_waits(r, c));
}

/* --- roles and rows ------------------------------------------------------- */

static size_t nth_of(const struct cell_sample *c, size_t antagonist)
{
	size_t i, nth = 0;

	for (i = 0; i < antagonist; i++)
		nth += !strcmp(c->antagonist_name[i],
			       c->antagonist_name[antagonist]);
	return nth;
}

size_t role_find(const struct roles_chart *chart, const struct cell_sample *c,
		 size_t antagonist)
{
	size_t i, nth = nth_of(c, antagonist);

	for (i = 1; i < chart->nr_roles; i++)
		if (chart->roles[i].nth == nth &&
		    !strcmp(chart->roles[i].text,
			    c->antagonist_name[antagonist]))
			break;
	return i < chart->nr_roles ? i : chart->nr_roles;
}

/* How many of c's antagonists the chart has. */
static size_t nr_shared(const struct roles_chart *chart,
			const struct cell_sample *c)
{
	size_t i, nr = 0;

	for (i = 0; i < c->nr_antagonists; i++)
		nr += role_find(chart, c, i) < chart->nr_roles;
	return nr;
}

/* Is there a row of the chart that c may share? */
static bool may_share(const struct roles_row *row, const struct cell_sample *c)
{
	size_t i, k, m;

	if (!same_but(row->cells[0], c, not_of_row))
		return false;
	for (i = 0; i < row->nr_cells; i++)
		for (k = 0; k < row->cells[i]->nr_antagonists; k++)
			for (m = 0; m < c->nr_antagonists; m++)
				if (!strcmp(row->cells[i]->antagonist_name[k],
					    c->antagonist_name[m]))
					return false;
	return true;
}

static struct role *role_add(struct roles_chart *chart)
{
	return memory_append((void **)&chart->roles, &chart->nr_roles,
			     sizeof(*chart->roles));
}

/* The chart of a cell: one with which it has a role in common, or a row. */
static struct roles_chart *chart_of(struct roles *all,
				    const struct cell_sample *c)
{
	struct roles_chart *chart;
	size_t i, k;

	for (i = 0; i < all->nr; i++) {
		size_t shared;
		bool fits = false;

		chart = &all->charts[i];
		shared = nr_shared(chart, c);
		for (k = 0; k < chart->nr_rows && !fits; k++)
			fits = may_share(&chart->rows[k], c);
		if ((shared || fits) &&
		    chart->nr_roles + c->nr_antagonists - shared <= MAX_ROLES)
			return chart;
	}
	chart = memory_append((void **)&all->charts, &all->nr, sizeof(*chart));
	role_name(role_add(chart)); /* the workers */
	return chart;
}

static void chart_add(struct roles_chart *chart, const struct cell_sample *c)
{
	struct roles_row *row = NULL;
	size_t i;

	for (i = 0; i < c->nr_antagonists; i++) {
		struct role *role;

		if (role_find(chart, c, i) < chart->nr_roles)
			continue;
		role = role_add(chart);
		role->text = memory_text(c->antagonist_name[i]);
		role->nth = nth_of(c, i);
		role_name(role);
	}
	for (i = 0; i < chart->nr_rows && !row; i++)
		if (may_share(&chart->rows[i], c))
			row = &chart->rows[i];
	if (!row) {
		row = memory_append((void **)&chart->rows, &chart->nr_rows,
				    sizeof(*row));
		row->delay_ns = roles_delay(c);
		row->delay = memory_text(pairs_find(&c->cell, "delay"));
	}
	*(const struct cell_sample **)memory_append(
		(void **)&row->cells, &row->nr_cells, sizeof(*row->cells)) = c;
}

static int compare_rows(const void *a, const void *b)
{
	const struct roles_row *x = a, *y = b;

	if (x->arm != y->arm)
		return x->arm < y->arm ? -1 : 1;
	if (x->delay_ns < y->delay_ns || x->delay_ns > y->delay_ns)
		return x->delay_ns < y->delay_ns ? -1 : 1;
	return strcmp(x->cells[0]->key, y->cells[0]->key);
}

static void chart_titles(struct roles_chart *chart, const struct results *r)
{
	size_t i;

	chart->scenario = sample_axis(chart->rows[0].cells[0], "scenario");
	for (i = 1; chart->scenario && i < chart->nr_rows; i++)
		if (axis_compare(
			    chart->scenario,
			    sample_axis(chart->rows[i].cells[0], "scenario")))
			chart->scenario = NULL;
	for (i = 0; i < chart->nr_rows; i++)
		chart->rows[i].title = roles_row_title(
			r, chart->rows[i].cells[0], !chart->scenario);
}

/* Numbers the arms, sorts the rows, and names those that look alike. */
static void chart_sort(struct roles_chart *chart)
{
	size_t i, k;

	for (i = 0; i < chart->nr_rows; i++) {
		struct roles_row *row = &chart->rows[i];

		for (k = 0; k < i; k++)
			if (same_but(row->cells[0], chart->rows[k].cells[0],
				     not_of_arm))
				break;
		row->arm = k < i ? chart->rows[k].arm : i;
	}
	qsort(chart->rows, chart->nr_rows, sizeof(*chart->rows), compare_rows);
	for (i = 0; i < chart->nr_rows; i++) {
		struct roles_row *row = &chart->rows[i];

		for (k = 0; k < chart->nr_rows && !row->beside; k++)
			if (k != i &&
			    same_but(row->cells[0], chart->rows[k].cells[0],
				     not_of_row))
				row->beside =
					axis_title("antagonist",
						   sample_axis(row->cells[0],
							       "antagonist"));
	}
}

void roles_find(struct roles *all, const struct results *r, const char *glob)
{
	size_t i;

	*all = (struct roles){ 0 };
	for (i = 0; i < r->nr_cells; i++)
		if (is_row(r, &r->cells[i], glob))
			chart_add(chart_of(all, &r->cells[i]), &r->cells[i]);
	for (i = 0; i < all->nr; i++) {
		chart_sort(&all->charts[i]);
		chart_titles(&all->charts[i], r);
		roles_figures(&all->charts[i], r);
		if (all->charts[i].delay_ns > 0)
			continue;
		free(all->charts[i].roles[0].name); /* nobody waits */
		all->charts[i].roles[0].name = memory_text("the fault");
	}
}

static void chart_free(struct roles_chart *chart)
{
	size_t i, k;

	for (i = 0; i < chart->nr_rows; i++) {
		struct roles_row *row = &chart->rows[i];

		for (k = 0; k < chart->nr_roles; k++)
			free(row->at[k].prefix);
		free(row->at);
		free(row->cells);
		free(row->title);
		free(row->beside);
		free(row->delay);
	}
	for (i = 0; i < chart->nr_roles; i++) {
		free(chart->roles[i].text);
		free(chart->roles[i].name);
		free(chart->roles[i].where);
		free(chart->roles[i].rest);
		free(chart->roles[i].words);
	}
	free(chart->rows);
	free(chart->roles);
}

void roles_free(struct roles *all)
{
	while (all->nr)
		chart_free(&all->charts[--all->nr]);
	free(all->charts);
	all->charts = NULL;
}
