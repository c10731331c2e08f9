// SPDX-License-Identifier: GPL-2.0
/*
 * The switches, vm.per_vma_lock and vm.fault_lock_wait; load and unload. See
 * policy.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/namei.h>
#include <linux/sysctl.h>
#include <linux/utsname.h>

#include "policy.h"

static bool force;
module_param(force, bool, 0444);
MODULE_PARM_DESC(force, "load on a kernel of a series that was never tried");

/* Series of which each arm was proven by counts. */
static const struct {
	unsigned int major, minor;
} proven[] = {
	{ 6, 12 },
	{ 7, 3 },
};

static DEFINE_MUTEX(switches_mutex);
static int per_vma_lock = 1;
static int fault_lock_wait;
static int fault_lock_wait_max = NR_WAITS - 1;

static int switch_handler(const struct ctl_table *table, int write,
			  void *buffer, size_t *size, loff_t *at)
{
	struct ctl_table copy = *table;
	int value, err, i;

	mutex_lock(&switches_mutex);
	value = *(int *)table->data;
	copy.data = &value;
	err = proc_dointvec_minmax(&copy, write, buffer, size, at);
	if (err || !write)
		goto unlock;

	if (table->data == &fault_lock_wait &&
	    !(waits_to_be_had & BIT(value))) {
		for (i = 0; i < nr_hooks; i++)
			if (!hooks[i].set && (hooks[i].waits & BIT(value)))
				pr_notice(
					"vm.fault_lock_wait = %d cannot be had without a hook at %s\n",
					value, hooks[i].symbol);
		err = -EOPNOTSUPP;
		goto unlock;
	}
	*(int *)table->data = value;
	WRITE_ONCE(policy, fault_lock_wait | (per_vma_lock ? 0 : POLICY_MMAP));
unlock:
	mutex_unlock(&switches_mutex);
	return err;
}

static struct ctl_table switches[] = {
	{
		.procname = "per_vma_lock",
		.data = &per_vma_lock,
		.maxlen = sizeof(per_vma_lock),
		.mode = 0644,
		.proc_handler = switch_handler,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	{
		.procname = "fault_lock_wait",
		.data = &fault_lock_wait,
		.maxlen = sizeof(fault_lock_wait),
		.mode = 0644,
		.proc_handler = switch_handler,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &fault_lock_wait_max,
	},
};

static struct ctl_table_header *switches_header;

/* --- load, unload --------------------------------------------------------- */

static int kernel_check(void)
{
	unsigned int version = LINUX_VERSION_CODE;
	struct path path;
	int i;

	if (!kern_path("/proc/sys/vm/per_vma_lock", 0, &path)) {
		path_put(&path);
		pr_err("this kernel has vm.per_vma_lock: it does not need the module\n");
		return -EEXIST;
	}
	for (i = 0; i < ARRAY_SIZE(proven); i++)
		if (version >> 8 == (proven[i].major << 8 | proven[i].minor))
			return 0;
	if (force) {
		pr_warn("%s: not proven on this series, loaded by force\n",
			utsname()->release);
		return 0;
	}
	pr_err("%s: not proven on this series; who has read its fault path may load with force=1\n",
	       utsname()->release);
	return -ENODEV;
}

static int __init policy_init(void)
{
	int err = kernel_check();

	err = err ? err : hooks_set();
	if (err)
		return err;

	switches_header = register_sysctl("vm", switches);
	if (!switches_header) {
		pr_err("cannot register vm.per_vma_lock\n");
		hooks_clear();
		return -ENOMEM;
	}
	pr_info("%s: vm.per_vma_lock and vm.fault_lock_wait%s; two hooks in each fault\n",
		utsname()->release,
		waits_to_be_had == ALL_WAITS ? "" : ", not all values");
	return 0;
}

static void __exit policy_exit(void)
{
	unregister_sysctl_table(switches_header);
	WRITE_ONCE(policy, WAIT_STOCK);
	hooks_clear();
	pr_info("gone: faults are the kernel's own again\n");
}

module_init(policy_init);
module_exit(policy_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The faultline authors");
MODULE_DESCRIPTION("Switches for the lock policy of page faults");
