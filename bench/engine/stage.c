/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios and antagonists may call (scenario.h): memory, files, helper
 * threads, and the ways to end.
 */
#include "cell.h"

#include <sched.h>
#include <stdarg.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

#include "topology.h"

/* --- the ways to end ------------------------------------------------------ */

enum {
	LAST_S = 5 /* for the first to end the cell */
};

/* The first thread or process that ends the cell writes its record; others
 * wait to be ended with it. When it was another process, nobody ends this one:
 * then it ends by itself, or its parent would wait for it in vain. */
__attribute__((format(printf, 2, 0))) _Noreturn static void end(
	enum record_type type, const char *fmt, va_list ap, const char *more)
{
	struct cell *cell = &the_cell;
	char text[512], *json;

	if (cell->ending && atomic_flag_test_and_set(cell->ending)) {
		sleep(LAST_S);
		_exit(1);
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	cell->record.type = type;
	cell->record.of_witness = cell->witness;
	record_text(&cell->record.reason, "%s%s%s", text, *more ? ": " : "",
		    more);
	json = record_to_json(&cell->record);
	dprintf(cell->out_fd, "%s\n", json);
	if (cell->spec->scenario->clear)
		cell->spec->scenario->clear();
	_exit(type == RECORD_SKIP ? 77 : 1);
}

void cell_fail_process(const char *what, unsigned int index, int status)
{
	struct cell *cell = &the_cell;

	if (!WIFEXITED(status))
		cell_fail("%s %u: its process was ended by signal %d (%s)",
			  what, index, WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	if (cell->spec->scenario->clear)
		cell->spec->scenario->clear();
	_exit(WEXITSTATUS(status));
}

void cell_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(RECORD_SKIP, fmt, ap, "");
}

void cell_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(RECORD_FAIL, fmt, ap, "");
}

void cell_fail_errno(const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	end(RECORD_FAIL, fmt, ap, why);
}

/* --- the cell ------------------------------------------------------------- */

const char *cell_text(const char *setting)
{
	return pairs_find(&the_cell.spec->pairs, setting);
}

uint64_t cell_number(const char *setting)
{
	uint64_t number = 0;
	struct error e;

	if (setting_number(setting_find(the_cell.spec->scenario, setting),
			   cell_text(setting), &number, &e))
		cell_fail("%s", e.text);
	return number;
}

enum way cell_way(void)
{
	return the_cell.spec->lock->way;
}

unsigned int cell_nr_nodes(void)
{
	return the_cell.topo.nr_nodes;
}

unsigned int cell_nr_workers(void)
{
	return the_cell.spec->threads;
}

unsigned int cell_nr_areas(void)
{
	return the_cell.nr_areas;
}

struct area *cell_area(unsigned int index)
{
	return &the_cell.areas[index];
}

pid_t cell_pid(void)
{
	return the_cell.spec->processes ? the_cell.rounds->worker[0].process
					: the_cell.pid;
}

/* --- processes and threads ------------------------------------------------ */

pid_t cell_fork(int (*child)(void *), void *arg)
{
	enum {
		BYTES = 64 * 1024
	};
	/* Private, so that the child has a copy of it to itself. */
	static _Thread_local char *stack;
	pid_t pid;

	if (!stack) {
		stack = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
		cell_must(stack != MAP_FAILED, "no memory for a stack");
	}
	pid = clone(child, stack + BYTES, SIGCHLD, arg);
	cell_must(pid > 0, "fork");
	return pid;
}

int child_sleep(void *unused)
{
	pid_t parent = getppid();

	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent && parent != 1)
		pause();
	return 0;
}

static _Thread_local struct handling *handling;

static void *handler_main(void *arg)
{
	handling = arg;
	return handling->fn(handling->arg);
}

void cell_handler(unsigned int worker, void *(*fn)(void *), void *arg)
{
	struct cell *cell = &the_cell;
	struct handling *h = &cell->handling[worker];
	enum role role = cell->seats.nr[ROLE_HANDLER] ? ROLE_HANDLER
						      : ROLE_WORKER;
	unsigned int os = cell->topo.pu[cell->pu[role][worker]].os;
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t *set = CPU_ALLOC(os + 1);
	size_t size = CPU_ALLOC_SIZE(os + 1);
	int err;

	h->fn = fn;
	h->arg = arg;
	h->pu = cell->pu[role][worker];
	CPU_ZERO_S(size, set);
	CPU_SET_S(os, size, set);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_attr_setaffinity_np(&attr, size, set);
	if (!err)
		err = pthread_create(&thread, &attr, handler_main, h);
	if (err)
		cell_fail("handler %u on PU %u: %s", worker, os, strerror(err));
	h->placed = true;
	pthread_attr_destroy(&attr);
	CPU_FREE(set);
}

/* Asked at the message, not at the answer: the answer to the last fault may
 * end its round before the handler runs on. */
uint64_t handler_began(void)
{
	const struct rounds *r = the_cell.rounds;

	return r->measuring ? clock_ticks(&r->clock) : 0;
}

void handler_ended(uint64_t began)
{
	const struct clock_info *clock = &the_cell.rounds->clock;

	if (began)
		hist_add(&handling->hist,
			 clock_to_ns(clock, clock_ticks(clock) - began));
}

struct hist *cell_handler_hist(unsigned int worker)
{
	return &the_cell.handling[worker].hist;
}

/* --- memory --------------------------------------------------------------- */

void area_map(struct area *area, int prot, int flags, int fd)
{
	size_t bytes = area->bytes + area->margin;
	void *p = mmap(area->start, bytes, prot, flags | MAP_FIXED, fd, 0);

	cell_must(p == area->start, "mmap of %zu bytes under test", bytes);
	area->prot = prot;
	area->flags = flags;
	area->fd = fd;
}

void area_dontneed(struct area *area, char *start, size_t bytes)
{
	(void)area;
	cell_must(!madvise(start, bytes, MADV_DONTNEED),
		  "madvise(MADV_DONTNEED)");
}

unsigned int area_nr_vmas(const struct area *area)
{
	uintptr_t from = (uintptr_t)area->start;
	uintptr_t to = from + area->bytes + area->margin;
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	unsigned int nr = 0;
	char *line = NULL;
	size_t size = 0;

	cell_must(maps, "/proc/self/maps");
	while (getline(&line, &size, maps) > 0)
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && end > from &&
		    start < to)
			nr += start >= from && end <= to ? 1 : 1000000;
	free(line);
	fclose(maps);
	return nr;
}

size_t area_nr_cached(const char *start, size_t bytes)
{
	enum {
		AT_ONCE = 512
	};
	unsigned char there[AT_ONCE];
	size_t nr = bytes / page_bytes(), cached = 0, i, j, n;

	for (i = 0; i < nr; i += n) {
		n = nr - i < AT_ONCE ? nr - i : AT_ONCE;
		cell_must(!mincore((char *)start + i * page_bytes(),
				   n * page_bytes(), there),
			  "mincore");
		for (j = 0; j < n; j++)
			cached += there[j] & 1;
	}
	return cached;
}

/* --- files ---------------------------------------------------------------- */

void file_check_disk(const char *dir)
{
	struct statfs fs;

	cell_must(!statfs(dir, &fs), "%s", dir);
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC ||
	    fs.f_type == HUGETLBFS_MAGIC)
		cell_skip(
			"%s is a file system in memory, whose pages cannot be "
			"read from a disk again; set dir= to a folder on one",
			dir);
}

/* A page in use elsewhere (a CPU's batch of the LRU, I/O) stays at first. */
void file_drop(struct area *area, char *start, size_t bytes)
{
	enum {
		TRIES = 100,
		PAUSE_NS = 1000 * 1000
	};
	off_t offset = start - area->start;
	size_t left = 1;
	int i;

	area_dontneed(area, start, bytes);
	for (i = 0; i < TRIES && left; i++) {
		if (i)
			wait_ns(PAUSE_NS);
		posix_fadvise(area->fd, offset, (off_t)bytes,
			      POSIX_FADV_DONTNEED);
		left = area_nr_cached(start, bytes);
	}
	if (left)
		cell_fail("%zu of %zu pages stay in the page cache after %d "
			  "posix_fadvise(POSIX_FADV_DONTNEED)",
			  left, bytes / page_bytes(), TRIES);
}

void fill_random(void *start, size_t bytes)
{
	enum {
		SEED = 256
	};
	size_t seed = bytes < SEED ? bytes : SEED, i;
	unsigned char *p = start;

	cell_must(getrandom(p, seed, 0) == (ssize_t)seed, "getrandom");
	for (i = seed; i < bytes; i++)
		p[i] = (unsigned char)(p[i - SEED] + (i >> 8) * 197 + 1);
}

int file_make(const char *dir, size_t bytes)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char buf[65536];
	size_t done;

	cell_must(fd >= 0,
		  "%s: no file without a name can be made there; "
		  "set dir= to a folder on another file system",
		  dir);
	for (done = 0; done < bytes;) {
		size_t left = bytes - done;
		ssize_t n;

		fill_random(buf, sizeof(buf));
		if (left > sizeof(buf))
			left = sizeof(buf);
		/* A larger write makes a larger folio (ext4 since 6.16), and
		 * one store fault maps all of it. */
		for (size_t i = 0; i < left; i += (size_t)n) {
			n = write(fd, buf + i,
				  left - i < page_bytes() ? left - i
							  : page_bytes());
			cell_must(n > 0, "%s: writing a file of %zu bytes", dir,
				  bytes);
		}
		done += left;
	}
	cell_must(!fsync(fd), "%s: fsync", dir);
	return fd;
}

static void wait_until(uint64_t end)
{
	while (clock_raw_ns() < end)
		;
}

void wait_busy_ns(uint64_t ns)
{
	wait_until(clock_raw_ns() + ns);
}

void wait_ns(uint64_t ns)
{
	enum {
		SPIN_NS = 50000
	};
	uint64_t end = clock_raw_ns() + ns;

	if (ns > SPIN_NS) {
		struct timespec ts = {
			.tv_sec = (time_t)((ns - SPIN_NS) / 1000000000),
			.tv_nsec = (long)((ns - SPIN_NS) % 1000000000),
		};
		nanosleep(&ts, NULL);
	}
	wait_until(end);
}
