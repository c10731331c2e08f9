/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a short busy loop loses to others. An idle machine looks quiet: steal
 * and interference show only while one wants the CPU, and /proc/stat counts in
 * steps of 10 ms, so that gaps between two looks at the clock tell more.
 * The idea is rtla's (tools/tracing/rtla, osnoise and hwnoise).
 */
#include "doctor_checks.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "look.h"

enum {
	NR_NAMED = 3,	  /* of the busiest tasks */
	BUSY_PERCENT = 5, /* a task below it is not named */
};

struct task {
	int pid;
	unsigned long long ticks; /* user and system time */
	char name[32];
};

struct tasks {
	struct task *at;
	size_t nr;
};

/* "pid (name) state ...": the name may hold blanks and brackets; 14th and
 * 15th are the times. proc(5). */
static bool task_read(struct task *t, const char *pid)
{
	unsigned long long user, system;
	char path[64], line[512], *open, *close;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if (look_file(line, sizeof(line), NULL, path) < 0)
		return false;
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (!open || !close ||
	    sscanf(close + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
		   &user, &system) != 2)
		return false;
	t->pid = atoi(pid);
	t->ticks = user + system;
	snprintf(t->name, sizeof(t->name), "%.*s", (int)(close - open - 1),
		 open + 1);
	return true;
}

static void tasks_read(struct tasks *tasks)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t cap = 0;

	memset(tasks, 0, sizeof(*tasks));
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		if (tasks->nr == cap) {
			size_t more = cap ? 2 * cap : 256;
			void *at = realloc(tasks->at,
					   more * sizeof(*tasks->at));

			if (!at)
				break;
			tasks->at = at;
			cap = more;
		}
		tasks->nr += task_read(&tasks->at[tasks->nr], entry->d_name);
	}
	if (dir)
		closedir(dir);
}

static int by_ticks(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return (x->ticks < y->ticks) - (x->ticks > y->ticks);
}

/* Turns the times at the end into those of the sample, busiest first. */
static void tasks_subtract(struct tasks *end, const struct tasks *begin)
{
	size_t i, j = 0;

	for (i = 0; i < end->nr; i++) { /* /proc lists pids in order */
		struct task *t = &end->at[i];

		while (j < begin->nr && begin->at[j].pid < t->pid)
			j++;
		if (j < begin->nr && begin->at[j].pid == t->pid)
			t->ticks -= begin->at[j].ticks;
		if (t->pid == getpid())
			t->ticks = 0;
	}
	if (end->nr)
		qsort(end->at, end->nr, sizeof(*end->at), by_ticks);
}

static void name_busiest(struct sample *s, const struct tasks *tasks)
{
	double tick_s = 1 / (double)sysconf(_SC_CLK_TCK);
	size_t i, to = 0;

	for (i = 0; i < tasks->nr && i < NR_NAMED; i++) {
		const struct task *t = &tasks->at[i];
		double share = 100 * (double)t->ticks * tick_s / s->elapsed_s;

		if (share < BUSY_PERCENT)
			break;
		to += (size_t)snprintf(s->busiest + to, sizeof(s->busiest) - to,
				       "%s%s (pid %d) %.0f %%", to ? ", " : "",
				       t->name, t->pid, share);
		if (to >= sizeof(s->busiest))
			break;
	}
}

/* CPU time of all tasks, interrupts included, but neither idle, waiting nor
 * stolen time, less our own. */
static double others_s(void)
{
	unsigned long long user, nice, system, irq, softirq;
	struct rusage own;
	char line[256];

	if (look_key(line, sizeof(line), NULL, "/proc/stat", "cpu") < 0 ||
	    sscanf(line, "%llu %llu %llu %*u %*u %llu %llu", &user, &nice,
		   &system, &irq, &softirq) != 5)
		return NAN;
	getrusage(RUSAGE_SELF, &own);
	return (double)(user + nice + system + irq + softirq) /
		       (double)sysconf(_SC_CLK_TCK) -
	       (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) -
	       (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
}

static void spin(const struct clock_info *clock, double seconds,
		 struct sample *s)
{
	double tick_s = clock->ns_per_tick / 1e9, gap_s;
	uint64_t gap = (uint64_t)(SAMPLE_GAP_NS / clock->ns_per_tick);
	uint64_t begin = clock_ticks(clock), last = begin, now = begin;

	while ((double)(now - begin) * tick_s < seconds) {
		now = clock_ticks(clock);
		if (now - last > gap) {
			gap_s = (double)(now - last) * tick_s;
			s->lost_s += gap_s;
			s->longest_gap_s = fmax(s->longest_gap_s, gap_s);
		}
		last = now;
	}
	s->elapsed_s = (double)(now - begin) * tick_s;
}

void sample_take(const struct clock_info *clock, double seconds,
		 struct sample *s)
{
	struct tasks begin, end;

	memset(s, 0, sizeof(*s));
	tasks_read(&begin);
	s->others_s = -others_s();
	s->steal_s = -facts_steal_s();
	spin(clock, seconds, s);
	s->steal_s += facts_steal_s();
	s->others_s += others_s();
	if (s->others_s < 0) /* /proc/stat counts in steps */
		s->others_s = 0;
	tasks_read(&end);
	tasks_subtract(&end, &begin);
	name_busiest(s, &end);
	free(begin.at);
	free(end.at);
}
