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

#include <linux/futex.h>
#include <sys/uio.h>

#ifndef MADV_POPULATE_READ /* headers before 5.14 */
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

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

/* FUTEX_WAKE_OP adds 0 to the word at its second address, with page faults
 * disabled; that fails, and fault_in_user_writeable() brings the page in by
 * fixup_user_fault(), which may not retry (kernel/futex/). Nobody waits there,
 * so nobody is woken. It writes, also where a scenario would read. */
TOUCH touch_hold(char *page)
{
	syscall(SYS_futex, page, FUTEX_WAKE_OP_PRIVATE, 1, NULL, page,
		FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0));
}

TOUCH touch_populate_read(char *page)
{
	madvise(page, (size_t)getpagesize(), MADV_POPULATE_READ);
}

TOUCH touch_populate_write(char *page)
{
	madvise(page, (size_t)getpagesize(), MADV_POPULATE_WRITE);
}

/* 5.14 brought it: before, what it is asked of does not matter. */
static void check_populate(void)
{
	size_t bytes = (size_t)getpagesize();
	char *p = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	cell_must(p != MAP_FAILED, "mmap of a page");
	if (madvise(p, bytes, MADV_POPULATE_READ))
		cell_skip("madvise(MADV_POPULATE_READ) of this kernel: %s; it "
			  "takes Linux 5.14",
			  strerror(errno));
	munmap(p, bytes);
}

/* getpid(2) is a system call, and not what is to be timed: once a thread. None
 * of them lives on in a forked child. */
static pid_t own_pid(void)
{
	static _Thread_local pid_t pid;

	if (!pid)
		pid = getpid();
	return pid;
}

TOUCH touch_vm_read(char *page)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { page, 1 };

	process_vm_readv(own_pid(), &here, 1, &there, 1, 0);
}

TOUCH touch_vm_write(char *page)
{
	char byte = 1;
	struct iovec here = { &byte, 1 }, there = { page, 1 };

	process_vm_writev(own_pid(), &here, 1, &there, 1, 0);
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
	.way = BY_USER,
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
	.way = BY_KERNEL,
	.touch = { touch_kernel_read, touch_kernel_write },
};

const struct lock lock_mmap_hold = {
	.title = "in-kernel fault-in: mmap_lock, held while the fault waits",
	.story =
		"The worker calls futex(2) FUTEX_WAKE_OP on the page. The atomic\n"
		"operation is tried with page faults disabled, fails, and\n"
		"fault_in_user_writeable() takes mmap_lock for read and calls\n"
		"fixup_user_fault() without FAULT_FLAG_ALLOW_RETRY: a fault that\n"
		"waits for I/O waits with mmap_lock HELD, and is not retried.\n"
		"What `mmap` would be if the lock were not dropped. It writes, so\n"
		"a scenario that reads must have a private mapping that may be\n"
		"written; userfaultfd refuses such a fault with SIGBUS.",
	.way = BY_HOLD,
	.touch = { touch_hold, touch_hold },
};

const struct lock lock_populate = {
	.title = "get_user_pages by madvise(MADV_POPULATE_...): mmap_lock",
	.story =
		"One madvise(2) a page: faultin_page_range() takes mmap_lock for\n"
		"read and calls handle_mm_fault() for each page that is not\n"
		"there. No exception, so no page-fault event of perf counts it;\n"
		"getrusage(2) does. A fault that waits drops mmap_lock and takes\n"
		"it again; after that get_user_pages drops it once more, and\n"
		"madvise takes it to go on: two acquisitions a retry. Needs\n"
		"Linux 5.14.",
	.way = BY_POPULATE,
	.check = check_populate,
	.touch = { touch_populate_read, touch_populate_write },
};

const struct lock lock_process_vm = {
	.title = "get_user_pages by process_vm_readv/writev: mmap_lock",
	.story =
		"One byte is copied by process_vm_readv(2) or process_vm_writev(2)\n"
		"of the process upon itself: pin_user_pages_remote() under\n"
		"mmap_lock for read, as for ptrace, io_uring buffers or RDMA. No\n"
		"exception. Memory of memfd_secret refuses it.",
	.way = BY_GUP,
	.touch = { touch_vm_read, touch_vm_write },
};
