// SPDX-License-Identifier: GPL-2.0
/*
 * What runs instead of the hooked functions. See policy.h.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/userfaultfd_k.h>
#include <linux/vmstat.h>

#include "policy.h"

static const unsigned int policy_flags[NR_WAITS] = {
	[WAIT_STOCK] = FP_MARKED,
	[WAIT_RETRY_VMA] = FP_MARKED | FP_REDO,
	[WAIT_HOLD] = FP_MARKED | FP_HOLD,
	[WAIT_NO_DROP] = FP_MARKED | FP_NO_DROP,
	[WAIT_LEGACY65] = FP_MARKED | FP_NO_DROP | FP_LEGACY,
};

unsigned int policy __read_mostly;

/*
 * The policy of a fault that came from user mode, by its task: sampled before
 * the first attempt, read before each. A task whose slot was taken by another
 * one meanwhile samples again.
 */
#define NR_SLOTS 1024

static struct {
	unsigned long task_and_policy;
} ____cacheline_aligned_in_smp slots[NR_SLOTS];

static __always_inline unsigned long *my_slot(void)
{
	return &slots[current->pid % NR_SLOTS].task_and_policy;
}

static __always_inline unsigned int policy_sample(void)
{
	unsigned int now = READ_ONCE(policy);

	BUILD_BUG_ON(L1_CACHE_BYTES <= POLICY_MASK);
	WRITE_ONCE(*my_slot(), (unsigned long)current | now);
	return now;
}

static __always_inline unsigned int policy_of_fault(unsigned int flags)
{
	unsigned long slot = READ_ONCE(*my_slot());

	if ((flags & FAULT_FLAG_USER) &&
	    (slot & ~POLICY_MASK) == (unsigned long)current)
		return slot & POLICY_MASK;
	return READ_ONCE(policy);
}

DEFINE_PER_CPU(long, inside);

static vm_fault_t hook_handle_mm_fault(struct vm_area_struct *vma,
				       unsigned long address,
				       unsigned int flags,
				       struct pt_regs *regs);
static struct vm_area_struct *hook_lock_vma_under_rcu(struct mm_struct *mm,
						      unsigned long address);
static vm_fault_t hook___folio_lock_or_retry(struct folio *folio,
					     struct vm_fault *vmf);
static vm_fault_t hook_handle_userfault(struct vm_fault *vmf,
					unsigned long reason);
static vm_fault_t hook_filemap_fault(struct vm_fault *vmf);
static vm_fault_t hook_shmem_fault(struct vm_fault *vmf);
static vm_fault_t hook_fault_dirty_shared_page(struct vm_fault *vmf);
static vm_fault_t hook_do_swap_page(struct vm_fault *vmf);

/*
 * The rest of a hooked function, after its call of the tracer. Direct calls: an
 * indirect one would need an ENDBR there.
 */
DEFINE_STATIC_CALL(orig_lock_vma_under_rcu, hook_lock_vma_under_rcu);
DEFINE_STATIC_CALL(orig_handle_mm_fault, hook_handle_mm_fault);
DEFINE_STATIC_CALL(orig___folio_lock_or_retry, hook___folio_lock_or_retry);
DEFINE_STATIC_CALL(orig_handle_userfault, hook_handle_userfault);
DEFINE_STATIC_CALL(orig_filemap_fault, hook_filemap_fault);
DEFINE_STATIC_CALL(orig_shmem_fault, hook_shmem_fault);
DEFINE_STATIC_CALL(orig_fault_dirty_shared_page, hook_fault_dirty_shared_page);
DEFINE_STATIC_CALL(orig_do_swap_page, hook_do_swap_page);

/* The admission rule of 6.4 and 6.5, there a part of lock_vma_under_rcu(). */
static bool legacy65_admits(struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) && vma->anon_vma &&
	       !userfaultfd_armed(vma);
}

static notrace struct vm_area_struct *hook_lock_vma_under_rcu(
	struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = NULL;
	unsigned int sampled;
	bool admits;

	this_cpu_inc(inside);
	sampled = policy_sample();
	if (likely(!(sampled & POLICY_MMAP)))
		vma = static_call(orig_lock_vma_under_rcu)(mm, address);
	/* Looked at by every policy, for all are to cost the same. */
	admits = !vma || legacy65_admits(vma);
	OPTIMIZER_HIDE_VAR(admits);
	if (unlikely(sampled == WAIT_LEGACY65) && !admits) {
		vma_end_read(vma);
		count_vm_vma_lock_event(VMA_LOCK_ABORT);
		vma = NULL;
	}
	this_cpu_dec(inside);
	return vma;
}

/*
 * access_error() of arch/x86/mm/fault.c, for an access that it has let pass
 * once: the VMA may be another one by now.
 */
static bool may_redo(struct vm_area_struct *vma, unsigned int flags)
{
	if (vma->vm_flags & VM_SHADOW_STACK)
		return false;
	if (flags & FAULT_FLAG_WRITE)
		return vma->vm_flags & VM_WRITE;
	return vma_is_accessible(vma);
}

/**
 * redo_under_vma_lock() - Try the VMA lock again after a wait.
 * @ret: VM_FAULT_RETRY | FP_WAITED, of an attempt under the VMA lock
 * @address: of the fault
 * @flags: of the attempt
 * @regs: of the fault
 *
 * The fault handler knows the VMA of the first attempt only, and ends the read
 * of that one unless it is told that the lock was dropped. So what becomes of
 * a later one is ended here, and VM_FAULT_COMPLETED says so: to that, under the
 * VMA lock, the handler looks for errors as ever, and for nothing else.
 *
 * A signal is the handler's business, as is all that needs mmap_lock: it gets
 * the VM_FAULT_RETRY that it would have had without us. FAULT_FLAG_TRIED, which
 * ends the dropping, is set by the rule of the handler's own loop: after a
 * major fault, and from the second redo on.
 *
 * Return: a result for the fault handler
 */
static notrace vm_fault_t redo_under_vma_lock(vm_fault_t ret,
					      unsigned long address,
					      unsigned int flags,
					      struct pt_regs *regs)
{
	struct vm_area_struct *vma;
	bool redone = false;

	while (ret & FP_WAITED) {
		ret &= ~FP_WAITED;
		if (redone || (ret & VM_FAULT_MAJOR))
			flags |= FAULT_FLAG_TRIED;
		if (fault_signal_pending(ret, regs))
			break;
		vma = static_call(orig_lock_vma_under_rcu)(current->mm,
							   address);
		if (!vma)
			break;
		if (!may_redo(vma, flags)) {
			vma_end_read(vma);
			break;
		}
		redone = true;
		/* By its entry, so that whoever traces it sees the attempt. */
		ret = handle_mm_fault(vma, address, flags, regs);
		if (!(ret & (VM_FAULT_RETRY | VM_FAULT_COMPLETED))) {
			vma_end_read(vma);
			ret |= VM_FAULT_COMPLETED;
		}
	}
	/* The handler takes FAULT_FLAG_TRIED from this. */
	if ((ret & VM_FAULT_RETRY) && (flags & FAULT_FLAG_TRIED))
		ret |= VM_FAULT_MAJOR;
	return ret;
}

static notrace vm_fault_t hook_handle_mm_fault(struct vm_area_struct *vma,
					       unsigned long address,
					       unsigned int flags,
					       struct pt_regs *regs)
{
	vm_fault_t ret;

	this_cpu_inc(inside);
	flags |= policy_flags[policy_of_fault(flags) & ~POLICY_MMAP];
	ret = static_call(orig_handle_mm_fault)(vma, address, flags, regs);
	if (unlikely(ret & FP_WAITED))
		ret = redo_under_vma_lock(ret, address, flags, regs);
	this_cpu_dec(inside);
	return ret;
}

/* Whether an attempt that would have to wait has to give up instead. */
static bool must_give_up(const struct vm_fault *vmf)
{
	return (vmf->flags & FP_NO_DROP) && (vmf->flags & FAULT_FLAG_VMA_LOCK);
}

static vm_fault_t give_up(struct vm_fault *vmf)
{
	vma_end_read(vmf->vma);
	return VM_FAULT_RETRY;
}

/*
 * The same in a ->fault() of a file: its file system may use the inode after
 * filemap_fault(), which without the lock only the file keeps. fput() is put
 * off until the task goes back to user mode.
 */
static vm_fault_t give_up_file(struct vm_fault *vmf)
{
	struct file *file = get_file(vmf->vma->vm_file);

	vma_end_read(vmf->vma);
	fput(file);
	return VM_FAULT_RETRY;
}

/* To be told to hook_handle_mm_fault(), of an attempt that @ret ends. */
static vm_fault_t waited(vm_fault_t ret, unsigned int flags)
{
	if ((flags & FP_REDO) && (flags & FAULT_FLAG_VMA_LOCK) &&
	    (ret & VM_FAULT_RETRY))
		ret |= FP_WAITED;
	return ret;
}

/* mm/filemap.c. Waits for a folio that is being read from swap. */
static notrace vm_fault_t hook___folio_lock_or_retry(struct folio *folio,
						     struct vm_fault *vmf)
{
	unsigned int flags = vmf->flags;
	vm_fault_t ret;

	if (must_give_up(vmf))
		return give_up(vmf);
	if (flags & FP_HOLD)
		vmf->flags |= FAULT_FLAG_TRIED;
	ret = static_call(orig___folio_lock_or_retry)(folio, vmf);
	vmf->flags = flags;
	return waited(ret, flags);
}

/*
 * fs/userfaultfd.c, later mm/. With FAULT_FLAG_RETRY_NOWAIT it finds out
 * whether it would wait, and returns VM_FAULT_RETRY with the lock held. That it
 * drops the lock cannot be helped: it never waits with one.
 */
static notrace vm_fault_t hook_handle_userfault(struct vm_fault *vmf,
						unsigned long reason)
{
	struct userfaultfd_ctx *ctx = vmf->vma->vm_userfaultfd_ctx.ctx;
	/* One that is being closed lets the fault pass, to mmap_lock. */
	bool released = ctx && READ_ONCE(ctx->released);
	unsigned int flags = vmf->flags;
	vm_fault_t ret;

	if (!must_give_up(vmf)) {
		ret = static_call(orig_handle_userfault)(vmf, reason);
		return released ? ret : waited(ret, flags);
	}
	vmf->flags |= FAULT_FLAG_RETRY_NOWAIT;
	ret = static_call(orig_handle_userfault)(vmf, reason);
	vmf->flags = flags;
	return ret & VM_FAULT_RETRY ? give_up(vmf) : ret;
}

/*
 * Whether filemap_fault() would drop the lock: to read the folio, to read ahead
 * of it, to wait for it.
 */
static bool filemap_would_drop(const struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	struct address_space *mapping = file->f_mapping;
	struct folio *folio;
	bool would;

	if (vmf->pgoff >= DIV_ROUND_UP(i_size_read(mapping->host), PAGE_SIZE))
		return false;
	folio = filemap_get_folio(mapping, vmf->pgoff);
	if (IS_ERR(folio))
		return true;
	would = !folio_test_uptodate(folio) || folio_test_locked(folio) ||
		(folio_test_readahead(folio) && file->f_ra.ra_pages &&
		 !(vmf->vma->vm_flags & VM_RAND_READ));
	folio_put(folio);
	return would;
}

/*
 * mm/filemap.c. Without FAULT_FLAG_ALLOW_RETRY it holds the lock, and unlike
 * with FAULT_FLAG_TRIED it still reads ahead. With FAULT_FLAG_RETRY_NOWAIT a
 * folio that was locked after we looked makes it return with the lock held.
 */
static notrace vm_fault_t hook_filemap_fault(struct vm_fault *vmf)
{
	unsigned int flags = vmf->flags;
	bool no_drop = must_give_up(vmf);
	vm_fault_t ret;

	if (no_drop && filemap_would_drop(vmf))
		return give_up_file(vmf);
	if (no_drop)
		vmf->flags |= FAULT_FLAG_RETRY_NOWAIT;
	if (flags & FP_HOLD)
		vmf->flags &= ~FAULT_FLAG_ALLOW_RETRY;
	ret = static_call(orig_filemap_fault)(vmf);
	vmf->flags = flags;
	if (no_drop && (ret & VM_FAULT_RETRY))
		return give_up_file(vmf);
	return waited(ret, flags);
}

/* mm/shmem.c's, as it is in 6.12 and 7.3: what a hole punch has in i_private.
 */
struct shmem_falloc {
	wait_queue_head_t *waitq;
	pgoff_t start;
	pgoff_t next;
};

static bool shmem_would_wait(const struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	struct shmem_falloc *falloc;
	bool would;

	if (!READ_ONCE(inode->i_private))
		return false;
	spin_lock(&inode->i_lock);
	falloc = inode->i_private;
	would = falloc && falloc->waitq && vmf->pgoff >= falloc->start &&
		vmf->pgoff < falloc->next;
	spin_unlock(&inode->i_lock);
	return would;
}

/* mm/shmem.c. Waits for a hole punch to be over. */
static notrace vm_fault_t hook_shmem_fault(struct vm_fault *vmf)
{
	bool waits = shmem_would_wait(vmf);
	unsigned int flags = vmf->flags;
	vm_fault_t ret;

	if (waits && must_give_up(vmf))
		return give_up_file(vmf);
	if (flags & FP_HOLD)
		vmf->flags |= FAULT_FLAG_TRIED;
	ret = static_call(orig_shmem_fault)(vmf);
	vmf->flags = flags;
	/* Others that return VM_FAULT_RETRY have said for themselves whether
	 * they waited. */
	return waits ? waited(ret, flags) : ret;
}

/*
 * mm/memory.c. Is throttled while the disk is behind. There is nothing to redo,
 * so that who must not drop the lock can but keep it.
 */
static notrace vm_fault_t hook_fault_dirty_shared_page(struct vm_fault *vmf)
{
	unsigned int flags = vmf->flags;
	vm_fault_t ret;

	if ((flags & FP_HOLD) || must_give_up(vmf))
		vmf->flags |= FAULT_FLAG_TRIED;
	ret = static_call(orig_fault_dirty_shared_page)(vmf);
	vmf->flags = flags;
	return ret;
}

/*
 * mm/memory.c. 6.4 and 6.5 did not handle swap entries under the VMA lock. It
 * is entered with the PTE mapped, and ends with it unmapped.
 */
static notrace vm_fault_t hook_do_swap_page(struct vm_fault *vmf)
{
	if ((vmf->flags & FP_LEGACY) && (vmf->flags & FAULT_FLAG_VMA_LOCK)) {
		pte_unmap(vmf->pte);
		vmf->pte = NULL;
		return give_up(vmf);
	}
	return static_call(orig_do_swap_page)(vmf);
}

/* --- the table ------------------------------------------------------------ */

/* PERMANENT: who switches off kernel.ftrace_enabled is told that it is in use.
 */
#define HOOK(name, when, which)                                                \
	{                                                                      \
		.ops = { .func = (when),                                       \
			 .flags = FTRACE_OPS_FL_IPMODIFY |                     \
				  FTRACE_OPS_FL_PERMANENT },                   \
		.symbol = #name, .function = hook_##name,                      \
		.key = &STATIC_CALL_KEY(orig_##name),                          \
		.trampoline = STATIC_CALL_TRAMP_ADDR(orig_##name),             \
		.waits = (which),                                              \
	}

#define NO_DROPS (BIT(WAIT_NO_DROP) | BIT(WAIT_LEGACY65))

struct hook hooks[] = {
	HOOK(lock_vma_under_rcu, from_handler, ALL_WAITS),
	HOOK(handle_mm_fault, from_handler, ALL_WAITS),
	HOOK(__folio_lock_or_retry, with_vmf_second,
	     NO_DROPS | BIT(WAIT_HOLD) | BIT(WAIT_RETRY_VMA)),
	HOOK(handle_userfault, with_vmf_first, NO_DROPS | BIT(WAIT_RETRY_VMA)),
	HOOK(filemap_fault, with_vmf_first,
	     NO_DROPS | BIT(WAIT_HOLD) | BIT(WAIT_RETRY_VMA)),
	HOOK(shmem_fault, with_vmf_first,
	     NO_DROPS | BIT(WAIT_HOLD) | BIT(WAIT_RETRY_VMA)),
	HOOK(fault_dirty_shared_page, with_vmf_first,
	     NO_DROPS | BIT(WAIT_HOLD)),
	HOOK(do_swap_page, with_vmf_first, BIT(WAIT_LEGACY65)),
};

const unsigned int nr_hooks = ARRAY_SIZE(hooks);
