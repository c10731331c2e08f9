/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody forks: dup_mmap() takes mmap_lock of the parent for write, then the
 * write lock of one VMA after the other in the order of their addresses, copies
 * each, and lets go of all of them at the end (kernel/fork.c; since 7.x
 * mm/mmap.c). So a fault under mmap_lock waits for the whole fork, and one
 * under the VMA lock from the moment when its VMA's turn has come: it depends
 * on what lies above.
 *
 * It write-protects the private pages that are there. Workers touch pages that
 * are not, so their faults stay the same in kind and number but for the rare
 * store whose fault had just ended; a pass over present pages would not.
 *
 * The child ends at once; it is reaped after the operation, untimed.
 */
#include "scenario.h"

#include <sys/wait.h>

static const struct setting settings[] = {
	{ "vmas", SETTING_COUNT, "0", NULL,
	  "so many more VMAs for the fork to copy; 10 to 10,000" },
	{ "at", SETTING_WORD, "below", "below above",
	  "they are copied before the workers' VMA, or after it" },
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
	.title = "fork: mmap_lock and, one by one, every VMA's lock for write",
	.story =
		"One operation is a fork whose child ends at once (it is reaped\n"
		"untimed). dup_mmap() takes mmap_lock for write, then write-locks\n"
		"and copies one VMA after the other, from low addresses to high,\n"
		"and lets go of all at the end. So a fault under mmap_lock waits\n"
		"for the whole of it; one under the VMA lock goes on until the\n"
		"turn of its VMA has come, then finds it taken, and waits for\n"
		"mmap_lock like the others. `vmas` makes the fork last: with\n"
		"at=below they are copied before the workers' VMA is locked, with\n"
		"at=above while it is. where=same, for no VMA is left out.\n"
		"The child's mm is locked for write as well, which nobody meets.",
	.where = WHERE_SAME,
	.write_protects = true,
	.writes = 2,
	.settings = settings,
	.prepare = ground_make_vmas,
	.op = op,
	.after = after,
};
