/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The topology as plain rows: from descriptions of odd machines, and of this
 * one under taskset and in a cpuset. What changes a task's affinity runs in a
 * child process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "topology.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static struct error e;

/* --- descriptions --------------------------------------------------------- */

static void odd_machines(void **state)
{
	static const struct {
		const char *description, *text;
		unsigned int llc, node; /* PUs of the first one */
	} cases[] = {
		{ "package:1 l3:1 core:2 pu:1",
		  "1 package, 1 node, 1 last-level cache, 2 cores, 2 PUs", 2,
		  2 },
		/* no L3: the clusters' L2, or each core's */
		{ "package:1 l2:4 core:2 pu:1",
		  "1 package, 1 node, 4 last-level caches, 8 cores, 8 PUs", 2,
		  8 },
		{ "package:2 core:2 l2:1 pu:2",
		  "2 packages, 1 node, 4 last-level caches, 4 cores, 8 PUs", 2,
		  8 },
		/* no cache but the L1, which is nobody's last level */
		{ "package:2 core:2 l1:1 pu:2",
		  "2 packages, 1 node, 2 last-level caches, 4 cores, 8 PUs", 4,
		  8 },
		/* no cores; nothing at all */
		{ "package:2 [numa] pu:3",
		  "2 packages, 2 nodes, 2 last-level caches, 6 cores, 6 PUs", 3,
		  3 },
		{ "pu:3",
		  "1 package, 1 node, 1 last-level cache, 3 cores, 3 PUs", 3,
		  3 },
		/* two nodes a package; nodes above packages */
		{ "package:2 numa:2 l3:1 core:2 pu:2",
		  "2 packages, 4 nodes, 4 last-level caches, 8 cores, 16 PUs",
		  4, 4 },
		{ "numa:2 package:2 l3:1 core:2 pu:1",
		  "4 packages, 2 nodes, 4 last-level caches, 8 cores, 8 PUs", 2,
		  4 },
		/* an L4 above the L3 */
		{ "package:1 l4:1 l3:2 core:2 pu:1",
		  "1 package, 1 node, 1 last-level cache, 4 cores, 4 PUs", 4,
		  4 },
		/* nodes without memory inside packages with memory */
		{ "package:2 [numa(memory=1GB)] group:2 [numa(memory=0)] "
		  "core:2 pu:1",
		  "2 packages, 2 nodes, 2 last-level caches, 8 cores, 8 PUs", 4,
		  4 },
	};
	unsigned int i, threads;
	struct topo t;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		if (topology_synthetic(&t, cases[i].description, &e))
			fail_msg("%s", e.text);
		assert_string_equal(t.text, cases[i].text);
		assert_int_equal(topology_threads(&t, "llc", 0, &threads, &e),
				 0);
		assert_int_equal(threads, cases[i].llc);
		assert_int_equal(topology_threads(&t, "node", 0, &threads, &e),
				 0);
		assert_int_equal(threads, cases[i].node);
		topology_free(&t);
	}
	assert_int_equal(topology_synthetic(&t, "package:zwei", &e), -EINVAL);
	assert_non_null(strstr(e.text, "package:zwei"));
}

/* The kernel's numbers are kept apart from hwloc's. */
static void kernel_numbers(void **state)
{
	static const struct topo_pu expected[] = {
		{ .os = 0, .node_os = 3 },
		{ .os = 4, .thread = 1, .node_os = 3 },
		{ .os = 2, .core = 1, .node_os = 3 },
		{ .os = 6, .core = 1, .thread = 1, .node_os = 3 },
		{ .os = 1,
		  .core = 2,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
		{ .os = 5,
		  .core = 2,
		  .thread = 1,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
		{ .os = 3,
		  .core = 3,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
		{ .os = 7,
		  .core = 3,
		  .thread = 1,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
	};
	struct topo t;

	(void)state;
	assert_int_equal(topology_synthetic(&t,
					    "package:2 [numa(indexes=3,1)] "
					    "l3:1 core:2 "
					    "pu:2(indexes=package:core)",
					    &e),
			 0);
	assert_int_equal(t.nr_pus, NR(expected));
	assert_memory_equal(t.pu, expected, sizeof(expected));
	topology_free(&t);
}

static void thread_words(void **state)
{
	static const struct {
		const char *word;
		unsigned int others, threads;
	} good[] = {
		{ "1", 0, 1 },	     { "7", 0, 7 },    { "1000", 5, 1000 },
		{ "core", 0, 2 },    { "llc", 0, 4 },  { "node", 0, 8 },
		{ "package", 0, 8 }, { "max", 0, 16 }, { "max", 3, 13 },
		{ "node", 7, 8 },    { "node", 9, 7 }, { "core", 15, 1 },
		{ "core", 16, 1 },   { "max", 99, 1 },
	};
	static const char *const bad[] = {
		"0",	"-1",  "",   "2x", "all",
		"Core", "4.5", " 4", "+4", "99999999999999999999"
	};
	unsigned int i, threads;
	struct topo t;

	(void)state;
	assert_int_equal(
		topology_synthetic(&t, "package:2 [numa] l3:2 core:2 pu:2", &e),
		0);
	for (i = 0; i < NR(good); i++) {
		assert_int_equal(topology_threads(&t, good[i].word,
						  good[i].others, &threads, &e),
				 0);
		assert_int_equal(threads, good[i].threads);
	}
	for (i = 0; i < NR(bad); i++) {
		assert_int_equal(topology_threads(&t, bad[i], 0, &threads, &e),
				 -EINVAL);
		assert_non_null(
			strstr(e.text, "core, llc, node, package, max"));
	}
	topology_free(&t);
}

/* --- this machine, in a child --------------------------------------------- */

enum {
	CHILD_SKIPS = 77
};

/* Runs fn in a child, which has failed unless it says so. A reason to skip is
 * what it has put into *why. */
static void in_child(int (*fn)(char *why), const char *name)
{
	char *why = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, code;
	pid_t pid;

	assert_ptr_not_equal(why, MAP_FAILED);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(fn(why));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (code && *why)
		fprintf(stderr, "%s: %s%s\n", name,
			code == CHILD_SKIPS ? "skipped: " : "", why);
	munmap(why, 4096);
	if (code == CHILD_SKIPS)
		skip();
	assert_int_equal(code, 0);
}

/* In a child: leaves it with a reason unless ok. */
#define CHECK(ok)                                                              \
	do {                                                                   \
		if (!(ok)) {                                                   \
			snprintf(why, 4096, "line %d: %s: %s", __LINE__, #ok,  \
				 e.text);                                      \
			return 1;                                              \
		}                                                              \
	} while (0)

#define SKIP(...) (snprintf(why, 4096, __VA_ARGS__), (int)CHILD_SKIPS)

/* The first and the last PU of this machine; false when there is but one. */
static bool two_pus(unsigned int *first, unsigned int *last)
{
	struct topo t;

	if (topology_load(&t, &e))
		return false;
	*first = t.pu[0].os;
	*last = t.pu[t.nr_pus - 1].os;
	topology_free(&t);
	return *first != *last;
}

static int load_here(char *why)
{
	struct topo t;
	unsigned int i;

	CHECK(!topology_load(&t, &e));
	CHECK(t.nr_pus > 0 && t.nr_cores > 0 && t.nr_llcs > 0);
	CHECK(t.nr_nodes > 0 && t.nr_packages > 0);
	for (i = 0; i < t.nr_pus; i++) {
		CHECK(t.pu[i].core < t.nr_cores && t.pu[i].llc < t.nr_llcs);
		CHECK(t.pu[i].node < t.nr_nodes);
		CHECK(t.pu[i].package < t.nr_packages);
		CHECK(!topology_bind(0, t.pu[i].os, &e));
		CHECK(!topology_verify(t.pu[i].os, &e));
	}
	topology_free(&t);
	return 0;
}

static int taskset_is_obeyed(char *why)
{
	unsigned int first, last;
	struct topo t;

	if (!two_pus(&first, &last))
		return SKIP("one PU only");
	CHECK(!topology_bind(0, last, &e));
	CHECK(!topology_load(&t, &e));
	CHECK(t.nr_pus == 1 && t.nr_cores == 1 && t.nr_nodes == 1);
	CHECK(t.pu[0].os == last && t.pu[0].core == 0 && t.pu[0].thread == 0);
	CHECK(strstr(t.text, "1 core, 1 PU"));
	topology_free(&t);
	return 0;
}

static int verify_sees_strays(char *why)
{
	unsigned int first, last;

	if (!two_pus(&first, &last))
		return SKIP("one PU only");
	CHECK(topology_verify(first, &e) == -EINVAL);
	CHECK(strstr(e.text, "not on PU"));
	CHECK(!topology_bind(0, last, &e));
	CHECK(!topology_verify(last, &e));
	CHECK(topology_verify(first, &e) == -EINVAL);
	CHECK(strstr(e.text, "bound elsewhere"));
	CHECK(topology_verify(99999, &e) == -EINVAL);
	return 0;
}

static int bind_gives_reasons(char *why)
{
	CHECK(topology_bind(0, 8191, &e) == -EINVAL);
	CHECK(strstr(e.text, "PU 8191") && strstr(e.text, "offline"));
	CHECK(topology_bind(0, 99999, &e) == -EINVAL);
	CHECK(topology_bind(0x3fffffff, 0, &e) == -ESRCH);
	return 0;
}

static int bind_thread_memory(char *why)
{
	int home, node, policy = -1, err;
	struct topo t;
	char *p;

	CHECK(!topology_load(&t, &e));
	home = (int)t.pu[t.nr_pus - 1].node_os;
	topology_free(&t);
	err = topology_bind_thread_memory(home, &e);
	if (err == -ENOSYS || err == -EPERM)
		return SKIP("%s", e.text);
	CHECK(!err);
	CHECK(!syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0));
	CHECK(policy == MPOL_BIND);
	p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	CHECK(p != MAP_FAILED);
	*p = 1;
	CHECK(!syscall(SYS_get_mempolicy, &node, NULL, 0, p,
		       MPOL_F_NODE | MPOL_F_ADDR));
	CHECK(node == home);
	CHECK(!topology_bind_thread_memory(-1, &e));
	CHECK(!syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0));
	CHECK(policy == MPOL_LOCAL);
	CHECK(topology_bind_thread_memory(1023, &e) == -EINVAL);
	CHECK(strstr(e.text, "node 1023") && strstr(e.text, "not there"));
	CHECK(topology_bind_thread_memory(1024, &e) == -EINVAL);
	return 0;
}

/*
 * PU 0 on a node with memory, PU 1 on one without, and two more nodes with
 * memory and no PU: PU 1's pages come from the one at the least distance.
 */
static int node_without_memory(char *why)
{
	unsigned int i;
	struct topo t;
	cpu_set_t both;

	CPU_ZERO(&both);
	CPU_SET(0, &both);
	CPU_SET(1, &both);
	if (sched_setaffinity(0, sizeof(both), &both) ||
	    sched_getaffinity(0, sizeof(both), &both) || CPU_COUNT(&both) != 2)
		return SKIP("wants PUs 0 and 1");
	setenv("HWLOC_XMLFILE", GOLDEN_DIR "/topology/node-without-memory.xml",
	       1);
	CHECK(topology_load(&t, &e) == -EINVAL);
	CHECK(strstr(e.text, "unset HWLOC_XMLFILE"));
	setenv("HWLOC_THISSYSTEM", "1", 1);
	CHECK(!topology_load(&t, &e));
	CHECK(t.nr_pus == 2 && t.nr_nodes == 2);
	for (i = 0; i < 2; i++)
		CHECK(t.pu[i].node_os == (t.pu[i].os ? 2 : 0));
	topology_free(&t);
	return 0;
}

/* --- a cpuset cgroup ------------------------------------------------------ */

static bool write_text(const char *dir, const char *file, const char *text)
{
	char path[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text);
}

static bool file_has(const char *path, const char *word)
{
	char text[400] = "";
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return strstr(text, word);
}

/* Where a cpuset can be made without a change to anybody's group; NULL else. */
static const char *cpuset_root(bool *v1)
{
	*v1 = !access("/sys/fs/cgroup/cpuset/cpuset.cpus", F_OK);
	if (*v1)
		return "/sys/fs/cgroup/cpuset";
	if (file_has("/sys/fs/cgroup/cgroup.subtree_control", "cpuset"))
		return "/sys/fs/cgroup";
	return NULL;
}

static int in_cpuset(const char *dir, bool v1, unsigned int first,
		     unsigned int last, char *why)
{
	struct topo t;

	CHECK(write_text(dir, v1 ? "tasks" : "cgroup.procs", "0"));
	CHECK(!topology_load(&t, &e));
	CHECK(t.nr_pus == 1 && t.pu[0].os == last);
	topology_free(&t);
	CHECK(!topology_bind(0, last, &e));
	CHECK(topology_bind(0, first, &e) == -EINVAL);
	CHECK(strstr(e.text, "cpuset"));
	return 0;
}

static bool cpuset_fill(const char *dir, const char *root, bool v1,
			unsigned int pu)
{
	char text[100] = "", path[100];
	FILE *f;

	snprintf(text, sizeof(text), "%u", pu);
	if (!write_text(dir, "cpuset.cpus", text))
		return false;
	if (!v1) /* an empty cpuset.mems is the parent's */
		return true;
	snprintf(path, sizeof(path), "%s/cpuset.mems", root);
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	return write_text(dir, "cpuset.mems", text);
}

static int cpuset_is_obeyed(char *why)
{
	unsigned int first, last;
	int status = 0;
	const char *root;
	char dir[100];
	pid_t pid;
	bool v1;

	if (geteuid())
		return SKIP("wants root, to make a cgroup");
	if (!two_pus(&first, &last))
		return SKIP("one PU only");
	root = cpuset_root(&v1);
	if (!root)
		return SKIP("no cpuset controller for children of "
			    "/sys/fs/cgroup");
	snprintf(dir, sizeof(dir), "%s/faultline-test-%d", root, (int)getpid());
	if (mkdir(dir, 0755))
		return SKIP("%s: %s", dir, strerror(errno));
	if (!cpuset_fill(dir, root, v1, last)) {
		rmdir(dir);
		return SKIP("%s: PU %u is not to be had", dir, last);
	}
	pid = fork();
	if (!pid)
		_exit(in_cpuset(dir, v1, first, last, why));
	if (pid > 0)
		waitpid(pid, &status, 0);
	CHECK(!rmdir(dir));
	return pid < 0 || status;
}

#define IN_CHILD(name)                                                         \
	static void test_##name(void **state)                                  \
	{                                                                      \
		(void)state;                                                   \
		in_child(name, #name);                                         \
	}

IN_CHILD(load_here)
IN_CHILD(taskset_is_obeyed)
IN_CHILD(verify_sees_strays)
IN_CHILD(bind_gives_reasons)
IN_CHILD(bind_thread_memory)
IN_CHILD(node_without_memory)
IN_CHILD(cpuset_is_obeyed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_machines),
		cmocka_unit_test(kernel_numbers),
		cmocka_unit_test(thread_words),
		cmocka_unit_test(test_load_here),
		cmocka_unit_test(test_taskset_is_obeyed),
		cmocka_unit_test(test_verify_sees_strays),
		cmocka_unit_test(test_bind_gives_reasons),
		cmocka_unit_test(test_bind_thread_memory),
		cmocka_unit_test(test_node_without_memory),
		cmocka_unit_test(test_cpuset_is_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
