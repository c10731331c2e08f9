/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A monitor reads /proc/PID/maps of the process under test, from outside:
 * mmap_lock for read while a page full of lines is written, before 6.17; since
 * then one VMA lock for read after the other (fs/proc/task_mmu.c m_start(),
 * lock_next_vma()). A reader excludes no fault, but a writer waits for it, and
 * behind that writer every fault that needs mmap_lock.
 */
#include "scenario.h"

static const struct setting settings[] = {
	{ "vmas", SETTING_COUNT, "0", NULL,
	  "so many more VMAs for it to read; 10 to 10,000" },
	{ NULL, 0, NULL, NULL, NULL },
};

static void op(void)
{
	cell_read_proc("maps");
}

const struct antagonist antagonist_maps_reader = {
	.title = "a monitor: reads /proc/PID/maps from another process",
	.story =
		"One operation opens /proc/PID/maps of the process under test and\n"
		"reads it to its end, in a process of its own. mmap_lock for read\n"
		"for each page of text before 6.17, the lock of one VMA at a time\n"
		"since. Alone it excludes no fault; it shows beside a writer, who\n"
		"waits for it with all faults under mmap_lock behind him: give it\n"
		"one (`maps-reader vmas=1k, mmap-munmap rate=1k on=worker`). With\n"
		"mode=processes it reads the first worker's process.",
	.where = WHERE_ELSEWHERE,
	.process = true,
	.settings = settings,
	.prepare = ground_make_vmas,
	.op = op,
};
