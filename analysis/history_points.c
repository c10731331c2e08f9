/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From sessions to points, in an order, with names. */
#include "history.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "text.h"

/* --- labels --------------------------------------------------------------- */

/* How a character that is no digit sorts: what comes before a release (-rc1),
 * the end, letters, all others. */
static int rank_of(const char *c)
{
	if (*c == '~' || !strncmp(c, "-rc", 3))
		return -1;
	if (!*c || isdigit((unsigned char)*c))
		return 0;
	return isalpha((unsigned char)*c) ? (unsigned char)*c
					  : (unsigned char)*c + 256;
}

/* The rule of Debian's versions (deb-version(7)), and -rc. */
int label_compare(const char *a, const char *b)
{
	const char *x, *y;
	size_t na, nb;
	int d;

	while (*a || *b) {
		while ((*a && !isdigit((unsigned char)*a)) ||
		       (*b && !isdigit((unsigned char)*b))) {
			d = rank_of(a) - rank_of(b);
			if (d)
				return d;
			a++; /* equal ranks: neither ends here */
			b++;
		}
		x = a += strspn(a, "0");
		y = b += strspn(b, "0");
		na = strspn(x, "0123456789");
		nb = strspn(y, "0123456789");
		d = na != nb ? (na < nb ? -1 : 1) : strncmp(x, y, na);
		if (d)
			return d;
		a += na;
		b += nb;
	}
	return 0;
}

/* --- points --------------------------------------------------------------- */

static char *date_of(double time_s)
{
	time_t t = isfinite(time_s) && fabs(time_s) < 1e11 ? (time_t)time_s : 0;
	char buf[64];
	struct tm tm;

	if (t <= 0 || !gmtime_r(&t, &tm) ||
	    !strftime(buf, sizeof(buf), "%Y-%m-%d", &tm))
		return memory_text("-");
	return memory_text(buf);
}

static int by_time(const void *a, const void *b)
{
	const struct history_point *x = a, *y = b;

	if (x->time_s < y->time_s || x->time_s > y->time_s)
		return x->time_s < y->time_s ? -1 : 1;
	return x->session < y->session ? -1 : x->session > y->session;
}

static int by_label(const void *a, const void *b)
{
	const struct history_point *x = a, *y = b;
	int d = label_compare(x->label, y->label);

	return d ? d : by_time(a, b);
}

static const char *release_of(const struct history *h, size_t point)
{
	const struct record *s = &h->results.sessions[h->points[point].session];

	return pairs_find(&s->facts, "kernel.release");
}

/* Release where they differ, else label where they do, else the date. */
static void name_points(struct history *h)
{
	bool releases = false, labels = h->by_label;
	size_t i;

	for (i = 0; i < h->nr_points; i++) {
		const char *first = release_of(h, 0), *own = release_of(h, i);

		releases |= first && own && strcmp(first, own);
		labels |= strcmp(h->points[0].label, h->points[i].label) != 0;
	}
	for (i = 0; i < h->nr_points; i++) {
		struct history_point *p = &h->points[i];
		const char *name = p->date;

		if (h->by_label)
			name = p->label;
		else if (releases && release_of(h, i))
			name = release_of(h, i);
		else if (labels)
			name = p->label;
		p->name = text_clean(memory_text(name));
	}
}

static void add_point(struct history *h, size_t session)
{
	struct history_point *p = memory_append((void **)&h->points,
						&h->nr_points, sizeof(*p));

	p->session = (unsigned int)session;
	p->time_s = h->results.sessions[session].time_s;
	p->label = memory_text(h->labels[session]);
	p->date = date_of(p->time_s);
}

/* The session that session i goes on with: itself, unless it was resumed. */
static size_t *first_sessions(const struct history *h)
{
	size_t nr = h->results.nr_sessions, i;
	size_t *first = memory_new(nr, sizeof(*first));

	for (i = 0; i < nr; i++)
		first[i] = h->results.sessions[i].resumed && i ? first[i - 1]
							       : i;
	return first;
}

static void find_points(struct history *h, const size_t *first)
{
	size_t nr = h->results.nr_sessions, i, k;
	bool *has_runs = memory_new(nr, sizeof(*has_runs));

	for (i = 0; i < h->results.nr_cells; i++)
		for (k = 0; k < h->results.cells[i].nr_runs; k++)
			has_runs[first[h->results.cells[i].runs[k].session]] =
				true;
	for (i = 0; i < nr; i++) {
		if (has_runs[i])
			add_point(h, i);
		else
			h->nr_empty += first[i] == i;
	}
	free(has_runs);
}

static int compare_runs(const void *a, const void *b, void *arg)
{
	const struct run_sample *x = a, *y = b;
	const size_t *point_of = arg;
	size_t i = point_of[x->session], k = point_of[y->session];

	if (i != k)
		return i < k ? -1 : 1;
	if (x->session != y->session)
		return x->session < y->session ? -1 : 1;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

void history_points(struct history *h)
{
	size_t nr = h->results.nr_sessions, i;
	size_t *first = first_sessions(h);

	find_points(h, first);
	if (h->nr_points)
		qsort(h->points, h->nr_points, sizeof(*h->points),
		      h->by_label ? by_label : by_time);
	h->point_of = memory_new(nr, sizeof(*h->point_of));
	for (i = 0; i < nr; i++)
		h->point_of[i] = SIZE_MAX;
	for (i = 0; i < h->nr_points; i++)
		h->point_of[h->points[i].session] = i;
	for (i = 0; i < nr; i++)
		h->point_of[i] = h->point_of[first[i]];
	for (i = 0; i < h->results.nr_cells; i++) {
		struct cell_sample *c = &h->results.cells[i];

		if (c->nr_runs)
			qsort_r(c->runs, c->nr_runs, sizeof(*c->runs),
				compare_runs, h->point_of);
	}
	name_points(h);
	free(first);
}
