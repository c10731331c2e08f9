/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The census on our side of the kernel: loads, attaches, tries and reads
 * census.bpf.c. The only file that includes libbpf.
 *
 * Nothing is concluded from the kernel's configuration or version: a level is
 * there when its programs load, attach and count known faults. The kernel's
 * type information is asked what the programs have to know: whether there is a
 * VMA lock, what tracepoints there are, and what else can be hooked.
 */
#include "census.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "census.skel.h"
#include "known.h"
#include "look.h"

struct census {
	enum census_level level;
	unsigned int nr_slots;
	struct census_bpf *bpf;
	int mark_fd; /* negative: see mark_by_number() */
	int watched_fd, slots_fd;
	bool locks_by_function;
	struct error why_not_better;
};

const char *census_libbpf(const char **why)
{
	static char version[32];

	*why = NULL;
	snprintf(version, sizeof(version), "%u.%u", libbpf_major_version(),
		 libbpf_minor_version());
	return version;
}

/* --- the words of libbpf -------------------------------------------------- */

/* Its first warning: that is the cause, what follows are consequences. */
static _Thread_local char warning[400];

__attribute__((format(printf, 2, 0))) static int keep_warning(
	enum libbpf_print_level level, const char *format, va_list ap)
{
	if (level != LIBBPF_WARN || warning[0])
		return 0;
	vsnprintf(warning, sizeof(warning), format, ap);
	look_clean(warning, strlen(warning));
	return 0;
}

static int refused(enum census_level level, int err, const char *what,
		   struct error *e)
{
	/* libbpf's own words on this are about resource limits. */
	if (err == -EPERM && strstr(warning, "RLIMIT_MEMLOCK"))
		return error_set(e, EPERM,
				 "bpf: loading programs is not permitted: run "
				 "as root, or with CAP_BPF and CAP_PERFMON");
	return error_set(e, -err, "%s: this kernel does not let it %s: %s: %s",
			 census_level_name(level), what, strerror(-err),
			 warning[0] ? warning : "libbpf gives no reason");
}

/* --- what the programs have to know --------------------------------------- */

struct kernel_types {
	bool has_vma_lock, has_exceptions;
	bool has_lock_events, has_memcg_path; /* mmap_lock's tracepoints */
	bool has_lock_functions;	      /* those of rw semaphores */
	bool has_syscall_programs;	      /* from 5.14 on */
	/* The trampoline of fexit outlives the tasks that sleep in the hooked
	 * function (kernel/bpf/trampoline.c since 5.12, and where e21aa341785c
	 * was backported). */
	bool keeps_trampolines;
	bool tries_vma_lock; /* no policy keeps faults from it */
};

/* Arguments of a tracepoint, the hidden first one included; 0: there is no
 * such tracepoint. */
static unsigned int nr_arguments(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	const struct btf_type *t;

	if (id < 0)
		return 0;
	t = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? btf_vlen(t) : 0;
}

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool has_enumerator(const struct btf *btf, const char *type,
			   const char *name)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id)
					  : NULL;
	unsigned int i;

	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off),
			    name))
			return true;
	return false;
}

static void types_find(struct kernel_types *types, const struct btf *btf)
{
	unsigned int acquired =
		nr_arguments(btf, "btf_trace_mmap_lock_acquire_returned");
	long long tries;

	types->has_vma_lock = has_function(btf, "lock_vma_under_rcu");
	types->tries_vma_lock =
		types->has_vma_lock &&
		(look_number(&tries, NULL, "/proc/sys/vm/per_vma_lock") ||
		 tries);
	types->has_exceptions = nr_arguments(btf, "btf_trace_page_fault_user") >
				0;
	types->has_lock_events = acquired > 0;
	types->has_memcg_path = acquired > 4;
	types->has_lock_functions = has_function(btf, "down_read") &&
				    has_function(btf, "down_read_trylock");
	types->has_syscall_programs = has_enumerator(btf, "bpf_prog_type",
						     "BPF_PROG_TYPE_SYSCALL");
	types->keeps_trampolines = btf__find_by_name_kind(btf,
							  "bpf_tramp_image",
							  BTF_KIND_STRUCT) > 0;
}

static int types_load(struct kernel_types *types, struct error *e)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return error_set(
			e, ENOTSUP,
			"bpf: no type information of the kernel (%s): it takes "
			"one with CONFIG_DEBUG_INFO_BTF",
			strerror(errno));
	types_find(types, btf);
	btf__free(btf);
	return 0;
}

/* --- open ----------------------------------------------------------------- */

/* What the level takes of the kernel, as far as loading would not tell. */
static int check_needs(enum census_level level, const struct kernel_types *t,
		       struct error *e)
{
	bool exact = level == CENSUS_FEXIT;
	const char *missing = NULL;

	if (!exact && !t->has_exceptions)
		missing = "tracepoints exceptions:page_fault_* (x86 and RISC-V "
			  "have them)";
	else if (!exact && !t->has_lock_events)
		missing = "tracepoints mmap_lock:* (5.11 and later have them)";
	else if (exact && !t->has_lock_events && !t->has_lock_functions)
		missing = "tracepoints mmap_lock:*, and no down_read() to hook";
	else if (exact && !t->keeps_trampolines)
		missing = "struct bpf_tramp_image (5.12): the kernel would "
			  "free the code that a sleeping fault returns to";
	return missing ? error_set(e, ENOTSUP, "%s: no %s",
				   census_level_name(level), missing)
		       : 0;
}

/* Those whose hooks this kernel has and that are of use at this level. */
static void choose_programs(struct census_bpf *bpf, bool exact,
			    const struct kernel_types *t)
{
	const struct {
		struct bpf_program *program;
		bool wanted;
	} some[] = {
		{ bpf->progs.user_fault, t->has_exceptions },
		{ bpf->progs.kernel_fault, t->has_exceptions },
		{ bpf->progs.lock_start, t->has_lock_events },
		{ bpf->progs.lock_returned,
		  t->has_lock_events && !t->has_memcg_path },
		{ bpf->progs.lock_returned_memcg, t->has_memcg_path },
		{ bpf->progs.lock_released, exact && t->has_lock_events },
		{ bpf->progs.looked_up, exact && t->has_vma_lock },
		{ bpf->progs.attempt_begin, exact },
		{ bpf->progs.attempt_end, exact },
		{ bpf->progs.mark, t->has_syscall_programs },
	};
	struct bpf_program *program;
	size_t i;

	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		bpf_program__set_autoload(some[i].program, some[i].wanted);
	bpf_object__for_each_program(program, bpf->obj)
	{
		/* census_rwsem.h */
		if (!strncmp(bpf_program__name(program), "sem_", 4))
			bpf_program__set_autoload(program,
						  exact && !t->has_lock_events);
	}
}

static int load(struct census *c, const struct kernel_types *types,
		struct error *e)
{
	bool exact = c->level == CENSUS_FEXIT;
	int err = check_needs(c->level, types, e);
	struct census_bpf *bpf;

	if (err)
		return err;
	bpf = census_bpf__open();
	if (!bpf)
		return refused(c->level, -errno, "open", e);
	c->bpf = bpf;
	bpf->rodata->exact = exact;
	bpf->rodata->tries_vma_lock = types->tries_vma_lock;
	bpf->rodata->has_exceptions = types->has_exceptions;
	choose_programs(bpf, exact, types);
	bpf_map__set_max_entries(bpf->maps.watched, c->nr_slots);
	bpf_map__set_max_entries(bpf->maps.slots, c->nr_slots);
	err = census_bpf__load(bpf);
	if (err)
		return refused(c->level, err, "load", e);
	err = census_bpf__attach(bpf);
	if (err)
		return refused(c->level, err, "attach", e);
	c->locks_by_function = !types->has_lock_events;
	c->mark_fd = types->has_syscall_programs
			     ? bpf_program__fd(bpf->progs.mark)
			     : -1;
	c->watched_fd = bpf_map__fd(bpf->maps.watched);
	c->slots_fd = bpf_map__fd(bpf->maps.slots);
	return 0;
}

/* Known faults have to be counted. Leaves slot 0 as it was: zeroes. */
static int try_out(struct census *c, struct error *e)
{
	static const struct census_slot zeroes;
	struct census_counts *counts = malloc(sizeof(*counts));
	uint32_t slot = 0;
	bool done = true;
	int err;

	if (!counts)
		return error_set(e, ENOMEM, "no memory for a census");
	err = census_watch(c, slot, e);
	if (!err) {
		done = known_provoke();
		err = census_unwatch(c, e);
	}
	err = err ? err : census_read(c, slot, counts, e);
	if (!err && !done)
		err = error_set(e, ENOMEM, "no memory to try the census with");
	else if (!err && (counts->faults_user < KNOWN_FAULTS ||
			  counts->faults_kernel < KNOWN_FAULTS ||
			  counts->read_locks < KNOWN_FAULTS ||
			  (c->level == CENSUS_FEXIT &&
			   counts->attempts < 2 * KNOWN_FAULTS)))
		err = error_set(
			e, ENOTSUP,
			"%s: loads and counts %llu user-mode, %llu kernel-mode "
			"faults, %llu acquisitions and %llu attempts where %d "
			"and more of each were made: not to be trusted",
			census_level_name(c->level),
			(unsigned long long)counts->faults_user,
			(unsigned long long)counts->faults_kernel,
			(unsigned long long)counts->read_locks,
			(unsigned long long)counts->attempts, KNOWN_FAULTS);
	free(counts);
	if (!err && bpf_map_update_elem(c->slots_fd, &slot, &zeroes, BPF_ANY))
		err = error_set(e, errno, "census: cannot begin at 0: %s",
				strerror(errno));
	return err;
}

/* With the reasons of all levels that were tried, the best one first. */
static int give_up(struct census *c, int err, struct error *e)
{
	struct error last = *e;

	if (*c->why_not_better.text &&
	    strcmp(c->why_not_better.text, last.text) != 0)
		error_set(e, -err, "%.250s; %.250s", c->why_not_better.text,
			  last.text);
	free(c);
	return err;
}

int census_open(struct census **census, enum census_level best,
		unsigned int nr_slots, struct error *e)
{
	struct kernel_types types = { 0 };
	struct census *c;
	int err;

	*census = NULL;
	libbpf_set_print(keep_warning);
	err = types_load(&types, e);
	if (err)
		return err;
	c = calloc(1, sizeof(*c));
	if (!c)
		return error_set(e, ENOMEM, "no memory for a census");
	c->nr_slots = nr_slots;
	for (c->level = best;; c->level--) {
		warning[0] = '\0';
		err = load(c, &types, e);
		err = err ? err : try_out(c, e);
		if (!err)
			break;
		census_bpf__destroy(c->bpf);
		c->bpf = NULL;
		if (c->level <= CENSUS_TP_BTF)
			return give_up(c, err, e);
		c->why_not_better = *e;
	}
	*census = c;
	return 0;
}

void census_close(struct census *c)
{
	if (!c)
		return;
	census_bpf__destroy(c->bpf);
	free(c);
}

enum census_level census_level(const struct census *c)
{
	return c->level;
}

const char *census_why_not_better(const struct census *c)
{
	return c->why_not_better.text;
}

const char *census_how_locks(const struct census *c)
{
	return c->locks_by_function ? "at down_read() and its like, as this "
				      "kernel has no tracepoints of mmap_lock"
				    : "";
}

uint64_t census_missed(const struct census *c)
{
	struct bpf_program *program;
	uint64_t missed = 0;

	bpf_object__for_each_program(program, c->bpf->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
			missed += info.recursion_misses;
	}
	return missed;
}

/* --- use ------------------------------------------------------------------ */

/* The thread itself runs it, and has its number in the first namespace. */
static int mark_by_program(struct census *c, struct census_order order)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &order,
		    .ctx_size_in = sizeof(order));
	int err = bpf_prog_test_run_opts(c->mark_fd, &run);

	return err ? err : order.answer;
}

/* Before 5.14 there are no such programs: the thread's number is that which it
 * knows itself by when there is no namespace between. */
static int mark_by_number(struct census *c, struct census_order order)
{
	uint32_t tid = (uint32_t)gettid(), slot = order.slot;

	return order.on ? bpf_map_update_elem(c->watched_fd, &tid, &slot,
					      BPF_ANY)
			: bpf_map_delete_elem(c->watched_fd, &tid);
}

/* include/linux/proc_ns.h: PROC_PID_INIT_INO. */
static bool in_first_pid_namespace(void)
{
	struct stat s;

	return !stat("/proc/self/ns/pid", &s) && s.st_ino == 0xeffffffc;
}

static int mark(struct census *c, struct census_order order, struct error *e)
{
	int err;

	if (c->mark_fd < 0 && !in_first_pid_namespace())
		return error_set(e, ENOTSUP,
				 "census: a thread outside of the first pid "
				 "namespace does not know its number there, "
				 "and cannot ask a BPF program before 5.14");
	err = c->mark_fd < 0 ? mark_by_number(c, order)
			     : mark_by_program(c, order);
	if (err)
		return error_set(e, -err, "census: cannot %s a thread: %s",
				 order.on ? "watch" : "let go of",
				 strerror(-err));
	return 0;
}

int census_watch(struct census *c, unsigned int slot, struct error *e)
{
	if (slot >= c->nr_slots)
		return error_set(e, EINVAL, "census: slot %u of %u", slot,
				 c->nr_slots);
	return mark(c, (struct census_order){ .slot = slot, .on = 1 }, e);
}

int census_unwatch(struct census *c, struct error *e)
{
	return mark(c, (struct census_order){ .on = 0 }, e);
}

int census_read(struct census *c, unsigned int slot,
		struct census_counts *counts, struct error *e)
{
	struct census_slot *copy = malloc(sizeof(*copy));
	int err = 0;

	if (!copy)
		return error_set(e, ENOMEM, "no memory for a census");
	if (bpf_map_lookup_elem(c->slots_fd, &slot, copy))
		err = error_set(e, errno, "census: cannot read slot %u: %s",
				slot, strerror(errno));
	else
		*counts = copy->counts;
	free(copy);
	return err;
}
