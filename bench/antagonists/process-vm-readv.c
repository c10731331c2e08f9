/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A debugger or profiler reads memory of the process under test, from outside:
 * process_vm_readv(2) takes its mmap_lock for read and pins pages by
 * get_user_pages (mm/process_vm_access.c, mm/gup.c), in all versions.
 *
 * same: a page at the end of the workers' VMA. elsewhere: a page of the
 * program's own data, which has the same address in every process forked from
 * it.
 */
#include "scenario.h"

#include <sys/prctl.h>
#include <sys/uio.h>

static char data[64 * 1024]; /* larger than any page */
static char copy[64 * 1024];
static char *target;

/* Yama lets a parent read its child and not the other way round, unless asked.
 * Not for a worker's process, and no matter where there is no Yama. */
static void prepare(void)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}

static bool read_page(void)
{
	size_t page = page_bytes();
	struct iovec here = { copy, page }, there = { target, page };

	return process_vm_readv(cell_pid(), &here, 1, &there, 1, 0) ==
	       (ssize_t)page;
}

static void setup(enum where where)
{
	target = where == WHERE_SAME ? ground_find(where, 0).start : data;
	if (read_page())
		return;
	if (errno == EPERM || errno == ENOSYS)
		cell_skip("antagonist process-vm-readv: %s; ask for "
			  "CAP_SYS_PTRACE, kernel.yama.ptrace_scope=0 or a "
			  "seccomp profile that lets it pass",
			  strerror(errno));
	ground_must_allow(false, "process_vm_readv");
}

static void op(void)
{
	if (!read_page() && !cell_ended())
		cell_fail_errno("process_vm_readv");
}

const struct antagonist antagonist_process_vm_readv = {
	.title = "a debugger: reads a page by process_vm_readv from outside",
	.story =
		"One operation is process_vm_readv(2) of one page, from a process\n"
		"of its own: of the workers' VMA, from a page that they do not\n"
		"touch (where=same), or of the program's data (where=elsewhere).\n"
		"get_user_pages needs mmap_lock of the process under test for\n"
		"read, in all versions. It excludes no fault; beside a writer it\n"
		"is one more reader for him to wait for. With mode=processes it\n"
		"reads from the first worker's process.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.process = true,
	.prepare = prepare,
	.setup = setup,
	.op = op,
};
