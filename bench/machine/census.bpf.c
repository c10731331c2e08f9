/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's half of the census: follows watched threads through their page
 * faults. It changes nothing and looks at no thread that is not watched.
 *
 * A fault begins with the exception (exceptions:page_fault_user, _kernel; where
 * there are no such tracepoints, with the first that fexit sees of it) and
 * is over when handle_mm_fault() ends without VM_FAULT_RETRY; where that
 * cannot be seen, with the thread's next system call (its entry for a
 * user-mode fault, its end for one of kernel mode) or its next exception.
 *
 * Two levels, chosen by `exact` before loading:
 *   fexit   each attempt is seen: lock_vma_under_rcu() (mm/mmap_lock.c, before
 *           6.15 mm/memory.c), handle_mm_fault() with its flags and its
 *           result (mm/memory.c)
 *   tp_btf  attempts are inferred from the order of waits and acquisitions
 *           of mmap_lock; see fault_infer()
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <stdbool.h>

#include "census_kernel.h"
#include "census_slot.h"

char licence[] SEC("license") = "GPL";

const volatile bool exact;	    /* the fexit programs are loaded */
const volatile bool has_exceptions; /* the tracepoints are there */
const volatile bool tries_vma_lock; /* user-mode faults do */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, uint32_t); /* the thread's number in the first namespace */
	__type(value, uint32_t);
} watched SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct census_slot);
} slots SEC(".maps");

static struct census_slot *slot_of(uint32_t tid)
{
	uint32_t *index = bpf_map_lookup_elem(&watched, &tid);

	return index ? bpf_map_lookup_elem(&slots, index) : NULL;
}

static struct census_slot *slot_mine(void)
{
	return slot_of((uint32_t)bpf_get_current_pid_tgid());
}

/* --- faults --------------------------------------------------------------- */

static uint32_t top_bit(uint64_t value)
{
	uint32_t top = 0, step;

	for (step = 32; step; step >>= 1) {
		if (value >> step) {
			value >>= step;
			top += step;
		}
	}
	return top;
}

/* hist_add() with the bound that the verifier wants to see. */
static void time_add(struct hist *h, uint64_t ns)
{
	uint64_t index = hist_index_top(ns, top_bit(ns));

	/* Hides from the compiler that the check never fails: the verifier
	 * does not know it. */
	asm volatile("" : "+r"(index));
	if (index >= HIST_NR)
		return;
	if (!h->total || ns < h->min)
		h->min = ns;
	if (ns > h->max)
		h->max = ns;
	h->total++;
	h->bucket[index]++;
}

/*
 * What the order of waits and acquisitions tells of a fault that is over.
 * Without an acquisition it was handled under the VMA lock. One that waited
 * before it asked for mmap_lock had dropped its lock to wait and was redone:
 * what waits under the VMA lock without dropping it never asks for mmap_lock.
 * Each further acquisition is one more attempt.
 */
static void fault_infer(struct census_counts *c, const struct census_state *s)
{
	bool vma_first = s->fault == CENSUS_USER_FAULT && tries_vma_lock;

	c->retried_waited += s->waits;
	if (s->acquired)
		c->again += s->acquired - 1;
	if (!vma_first)
		return;
	if (!s->acquired) {
		c->vma_handled++;
	} else if (s->grew) {
		c->refused_no_vma++;
	} else if (s->waited_first) {
		c->redone++;
		c->retried_waited++;
	} else {
		c->refused_or_redone++;
	}
}

/* The VMA lock was refused, and now it is known why. */
static void fault_refused(struct census_slot *slot, bool no_vma)
{
	if (!slot->state.refused)
		return;
	slot->state.refused = 0;
	if (no_vma)
		slot->counts.refused_no_vma++;
	else
		slot->counts.refused_changing++;
}

static void fault_end(struct census_slot *slot)
{
	struct census_state *s = &slot->state;

	if (s->fault == CENSUS_NO_FAULT)
		return;
	if (exact)
		fault_refused(slot, true); /* nothing was handled: no VMA */
	else
		fault_infer(&slot->counts, s);
	if (s->slept_ns)
		time_add(&slot->counts.slept, s->slept_ns);
	if (s->lock_wait_ns)
		time_add(&slot->counts.lock_wait, s->lock_wait_ns);
	__builtin_memset(s, 0, sizeof(*s));
}

static void fault_begin(struct census_slot *slot, uint32_t fault)
{
	slot->state.fault = fault;
	if (fault == CENSUS_USER_FAULT)
		slot->counts.faults_user++;
	else if (fault == CENSUS_KERNEL_FAULT)
		slot->counts.faults_kernel++;
	else
		slot->counts.faults_called++;
}

static int exception(uint32_t fault)
{
	struct census_slot *slot = slot_mine();

	if (!slot)
		return 0;
	fault_end(slot);
	fault_begin(slot, fault);
	return 0;
}

SEC("tp_btf/page_fault_user")
int user_fault(void *ctx)
{
	return exception(CENSUS_USER_FAULT);
}

SEC("tp_btf/page_fault_kernel")
int kernel_fault(void *ctx)
{
	return exception(CENSUS_KERNEL_FAULT);
}

static int call_edge(uint64_t in_call)
{
	struct census_slot *slot = slot_mine();

	if (!slot)
		return 0;
	fault_end(slot);
	slot->in_call = in_call;
	return 0;
}

SEC("tp_btf/sys_enter")
int call_enter(void *ctx)
{
	return call_edge(1);
}

SEC("tp_btf/sys_exit")
int call_exit(void *ctx)
{
	return call_edge(0);
}

/* --- mmap_lock ------------------------------------------------------------ */

static int lock_begin(void)
{
	struct census_slot *slot = slot_mine();
	struct census_state *s;

	if (!slot || slot->state.fault == CENSUS_NO_FAULT)
		return 0;
	s = &slot->state;
	s->locking = 1;
	if (exact)
		return 0; /* an attempt's wait is the attempt's */
	if (s->waited && !s->acquired)
		s->waited_first = 1;
	else if (s->waited)
		s->waits++;
	s->waited = 0;
	return 0;
}

SEC("tp_btf/mmap_lock_start_locking")
int lock_start(void *ctx)
{
	return lock_begin();
}

static int lock_end(void *mm, bool write, bool success)
{
	struct census_slot *slot = slot_mine();
	struct census_state *s;

	if (!slot)
		return 0;
	s = &slot->state;
	s->locking = 0;
	if (!success)
		return 0;
	slot->locked = (uint64_t)mm;
	if (write)
		slot->counts.write_locks++;
	else
		slot->counts.read_locks++;
	if (s->fault == CENSUS_NO_FAULT)
		return 0;
	if (!write) {
		s->acquired++;
		return 0;
	}
	/* A stack that grows drops the read lock, takes the write lock and
	 * downgrades it, which counts as a read lock once more
	 * (mm/mmap_lock.c:lock_mm_and_find_vma). It is one attempt. */
	s->grew = 1;
	if (s->acquired)
		s->acquired--;
	return 0;
}

SEC("tp_btf/mmap_lock_acquire_returned")
int BPF_PROG(lock_returned, void *mm, bool write, bool success)
{
	return lock_end(mm, write, success);
}

/* Up to 6.12 the path of the memory cgroup stands between. */
SEC("tp_btf/mmap_lock_acquire_returned")
int BPF_PROG(lock_returned_memcg, void *mm, void *path, bool write,
	     bool success)
{
	return lock_end(mm, write, success);
}

static int lock_let_go(void *mm)
{
	struct census_slot *slot = slot_mine();

	if (slot && slot->locked == (uint64_t)mm)
		slot->locked = 0;
	return 0;
}

SEC("tp_btf/mmap_lock_released")
int BPF_PROG(lock_released, void *mm)
{
	return lock_let_go(mm);
}

#include "census_rwsem.h"

/* --- sleeping ------------------------------------------------------------- */

static void sleep_begin(struct task_struct *task)
{
	struct census_slot *slot = slot_of((uint32_t)task->pid);

	/* Still runnable: a signal came first, and it goes on. */
	if (!slot || slot->state.fault == CENSUS_NO_FAULT || is_running(task))
		return;
	slot->counts.switches++;
	slot->state.off_since = bpf_ktime_get_ns();
	slot->state.off_for_lock = slot->state.locking;
	if (!slot->state.locking)
		slot->state.waited = 1;
}

static void sleep_end(struct task_struct *task)
{
	struct census_slot *slot = slot_of((uint32_t)task->pid);
	struct census_state *s;
	uint64_t ns;

	if (!slot || !slot->state.off_since)
		return;
	s = &slot->state;
	ns = bpf_ktime_get_ns() - s->off_since;
	s->off_since = 0;
	if (s->off_for_lock)
		s->lock_wait_ns += ns;
	else
		s->slept_ns += ns;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	if (!preempt)
		sleep_begin(prev);
	sleep_end(next);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(woken, struct task_struct *task)
{
	struct census_slot *slot = slot_of((uint32_t)task->pid);

	if (!slot || slot->state.fault == CENSUS_NO_FAULT)
		return 0;
	/* By another CPU than the thread's. */
	__sync_fetch_and_add(&slot->counts.wakeups, 1);
	/* It may have come before the thread slept: it waited all the same. */
	if (!slot->state.locking)
		slot->state.waited = 1;
	return 0;
}

/* --- attempts: CENSUS_FEXIT only ------------------------------------------ */

SEC("fexit/lock_vma_under_rcu")
int BPF_PROG(looked_up, void *mm, unsigned long address, void *vma)
{
	struct census_slot *slot = slot_mine();

	if (!slot)
		return 0;
	/* madvise(2) and userfaultfd look up VMAs in this way too. */
	if (!has_exceptions && slot->state.fault == CENSUS_NO_FAULT &&
	    !slot->in_call)
		fault_begin(slot, CENSUS_USER_FAULT);
	if (slot->state.fault != CENSUS_USER_FAULT)
		return 0;
	slot->state.refused = !vma;
	slot->state.looked_up = !!vma;
	return 0;
}

/* The lock that it is made under is to be seen held as it begins; only so does
 * what is seen at its end mean anything. */
static void rule_begin(struct census_slot *slot, struct vm_area_struct *vma,
		       bool vma_lock)
{
	struct census_state *s = &slot->state;

	s->mm = (uint64_t)vma->vm_mm;
	s->ruled = vma_lock ? nr_readers(vma) == 1 : slot->locked == s->mm;
}

/* Other readers of the VMA may have come meanwhile, or be gone. */
static void rule_end(struct census_slot *slot, struct vm_area_struct *vma,
		     bool vma_lock, unsigned int result)
{
	struct census_counts *c = &slot->counts;
	long readers = vma_lock ? nr_readers(vma)
				: slot->locked == slot->state.mm;

	if (!slot->state.ruled || readers > 1 || readers < 0) {
		c->unruled++;
		return;
	}
	c->ruled++;
	if (result & RESULT_DROPPED) {
		c->asked_holding += readers;
		c->asked_with_error += !!(result & RESULT_ERROR);
	} else {
		c->done_without_lock += !readers;
	}
}

SEC("fentry/handle_mm_fault")
int BPF_PROG(attempt_begin, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags, void *regs)
{
	struct census_slot *slot = slot_mine();
	struct census_state *s;

	if (!slot)
		return 0;
	s = &slot->state;
	if (s->fault == CENSUS_NO_FAULT && (has_exceptions || !regs))
		fault_begin(slot, CENSUS_CALLED_FAULT);
	else if (s->fault == CENSUS_NO_FAULT)
		fault_begin(slot, flags & FLAG_USER ? CENSUS_USER_FAULT
						    : CENSUS_KERNEL_FAULT);
	fault_refused(slot, s->grew);
	slot->counts.attempts++;
	s->waited = 0;
	rule_begin(slot, vma, flags & FLAG_VMA_LOCK);
	if (flags & FLAG_VMA_LOCK)
		slot->counts.redone_vma += s->attempt == CENSUS_VMA_RETRY;
	else if (s->attempt == CENSUS_VMA_RETRY)
		slot->counts.redone++;
	else if (s->attempt == CENSUS_MMAP_RETRY)
		slot->counts.again++;
	else if (s->looked_up)
		slot->counts.refused_policy++;
	s->looked_up = 0;
	return 0;
}

/*
 * An attempt that asks for a retry, or is completed, has dropped the lock that
 * it held, and nothing but its result says so: whether that is true is seen
 * here, of each.
 */
SEC("fexit/handle_mm_fault")
int BPF_PROG(attempt_end, struct vm_area_struct *vma, unsigned long address,
	     unsigned int flags, void *regs, unsigned int result)
{
	struct census_slot *slot = slot_mine();
	bool vma_lock = flags & FLAG_VMA_LOCK;
	struct census_state *s;

	if (!slot || slot->state.fault == CENSUS_NO_FAULT)
		return 0;
	s = &slot->state;
	rule_end(slot, vma, vma_lock, result);
	if (result & RESULT_COMPLETED)
		slot->counts.completed++;
	if (result & RESULT_RETRY) {
		s->attempt = vma_lock ? CENSUS_VMA_RETRY : CENSUS_MMAP_RETRY;
		slot->counts.retried_waited += s->waited;
		slot->counts.vma_retried += vma_lock;
		return 0;
	}
	if (vma_lock)
		slot->counts.vma_handled++;
	fault_end(slot);
	return 0;
}

/* --- who is watched ------------------------------------------------------- */

/* Run by the thread itself (BPF_PROG_TEST_RUN), so that its number in the
 * first pid namespace need not be known outside. */
SEC("syscall")
int mark(struct census_order *order)
{
	uint32_t tid = (uint32_t)bpf_get_current_pid_tgid();
	uint32_t index = order->slot;

	order->answer = order->on
				? (int32_t)bpf_map_update_elem(&watched, &tid,
							       &index, BPF_ANY)
				: (int32_t)bpf_map_delete_elem(&watched, &tid);
	return 0;
}
