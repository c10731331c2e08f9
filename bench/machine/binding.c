/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads and their memory put where a placement wants them, by the plain
 * system calls: they need no topology, and errno says why not.
 *
 * Source: sched_setaffinity(2), set_mempolicy(2);
 * kernel/sched/syscalls.c, mm/mempolicy.c.
 */
#include "topology.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's largest NR_CPUS (x86-64 MAXSMP); a cpu_set_t alone has 1024,
 * and sched_getaffinity() refuses a mask smaller than the machine's. */
#define MAX_PUS 8192

struct pu_mask {
	cpu_set_t set[MAX_PUS / CPU_SETSIZE];
};

int topology_bind(pid_t tid, unsigned int os, struct error *e)
{
	struct pu_mask m;

	if (os >= MAX_PUS)
		return error_set(e, EINVAL, "PU %u: there are at most %d", os,
				 MAX_PUS);
	CPU_ZERO_S(sizeof(m), m.set);
	CPU_SET_S(os, sizeof(m), m.set);
	if (!sched_setaffinity(tid, sizeof(m), m.set))
		return 0;
	if (errno == EINVAL)
		return error_set(e, EINVAL,
				 "cannot bind to PU %u: it is offline, or the "
				 "cgroup's cpuset forbids it",
				 os);
	return error_set(e, errno, "cannot bind to PU %u: %s", os,
			 strerror(errno));
}

int topology_verify(unsigned int os, struct error *e)
{
	struct pu_mask m;
	int nr, here;

	CPU_ZERO_S(sizeof(m), m.set);
	if (sched_getaffinity(0, sizeof(m), m.set))
		return error_set(e, errno, "sched_getaffinity: %s",
				 strerror(errno));
	nr = CPU_COUNT_S(sizeof(m), m.set);
	if (nr != 1)
		return error_set(e, EINVAL,
				 "may run on %d PUs, not on PU %u alone", nr,
				 os);
	here = sched_getcpu();
	if (os >= MAX_PUS || !CPU_ISSET_S(os, sizeof(m), m.set))
		return error_set(e, EINVAL,
				 "is bound elsewhere and runs on PU %d, not "
				 "on PU %u",
				 here, os);
	if (here != (int)os)
		return error_set(e, EINVAL,
				 "runs on PU %d though it is bound to PU %u",
				 here, os);
	return 0;
}

static const char *policy_reason(int err)
{
	switch (err) {
	case ENOSYS:
		return "this kernel has no NUMA support (CONFIG_NUMA)";
	case EPERM:
		return "seccomp forbids memory policies, as containers "
		       "without CAP_SYS_NICE do";
	case EINVAL:
		return "the node is not there, has no memory, or the cgroup's "
		       "cpuset.mems forbids it";
	default:
		return strerror(err);
	}
}

int topology_bind_thread_memory(int node_os, struct error *e)
{
	enum {
		MAX_NODES = 1024,
		WORD_BITS = 8 * sizeof(unsigned long)
	};
	unsigned long mask[MAX_NODES / WORD_BITS] = { 0 };

	if (node_os >= MAX_NODES)
		return error_set(e, EINVAL, "node %d: there are at most %d",
				 node_os, MAX_NODES);
	if (node_os < 0) {
		if (!syscall(SYS_set_mempolicy, MPOL_LOCAL, NULL, 0))
			return 0;
		return error_set(e, errno, "cannot set a memory policy: %s",
				 policy_reason(errno));
	}
	mask[node_os / WORD_BITS] = 1UL << node_os % WORD_BITS;
	/* One more than there are bits: the kernel takes one off. */
	if (!syscall(SYS_set_mempolicy, MPOL_BIND, mask, MAX_NODES + 1))
		return 0;
	return error_set(e, errno, "cannot bind memory to node %d: %s", node_os,
			 policy_reason(errno));
}
