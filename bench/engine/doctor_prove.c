/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor's second question: which claims about faults can be proved? */
#include "doctor_checks.h"

#include <string.h>

#include "census.h"
#include "counters.h"

/* arg: a feature's name. */
static void check_feature(struct doctor *d, const struct check *check,
			  struct finding *f)
{
	size_t i;

	for (i = 0; i < NR_FEATURES && strcmp(feature_names[i], check->arg);)
		i++;
	if (i == NR_FEATURES)
		return;
	finding_set(f, d->features.has[i] ? VERDICT_OK : VERDICT_ABSENT,
		    "%s: %s", d->features.has[i] ? check->fine : check->harm,
		    d->features.how[i]);
	if (d->features.has[i])
		d->proofs |= check->proof;
	else if (check->remedy)
		finding_remedy(f, "%s", check->remedy);
}

/* arg: an event, as counters.h names it; fine: what it tells. */
static void check_event(struct doctor *d, const struct check *check,
			struct finding *f)
{
	struct error e;

	if (counters_probe(check->arg, &e)) {
		finding_set(f, VERDICT_ABSENT, "%s", e.text);
		return;
	}
	finding_set(f, VERDICT_OK, "%s: %s", check->arg, check->fine);
	d->proofs |= check->proof;
}

/* The best level of the census, and why no better one. */
static void check_census(struct doctor *d, const struct check *check,
			 struct finding *f)
{
	struct census *c;
	const char *how;
	struct error e;

	(void)check;
	if (census_open(&c, CENSUS_FEXIT, 1, &e)) {
		finding_set(f, VERDICT_ABSENT, "%s", e.text);
		return;
	}
	d->proofs |= PROOF_LOCKS | PROOF_REASONS;
	how = census_how_locks(c);
	finding_set(f, VERDICT_OK, "%s tells why a fault took which lock%s%s",
		    census_level_name(census_level(c)),
		    *how ? "; its acquisitions are seen " : "", how);
	if (*census_why_not_better(c))
		finding_set(f, VERDICT_OK,
			    "%s tells how faults waited and were retried, but "
			    "not always why; better is not there: %s",
			    census_level_name(census_level(c)),
			    census_why_not_better(c));
	census_close(c);
}

/* arg: the name of a library. */
static void check_library(struct doctor *d, const struct check *check,
			  struct finding *f)
{
	static const struct {
		const char *name;
		const char *(*version)(const char **why);
	} libraries[] = {
		{ "libperf", counters_libperf },
		{ "libpfm4", counters_libpfm4 },
		{ "libbpf", census_libbpf },
	};
	const char *why = NULL, *version = NULL;
	size_t i;

	(void)d;
	for (i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		if (!strcmp(libraries[i].name, check->arg))
			version = libraries[i].version(&why);
	if (version)
		finding_set(f, VERDICT_OK, "%s", version);
	else
		finding_set(f, VERDICT_ABSENT, "%s",
			    why ? why : "not built with it");
}

static const struct check checks[] = {
	{ .title = "VMA lock",
	  .look = check_feature,
	  .arg = "per-vma-lock",
	  .fine = "user-mode faults try the per-VMA lock first",
	  .harm = "all faults take mmap_lock (before 6.4, or switched off)" },
	{ .title = "VMA lock, files",
	  .look = check_feature,
	  .arg = "per-vma-lock-file",
	  .fine = "those of file-backed memory too",
	  .harm = "those of file-backed memory do not" },
	{ .title = "VMA lock, uffd",
	  .look = check_feature,
	  .arg = "per-vma-lock-uffd",
	  .fine = "and those that wait for userfaultfd",
	  .harm = "those that wait for userfaultfd do not" },
	{ .title = "VMA lock, swap",
	  .look = check_feature,
	  .arg = "per-vma-lock-swap",
	  .fine = "and those of swapped pages",
	  .harm = "those of swapped pages do not" },
	{ .title = "VMA lock, fresh",
	  .look = check_feature,
	  .arg = "per-vma-lock-fresh",
	  .fine = "and those of VMAs that nothing was stored in yet",
	  .harm = "those of VMAs that nothing was stored in yet do not" },
	{ .title = "VMA lock, hugetlb",
	  .look = check_feature,
	  .arg = "per-vma-lock-hugetlb",
	  .fine = "and those of hugetlbfs",
	  .harm = "those of hugetlbfs do not" },
	{ .title = "vmstat vma_lock_*",
	  .look = check_feature,
	  .arg = "per-vma-lock-stats",
	  .proof = PROOF_SHARES,
	  .fine = "the kernel counts the outcomes, system-wide",
	  .harm = "the kernel does not count the outcomes",
	  .remedy =
		  "a kernel with CONFIG_PER_VMA_LOCK_STATS=y; the tracepoints "
		  "below prove the same per thread" },
	{ .title = "mmap_lock taken",
	  .look = check_event,
	  .arg = "mmap_lock:mmap_lock_acquire_returned/write==0 && success==1",
	  .proof = PROOF_LOCKS,
	  .fine = "counts each acquisition for reading" },
	{ .title = "faults, user",
	  .look = check_event,
	  .arg = "exceptions:page_fault_user",
	  .fine = "counts faults of user mode" },
	{ .title = "faults, kernel",
	  .look = check_event,
	  .arg = "exceptions:page_fault_kernel",
	  .fine = "counts faults of system calls" },
	{ .title = "faults, software",
	  .look = check_event,
	  .arg = "page-faults:u",
	  .proof = PROOF_MODES,
	  .fine = "tells user mode from kernel mode without privileges" },
	{ .title = "reasons, by BPF", .look = check_census },
	{ .title = "libperf", .look = check_library, .arg = "libperf" },
	{ .title = "libpfm4", .look = check_library, .arg = "libpfm4" },
	{ .title = "libbpf", .look = check_library, .arg = "libbpf" },
	{ .title = "cycles",
	  .look = check_event,
	  .arg = "cycles:k",
	  .fine = "the kernel's cycles per fault" },
	{ .title = "instructions",
	  .look = check_event,
	  .arg = "instructions:k",
	  .fine = "the kernel's instructions per fault" },
};

const struct section doctor_prove = {
	"Prove",
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
