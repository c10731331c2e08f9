/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a cell changes on the machine before it measures: values of the kernel,
 * the pool of huge pages, a swap area, a memory cgroup. Each is noted on disk
 * before it is made (journal.h) and undone in every way a process can end: by
 * resource_release(), else by the parent once the cell has ended, else by the
 * next start or `faultline restore`. A cell that just ends is put right by its
 * parent, so nobody has to call resource_release().
 *
 * What belongs to the whole machine (values, the pool, and by way of
 * vm.page-cluster a swap area) is held by one process at a time: a second one
 * is refused with the pid of the first (-EBUSY). It does not nest, for two runs
 * that disturb each other measure nothing.
 *
 * It refuses to touch what is not its own: a value that somebody else has
 * changed since is left as it is and told; devices and files are known by a
 * random tag; the user's own swap areas, mounts and limits are never used.
 * Too little memory, disk or limit is refused with the figure needed.
 *
 * All return 0, or -errno with one sentence that says what to do. Not for more
 * than one thread at a time. Call them before the workers start.
 */
#ifndef MACHINE_RESOURCE_H
#define MACHINE_RESOURCE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "journal.h"

/*
 * Sets a file below /proc/sys or /sys, debugfs included where it is mounted
 * (/sys/kernel/debug), and reads it back: -EINVAL when the kernel made
 * something else of it, which is then put back. `value` as the kernel shows it
 * ("0", "4096"; of "always [madvise] never" the word). The process that has
 * set a path may set it again; what it was at first comes back.
 */
int resource_set(const char *path, const char *value, struct error *e);

/*
 * Adds nr huge pages of page_bytes to the pool, beside those that are there.
 * -ENOMEM with the figure needed when memory is too small or too fragmented,
 * the pool is then as it was. On more than one node the kernel spreads them.
 */
int resource_hugepages(uint64_t nr, uint64_t page_bytes, struct error *e);

enum swap_kind {
	SWAP_ZRAM, /* compressed memory: read at once, by who faults */
	SWAP_LOOP, /* a loop device over a file: the fault waits for it */
	SWAP_FILE, /* a swap file: the fault waits for the disk */
	NR_SWAP_KINDS
};

/* "zram", "loop", "file". */
extern const char *const swap_kind_names[NR_SWAP_KINDS];

struct swap_area {
	char path[PATH_MAX]; /* as /proc/swaps names it */
	/* BLK_FEAT_SYNCHRONOUS: do_swap_page() reads it without waiting for
	 * another, so nothing is retried */
	bool synchronous;
	bool direct; /* loop: past the page cache, so that I/O waits */
};

/*
 * A swap area of `bytes`, labelled faultline-PID, of the highest priority: what
 * is swapped out from now on goes there. vm.page-cluster becomes 0 (one page a
 * fault), and zswap, which would catch the pages before, is switched off. dir:
 * where loop and file put their file (faultline-PID-TAG.swap), on a disk;
 * unused for zram. -ENOMEM: zram wants 2 * bytes of free memory, for what does
 * not compress; -ENOSPC: the file does not fit; -EFBIG: RLIMIT_FSIZE; -EBUSY:
 * another area has the highest priority already. One a process.
 * Source: mm/swapfile.c, drivers/block/zram, drivers/block/loop.c.
 */
int resource_swap(enum swap_kind kind, const char *dir, uint64_t bytes,
		  struct swap_area *made, struct error *e);

struct resource_cgroup {
	char dir[PATH_MAX]; /* its folder */
	bool v2;	    /* memory.max, memory.reclaim; else v1's names */
};

/*
 * Moves the process with all its threads into a memory cgroup of its own,
 * faultline-PID, below the one it is in, so that limits that hold already go on
 * to hold. limit_bytes 0: no limit of its own. What was charged before stays
 * charged where it was. Ordinary users can where systemd delegated the
 * controller to them. One a process.
 */
int resource_cgroup(uint64_t limit_bytes, struct resource_cgroup *made,
		    struct error *e);

/*
 * Raises a limit of this process (RLIMIT_MEMLOCK, RLIMIT_NOFILE, ...) to at
 * least `needed`, or refuses with the figure. It ends with the process, so
 * there is nothing to undo. `what`: for the reason, "2 MiB of memfd_secret".
 */
int resource_limit(int which, uint64_t needed, const char *what,
		   struct error *e);

/* Is so much memory available, or so much disk free in dir? Leaves a margin.
 * -ENOMEM or -ENOSPC with both figures. */
int resource_memory(uint64_t needed, const char *what, struct error *e);
int resource_disk(const char *dir, uint64_t needed, const char *what,
		  struct error *e);

/* Undoes all that this process made, last thing first. -EAGAIN when something
 * failed: the parent will try again. Take swapped memory away (munmap) before,
 * or swapping it in takes its time. */
int resource_release(struct error *e);

/* Undoes what dead processes of this user left behind; see journal_restore().
 */
int resource_restore(struct journal_report *report, struct error *e);

/* Counts the same without undoing it: nr_dead, nr_living, nr_unreadable. */
int resource_leftovers(struct journal_report *report, struct error *e);

/* Could this user make one? Looks and changes nothing. */
int resource_may_set(const char *path, struct error *e);
int resource_may_swap(enum swap_kind kind, struct error *e);
int resource_may_cgroup(struct error *e);

#endif
