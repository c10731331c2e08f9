// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the functions that are hooked, sets the hooks and clears them. See
 * policy.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/unaligned.h>

#include <asm/text-patching.h>

#include "policy.h"

/* Where calls of the fault handler come from. */
static unsigned long handler_start __read_mostly;
static unsigned long handler_size __read_mostly;

static void notrace redirect(struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct hook *hook = container_of(ops, struct hook, ops);

	ftrace_regs_set_instruction_pointer(fregs,
					    (unsigned long)hook->function);
}

notrace void from_handler(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (parent_ip - handler_start < handler_size)
		redirect(ops, fregs);
}

static void notrace in_marked_fault(const struct vm_fault *vmf,
				    struct ftrace_ops *ops,
				    struct ftrace_regs *fregs)
{
	if (vmf->flags & FP_MARKED)
		redirect(ops, fregs);
}

notrace void with_vmf_first(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	in_marked_fault((void *)ftrace_regs_get_argument(fregs, 0), ops, fregs);
}

notrace void with_vmf_second(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	in_marked_fault((void *)ftrace_regs_get_argument(fregs, 1), ops, fregs);
}

/* Values of fault_lock_wait that can be had here. */
unsigned long waits_to_be_had = ALL_WAITS;

/*
 * Not for modules; called directly, for the kernel may have sealed their
 * entries against indirect calls.
 */
static unsigned long no_lookup_name(const char *name)
{
	return 0;
}

static int no_lookup_size(unsigned long address, unsigned long *size,
			  unsigned long *offset)
{
	return 0;
}

static unsigned long no_ftrace_location(unsigned long address)
{
	return 0;
}

DEFINE_STATIC_CALL(lookup_name, no_lookup_name);
DEFINE_STATIC_CALL(lookup_size, no_lookup_size);
DEFINE_STATIC_CALL(location, no_ftrace_location);

#define BIND(call, address)                                                    \
	__static_call_update(&STATIC_CALL_KEY(call),                           \
			     STATIC_CALL_TRAMP_ADDR(call), (void *)(address))

static int find_kallsyms(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long size, where;
	int err = register_kprobe(&probe);

	if (err) {
		pr_err("no kprobe at kallsyms_lookup_name: %d\n", err);
		return err;
	}
	unregister_kprobe(&probe);
	BIND(lookup_name, probe.addr);
	size = static_call(lookup_name)("kallsyms_lookup_size_offset");
	where = static_call(lookup_name)("ftrace_location");
	if (!size || !where) {
		pr_err("no kallsyms_lookup_size_offset or ftrace_location\n");
		return -ENOENT;
	}
	BIND(lookup_size, size);
	BIND(location, where);
	return 0;
}

/*
 * Whether the function in handler_start and handler_size has a direct call of
 * that one: to its entry, or where the kernel makes it skip an ENDBR, or where
 * call depth tracking makes it begin in the padding before.
 */
static bool handler_calls(unsigned long address)
{
	const u8 *at = (const u8 *)handler_start;
	const u8 *end = at + handler_size - CALL_INSN_SIZE;
	unsigned long to;

	for (; address && at <= end; at++) {
		to = (unsigned long)at + CALL_INSN_SIZE +
		     (long)get_unaligned((const s32 *)(at + 1));
		if (*at == CALL_INSN_OPCODE && to + 16 >= address &&
		    to <= address + 4)
			return true;
	}
	return false;
}

static int find_handler(void)
{
	static const char *const names[] = { "do_user_addr_fault",
					     "exc_page_fault" };
	unsigned long offset;
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		handler_start = static_call(lookup_name)(names[i]);
		if (handler_start &&
		    static_call(lookup_size)(handler_start, &handler_size,
					     &offset) &&
		    handler_calls(
			    static_call(lookup_name)("lock_vma_under_rcu")) &&
		    handler_calls(static_call(lookup_name)("handle_mm_fault")))
			return 0;
	}
	pr_err("no function is known here that handles page faults and calls lock_vma_under_rcu and handle_mm_fault\n");
	return -ENOENT;
}

static int hook_set(struct hook *hook)
{
	unsigned long address = static_call(lookup_name)(hook->symbol);
	unsigned long where = address ? static_call(location)(address) : 0;
	int err;

	if (!where) {
		pr_notice("%s: this kernel %s\n", hook->symbol,
			  address ? "does not let it be traced"
				  : "has no such function");
		return -ENOENT;
	}
	__static_call_update(hook->key, hook->trampoline,
			     (void *)(where + MCOUNT_INSN_SIZE));
	err = ftrace_set_filter_ip(&hook->ops, where, 0, 0);
	if (!err)
		err = register_ftrace_function(&hook->ops);
	if (err)
		pr_notice("%s: cannot be hooked: %d%s\n", hook->symbol, err,
			  err == -EBUSY ? ", something else has changed it"
					: "");
	else
		hook->set = true;
	return err;
}

static long nr_inside(void)
{
	long nr = 0;
	int cpu;

	for_each_possible_cpu (cpu)
		nr += per_cpu(inside, cpu);
	return nr;
}

/*
 * Afterwards nobody is in this module's code. Those who wait in a fault return
 * through it: it may take as long as userfaultfd's handler, or the disk. The
 * count only falls here, as nobody comes in any more, so a sum of 0 is true.
 */
void hooks_clear(void)
{
	unsigned int tenths = 0;
	int i;

	for (i = nr_hooks - 1; i >= 0; i--) {
		if (hooks[i].set)
			unregister_ftrace_function(&hooks[i].ops);
		ftrace_free_filter(&hooks[i].ops);
	}
	while (nr_inside()) {
		if (tenths++ % 50 == 10)
			pr_info("stock again; %ld faults have to end before the module can go\n",
				nr_inside());
		schedule_timeout_idle(HZ / 10);
	}
	/* Who has counted himself out may not have returned yet. */
	synchronize_rcu_tasks();
}

int hooks_set(void)
{
	int err = find_kallsyms();
	int i;

	err = err ? err : find_handler();
	if (err)
		return err;
	for (i = 0; i < nr_hooks; i++) {
		err = hook_set(&hooks[i]);
		if (!err)
			continue;
		waits_to_be_had &= ~hooks[i].waits;
		if (hooks[i].waits == ALL_WAITS) {
			pr_err("%s is needed by all policies\n",
			       hooks[i].symbol);
			hooks_clear();
			return err;
		}
	}
	return 0;
}
