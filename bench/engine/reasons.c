/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reasons.h"

#include <stdlib.h>
#include <string.h>

#include "cell.h"

struct reasons *reasons_open(unsigned int nr_workers)
{
	struct reasons *r = buffer_alloc(sizeof(*r));

	r->nr_workers = nr_workers;
	r->how_locks = "";
	r->has_vmstat = !vmstat_read(&r->before, &r->why_no_vmstat);
	if (!census_open(&r->census, CENSUS_FEXIT, nr_workers, &r->why)) {
		r->level = census_level(r->census);
		r->how_locks = census_how_locks(r->census);
	} else if (r->has_vmstat)
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

void reasons_round(struct reasons *r, unsigned int worker, bool on)
{
	struct vmstat_locks now;
	struct error e;

	if (!r || !r->has_vmstat || worker != 0)
		return;
	if (vmstat_read(&now, &e))
		cell_fail("%s", e.text);
	if (on)
		r->before = now;
	else
		vmstat_add(&r->vmstat, &r->before, &now);
}

void reasons_read(struct reasons *r)
{
	struct census_counts *one;
	struct error e;
	unsigned int i;

	if (r->level == CENSUS_VMSTAT) {
		r->counts.vma_handled = r->vmstat.success;
		r->counts.refused_changing = r->vmstat.abort;
		r->counts.redone = r->vmstat.retry;
	}
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

/* Others that read-lock the VMA of a fault: whose lock was it? */
static bool vma_is_shared(const struct spec *spec)
{
	unsigned int i;

	for (i = 0; i < spec->nr_antagonists; i++)
		if (spec->antagonist[i].where == WHERE_SAME)
			return true;
	return spec->threads > 1 && !spec->private_vmas && !spec->processes;
}

void reasons_tell(const struct reasons *r, const struct cell *cell,
		  struct metrics *m, double faults)
{
	bool vma_first = cell->spec->lock->way == BY_USER &&
			 cell->policy.per_vma_lock;
	const char *why_not = NULL;

	if (r->level == CENSUS_NONE)
		why_not = r->why.text;
	if (why_not)
		census_tell_absent(m, why_not);
	else if (r->level == CENSUS_TP_BTF && vma_first &&
		 cell->policy.wait == WAIT_DROPS_VMA)
		census_tell_absent(m, "bpf-tp_btf does not see what is redone "
				      "under the VMA lock");
	else
		census_tell(m, r->level, &r->counts, faults);
	if (r->has_vmstat)
		vmstat_tell(m, &r->vmstat, faults);
	else
		vmstat_tell_absent(m, r->why_no_vmstat.text);
	if (!why_not && vma_first && vma_is_shared(cell->spec))
		why_not = "other threads read-lock the same VMA, and which "
			  "of them still holds it cannot be told";
	census_tell_rule(m, r->level, &r->counts, why_not);
}
