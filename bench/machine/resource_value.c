/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of the kernel below /proc/sys and /sys, and the pools of huge pages
 * (mm/hugetlb.c:nr_hugepages_store_common). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.h"
#include "resource_kinds.h"

#define POOLS "/sys/kernel/mm/hugepages/"

enum {
	VALUE_SIZE = 256
};

static int value_read(const char *path, char value[VALUE_SIZE], struct error *e)
{
	int ret = look_file(value, VALUE_SIZE, e, path);

	if (ret >= 0 && strchr(value, '['))
		ret = look_choice(value, VALUE_SIZE, e, path);
	return ret < 0 ? ret : 0;
}

int resource_may_set(const char *path, struct error *e)
{
	int err;

	if (!access(path, W_OK))
		return 0;
	err = errno;
	if (err == ENOENT && !strncmp(path, "/sys/kernel/debug/", 18))
		return error_set(e, err,
				 "%s is not there: debugfs must be mounted: "
				 "mount -t debugfs none /sys/kernel/debug",
				 path);
	if (err == ENOENT)
		return error_set(e, err, "%s: this kernel has no such value",
				 path);
	return error_set(e, err, "%s cannot be changed: %s%s", path,
			 strerror(err), geteuid() ? ": run as root" : "");
}

/* --- one process at a time ------------------------------------------------ */

static bool is_value(const struct journal_entry *x, const char *path)
{
	return (x->kind == &resource_kinds[KIND_VALUE] ||
		x->kind == &resource_kinds[KIND_POOL]) &&
	       !strcmp(x->field[0], path);
}

struct claim {
	const char *path;
	struct error *e;
};

static int claimed_by(struct journal *j, int err, const struct error *e,
		      void *arg)
{
	struct claim *claim = arg;
	bool lives;
	size_t i;

	if (err) {
		*claim->e = *e;
		return err;
	}
	if (j->pid == getpid() || j->other_boot)
		return 0;
	lives = journal_owner_lives(j);
	for (i = 0; i < j->nr; i++)
		if (is_value(&j->entries[i], claim->path))
			return error_set(
				claim->e, EBUSY, "%s is set to %s by %s %d: %s",
				claim->path, j->entries[i].field[2],
				lives ? "another faultline, pid"
				      : "a dead faultline, pid",
				(int)j->pid,
				lives ? "two runs would disturb each other, "
					"wait until it has ended"
				      : "put it back by: faultline restore");
	return 0;
}

/* What the path held before this process touched it; NULL: it didn't yet. */
static const char *value_at_first(const char *path)
{
	const struct journal *j = resource_journal();
	size_t i;

	for (i = 0; i < j->nr; i++)
		if (is_value(&j->entries[i], path))
			return j->entries[i].field[1];
	return NULL;
}

/* Takes the lock, sees that nobody else has the value, reads it. The lock or
 * -errno. */
static int value_claim(const char *path, char now[VALUE_SIZE], struct error *e)
{
	struct claim claim = { path, e };
	int err = resource_may_set(path, e), lock;

	if (err)
		return err;
	lock = resource_begin(e);
	if (lock < 0)
		return lock;
	err = resource_each(claimed_by, &claim, e);
	if (!err)
		err = value_read(path, now, e);
	if (!err)
		return lock;
	close(lock);
	return err;
}

/* --- values --------------------------------------------------------------- */

static int value_set(const char *path, const char *before, const char *value,
		     struct error *e)
{
	char now[VALUE_SIZE];
	int err = resource_write(path, value, e);

	if (!err)
		err = value_read(path, now, e);
	if (!err && strcmp(now, value)) {
		resource_write(path, before, NULL);
		err = error_set(e, EINVAL,
				"%s: the kernel made '%s' of '%s'; it is '%s' "
				"again",
				path, now, value, before);
	}
	return err;
}

int resource_set(const char *path, const char *value, struct error *e)
{
	char before[VALUE_SIZE];
	const char *first;
	int lock = value_claim(path, before, e), err;

	if (lock < 0)
		return lock;
	first = value_at_first(path);
	err = resource_note(KIND_VALUE, e, path, first ? first : before, value);
	if (!err)
		err = value_set(path, before, value, e);
	close(lock);
	return err;
}

bool value_valid(char *const *field)
{
	return is_plain_path(field[0]) &&
	       (!strncmp(field[0], "/proc/sys/", 10) ||
		!strncmp(field[0], "/sys/", 5)) &&
	       strlen(field[1]) < VALUE_SIZE && strlen(field[2]) < VALUE_SIZE;
}

/* Did this process set it to that? The last entry may never have been acted
 * on, so any of them will do. */
static bool value_is_ours(const struct journal *j, const char *path,
			  const char *now)
{
	size_t i;

	for (i = 0; i < j->nr; i++)
		if (is_value(&j->entries[i], path) &&
		    !strcmp(j->entries[i].field[2], now))
			return true;
	return false;
}

UNDO(value_undo)
{
	const char *path = x->field[0], *before = x->field[1];
	char now[VALUE_SIZE];
	int err = value_read(path, now, e);

	if (err)
		return err;
	if (!strcmp(now, before))
		return UNDO_NOTHING;
	if (!value_is_ours(j, path, now)) {
		error_set(e, 0,
			  "%s is %s, which faultline did not set (it set %s, "
			  "before it was %s): left as it is",
			  path, now, x->field[2], before);
		return UNDO_NOT_OURS;
	}
	err = resource_write(path, before, e);
	if (err)
		return err;
	error_set(e, 0, "%s is %s again, it was %s", path, before, now);
	return UNDO_DONE;
}

/* --- pools of huge pages -------------------------------------------------- */

int resource_hugepages(uint64_t nr, uint64_t page_bytes, struct error *e)
{
	char path[128], before[VALUE_SIZE], now[VALUE_SIZE], wanted[32];
	const char *first;
	uint64_t there;
	int lock, err;

	snprintf(path, sizeof(path),
		 POOLS "hugepages-%" PRIu64 "kB/nr_hugepages",
		 page_bytes / 1024);
	err = resource_memory(nr * page_bytes, "the pool of huge pages", e);
	if (err)
		return err;
	lock = value_claim(path, before, e);
	if (lock < 0)
		return lock;
	there = strtoull(before, NULL, 10);
	snprintf(wanted, sizeof(wanted), "%" PRIu64, there + nr);
	first = value_at_first(path);
	err = resource_note(KIND_POOL, e, path, first ? first : before, wanted);
	if (!err)
		err = resource_write(path, wanted, e);
	if (!err)
		err = value_read(path, now, e);
	if (!err && strtoull(now, NULL, 10) < there + nr) {
		resource_write(path, before, NULL);
		err = error_set(e, ENOMEM,
				"%" PRIu64 " huge pages of %" PRIu64 " KiB are "
				"needed and %" PRIu64 " were to be had: memory "
				"is too fragmented; echo 1 > "
				"/proc/sys/vm/compact_memory, or reboot",
				nr, page_bytes / 1024,
				(uint64_t)strtoull(now, NULL, 10) - there);
	}
	close(lock);
	return err;
}

bool pool_valid(char *const *field)
{
	return is_plain_path(field[0]) &&
	       !strncmp(field[0], POOLS, strlen(POOLS)) &&
	       is_number(field[1]) && is_number(field[2]);
}

/* Pages that are in use leave the pool when they are freed, so a pool may
 * take a moment to shrink. */
UNDO(pool_undo)
{
	const char *path = x->field[0];
	unsigned long long before = strtoull(x->field[1], NULL, 10);
	unsigned long long most = strtoull(x->field[2], NULL, 10);
	unsigned int tries = 0;
	long long now;
	int err = look_number(&now, e, path);

	(void)j;
	if (err)
		return err;
	if ((unsigned long long)now == before)
		return UNDO_NOTHING;
	if ((unsigned long long)now < before ||
	    (unsigned long long)now > most) {
		error_set(e, 0,
			  "%s is %lld, which faultline did not set (it set %s, "
			  "before it was %s): left as it is",
			  path, now, x->field[2], x->field[1]);
		return UNDO_NOT_OURS;
	}
	do {
		err = resource_write(path, x->field[1], e);
		if (!err)
			err = look_number(&now, e, path);
		if (err)
			return err;
	} while ((unsigned long long)now > before && resource_wait(&tries));
	if ((unsigned long long)now > before)
		return error_set(e, EBUSY,
				 "%s is %lld and should be %s again: a process "
				 "still uses its huge pages",
				 path, now, x->field[1]);
	error_set(e, 0, "%s is %s again", path, x->field[1]);
	return UNDO_DONE;
}
