/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policies. Their switches are no part of any released kernel: lab/patches
 * adds them to one, lab/module to a distribution's that runs.
 *
 * Source: arch/x86/mm/fault.c do_user_addr_fault(), arch/arm64/mm/fault.c
 * do_page_fault(); where they wait, mm/filemap.c __folio_lock_or_retry() and
 * filemap_fault(), mm/memory.c do_swap_page(), fault_dirty_shared_page(),
 * fs/userfaultfd.c or mm/userfaultfd.c handle_userfault().
 */
#include "policy.h"

#define ALL_FEATURES (~0u)

const struct policy policy_stock = {
	.title = "drop the lock, wait, redo under mmap_lock (6.6 and later)",
	.story =
		"What every kernel since 6.6 does: a fault that would have to\n"
		"wait for I/O, a locked folio or userfaultfd drops its VMA lock,\n"
		"waits, returns VM_FAULT_RETRY and is redone under mmap_lock.\n"
		"vm.per_vma_lock=1, vm.fault_lock_wait=0. A kernel without the\n"
		"switches runs this policy and no other; one without the VMA\n"
		"lock does all of it under mmap_lock.",
	.per_vma_lock = true,
	.wait = WAIT_DROPS,
	.admits = ALL_FEATURES,
};

const struct policy policy_retry_vma = {
	.title = "drop the lock, wait, redo under the VMA lock",
	.story =
		"A fault that has dropped its VMA lock and waited is redone under\n"
		"the VMA lock: mmap_lock is not needed for it. Proposed on\n"
		"linux-mm, in no release. A fault that gave its VMA lock up\n"
		"without waiting (a ->fault without ->map_pages, an anon_vma that\n"
		"is missing) is redone under mmap_lock all the same: the VMA lock\n"
		"would not do.\n"
		"vm.per_vma_lock=1, vm.fault_lock_wait=1.",
	.per_vma_lock = true,
	.wait = WAIT_DROPS_VMA,
	.admits = ALL_FEATURES,
};

const struct policy policy_hold = {
	.title = "hold the VMA lock through the wait",
	.story =
		"A fault keeps its VMA lock while it waits, and is not redone.\n"
		"Whoever changes that VMA waits for it, with mmap_lock held for\n"
		"write, and so does everybody behind it. Not userfaultfd, which\n"
		"drops the lock and is redone under mmap_lock as ever: who is to\n"
		"serve the fault could wait for the lock.\n"
		"vm.per_vma_lock=1, vm.fault_lock_wait=2.",
	.per_vma_lock = true,
	.wait = WAIT_HOLDS,
	.admits = ALL_FEATURES,
};

const struct policy policy_no_drop = {
	.title = "do not wait under the VMA lock: redo under mmap_lock at once",
	.story =
		"A fault that would have to wait returns VM_FAULT_RETRY at once,\n"
		"with its VMA lock held; it is released by the architecture's\n"
		"code and the fault redone under mmap_lock, which it drops to\n"
		"wait: two retries. What 6.6 changed, taken back.\n"
		"vm.per_vma_lock=1, vm.fault_lock_wait=3.",
	.per_vma_lock = true,
	.wait = WAIT_GIVES_UP,
	.admits = ALL_FEATURES,
};

const struct policy policy_legacy65 = {
	.title = "no-drop, and the VMA lock for what 6.4 and 6.5 admitted",
	.story =
		"As no-drop; and only anonymous memory that has an anon_vma and\n"
		"no userfaultfd is served under the VMA lock. All else is\n"
		"refused, and swapped pages give the VMA lock up at once.\n"
		"vm.per_vma_lock=1, vm.fault_lock_wait=4.",
	.per_vma_lock = true,
	.wait = WAIT_GIVES_UP_65,
	.admits = 1u << FEATURE_VMA_LOCK,
};

const struct policy policy_mmap = {
	.title = "mmap_lock alone, dropped to wait (before 6.4)",
	.story =
		"The fault path never tries the VMA lock. mmap_lock is taken for\n"
		"read, and dropped while the fault waits. Who changes a VMA still\n"
		"locks it, which nobody minds.\n"
		"vm.per_vma_lock=0, vm.fault_lock_wait=0.",
	.per_vma_lock = false,
	.wait = WAIT_DROPS,
};

const struct policy policy_mmap_hold = {
	.title = "mmap_lock alone, held through the wait",
	.story =
		"As mmap, but a fault waits with mmap_lock held and is not redone\n"
		"(userfaultfd drops it as ever). What the dropping of mmap_lock\n"
		"has avoided since 2.6.37.\n"
		"vm.per_vma_lock=0, vm.fault_lock_wait=2.",
	.per_vma_lock = false,
	.wait = WAIT_HOLDS,
};
