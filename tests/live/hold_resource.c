/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold_resource KIND DIR: what a run and its cell do to the machine, without
 * the measuring: a child makes the resource, uses it and gives it back, again
 * and again, until it is killed; its parent then undoes what is left. Prints
 * the child's pid. For restore.py, which does the killing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "look.h"
#include "resource.h"

#define MIB    (1ull << 20)
#define DEFRAG "/sys/kernel/mm/transparent_hugepage/defrag"
#define SCAN                                                                   \
	"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"

enum {
	USED_BYTES = 4 << 20,
	SWAP_MIB = 16,
	HUGE_PAGES = 8,
	HOLD_US = 30000
};

static int hold_value(const char *dir, struct error *e)
{
	int err = resource_set("/proc/sys/vm/page-cluster", "1", e);

	(void)dir;
	if (!err)
		err = resource_set(DEFRAG, "never", e);
	if (!err)
		err = resource_set(SCAN, "12345", e);
	return err ? err : resource_set("/proc/sys/vm/page-cluster", "2", e);
}

static int hold_pool(const char *dir, struct error *e)
{
	int err = resource_hugepages(HUGE_PAGES, 2 * MIB, e);
	char *p;

	(void)dir;
	if (err)
		return err;
	p = mmap(NULL, HUGE_PAGES * 2 * MIB, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1,
		 0);
	if (p == MAP_FAILED)
		return error_set(e, errno, "hugetlb: %s", strerror(errno));
	munmap(p, HUGE_PAGES * 2 * MIB);
	return 0;
}

static unsigned long swapped_kib(void)
{
	char text[64];

	if (look_key(text, sizeof(text), NULL, "/proc/self/status", "VmSwap") <
	    0)
		return 0;
	return strtoul(text, NULL, 10);
}

/* Swaps pages out, sees that they are, and reads them again. */
static int use_swap(struct error *e)
{
	unsigned long out;
	volatile char *p;
	char *pages;
	size_t i;

	pages = mmap(NULL, USED_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return error_set(e, ENOMEM, "no memory to swap out");
	for (i = 0; i < USED_BYTES; i += 256)
		(void)!getrandom(pages + i, 256, 0);
	madvise(pages, USED_BYTES, MADV_PAGEOUT);
	out = swapped_kib();
	for (p = pages, i = 0; i < USED_BYTES; i += 4096)
		(void)p[i];
	munmap(pages, USED_BYTES);
	return out ? 0 : error_set(e, EIO, "no page was swapped out");
}

static int hold_swap(enum swap_kind kind, const char *dir, struct error *e)
{
	struct swap_area made;
	int err = resource_swap(kind, dir, SWAP_MIB * MIB, &made, e);

	if (err)
		return err;
	if (made.synchronous != (kind == SWAP_ZRAM))
		return error_set(e, EINVAL, "%s: synchronous is wrong",
				 made.path);
	return use_swap(e);
}

static int hold_zram(const char *dir, struct error *e)
{
	return hold_swap(SWAP_ZRAM, dir, e);
}

static int hold_loop(const char *dir, struct error *e)
{
	return hold_swap(SWAP_LOOP, dir, e);
}

static int hold_file(const char *dir, struct error *e)
{
	return hold_swap(SWAP_FILE, dir, e);
}

static int hold_cgroup(const char *dir, struct error *e)
{
	struct resource_cgroup made;

	(void)dir;
	return resource_cgroup(256 * MIB, &made, e);
}

static const struct hold {
	const char *name;
	int (*fn)(const char *dir, struct error *e);
} holds[] = {
	{ "value", hold_value }, { "pool", hold_pool },
	{ "zram", hold_zram },	 { "loop", hold_loop },
	{ "file", hold_file },	 { "cgroup", hold_cgroup },
};

static void say(bool trouble, const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s%s\n", trouble ? "TROUBLE: " : "", line);
}

/* Like a cell: dies with its parent. Returns only with an error. */
static int child(const struct hold *hold, const char *dir, pid_t parent)
{
	struct error e;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return 1; /* it is dead already */
	for (;;) {
		err = hold->fn(dir, &e);
		usleep(HOLD_US);
		if (!err || err == -EBUSY)
			err = resource_release(&e);
		if (err) {
			fprintf(stderr, "%s: %s\n", hold->name, e.text);
			return err == -EPERM || err == -EACCES || err == -ENOENT
				       ? 77
				       : 1;
		}
	}
}

int main(int argc, char **argv)
{
	struct journal_report report = { .say = say };
	const struct hold *hold = holds;
	int status, err;
	struct error e;
	pid_t pid, parent = getpid();

	if (argc != 3)
		return 2;
	while (hold < holds + sizeof(holds) / sizeof(holds[0]) &&
	       strcmp(hold->name, argv[1]))
		hold++;
	if (hold == holds + sizeof(holds) / sizeof(holds[0]))
		return 2;
	pid = fork();
	if (!pid)
		_exit(child(hold, argv[2], parent));
	printf("%d\n", (int)pid);
	fflush(stdout);
	waitpid(pid, &status, 0);
	err = resource_restore(&report, &e);
	if (err)
		fprintf(stderr, "%s\n", e.text);
	if (err || report.nr_not_ours)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}
