/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor's third question: what may be changed for a measurement, and is
 * anything of an earlier one left over? */
#include "doctor_checks.h"

#include <string.h>

#include "resource.h"

static void tell(struct finding *f, int err, const struct error *e,
		 const struct check *check)
{
	if (err)
		finding_set(f, VERDICT_ABSENT, "%s", e->text);
	else
		finding_set(f, VERDICT_OK, "%s", check->fine);
}

/* arg: a path. */
static void check_value(struct doctor *d, const struct check *check,
			struct finding *f)
{
	struct error e;

	(void)d;
	tell(f, resource_may_set(check->arg, &e), &e, check);
}

/* arg: a kind of swap area. */
static void check_swap(struct doctor *d, const struct check *check,
		       struct finding *f)
{
	enum swap_kind kind = 0;
	struct error e;

	(void)d;
	while (kind < NR_SWAP_KINDS - 1 &&
	       strcmp(swap_kind_names[kind], check->arg))
		kind++;
	tell(f, resource_may_swap(kind, &e), &e, check);
}

static void check_cgroup(struct doctor *d, const struct check *check,
			 struct finding *f)
{
	struct error e;

	(void)d;
	tell(f, resource_may_cgroup(&e), &e, check);
}

static void check_leftovers(struct doctor *d, const struct check *check,
			    struct finding *f)
{
	struct journal_report found = { 0 };
	struct error e;
	int err = resource_leftovers(&found, &e);

	(void)d;
	if (err) {
		finding_set(f, VERDICT_ABSENT, "%s", e.text);
		return;
	}
	finding_set(f, VERDICT_OK, "%s", check->fine);
	if (found.nr_living)
		finding_set(f, VERDICT_NOISE,
			    "%u faultline processes are changing the machine "
			    "right now",
			    found.nr_living);
	if (!found.nr_dead && !found.nr_unreadable)
		return;
	finding_set(f, VERDICT_NOISE,
		    "%u dead runs left something changed, and %u journals "
		    "cannot be read",
		    found.nr_dead, found.nr_unreadable);
	finding_remedy(f, "faultline restore");
}

static const struct check checks[] = {
	{ .title = "readahead",
	  .look = check_value,
	  .arg = "/proc/sys/vm/page-cluster",
	  .fine = "vm.page-cluster can be set, so that a fault reads one page" },
	{ .title = "fault-around",
	  .look = check_value,
	  .arg = "/sys/kernel/debug/fault_around_bytes",
	  .fine = "can be set" },
	{ .title = "huge pages",
	  .look = check_value,
	  .arg = "/proc/sys/vm/nr_hugepages",
	  .fine = "their pool can grow" },
	{ .title = "transparent ones",
	  .look = check_value,
	  .arg = "/sys/kernel/mm/transparent_hugepage/enabled",
	  .fine = "can be switched" },
	{ .title = "swap on zram",
	  .look = check_swap,
	  .arg = "zram",
	  .fine = "a device of our own can be added" },
	{ .title = "swap on loop",
	  .look = check_swap,
	  .arg = "loop",
	  .fine = "a device over a file of our own can be bound" },
	{ .title = "swap file",
	  .look = check_swap,
	  .arg = "file",
	  .fine = "can be made on a file system that allows it" },
	{ .title = "memory cgroup",
	  .look = check_cgroup,
	  .fine = "one of our own can be made below the present one" },
	{ .title = "left over",
	  .look = check_leftovers,
	  .fine = "nothing of an earlier run" },
};

const struct section doctor_resource = {
	"Change",
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
