/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What census.bpf.c knows of the kernel. Its types are declared by hand, with
 * what is used of them alone: libbpf moves the accesses to where this kernel
 * has them (CO-RE). Included by that program alone, behind libbpf's headers.
 */
#ifndef MACHINE_CENSUS_KERNEL_H
#define MACHINE_CENSUS_KERNEL_H

/* The same in every kernel from 5.10 to 7.3: include/linux/mm_types.h; 5.10 has
 * them in mm.h, and no VMA lock and no VM_FAULT_COMPLETED. */
enum {
	FLAG_USER = 1 << 6,
	FLAG_VMA_LOCK = 1 << 12,
	RESULT_ERROR = 0x873, /* VM_FAULT_ERROR */
	RESULT_RETRY = 0x400,
	RESULT_COMPLETED = 0x4000,
	RESULT_DROPPED = RESULT_RETRY | RESULT_COMPLETED,
};

#define KERNEL __attribute__((preserve_access_index))

struct rw_semaphore {
	struct {
		long counter;
	} KERNEL count;
} KERNEL;

struct mm_struct {
	struct rw_semaphore mmap_lock;
} KERNEL;

struct task_struct {
	int pid;
	unsigned int __state;
	struct mm_struct *mm;
} KERNEL;

struct task_struct___before_5_14 {
	long state;
} KERNEL;

struct vma_lock {
	struct rw_semaphore lock;
} KERNEL;

struct vm_area_struct {
	void *vm_mm;
	struct vma_lock *vm_lock; /* up to 6.14 */
	struct {
		struct {
			int counter;
		} KERNEL refs;
	} KERNEL vm_refcnt; /* from 6.15 on */
} KERNEL;

/* Has it not gone to sleep? */
static bool is_running(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return !task->__state;
	return !((struct task_struct___before_5_14 *)task)->state;
}

/*
 * How many threads hold this VMA's lock for reading; -1: this kernel does not
 * show it. Include/linux/mm_types.h: a reader adds 1 to vm_refcnt, which is 1
 * while the VMA is in use, and a writer sets bit 30; kernel/locking/rwsem.c: a
 * reader adds 256, and what is below is the writers'.
 */
static long nr_readers(struct vm_area_struct *vma)
{
	if (bpf_core_field_exists(vma->vm_refcnt)) {
		int refs = vma->vm_refcnt.refs.counter & 0x3fffffff;

		return refs ? refs - 1 : 0;
	}
	if (bpf_core_field_exists(vma->vm_lock->lock.count))
		return vma->vm_lock->lock.count.counter >> 8;
	return -1;
}

#endif
