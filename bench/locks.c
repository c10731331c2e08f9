/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a page is touched, hence which lock the kernel takes. Each touch is a
 * function of its own, noinline, so that `objdump -d --disassemble=touch_...`
 * shows what is timed; a variant is a row of data.
 *
 * Source: arch/x86/mm/fault.c do_user_addr_fault() and arch/arm64/mm/fault.c
 * do_page_fault(): only a fault with FAULT_FLAG_USER tries the per-VMA lock.
 */
#include "scenario.h"

#define TOUCH __attribute__((noinline)) static void

TOUCH touch_user_write(char *page)
{
	*(volatile char *)page = 1;
}

TOUCH touch_user_read(char *page)
{
	(void)*(volatile char *)page;
}

/* getcpu(2) is the shortest system call that stores to user memory: one
 * put_user() and no lock (kernel/sys.c). */
TOUCH touch_kernel_write(char *page)
{
	syscall(SYS_getcpu, page, NULL, NULL);
}

/* rt_sigprocmask(2) copies the new set from user memory before it looks at
 * `how`; an invalid `how` then ends it without any effect (kernel/signal.c). */
TOUCH touch_kernel_read(char *page)
{
	syscall(SYS_rt_sigprocmask, -1, page, NULL, 8);
}

const struct lock lock_vma = {
	.title = "user-mode access: the per-VMA lock first",
	.story =
		"The worker loads or stores one byte. The fault comes from user\n"
		"mode, so do_user_addr_fault() (arm64: do_page_fault()) first\n"
		"tries lock_vma_under_rcu(). mmap_lock is taken only when that\n"
		"fails or when the handler returns VM_FAULT_RETRY. On kernels\n"
		"before 6.4 there is no per-VMA lock and this is mmap_lock too;\n"
		"the witness tells.",
	.user_mode = true,
	.touch = { touch_user_read, touch_user_write },
};

const struct lock lock_mmap = {
	.title = "kernel-mode access by a system call: mmap_lock",
	.story =
		"The worker makes a system call whose only business with the page\n"
		"is one access: getcpu(2) stores to it (put_user), for scenarios\n"
		"that read, rt_sigprocmask(2) with an invalid `how` loads from it\n"
		"(copy_from_user). The fault comes from kernel mode, which never\n"
		"tries the per-VMA lock, in any version: mmap_lock is taken for\n"
		"read, and dropped while the fault waits.\n"
		"A kernel-mode fault is about 100 ns cheaper to enter than one\n"
		"from user mode, and the system call costs something too, so its\n"
		"nanoseconds are compared with this arm's own baseline, never\n"
		"with those of `vma`.",
	.user_mode = false,
	.touch = { touch_kernel_read, touch_kernel_write },
};
