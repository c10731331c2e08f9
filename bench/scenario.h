/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that a scenario, a lock or an antagonist may use, and all that it
 * includes of ours. One cell is one process, so the functions below speak of
 * "the" cell, and code that can't go on ends the process with a reason, which
 * the parent keeps as a fail or skip record.
 */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abilities.h"
#include "error.h"
#include "facts.h"
#include "resource.h"
#include "slowfs.h"

/* --- settings ------------------------------------------------------------- */

enum setting_kind {
	SETTING_TIME,  /* "100us" */
	SETTING_SIZE,  /* "64KiB" */
	SETTING_COUNT, /* "512", "50k" */
	SETTING_NICE,  /* "-20" .. "19" */
	SETTING_WORD,  /* one of `words` */
	SETTING_TEXT,  /* anything: a path, a list of events */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	const char *fallback; /* the text it has when nobody sets it */
	const char *words;    /* SETTING_WORD: "same other" */
	const char *help;     /* one line for `faultline explain` */
};

/* --- scenarios ------------------------------------------------------------ */

enum access {
	ACCESS_READ,
	ACCESS_WRITE,
	NR_ACCESSES
};

/* How a touch gets into the fault code of the kernel. */
enum way {
	BY_USER,     /* an exception in user mode: the per-VMA lock first */
	BY_KERNEL,   /* an exception in a system call: mmap_lock */
	BY_HOLD,     /* no exception, no FAULT_FLAG_ALLOW_RETRY: mmap_lock, held
			while the fault waits */
	BY_GUP,	     /* no exception: get_user_pages under mmap_lock */
	BY_POPULATE, /* the same by madvise, which takes mmap_lock once more for
			itself when get_user_pages dropped it */
	NR_WAYS
};

/*
 * What a fault of this scenario does. engine/promise.c has what each path means
 * for the witness: acquisitions of mmap_lock a fault, by the way in, on a
 * kernel whose faults try the per-VMA lock and on one without, by the policy.
 */
enum fault_path {
	PATH_PLAIN,	/* finished at the first attempt */
	PATH_COMPLETES, /* the same, and drops its lock before it returns */
	PATH_REDONE, /* gives the VMA lock up and is redone under mmap_lock */
	PATH_WAITS,  /* drops its lock, waits once, is redone under mmap_lock */
	PATH_MAY_WAIT, /* waits, unless what it waits for has come already */
	PATH_SERVED,   /* waits for userfaultfd, which drops any lock to wait */
	PATH_FRESH,    /* the first of a VMA: needs mmap_lock for a moment */
	PATH_GROWS,    /* no VMA is there yet: mmap_lock for write as well */
	NR_PATHS
};

/* Memory under test: one VMA (or what nr_vmas() says), PROT_NONE guards on both
 * sides. The engine gives place and size; build() maps it. */
struct area {
	unsigned int index;
	char *start;
	size_t bytes;  /* what workers touch */
	size_t margin; /* bytes beyond, in the same VMA, for antagonists */
	int prot, flags, fd; /* how area_map() mapped it */
	void *own;	     /* the scenario's */
};

struct hist;

struct scenario {
	const char *group; /* what a reader asks for: resident, file, waiting */
	const char *title; /* one line */
	const char *story; /* what happens, in which kernel functions */
	enum access access;
	enum fault_path path;
	enum feature feature;	/* admits it under the VMA lock */
	unsigned int ways;	/* 1 << way, or'ed: those that make
				   sense; 0: all but BY_HOLD */
	bool downwards;		/* touched from the top down */
	bool own_vma;		/* an area takes one worker only */
	const char *pages;	/* touches in a round unless set; NULL:
				   as everywhere. A round should not
				   last much longer than 100 ms */
	unsigned int inherited; /* workers are children that inherit pages:
				   built before they are forked, other ones in
				   each round, and so many rounds at most; 0:
				   the same pages in each round */
	const struct setting *settings; /* ended by a NULL name; or NULL */
	/*
	 * Hooks, all but build and empty optional. check() runs first, while
	 * the process has one thread, and calls cell_skip() when this cannot
	 * run here. build() maps an area and makes what must be there. empty()
	 * makes the pages of one worker's slice absent again, called by that
	 * worker before each round, untimed. renew() is called once a round,
	 * after all are empty, by one worker while all others wait. stride() is
	 * the distance between two touches, one page unless said otherwise.
	 * nr_vmas() is how many VMAs an area is to lie in, one unless said
	 * otherwise. verify() sees an area whose pages were touched last, and
	 * fails the cell when they are not what they should be. clear() takes
	 * down what outlives the process.
	 *
	 * With mode=processes all hooks but check() are called in the process
	 * of each worker, for its area (inherited: build() is called before).
	 *
	 * A scenario whose faults are served by a thread of its own has the
	 * setting `handler` with the words "same other"; with `other` the
	 * engine keeps a PU for it, one for each worker (cell_handler()).
	 */
	void (*check)(void);
	void (*build)(struct area *area);
	void (*empty)(struct area *area, char *start, size_t bytes);
	void (*renew)(void);
	void (*verify)(struct area *area);
	void (*clear)(void);
	size_t (*stride)(void);
	unsigned int (*nr_vmas)(const struct area *area);
};

/* --- locks ---------------------------------------------------------------- */

typedef void touch_fn(char *page);

struct lock {
	const char *title;
	const char *story;
	enum way way;
	/* Optional: cell_skip() when this kernel cannot; as a scenario's. */
	void (*check)(void);
	touch_fn *touch[NR_ACCESSES];
};

/* --- antagonists ---------------------------------------------------------- */

enum where {
	WHERE_SAME = 1,
	WHERE_ELSEWHERE = 2
};

struct antagonist {
	const char *title;
	const char *story;
	unsigned int where; /* the places it can work at; 0: no address space */
	const struct setting *settings; /* beside where, rate, ...; or NULL */
	bool process;	     /* works in a process of its own, from outside */
	bool write_protects; /* pages of the workers: no pass on present ones */
	int writes;	     /* acquisitions of mmap_lock for write that one
				operation makes on its thread; -1: it depends */
	void (*prepare)(void); /* optional; in the process under test, while it
				  has one thread */
	void (*setup)(enum where where); /* optional; in its own thread */
	void (*op)(void);		 /* one operation: what is timed */
	void (*after)(void); /* optional: what an operation leaves to tidy up,
				untimed */
};

/* --- what they may call --------------------------------------------------- */

/* Ends the process: this cell cannot run here / must not be believed. */
_Noreturn void cell_skip(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
_Noreturn void cell_fail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* cell_fail("WHAT: strerror(errno)") unless ok. */
#define cell_must(ok, ...)                                                     \
	do {                                                                   \
		if (!(ok))                                                     \
			cell_fail_errno(__VA_ARGS__);                          \
	} while (0)
_Noreturn void cell_fail_errno(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* A process of this cell ended otherwise than it should, with this status of
 * waitpid(). It has left its record, or it is made here. */
_Noreturn void cell_fail_process(const char *what, unsigned int index,
				 int status);

/* A setting of the scenario: as text, or as ns, bytes or a count. cell_bytes():
 * of a setting that is a size or a word; 0 for the word. */
const char *cell_text(const char *setting);
uint64_t cell_number(const char *setting);
uint64_t cell_bytes(const char *setting);

/* A file below /proc/sys or /sys that is to hold this value while the cell
 * lasts: set, and restored whatever becomes of the cell, unless it does so
 * already. So many free huge pages, so much memory. All skip the cell with the
 * reason. For check(). */
void cell_want(const char *path, const char *value);
void cell_want_hugepages(uint64_t nr, uint64_t bytes);
void cell_want_memory(uint64_t bytes, const char *what);

/* The same of the antagonist whose thread asks. */
const char *antagonist_text(const char *setting);
uint64_t antagonist_number(const char *setting);

/* Pages that an antagonist has to itself, and that no worker touches. */
struct ground {
	char *start;
	size_t bytes;
	int prot, flags, fd; /* how they are mapped */
	off_t offset;	     /* of the first of them in fd */
	bool same;	     /* they are part of the workers' VMA */
};

/*
 * The ground of the antagonist whose thread asks. same: one page of the margin
 * of the first area, another one for each antagonist; the page before it is
 * nobody's. elsewhere: `bytes` bytes of private anonymous memory, absent, far
 * below all other mappings, with PROT_NONE on both sides.
 */
struct ground ground_find(enum where where, size_t bytes);

/* Makes all its pages present, for writing where that is allowed. */
void ground_touch(const struct ground *ground);

/* For use as prepare(): makes as many VMAs more as the setting `vmas` says, of
 * one page each, below the workers' VMA, or above it with a setting `at` that
 * says "above". cell_skip() when the kernel does not allow so many. */
void ground_make_vmas(void);

/* Has the kernel merged the ground with the page before it again, where they
 * were one VMA? It does not where the VMA has ->close, as those of FUSE. */
bool ground_is_merged(const struct ground *ground);

/* Ends the process by cell_skip() unless it has. */
void ground_must_merge(const struct ground *ground);

/* cell_skip("antagonist NAME: ..., which this memory does not allow: errno")
 * unless ok. */
void ground_must_allow(bool ok, const char *call);

/* For a process outside: reads /proc/PID/FILE of cell_pid() to its end. */
void cell_read_proc(const char *file);

/* true when the last round is over: cell_pid() may be gone. */
bool cell_ended(void);

/* The type of the file system that the setting `dir` names, "ext4"; NULL when
 * there is none, or it could not be found out. */
const char *cell_file_system(void);

/* The way in of this cell's lock. */
enum way cell_way(void);

unsigned int cell_nr_nodes(void); /* NUMA nodes that it may use */
unsigned int cell_nr_workers(void);
unsigned int cell_nr_areas(void);
struct area *cell_area(unsigned int index);

/* The process under test, for those that work on it from outside; with
 * mode=processes that of the first worker. */
pid_t cell_pid(void);

/*
 * Forks without the C library, whose fork() writes into the stacks of other
 * threads; the child runs child(arg) on a stack of its own, may make system
 * calls and nothing else, and ends with what it returns. Returns its pid.
 */
pid_t cell_fork(int (*child)(void *), void *arg);

/* A child for cell_fork() that sleeps until it is killed or its parent ends. */
int child_sleep(void *unused);

/* A thread that serves the faults of a worker, bound as the setting `handler`
 * says: to the worker's PU, or to one of its own. Ends with the process. */
void cell_handler(unsigned int worker, void *(*fn)(void *), void *arg);

/* What such a thread calls when it has read a message, and when it has
 * answered: the time between, in measured rounds, is handler_..._ns of the
 * record. */
uint64_t handler_began(void);
void handler_ended(uint64_t began);

/* The times of a worker's handler, in memory that forked processes share. One
 * that is no thread of cell_handler() has its own times added in verify(). */
struct hist *cell_handler_hist(unsigned int worker);

/* --- faults that userfaultfd serves --- */

enum uffd_kind {
	UFFD_MISSING, /* no page: the answer is a page */
	UFFD_MINOR,   /* shared memory, page there, no entry: it is mapped */
	UFFD_WP	      /* write-protected: the protection is taken away */
};

/* handler = same | other, delay. */
extern const struct setting uffd_settings[];

/* Skips the cell where userfaultfd of this kind cannot be had; for check(). */
void uffd_check(enum uffd_kind kind);

/* Registers a mapped area and starts a handler for each of its workers; uses
 * area->own. For build(). */
void uffd_serve(struct area *area, enum uffd_kind kind);

/* Protects the pages of an area of UFFD_WP again, for use as empty(). */
void uffd_write_protect(struct area *area, char *start, size_t bytes);

/* --- pages that are swapped out --- */

/* dir: of the swap area's file; for loop and file. */
extern const struct setting swap_settings[];

/* Makes a swap area for this cell alone, or skips it; for check(). */
void swap_check(enum swap_kind kind);

/* Private pages of random data, swapped out; for use as build(). */
void swap_build(struct area *area);

/* Puts pages out until none is left in memory or in the swap cache; fails the
 * cell when they stay. For use as empty(). */
void swap_out(struct area *area, char *start, size_t bytes);

/* --- files that are slow --- */

/* Skips the cell where there can be none; for check(). */
void slow_check(void);

/* A file for the area, all of it, mapped with these flags for reading and
 * writing; of options, what it is to wait for. area->own becomes its slowfs. */
void slow_build(struct area *area, struct slowfs_options options, int flags);

/* Fails the cell unless each of so many requests ("READ") was for one page, and
 * takes their times for the handler's; for verify(). */
void slow_verify(const struct area *area, const char *request, uint64_t nr,
		 uint64_t bytes, const struct hist *took_ns);

/* --- memory --- */

/* Maps [start, start + bytes + margin) with MAP_FIXED and remembers how. */
void area_map(struct area *area, int prot, int flags, int fd);

/* Makes pages absent: madvise(MADV_DONTNEED). For use as empty(). */
void area_dontneed(struct area *area, char *start, size_t bytes);

/* Leaves them as they are: for pages that only renew() changes. As empty(). */
void area_keep(struct area *area, char *start, size_t bytes);

/* Loads or stores a byte every `step` bytes: pages become present, untimed. */
void area_load(const char *start, size_t bytes, size_t step);
void area_store(char *start, size_t bytes, size_t step);

/* How many VMAs of /proc/self/maps the area and its margin lie in: 1. */
unsigned int area_nr_vmas(const struct area *area);

/* Fills memory with what no compression makes smaller. */
void fill_random(void *start, size_t bytes);

/* The row of a scenario that makes a file. */
#define SETTING_DIR                                                            \
	{                                                                      \
		"dir", SETTING_TEXT, "/var/tmp", NULL,                         \
			"folder of the file (removed at once); its file "      \
			"system matters"                                       \
	}

/*
 * Anonymous memory in large pages, for a scenario with the setting page-size:
 * its row, the words for it, and what its hooks are or call. `base` is the base
 * page. check: the kernel gives pages of that size and no larger ones, else the
 * cell is skipped with what to type. advise: after area_map(). stride: one
 * large page. verify: each block that was touched is one. collapse: makes
 * blocks that faults have split whole again, each with one base page present.
 */
#define SETTING_PAGE_SIZE(words)                                               \
	{                                                                      \
		"page-size", SETTING_WORD, "base", words,                      \
			"of the pages that a fault maps: base, or THP"         \
	}
#define LARGE_PAGES "base 16KiB 32KiB 64KiB 128KiB 256KiB 512KiB 1MiB 2MiB"
void large_check(void);
void large_advise(struct area *area);
size_t large_stride(void);
void large_verify(struct area *area);
void large_collapse(char *start, size_t bytes);

/*
 * Faults that are charged to a memory cgroup of their own, for a scenario with
 * the setting memcg: its row and what its hooks call. check: makes the cgroup.
 * renew: fills it with what can be dropped. verify: the pages were charged to
 * it, and met its limit.
 */
#define SETTING_MEMCG                                                          \
	{                                                                      \
		"memcg", SETTING_WORD, "none", "none charged limit",           \
			"a memory cgroup of its own, and one that is full"     \
	}
void memcg_check(void);
void memcg_renew(void);
void memcg_verify(const struct area *area);

/*
 * The NUMA node of the memory of workers, for a scenario with the setting node:
 * its row, and what verify() calls: the pages lie on the node of a worker's
 * memory.
 */
#define SETTING_NODE                                                           \
	{                                                                      \
		"node", SETTING_WORD, "own", "own remote",                     \
			"memory from the worker's NUMA node, or from another"  \
	}
void node_verify(const struct area *area);

/* A memfd of `bytes` bytes, all of them a hole. */
int memfd_make(size_t bytes);

/* Writes random data to a file of `bytes` bytes, without a name, in dir; its
 * pages are in the page cache, clean, and folios of one page each. Returns the
 * fd. */
int file_make(const char *dir, size_t bytes);

/* How many of these pages are in memory, mapped or not: mincore(2). Those of a
 * file, or of the swap cache, are told only to who may write it. */
size_t area_nr_cached(const char *start, size_t bytes);

/* Skips the cell when files in dir live in memory alone (tmpfs); for check().
 */
void file_check_disk(const char *dir);

/* Unmaps pages of a mapped file and drops them from the page cache, until none
 * is there; fails the cell when they stay. For use as empty(). */
void file_drop(struct area *area, char *start, size_t bytes);

/* Lets ns pass: sleeps for most of it, spins for the last 50 us. */
void wait_ns(uint64_t ns);

/* The same by spinning alone. */
void wait_busy_ns(uint64_t ns);

static inline size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

#endif
