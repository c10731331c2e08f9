/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row for each fact and one function for each kind of place that facts are
 * found in. Nothing is run but gzip (kconfig.c), nothing is written.
 */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "hypervisor.h"
#include "kconfig.h"
#include "look.h"

#define CPU	     "/sys/devices/system/cpu"
#define DMI	     "/sys/class/dmi/id"
#define EMULATED     "faultline.emulated="
#define ICOUNT	     "faultline.icount="
#define VM	     "/proc/sys/vm"
#define FAULT_AROUND "/sys/kernel/debug/fault_around_bytes"

/* The text of a fact in buf and 0 or more, or -errno with the reason. arg is
 * that of the row. */
typedef int find_fn(char *buf, size_t size, struct error *e, const char *arg);

static int find_text(char *buf, size_t size, struct error *e, const char *arg)
{
	(void)e;
	return snprintf(buf, size, "%s", arg);
}

static int find_cpu(char *buf, size_t size, struct error *e, const char *arg)
{
	char part[32];
	int n;

	if (look_key(buf, size, NULL, arg, "model name") > 0)
		return 0;
	/* arm64 has no name, but the fields of MIDR_EL1 */
	n = look_key(buf, size, e, arg, "CPU implementer");
	if (n < 0)
		return n;
	if (look_key(part, sizeof(part), NULL, arg, "CPU part") > 0)
		snprintf(buf + n, size - (size_t)n, " part %s", part);
	return 0;
}

static int find_microcode(char *buf, size_t size, struct error *e,
			  const char *arg)
{
	return look_key(buf, size, e, arg, "microcode");
}

/* DMI, or what the devicetree says of the same. */
static int find_product(char *buf, size_t size, struct error *e,
			const char *arg)
{
	if (look_file(buf, size, NULL, "/proc/device-tree/model") > 0)
		return 0;
	return look_file(buf, size, e, arg);
}

/* What starts a guest may tell it what it is, on its command line. "no" when
 * it does not. */
static int find_told(char *buf, size_t size, struct error *e, const char *name)
{
	char line[4096];
	const char *at;

	(void)e;
	if (look_file(line, sizeof(line), NULL, "/proc/cmdline") > 0 &&
	    (at = strstr(line, name))) {
		at += strlen(name);
		return snprintf(buf, size, "%.*s", (int)strcspn(at, " "), at);
	}
	return snprintf(buf, size, "no");
}

/* Does software execute each instruction of this machine? */
static int find_emulated(char *buf, size_t size, struct error *e,
			 const char *arg)
{
	if (hypervisor_find(buf, size, e, DMI "/sys_vendor") >= 0 &&
	    !strcmp(buf, "qemu-tcg"))
		return snprintf(buf, size, "tcg");
	return find_told(buf, size, e, arg);
}

bool facts_emulated(void)
{
	struct error e;
	char text[64];

	return find_emulated(text, sizeof(text), &e, EMULATED) >= 0 &&
	       strcmp(text, "no") != 0;
}

bool facts_icount(void)
{
	struct error e;
	char text[16];

	return find_told(text, sizeof(text), &e, ICOUNT) > 0 &&
	       !strcmp(text, "yes");
}

static int find_memory(char *buf, size_t size, struct error *e, const char *arg)
{
	long long page = sysconf(_SC_PAGESIZE);

	(void)e;
	if (*arg == 'p')
		return snprintf(buf, size, "%lld", page);
	return snprintf(buf, size, "%lld", page * sysconf(_SC_PHYS_PAGES));
}

static int find_uname(char *buf, size_t size, struct error *e, const char *arg)
{
	struct utsname u;

	(void)e;
	uname(&u);
	return snprintf(buf, size, "%s",
			*arg == 'r'   ? u.release
			: *arg == 'v' ? u.version
				      : u.machine);
}

/* sysconf(_SC_CLK_TCK) is always 100; the coarse clocks advance by a tick. */
static int find_hz(char *buf, size_t size, struct error *e, const char *arg)
{
	struct timespec ts;

	(void)arg;
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &ts) || !ts.tv_nsec)
		return error_set(e, ENOTSUP, "no CLOCK_MONOTONIC_COARSE");
	return snprintf(buf, size, "%.0f", 1e9 / (double)ts.tv_nsec);
}

/* Every file that matches the pattern, as "name: text; ..." or, with equal
 * texts, that text once. skip is a text not worth showing. */
static int find_all(char *buf, size_t size, struct error *e,
		    const char *pattern, const char *skip)
{
	size_t i, to = 0, nr;
	char text[256], last[256] = "";
	glob_t g;

	if (glob(pattern, 0, NULL, &g))
		return error_set(e, ENOENT, "no %s", pattern);
	nr = g.gl_pathc;
	*buf = '\0';
	for (i = 0; i < nr && to < size; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;

		if (look_file(text, sizeof(text), NULL, g.gl_pathv[i]) < 0 ||
		    !strcmp(text, skip ? skip : last))
			continue;
		to += (size_t)snprintf(buf + to, size - to, "%s%s%s%s",
				       to ? "; " : "", skip ? name : "",
				       skip ? ": " : "", text);
		memcpy(last, text, sizeof(last));
	}
	globfree(&g);
	return 0;
}

/* What the CPU is vulnerable to, and what the kernel does about it. */
static int find_mitigations(char *buf, size_t size, struct error *e,
			    const char *arg)
{
	int ret = find_all(buf, size, e, arg, "Not affected");

	return ret || *buf ? ret : snprintf(buf, size, "none needed");
}

static int find_governor(char *buf, size_t size, struct error *e,
			 const char *arg)
{
	int ret = find_all(buf, size, e, arg, NULL);

	return ret ? error_set(e, ENOENT, "no cpufreq driver: %s",
			       "the firmware or the host sets the frequency")
		   : 0;
}

static int find_aslr(char *buf, size_t size, struct error *e, const char *arg)
{
	int ret = look_file(buf, size, e, arg);
	int persona = personality(0xffffffff);

	if (ret >= 0 && persona != -1 && persona & ADDR_NO_RANDOMIZE)
		return snprintf(buf, size, "0 (ADDR_NO_RANDOMIZE)");
	return ret;
}

static int find_fault_around(char *buf, size_t size, struct error *e,
			     const char *arg)
{
	int ret = look_file(buf, size, e, arg);

	if (ret == -ENOENT)
		error_set(e, ENOENT,
			  "no %s: debugfs is not mounted (mount -t debugfs "
			  "none /sys/kernel/debug)",
			  arg);
	else if (ret == -EACCES)
		error_set(e, EACCES, "%s is for root alone", arg);
	else if (ret == -EPERM)
		error_set(e, EPERM, "%s is closed even to root: lockdown(7)",
			  arg);
	return ret;
}

/* The static key behind it can't be seen: what was asked for at boot, else
 * the kernel's default. */
static int find_init_on_alloc(char *buf, size_t size, struct error *e,
			      const char *arg)
{
	char *at, *last = NULL;
	struct kconfig config;
	int ret = look_file(buf, size, NULL, arg);

	for (at = buf; ret > 0 && (at = strstr(at, "init_on_alloc=")); at++)
		last = at + strlen("init_on_alloc=");
	if (last)
		return snprintf(buf, size, "%d",
				(*last && strchr("1yYtT", *last)) ||
					!strncmp(last, "on", 2));
	ret = kconfig_load(&config, e);
	if (ret)
		return ret;
	kconfig_get(&config, "INIT_ON_ALLOC_DEFAULT_ON", buf, size);
	snprintf(buf, size, "%d", *buf == 'y');
	kconfig_free(&config);
	return 0;
}

/* A symbol that speaks of vm.fault_lock_wait is a module's when its line says
 * so: "address type name [module]". */
int facts_policy_switches(char *buf, size_t size, struct error *e)
{
	char *line = NULL;
	bool module = false;
	size_t room = 0;
	FILE *symbols;

	if (access(VM "/per_vma_lock", F_OK))
		return error_set(e, ENOENT,
				 "this kernel has no vm.per_vma_lock: see "
				 "lab/patches and lab/module");
	symbols = fopen("/proc/kallsyms", "re");
	if (!symbols)
		return error_set(e, errno, "/proc/kallsyms: %s",
				 strerror(errno));
	while (!module && getline(&line, &room, symbols) > 0)
		module = strstr(line, "fault_lock_wait") && strchr(line, '[');
	free(line);
	fclose(symbols);
	return snprintf(buf, size, "%s", module ? "module" : "kernel");
}

static int find_switches(char *buf, size_t size, struct error *e,
			 const char *arg)
{
	(void)arg;
	return facts_policy_switches(buf, size, e);
}

static const struct fact {
	const char *name;
	find_fn *find;
	const char *arg;
} known[] = {
	{ "machine.cpu", find_cpu, "/proc/cpuinfo" },
	{ "machine.microcode", find_microcode, "/proc/cpuinfo" },
	{ "machine.vendor", look_file, DMI "/sys_vendor" },
	{ "machine.product", find_product, DMI "/product_name" },
	{ "machine.virtualization", hypervisor_find, DMI "/sys_vendor" },
	{ "machine.emulated", find_emulated, EMULATED },
	{ "machine.icount", find_told, ICOUNT },
	{ "machine.memory_bytes", find_memory, "all" },
	{ "machine.page_bytes", find_memory, "page" },
	{ "kernel.release", find_uname, "release" },
	{ "kernel.version", find_uname, "version" },
	{ "kernel.arch", find_uname, "machine" },
	{ "kernel.boot_id", look_file, "/proc/sys/kernel/random/boot_id" },
	{ "kernel.cmdline", look_file, "/proc/cmdline" },
	{ "kernel.mitigations", find_mitigations, CPU "/vulnerabilities/*" },
	{ "kernel.hz", find_hz, NULL },
	{ "kernel.policy_switches", find_switches, NULL },
	{ "setting.per_vma_lock", look_file, VM "/per_vma_lock" },
	{ "setting.fault_lock_wait", look_file, VM "/fault_lock_wait" },
	{ "setting.thp", look_choice,
	  "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "setting.governor", find_governor,
	  CPU "/cpufreq/policy*/scaling_governor" },
	{ "setting.aslr", find_aslr, "/proc/sys/kernel/randomize_va_space" },
	{ "setting.autogroup", look_file,
	  "/proc/sys/kernel/sched_autogroup_enabled" },
	{ "setting.swappiness", look_file, "/proc/sys/vm/swappiness" },
	{ "setting.perf_event_paranoid", look_file,
	  "/proc/sys/kernel/perf_event_paranoid" },
	{ "setting.smt", look_file, CPU "/smt/control" },
	{ "setting.numa_balancing", look_file,
	  "/proc/sys/kernel/numa_balancing" },
	{ "setting.fault_around_bytes", find_fault_around, FAULT_AROUND },
	{ "setting.init_on_alloc", find_init_on_alloc, "/proc/cmdline" },
	{ "build.version", find_text, FAULTLINE_VERSION },
#if defined(__clang__)
	{ "build.compiler", find_text, "clang " __clang_version__ },
#else
	{ "build.compiler", find_text, "gcc " __VERSION__ },
#endif
	{ "build.flags", find_text, FAULTLINE_CFLAGS },
};

static void add(struct pairs *facts, const struct fact *fact)
{
	char text[4096];
	struct error e;
	int ret = fact->find(text, sizeof(text), &e, fact->arg);

	if (ret >= 0)
		pairs_add(facts, fact->name, look_clean(text, strlen(text)));
	else
		pairs_add_absent(facts, fact->name, e.text);
}

static void add_config(struct pairs *facts)
{
	static const char *const options[] = {
		"PER_VMA_LOCK",
		"PER_VMA_LOCK_STATS",
		"TRANSPARENT_HUGEPAGE",
		"PREEMPT_NONE",
		"PREEMPT_VOLUNTARY",
		"PREEMPT",
		"PREEMPT_LAZY",
		"PREEMPT_RT",
		"PREEMPT_DYNAMIC",
		"HZ",
		"INIT_ON_ALLOC_DEFAULT_ON",
		"LRU_GEN_ENABLED",
		"NUMA_BALANCING",
		"SECRETMEM",
		"USERFAULTFD",
		"KASAN",
		"PROVE_LOCKING",
		"DEBUG_VM",
		"PAGE_TABLE_CHECK",
		"MEMCG",
		"RANDOMIZE_BASE",
		"CPU_MITIGATIONS",
		"SPECULATION_MITIGATIONS",
	};
	char name[64], value[64];
	struct kconfig config;
	struct error e;
	int ret = kconfig_load(&config, &e);
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		snprintf(name, sizeof(name), "kernel.config.%s", options[i]);
		if (ret)
			pairs_add_absent(facts, name, e.text);
		else
			pairs_add(facts, name,
				  kconfig_get(&config, options[i], value,
					      sizeof(value)));
	}
	kconfig_free(&config);
}

static void add_features(struct pairs *facts)
{
	struct features f;
	char name[64];
	size_t i;

	features_load(&f);
	for (i = 0; i < NR_FEATURES; i++) {
		snprintf(name, sizeof(name), "kernel.feature.%s",
			 feature_names[i]);
		pairs_add(facts, name, f.has[i] ? "yes" : "no");
	}
}

void facts_load(struct pairs *facts)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		add(facts, &known[i]);
	add_config(facts);
	add_features(facts);
}

void facts_fault_around(unsigned long *bytes, bool *known_bytes)
{
	long long number;

	*known_bytes = !look_number(&number, NULL, FAULT_AROUND) && number > 0;
	*bytes = *known_bytes ? (unsigned long)number : 65536;
}

/* The kernel tells an open file's mount by its number, and of each mount the
 * type after a dash: proc(5). A device number would not do: btrfs and overlayfs
 * show other ones than their mounts have. */
int facts_file_system(const char *path, char *type, size_t size,
		      struct error *e)
{
	int fd = open(path, O_PATH | O_CLOEXEC), ret;
	char name[64], id[32], line[16];
	FILE *mounts;
	char *text = NULL;
	size_t room = 0;

	if (fd < 0)
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	ret = look_key(id, sizeof(id), e, name, "mnt_id");
	close(fd);
	if (ret < 0)
		return ret;
	mounts = fopen("/proc/self/mountinfo", "re");
	if (!mounts)
		return error_set(e, errno, "/proc/self/mountinfo: %s",
				 strerror(errno));
	ret = -ENOENT;
	while (ret && getline(&text, &room, mounts) > 0) {
		const char *dash = strstr(text, " - ");

		if (dash && sscanf(text, "%15s", line) == 1 &&
		    !strcmp(line, id)) {
			snprintf(type, size, "%.*s",
				 (int)strcspn(dash + 3, " "), dash + 3);
			ret = 0;
		}
	}
	free(text);
	fclose(mounts);
	return ret ? error_set(e, ENOENT,
			       "%s: its mount is not in /proc/self/mountinfo",
			       path)
		   : 0;
}

/* Eighth number of the first line: proc(5). */
double facts_steal_s(void)
{
	char line[256];
	unsigned long long steal;

	if (look_key(line, sizeof(line), NULL, "/proc/stat", "cpu") < 0 ||
	    sscanf(line, "%*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
		return NAN;
	return (double)steal / (double)sysconf(_SC_CLK_TCK);
}
