/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process has changed on the machine, on disk before it is changed, so
 * that whoever comes later can undo it: the process itself, its parent, the
 * next start, `faultline restore`.
 *
 * One folder, one text file for each process that changed something, named
 * PID-START (START: the ticks since boot at which it began, so that a pid that
 * is used again is not mistaken for it). Its first line says the boot, every
 * further one is an entry: the name of its kind and fields, parted by tabs. An
 * entry is written and synced before the change that it undoes is made; hence
 * a last line without an end was never acted on. A file is undone from its end
 * to its beginning and removed when nothing of it is left to do. Undoing twice
 * does no harm.
 *
 * It refuses to guess: a file that it cannot read, or that somebody else could
 * have written, is told and left alone.
 */
#ifndef MACHINE_JOURNAL_H
#define MACHINE_JOURNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum {
	JOURNAL_FIELDS = 3 /* at most, of one entry */
};

struct journal;
struct journal_entry;

/* What undo() found, when it could go on. */
enum undo {
	UNDO_NOTHING, /* it is undone already, or was never made */
	UNDO_DONE,    /* e says what was done */
	UNDO_NOT_OURS /* somebody changed it since: left alone, e says it */
};

/* A row of a table that ends with a NULL name. */
struct journal_kind {
	const char *name;
	unsigned int nr_fields;
	bool survives_boot; /* the change is still there after a reboot */
	/* Could these fields have been written by us? */
	bool (*valid)(char *const *field);
	/* Undoes the entry, as often as it is called. enum undo, or -errno
	 * with a reason: to be tried again. */
	int (*undo)(const struct journal *j, const struct journal_entry *x,
		    struct error *e);
};

struct journal_entry {
	const struct journal_kind *kind;
	char *field[JOURNAL_FIELDS];
};

struct journal {
	char path[PATH_MAX];
	pid_t pid;
	uint64_t start;	 /* of the process, in ticks since boot */
	bool other_boot; /* it was written before the last reboot */
	struct journal_entry *entries;
	size_t nr;
	int fd; /* of the process's own; -1 when it was read */
};

/* Each line that there is to tell, without a newline. trouble: something could
 * not be undone, or was left alone; else it was undone. */
typedef void journal_say_fn(bool trouble, const char *line, void *arg);

struct journal_report {
	journal_say_fn *say; /* NULL: only the counts are wanted */
	void *arg;
	unsigned int nr_undone, nr_not_ours, nr_failed; /* entries */
	unsigned int nr_unreadable, nr_living;		/* files */
	unsigned int nr_dead;				/* files */
};

/*
 * Where the journals of this user are: $FAULTLINE_STATE, else for root
 * /var/lib/faultline, else $XDG_STATE_HOME/faultline or
 * ~/.local/state/faultline. On disk, because a swap file outlives a power cut.
 * All runs on a machine must use the same: those that don't see each other put
 * back each other's values.
 * 0 or -ENAMETOOLONG. Makes nothing.
 */
int journal_folder(char *buf, size_t size, struct error *e);

/*
 * The lock of a folder, which is made when it is missing: held to look at the
 * journals of others and act on what they say. Waits for up to 30 s. An fd, to
 * be closed; or -errno: -EPERM when others may write to the folder.
 */
int journal_lock(const char *folder, struct error *e);

/* Begins the journal of this process. 0 or -errno. */
int journal_begin(struct journal *j, const char *folder, struct error *e);

/* One more entry, on disk when this returns 0. Takes kind->nr_fields strings,
 * which are copied; -EINVAL when one has a tab or a newline in it, or is not
 * valid for that kind. */
int journal_note(struct journal *j, const struct journal_kind *kind,
		 struct error *e, ...);

/*
 * Reads a journal, which the caller ends with journal_free(). -EINVAL with file
 * and line when it is malformed, -EPERM when others could have written it.
 */
int journal_load(struct journal *j, const char *path,
		 const struct journal_kind *kinds, struct error *e);

void journal_free(struct journal *j);

/* Is the process that it belongs to still running? */
bool journal_owner_lives(const struct journal *j);

/* Undoes all of it, last entry first, and removes the file unless something
 * failed. 0, or -EAGAIN when something is to be tried again, which was told. */
int journal_undo(struct journal *j, struct journal_report *report);

/*
 * Calls fn for each journal of the folder, the unreadable ones too (then err is
 * set, and e says why). Stops when fn returns other than 0, and returns it; a
 * folder that is missing has no journals.
 */
int journal_each(const char *folder, const struct journal_kind *kinds,
		 int (*fn)(struct journal *j, int err, const struct error *e,
			   void *arg),
		 void *arg, struct error *e);

/*
 * Undoes the journals whose owner is dead, under the folder's lock; counts the
 * others. 0 when nothing of the dead is left; -EAGAIN when something is, which
 * was told; other -errno with a reason.
 */
int journal_restore(const char *folder, const struct journal_kind *kinds,
		    struct journal_report *report, struct error *e);

#endif
