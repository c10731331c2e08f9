/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The switches of lab/patches for a kernel that does not have them: hooks in
 * the page-fault code that obey vm.per_vma_lock and vm.fault_lock_wait.
 *
 * The hooks are set by ftrace: where a function would call its tracer, it goes
 * to a function of ours instead (FTRACE_OPS_FL_IPMODIFY), which calls the rest
 * of the hooked one directly, patched in as a static call. All hooks are there
 * as long as the module is, so that all policies pay the same:
 *
 *	lock_vma_under_rcu()	from the fault handler; samples the policy
 *	handle_mm_fault()	from the fault handler; marks the fault by it
 *	the others		inside of marked faults
 *
 * Calls from elsewhere (get_user_pages, madvise, userfaultfd's ioctls) are not
 * touched. A policy is a set of fault flags, FP_*, that travels down with the
 * kernel's own, and what the hooks have to tell each other comes back up with
 * the result. So nothing is kept for a fault but its policy from one attempt to
 * the next, and a switch that is flipped cannot unbalance a fault in flight.
 *
 *	main.c		the switches; load and unload
 *	attach.c	finds the functions, sets and clears the hooks
 *	hooks.c		what runs instead of them
 *
 * What is known of the kernel's functions here was read in 6.12 and 7.3.
 */
#ifndef FAULTLINE_POLICY_H
#define FAULTLINE_POLICY_H

#include <linux/bits.h>
#include <linux/ftrace.h>
#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/static_call.h>
#include <linux/version.h>

#if !defined(CONFIG_X86_64)
#error "faultline_policy knows the fault handler of x86-64 only"
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#error "faultline_policy knows kernels from 6.12 on"
#elif !defined(CONFIG_PER_VMA_LOCK) || !defined(CONFIG_HAVE_STATIC_CALL_INLINE)
#error "faultline_policy takes CONFIG_PER_VMA_LOCK and inline static calls"
#elif !defined(CONFIG_KPROBES) || !defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#error "faultline_policy takes CONFIG_KPROBES and CONFIG_DYNAMIC_FTRACE"
#endif

/* vm.fault_lock_wait: what a fault does that would have to wait. */
enum wait {
	WAIT_STOCK,
	WAIT_RETRY_VMA,
	WAIT_HOLD,
	WAIT_NO_DROP,
	WAIT_LEGACY65,
	NR_WAITS
};

#define ALL_WAITS (BIT(NR_WAITS) - 1)

/* What a policy adds to enum fault_flag, far above the kernel's own. */
enum {
	FP_MARKED = 1 << 24, /* from the fault handler; every policy has it */
	FP_REDO = 1 << 25,
	FP_HOLD = 1 << 26,
	FP_NO_DROP = 1 << 27,
	FP_LEGACY = 1 << 28,
};

/*
 * A result of a hook for another hook, with VM_FAULT_RETRY: the lock was
 * dropped for a wait, and for nothing else.
 */
#define FP_WAITED ((__force vm_fault_t)(1 << 24))

/*
 * The policy of the faults that begin: a value of fault_lock_wait, with
 * POLICY_MMAP when vm.per_vma_lock is 0. Four bits, so that it fits below the
 * address of a task.
 */
#define POLICY_MMAP 8
#define POLICY_MASK 15UL
extern unsigned int policy;

/*
 * Tasks in the hooks that are called from the fault handler; the others run
 * inside of these. Its sum over all CPUs is what counts.
 */
DECLARE_PER_CPU(long, inside);

/* One hooked function. */
struct hook {
	struct ftrace_ops ops;
	const char *symbol;
	void *function;		     /* to go to instead */
	struct static_call_key *key; /* of orig_..., its rest */
	void *trampoline;
	unsigned long waits; /* values of fault_lock_wait that take it */
	bool set;
};

extern struct hook hooks[];
extern const unsigned int nr_hooks;

/* What ftrace calls for each hook; attach.c. */
void from_handler(unsigned long ip, unsigned long parent_ip,
		  struct ftrace_ops *ops, struct ftrace_regs *fregs);
void with_vmf_first(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *ops, struct ftrace_regs *fregs);
void with_vmf_second(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *ops, struct ftrace_regs *fregs);

/*
 * hooks_set() - 0, or -errno after it has said why in the log and cleared what
 * it had set. A hook that not every policy takes may be missing:
 * waits_to_be_had has the values of fault_lock_wait that do without it.
 */
int hooks_set(void);
void hooks_clear(void);
extern unsigned long waits_to_be_had;

#endif
