/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody forks: dup_mmap() takes mmap_lock of the parent for write and the
 * write lock of every VMA, one after the other, and keeps all of them until the
 * last one is copied (kernel/fork.c; since 7.x mm/mmap.c). Meanwhile no fault
 * of the process goes on, under whichever lock. How long that is depends on the
 * number of VMAs and of present pages.
 *
 * It write-protects the private pages that are there. Workers touch pages that
 * are not, so their faults stay the same in kind and number; a pass over
 * present pages would not.
 *
 * The child ends at once; it is reaped after the operation, untimed.
 */
#include "scenario.h"

#include <sys/wait.h>

static const struct setting settings[] = {
	{ "vmas", SETTING_COUNT, "0", NULL,
	  "so many more VMAs for the fork to copy; 10 to 10,000" },
	{ NULL, 0, NULL, NULL, NULL },
};

static _Thread_local pid_t child;

static int leave(void *unused)
{
	(void)unused;
	return 0;
}

static void op(void)
{
	child = cell_fork(leave, NULL);
}

static void after(void)
{
	cell_must(waitpid(child, NULL, 0) == child, "waitpid");
}

const struct antagonist antagonist_fork = {
	.title =
		"fork: write-locks mmap_lock and every VMA until all is copied",
	.story =
		"One operation is a fork whose child ends at once (it is reaped\n"
		"untimed). dup_mmap() holds mmap_lock for write and write-locks\n"
		"every VMA of the process, so it is the same VMA for every worker,\n"
		"wherever it faults: under the VMA lock a fault finds it taken,\n"
		"turns to mmap_lock and waits there like the others. `vmas` makes\n"
		"it last: each VMA more is one more to lock and to copy.\n"
		"The child's mm is locked for write as well, which nobody meets.",
	.where = WHERE_SAME,
	.write_protects = true,
	.writes = 2,
	.settings = settings,
	.prepare = ground_make_vmas,
	.op = op,
	.after = after,
};
