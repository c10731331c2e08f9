/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reasons.h"

#include <stdlib.h>
#include <string.h>

#include "rounds.h"

struct reasons *reasons_open(unsigned int nr_workers)
{
	struct reasons *r = buffer_alloc(sizeof(*r));

	r->nr_workers = nr_workers;
	if (!census_open(&r->census, CENSUS_FEXIT, nr_workers, &r->why))
		r->level = census_level(r->census);
	else if (!census_read_vmstat(&r->before, NULL))
		r->level = CENSUS_VMSTAT;
	else
		r->level = CENSUS_NONE;
	return r;
}

void reasons_watch(struct reasons *r, unsigned int worker, bool on)
{
	struct error e;

	if (!r || !r->census)
		return;
	if (on ? census_watch(r->census, worker, &e)
	       : census_unwatch(r->census, &e))
		cell_fail("worker %u: %s", worker, e.text);
}

void reasons_round(struct reasons *r, bool on)
{
	struct census_counts now = { 0 };
	struct error e;

	if (!r || r->level != CENSUS_VMSTAT)
		return;
	if (census_read_vmstat(&now, &e))
		cell_fail("%s", e.text);
	if (on) {
		r->before = now;
		return;
	}
	r->counts.vma_handled += now.vma_handled - r->before.vma_handled;
	r->counts.refused_changing += now.refused_changing -
				      r->before.refused_changing;
	r->counts.redone += now.redone - r->before.redone;
}

void reasons_read(struct reasons *r)
{
	struct census_counts *one;
	struct error e;
	unsigned int i;

	if (!r->census)
		return;
	one = malloc(sizeof(*one));
	cell_must(one, "no memory for a census");
	for (i = 0; i < r->nr_workers; i++) {
		if (census_read(r->census, i, one, &e))
			cell_fail("%s", e.text);
		census_counts_merge(&r->counts, one);
	}
	free(one);
	r->missed = census_missed(r->census);
	census_close(r->census);
	r->census = NULL;
}

void reasons_tell(const struct reasons *r, struct metrics *m, double faults)
{
	if (r->level == CENSUS_NONE)
		census_tell_absent(m, r->why.text);
	else
		census_tell(m, r->level, &r->counts, faults);
}
