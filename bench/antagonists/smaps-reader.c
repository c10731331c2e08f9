/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A monitor reads /proc/PID/smaps of the process under test, from outside: as
 * maps, but the page tables of each VMA are walked for its figures while the
 * lock is held (fs/proc/task_mmu.c show_smap(), smap_gather_stats()):
 * mmap_lock for read, since 7.2 the VMA's. The longest reader there is.
 */
#include "scenario.h"

static const struct setting settings[] = {
	{ "vmas", SETTING_COUNT, "0", NULL,
	  "so many more VMAs for it to read; 10 to 10,000" },
	{ NULL, 0, NULL, NULL, NULL },
};

static void op(void)
{
	cell_read_proc("smaps");
}

const struct antagonist antagonist_smaps_reader = {
	.title = "a monitor: reads /proc/PID/smaps from another process",
	.story =
		"One operation opens /proc/PID/smaps of the process under test and\n"
		"reads it to its end, in a process of its own. For each VMA the\n"
		"page tables are walked under mmap_lock for read (since 7.2 under\n"
		"the lock of that VMA), so a writer may wait long for it, and the\n"
		"faults under mmap_lock behind the writer. With mode=processes it\n"
		"reads the first worker's process.",
	.where = WHERE_ELSEWHERE,
	.process = true,
	.settings = settings,
	.prepare = ground_make_vmas,
	.op = op,
};
