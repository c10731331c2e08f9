/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is slow on purpose: FUSE-backed, served by a process of ours that
 * lets each read and each write of a page wait for a set time. A fault on a
 * mapping of it waits as it would for a disk, but for as long as we like.
 *
 * What the kernel is told, so that one touch is one request: no readahead
 * (a fault reads its own page and no other), requests of one page (several
 * dirty pages are not written as one), no limit on writes in flight.
 *
 * The server is a process, not a thread: a fault or a store may sleep where no
 * signal reaches it until the server answers, and a process that serves itself
 * could then never die. It has one thread, which keeps all requests that wait
 * in the order in which they are due, so any number of them wait at once; it
 * answers some 100,000 a second. Nobody but it has /dev/fuse open: when it
 * ends, however that happens, the kernel ends all requests, and faults that
 * wait get SIGBUS. It ends with its parent (PR_SET_PDEATHSIG, end of file).
 *
 * Nothing is mounted anywhere: the file system is made by fsopen(2) and
 * fsmount(2), has no place in any tree of mounts, and is gone with the last
 * descriptor of its file. Who may not do that gets a user namespace for the
 * server alone; its parent stays as it was.
 *
 * Source: fs/fuse/file.c fuse_page_mkwrite(), fuse_writepages(); fs/fuse/dev.c
 * fuse_dev_release(); fs/namespace.c fsmount().
 */
#ifndef MACHINE_SLOWFS_H
#define MACHINE_SLOWFS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "hist.h"

struct slowfs_options {
	size_t bytes;		 /* of the file, whole pages; it reads as 0s */
	uint64_t read_delay_ns;	 /* each READ waits for so long */
	uint64_t write_delay_ns; /* each WRITE too, unless it is held */
	size_t lane_bytes;	 /* see slowfs_release(); 0: one lane */
	int pu;			 /* the server's, by the OS; -1: anywhere */
	uint64_t spin_ns;	 /* the last so many of a delay it spins: only
				    for a server with a PU of its own */
};

/* What the server did, written by it while it runs: read it when no request is
 * under way. */
struct slowfs_stats {
	_Atomic uint64_t nr_reads, read_bytes;
	_Atomic uint64_t nr_writes, write_bytes; /* answered */
	_Atomic uint64_t nr_kept;    /* writes that it keeps (slowfs_hold) */
	_Atomic uint64_t nr_overdue; /* kept for SLOWFS_KEEP_NS: answered */
	_Atomic uint64_t nr_interrupted; /* reads answered early: a signal */
	_Atomic uint64_t most_at_once;	 /* so many waited at the same time */
	_Atomic uint64_t nr_others;	 /* requests of any other kind */
	/* From the moment at which its delay began to its answer: what the
	 * server made of the delay. Only writes that had one are in it, and
	 * no request that was hurried. */
	struct hist read_ns, write_ns;
};

/* A write is never kept for longer. Whoever waits for it can't be killed. */
#define SLOWFS_KEEP_NS 2000000000u

struct slowfs;

/*
 * Starts a server and opens its file. Call it from the first thread, before
 * there are others: it forks, and the server ends with the thread that called.
 * 0, or -errno with the reason (no /dev/fuse, no permission, built without).
 */
int slowfs_start(struct slowfs **fs, const struct slowfs_options *options,
		 struct error *e);

/* The file, open for reading and writing; slowfs_stop() closes it. */
int slowfs_fd(const struct slowfs *fs);

const struct slowfs_stats *slowfs_stats(const struct slowfs *fs);

/* From now on the server keeps all WRITEs, and a store to a page under
 * write-back waits until slowfs_release(). */
void slowfs_hold(struct slowfs *fs);

/* Waits until it keeps nr of them. 0; -ETIMEDOUT with both figures. */
int slowfs_await(struct slowfs *fs, uint64_t nr, struct error *e);

/*
 * Ends the hold. Of those that are kept, the first page of each lane of
 * lane_bytes is answered pace_ns from now, the next one pace_ns after that
 * answer, and so on: so each of many stores in a row, in the order of the
 * pages, meets a page under write-back and waits for pace_ns. 0: all at once.
 * What was still waiting from the release before is answered at once.
 */
void slowfs_release(struct slowfs *fs, uint64_t pace_ns);

/* Ends the server and frees fs; NULL is fine. Requests that are under way fail,
 * pages that were not written are lost. */
void slowfs_stop(struct slowfs *fs);

/* Can this user have such a file here? Tries it and reads one page. 0, or
 * -errno with the reason. */
int slowfs_probe(struct error *e);

/* The version of libfuse3, or NULL when built without, in which case *why is
 * the reason. */
const char *slowfs_libfuse(const char **why);

#endif
