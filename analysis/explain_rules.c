/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules by which an explanation is read. Each looks at the items alone and
 * adds a sentence or nothing; the order is that in which one should look: is
 * the row to be believed, did the faults take another path, is it the fault at
 * all, who else was different, and only then the cost of the path itself.
 */
#include "explain_rules.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "memory.h"

double interval_distance(const struct interval *i)
{
	if (!i->has_interval || (i->low <= 1 && i->high >= 1))
		return 0;
	return fmin(fabs(log(i->low)), fabs(log(i->high)));
}

struct reading {
	const struct explanation *x;
	const char *a, *b; /* the sides' names */
	char *text;
};

__attribute__((format(printf, 2, 3))) static void add(struct reading *r,
						      const char *fmt, ...)
{
	char *sentence, *longer;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&sentence, fmt, ap) < 0)
		abort();
	va_end(ap);
	longer = memory_printf("%s%s%s", r->text, *r->text ? " " : "",
			       sentence);
	free(sentence);
	free(r->text);
	r->text = longer;
}

static const struct explain_item *find(const struct explanation *x,
				       const char *metric)
{
	size_t i;

	for (i = 0; i < x->nr_items; i++)
		if (!strcmp(x->items[i].metric, metric))
			return &x->items[i];
	return NULL;
}

static const struct explain_item *moved(const struct explanation *x,
					const char *metric)
{
	const struct explain_item *item = find(x, metric);

	return item && item->state == EXPLAIN_MOVED ? item : NULL;
}

static void read_witness(struct reading *r)
{
	const struct cell_sample *sides[2] = { r->x->a, r->x->b };
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *verdict = sides[i]->has_witness
					      ? sides[i]->witness.verdict
					      : NULL;

		if (verdict && !strcmp(verdict, "broken"))
			add(r,
			    "The witness of %s was broken: its faults did "
			    "not take the path that the scenario promises, so "
			    "look at that first.",
			    i ? r->b : r->a);
	}
}

static void read_path(struct reading *r)
{
	static const struct {
		const char *metric, *words;
	} paths[] = {
		{ "retries_per_fault", "retries per fault" },
		{ "mmap_locks_per_fault", "mmap_lock acquisitions per fault" },
		{ "mmap_write_locks_per_fault",
		  "mmap_lock acquisitions for writing per fault" },
		{ "path_vma_lock_share",
		  "of the faults done under the VMA lock" },
	};
	size_t i, nr = 0;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct explain_item *item = moved(r->x, paths[i].metric);

		if (item && !nr++)
			add(r,
			    "The faults take another way through the locks:");
		if (item)
			add(r, "%.3f -> %.3f %s;", item->a, item->b,
			    paths[i].words);
	}
	if (nr)
		r->text[strlen(r->text) - 1] = '.';
}

static const struct compared *result(const struct explanation *x,
				     const char *metric)
{
	size_t i;

	for (i = 0; i < x->nr_rows; i++)
		if (!x->tables[i]->slowdowns &&
		    !strcmp(x->tables[i]->metric, metric))
			return x->rows[i];
	return NULL;
}

/* Is it the fault, or everything? */
static void read_present(struct reading *r)
{
	const struct explain_item *present = moved(r->x, "present_p50_ns");
	const struct compared *p50 = result(r->x, "p50_ns");
	double share;

	if (!present || !p50 || !row_changed(p50))
		return;
	share = (present->b - present->a) /
		(p50->vb.estimate - p50->va.estimate);
	if (share >= 0.2)
		add(r,
		    "The same touch on a page that is present changed too, by "
		    "%.0f %% of the change of p50: that part is not the "
		    "fault, but the clock rate, the TLB or the access itself.",
		    fmin(share, 1) * 100);
	else if (present->b / present->a > 1.2 || present->a / present->b > 1.2)
		add(r,
		    "The same touch on a page that is present changed as well, "
		    "by too little to account for it.");
}

static void read_switches(struct reading *r)
{
	const struct explain_item *item = moved(r->x, "switches_per_fault");

	if (item)
		add(r,
		    "The faulting threads sleep %s often: %.3f -> %.3f "
		    "voluntary context switches per fault.",
		    item->b > item->a ? "more" : "less", item->a, item->b);
}

static void read_others(struct reading *r)
{
	size_t i;

	for (i = 0; i < r->x->nr_rows; i++) {
		const struct compared *row = r->x->rows[i];
		char *a, *b;

		if (!row_changed(row) ||
		    !strstr(r->x->tables[i]->metric, ".ops_per_s"))
			continue;
		a = figure_text(FIGURE_RATE, row->va.estimate);
		b = figure_text(FIGURE_RATE, row->vb.estimate);
		add(r,
		    "The antagonist got through %s operations (%s -> %s a "
		    "second), so the faults of the two sides were not under "
		    "the same pressure.",
		    row->ratio.estimate > 1 ? "more" : "fewer", a, b);
		free(a);
		free(b);
	}
}

static void read_noise(struct reading *r)
{
	static const struct {
		const char *metric, *words;
	} noises[] = {
		{ "noise.involuntary_switches",
		  "was preempted more often (other load beside it)" },
		{ "noise.steal_s", "lost more time to the hypervisor" },
	};
	size_t i;

	for (i = 0; i < sizeof(noises) / sizeof(noises[0]); i++) {
		const struct explain_item *item = moved(r->x, noises[i].metric);

		if (item)
			add(r, "%s %s: measure again on a quiet machine.",
			    item->b > item->a ? r->b : r->a, noises[i].words);
	}
}

static void read_counters(struct reading *r)
{
	size_t i;

	for (i = 0; i < r->x->nr_items; i++) {
		const struct explain_item *item = &r->x->items[i];
		char *change;

		if (strncmp(item->metric, "counter.", 8))
			continue;
		if (item->state == EXPLAIN_MOVED && item->a > 0) {
			change = change_text(item->b / item->a);
			add(r, "%s a fault: %s.", item->metric + 8, change);
			free(change);
		} else if (item->state == EXPLAIN_STAYED &&
			   !strncmp(item->metric, "counter.cycles", 14)) {
			add(r,
			    "%s a fault are the same: the time goes into "
			    "waiting, or the clock rate differs.",
			    item->metric + 8);
		}
	}
}

static bool any_row_changed(const struct explanation *x)
{
	size_t i;

	for (i = 0; i < x->nr_rows; i++)
		if (row_changed(x->rows[i]))
			return true;
	return false;
}

char *explain_read(const struct explanation *x, const struct comparison *c)
{
	char *a = axis_title(c->axis, c->a), *b = axis_title(c->axis, c->b);
	struct reading r = { x, a, b, memory_text("") };
	static void (*const rules[])(struct reading *) = {
		read_witness, read_path,  read_present,	 read_switches,
		read_others,  read_noise, read_counters,
	};
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](&r);
	if (!*r.text && !any_row_changed(x))
		add(&r, "No figure of this row changed beyond doubt, and "
			"nothing that was measured beside it.");
	else if (!*r.text && (!x->a->has_witness || !x->b->has_witness))
		add(&r, "Nothing that was measured beside it moved; but a side "
			"has no witness pass, so whether the faults took the "
			"same path is not known.");
	else if (!*r.text)
		add(&r, "Nothing that was measured beside it moved: the same "
			"path, the same locks, the same retries. What is left "
			"is the cost of the path itself: count cycles or "
			"profile it.");
	free(a);
	free(b);
	return r.text;
}
