/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

enum {
	SUCCESS,
	RETRY,
	ABORT,
	NR
};

static const char *const keys[NR] = {
	"\nvma_lock_success ",
	"\nvma_lock_retry ",
	"\nvma_lock_abort ",
};

static const char *const metric_names[NR] = {
	"vmstat_success_per_fault",
	"vmstat_retry_per_fault",
	"vmstat_abort_per_fault",
};

/* Much more than /proc/vmstat has. */
enum {
	TEXT_BYTES = 1 << 15
};

/* All of /proc/vmstat, "" when it cannot be read. */
static void whole(char text[TEXT_BYTES])
{
	size_t len = 0;
	ssize_t n = 1;
	int fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && n > 0 && len < TEXT_BYTES - 1) {
		n = read(fd, text + len, TEXT_BYTES - 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
}

int vmstat_read(struct vmstat_locks *v, struct error *e)
{
	/* On the stack: it is read in the midst of a round, and a worker's
	 * stack is memory that a fork does not write-protect. */
	char text[TEXT_BYTES];
	uint64_t counts[NR];
	size_t i;

	whole(text);
	for (i = 0; i < NR; i++) {
		const char *found = strstr(text, keys[i]);

		if (!found)
			return error_set(e, ENOTSUP,
					 "vmstat: no %.*s in /proc/vmstat: it "
					 "takes CONFIG_PER_VMA_LOCK_STATS",
					 (int)strlen(keys[i]) - 2, keys[i] + 1);
		counts[i] = strtoull(found + strlen(keys[i]), NULL, 10);
	}
	*v = (struct vmstat_locks){
		.success = counts[SUCCESS],
		.retry = counts[RETRY],
		.abort = counts[ABORT],
	};
	return 0;
}

void vmstat_add(struct vmstat_locks *sum, const struct vmstat_locks *before,
		const struct vmstat_locks *after)
{
	sum->success += after->success - before->success;
	sum->retry += after->retry - before->retry;
	sum->abort += after->abort - before->abort;
}

void vmstat_tell(struct metrics *m, const struct vmstat_locks *v, double faults)
{
	const uint64_t counts[NR] = { v->success, v->retry, v->abort };
	size_t i;

	for (i = 0; i < NR; i++)
		metrics_add(m, metric_names[i], (double)counts[i] / faults);
}

void vmstat_tell_absent(struct metrics *m, const char *reason)
{
	size_t i;

	for (i = 0; i < NR; i++)
		metrics_add_absent(m, metric_names[i], "%s", reason);
}
