/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody starts threads and ends them. With a stack that the C library has
 * kept (stack=reused) no mapping changes: the new thread's own faults, one
 * mmap_lock for read as it leaves (kernel/exit.c exit_mm()), and
 * MADV_DONTNEED of what it used of its stack. With a stack too large to be kept
 * (stack=fresh) each operation also maps, protects and unmaps: mmap_lock for
 * write, three times with glibc.
 */
#include "scenario.h"

enum {
	/* glibc keeps 40 MiB of stacks (nptl/nptl-stack.c). */
	FRESH_BYTES = 64 << 20,
	REUSED_BYTES = 1 << 20,
	TOUCHED_BYTES = 64 * 1024
};

static const struct setting settings[] = {
	{ "stack", SETTING_WORD, "reused", "reused fresh",
	  "one that was kept, or mapped and unmapped for each thread" },
	{ NULL, 0, NULL, NULL, NULL },
};

static _Thread_local pthread_attr_t attr;

static void setup(enum where where)
{
	bool fresh = !strcmp(antagonist_text("stack"), "fresh");

	(void)where;
	pthread_attr_init(&attr);
	errno = pthread_attr_setstacksize(&attr,
					  fresh ? FRESH_BYTES : REUSED_BYTES);
	cell_must(!errno, "pthread_attr_setstacksize");
}

static void *touch_stack(void *unused)
{
	volatile char stack[TOUCHED_BYTES];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(stack); i += page_bytes())
		stack[i] = 1;
	return NULL;
}

static void op(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, &attr, touch_stack, NULL);
	cell_must(!errno, "pthread_create");
	errno = pthread_join(thread, NULL);
	cell_must(!errno, "pthread_join");
}

const struct antagonist antagonist_thread_churn = {
	.title = "threads that touch 64 KiB of stack and end",
	.story =
		"One operation creates a thread on the antagonist's own PU, which\n"
		"touches 64 KiB of its stack and ends, and joins it. stack=reused:\n"
		"no mapping changes; its faults are in a VMA of its own, exit_mm()\n"
		"takes mmap_lock for read, and the C library gives the stack's\n"
		"pages back by MADV_DONTNEED, which interrupts the workers' CPUs.\n"
		"stack=fresh: mmap, mprotect and munmap besides, each mmap_lock\n"
		"for write.",
	.where = WHERE_ELSEWHERE,
	.writes = -1,
	.settings = settings,
	.setup = setup,
	.op = op,
};
