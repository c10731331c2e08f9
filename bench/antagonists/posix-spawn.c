/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody starts programs without copying the address space: posix_spawn(3)
 * is clone(CLONE_VM | CLONE_VFORK), so there is no dup_mmap() and no VMA of the
 * parent is locked. What is left of mmap_lock: the C library maps a stack for
 * the child and unmaps it (for write, twice), and the child's exec takes it for
 * read as it leaves (fs/exec.c exec_mmap()).
 *
 * The program is true(1). It is reaped after the operation, untimed.
 */
#include "scenario.h"

#include <spawn.h>
#include <sys/wait.h>

static const char *const programs[] = { "/bin/true", "/usr/bin/true" };
static const char *program;
static _Thread_local pid_t child;

static void setup(enum where where)
{
	size_t i;

	(void)where;
	for (i = 0; i < 2 && !program; i++)
		if (!access(programs[i], X_OK))
			program = programs[i];
	if (!program)
		cell_skip("antagonist posix-spawn: there is no %s and no %s",
			  programs[0], programs[1]);
}

static void op(void)
{
	char *argv[] = { (char *)program, NULL }, *env[] = { NULL };

	errno = posix_spawn(&child, program, NULL, NULL, argv, env);
	cell_must(!errno, "posix_spawn of %s", program);
}

static void after(void)
{
	int status;

	cell_must(waitpid(child, &status, 0) == child, "waitpid");
	if (status)
		cell_fail("%s ended with status %d", program, status);
}

const struct antagonist antagonist_posix_spawn = {
	.title = "posix_spawn of true(1): a new process without dup_mmap()",
	.story =
		"The counterpart of fork. One operation is posix_spawn(3) of\n"
		"true(1), until its exec is done; it is reaped untimed. The child\n"
		"borrows the address space (CLONE_VM | CLONE_VFORK), so nothing is\n"
		"copied, nothing write-protected and no VMA locked, however many\n"
		"there are. The C library maps and unmaps a stack for the child:\n"
		"mmap_lock for write, for a moment. The rest of its time is exec.",
	.where = WHERE_ELSEWHERE,
	.writes = 2,
	.setup = setup,
	.op = op,
	.after = after,
};
