/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts are told or absent with a reason, on any machine and to any user: so
 * these tests check the shape of the answers, and the answers themselves where
 * this kernel gives them in a second way.
 */
#include <math.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "abilities.h"
#include "facts.h"
#include "kconfig.h"
#include "look.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* doc/format.md, less what others add. */
static const char *const required[] = {
	"machine.cpu",
	"machine.microcode",
	"machine.vendor",
	"machine.product",
	"machine.virtualization",
	"machine.memory_bytes",
	"machine.page_bytes",
	"kernel.release",
	"kernel.version",
	"kernel.arch",
	"kernel.boot_id",
	"kernel.cmdline",
	"kernel.config.PER_VMA_LOCK",
	"kernel.config.PER_VMA_LOCK_STATS",
	"kernel.config.HZ",
	"kernel.feature.per-vma-lock",
	"kernel.feature.per-vma-lock-file",
	"kernel.feature.per-vma-lock-uffd",
	"kernel.feature.per-vma-lock-swap",
	"kernel.feature.per-vma-lock-fresh",
	"kernel.feature.per-vma-lock-hugetlb",
	"kernel.feature.fault-completed",
	"kernel.feature.stack-write-lock",
	"kernel.feature.per-vma-lock-stats",
	"kernel.mitigations",
	"kernel.hz",
	"kernel.policy_switches",
	"setting.per_vma_lock",
	"setting.fault_lock_wait",
	"setting.thp",
	"setting.governor",
	"setting.aslr",
	"setting.autogroup",
	"setting.swappiness",
	"setting.perf_event_paranoid",
	"setting.smt",
	"setting.numa_balancing",
	"setting.fault_around_bytes",
	"setting.init_on_alloc",
	"build.version",
	"build.compiler",
	"build.flags",
};

/* Any machine can tell these. */
static const char *const certain[] = {
	"machine.memory_bytes", "machine.page_bytes", "kernel.release",
	"kernel.version",	"kernel.arch",	      "build.version",
	"build.compiler",
};

static bool one_line(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

/* The first thing that is wrong with the facts, or NULL. */
static const char *wrong(const struct pairs *facts)
{
	size_t i, j;

	for (i = 0; i < facts->nr; i++) {
		const struct pair *p = &facts->at[i];

		if (!p->text == !p->absent)
			return p->name;
		if (p->text ? !one_line(p->text)
			    : !*p->absent || !one_line(p->absent))
			return p->name;
		for (j = 0; j < i; j++) {
			if (!strcmp(facts->at[j].name, p->name))
				return p->name;
		}
	}
	for (i = 0; i < NR(required); i++) {
		for (j = 0; j < facts->nr; j++) {
			if (!strcmp(facts->at[j].name, required[i]))
				break;
		}
		if (j == facts->nr)
			return required[i];
	}
	for (i = 0; i < NR(certain); i++) {
		if (!pairs_find(facts, certain[i]))
			return certain[i];
	}
	return NULL;
}

static void facts_have_their_shape(void **state)
{
	struct record r = { .type = RECORD_SESSION };
	struct utsname u;
	const char *name;

	(void)state;
	facts_load(&r.facts);
	name = wrong(&r.facts);
	if (name)
		fail_msg("%s", name);
	uname(&u);
	assert_string_equal(pairs_find(&r.facts, "kernel.release"), u.release);
	assert_string_equal(pairs_find(&r.facts, "kernel.arch"), u.machine);
	assert_int_equal(atol(pairs_find(&r.facts, "machine.page_bytes")),
			 sysconf(_SC_PAGESIZE));
	record_free(&r);
}

/* Two ways to the same figure. */
static void hz_is_that_of_the_configuration(void **state)
{
	struct record r = { .type = RECORD_SESSION };
	const char *config, *hz;

	(void)state;
	facts_load(&r.facts);
	config = pairs_find(&r.facts, "kernel.config.HZ");
	hz = pairs_find(&r.facts, "kernel.hz");
	if (config && hz)
		assert_string_equal(config, hz);
	record_free(&r);
}

static void facts_need_no_privilege(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid())
		skip(); /* then the other tests have shown it */
	pid = fork();
	if (!pid) {
		struct record r = { .type = RECORD_SESSION };
		struct features f;
		struct error e;
		int ret;

		if (setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(2);
		facts_load(&r.facts);
		features_load(&f);
		ret = ability_userfaultfd(true, &e);
		if (ret && !*e.text)
			_exit(3);
		ret = wrong(&r.facts) != NULL;
		record_free(&r);
		_exit(ret);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void features_agree_with_this_kernel(void **state)
{
	struct features f;
	struct kconfig config;
	struct utsname u;
	int major = 0, minor = 0;
	char text[8];
	size_t i;

	(void)state;
	features_load(&f);
	for (i = 0; i < NR_FEATURES; i++) {
		assert_non_null(feature_names[i]);
		assert_true(*f.how[i] && one_line(f.how[i]));
	}
	uname(&u);
	assert_int_equal(sscanf(u.release, "%d.%d", &major, &minor), 2);
	if (f.has[FEATURE_VMA_LOCK]) {
		assert_int_equal(f.has[FEATURE_VMA_LOCK_FILE],
				 major * 1000 + minor >= 6007);
		assert_int_equal(f.has[FEATURE_VMA_LOCK_UFFD],
				 major * 1000 + minor >= 6006);
		assert_int_equal(f.has[FEATURE_VMA_LOCK_HUGETLB],
				 major * 1000 + minor >= 6010);
	} else {
		assert_false(f.has[FEATURE_VMA_LOCK_HUGETLB]);
		assert_false(f.has[FEATURE_VMA_LOCK_FILE]);
		assert_false(f.has[FEATURE_VMA_LOCK_UFFD]);
		assert_false(f.has[FEATURE_VMA_LOCK_STATS]);
	}
	if (!kconfig_load(&config, NULL)) {
		kconfig_get(&config, "PER_VMA_LOCK", text, sizeof(text));
		assert_int_equal(f.has[FEATURE_VMA_LOCK], *text == 'y');
		kconfig_get(&config, "PER_VMA_LOCK_STATS", text, sizeof(text));
		assert_int_equal(f.has[FEATURE_VMA_LOCK_STATS], *text == 'y');
	}
	kconfig_free(&config);
}

static void kconfig_reads_values(void **state)
{
	char text[] = "CONFIG_FIRST=y\n"
		      "# CONFIG_UNSET is not set\n"
		      "CONFIG_XCONFIG_HZ=7\n"
		      "CONFIG_HZ_250=y\n"
		      "CONFIG_HZ=250\n"
		      "CONFIG_CC=\"gcc (Debian) 12\"\n"
		      "CONFIG_LAST=m";
	const struct kconfig k = { .text = text };
	const struct kconfig none = { .text = NULL };
	char buf[32];

	(void)state;
	assert_string_equal(kconfig_get(&k, "FIRST", buf, sizeof(buf)), "y");
	assert_string_equal(kconfig_get(&k, "UNSET", buf, sizeof(buf)), "n");
	assert_string_equal(kconfig_get(&k, "NEVER", buf, sizeof(buf)), "n");
	assert_string_equal(kconfig_get(&k, "HZ", buf, sizeof(buf)), "250");
	assert_string_equal(kconfig_get(&k, "CC", buf, sizeof(buf)),
			    "gcc (Debian) 12");
	assert_string_equal(kconfig_get(&k, "LAST", buf, sizeof(buf)), "m");
	assert_string_equal(kconfig_get(&none, "HZ", buf, sizeof(buf)), "n");
}

static void look_makes_one_line(void **state)
{
	char text[] = " a\tb\0c \n\x1b[31m\xc3\xa9\n ";

	(void)state;
	assert_string_equal(look_clean(text, sizeof(text) - 1),
			    "a b c ?[31m??");
}

static void look_finds_in_files(void **state)
{
	char path[] = "/tmp/test_facts.XXXXXX", buf[64];
	int fd = mkstemp(path);
	long long number;
	struct error e;

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "model\t: 1\nmodel name\t: A  B\nkey=v") > 0);
	assert_int_equal(look_key(buf, sizeof(buf), &e, path, "model name"), 3);
	assert_string_equal(buf, "A B");
	assert_int_equal(look_key(buf, sizeof(buf), &e, path, "key"), 1);
	assert_string_equal(buf, "v");
	assert_true(look_key(buf, sizeof(buf), &e, path, "mod") < 0);
	assert_non_null(strstr(e.text, "mod"));
	assert_true(look_number(&number, &e, path) < 0);
	assert_true(look_choice(buf, sizeof(buf), &e, path) < 0);

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "always [madvise] never\n", 23, 0), 23);
	assert_int_equal(look_choice(buf, sizeof(buf), &e, path), 7);
	assert_string_equal(buf, "madvise");

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "-1\n", 3, 0), 3);
	assert_int_equal(look_number(&number, &e, path), 0);
	assert_int_equal(number, -1);
	close(fd);
	unlink(path);
	assert_true(look_file(buf, sizeof(buf), &e, path) < 0);
	assert_non_null(strstr(e.text, path));
}

static void steal_and_fault_around_are_sane(void **state)
{
	double steal_s = facts_steal_s();
	unsigned long bytes;
	bool known;

	(void)state;
	assert_true(isnan(steal_s) || steal_s >= 0);
	facts_fault_around(&bytes, &known);
	assert_true(bytes > 0 && !(bytes & (bytes - 1)));
	if (!known)
		assert_int_equal(bytes, 65536);
}

static void file_systems_have_a_type(void **state)
{
	char type[64];
	struct error e;

	(void)state;
	assert_int_equal(facts_file_system("/proc", type, sizeof(type), &e), 0);
	assert_string_equal(type, "proc");
	assert_int_equal(
		facts_file_system("/proc/no-such", type, sizeof(type), &e),
		-ENOENT);
	assert_non_null(strstr(e.text, "/proc/no-such"));
}

static void abilities_have_reasons(void **state)
{
	struct error e = { "" };

	(void)state;
	if (ability_userfaultfd(false, &e))
		assert_true(*e.text && one_line(e.text));
	*e.text = '\0';
	if (ability_userfaultfd(true, &e))
		assert_true(*e.text && one_line(e.text));
	*e.text = '\0';
	if (ability_memfd_secret(&e))
		assert_true(*e.text && one_line(e.text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_have_their_shape),
		cmocka_unit_test(hz_is_that_of_the_configuration),
		cmocka_unit_test(facts_need_no_privilege),
		cmocka_unit_test(features_agree_with_this_kernel),
		cmocka_unit_test(kconfig_reads_values),
		cmocka_unit_test(look_makes_one_line),
		cmocka_unit_test(look_finds_in_files),
		cmocka_unit_test(steal_and_fault_around_are_sane),
		cmocka_unit_test(file_systems_have_a_type),
		cmocka_unit_test(abilities_have_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
