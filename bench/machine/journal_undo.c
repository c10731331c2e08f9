/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other half of journal.h: what to do with journals that were read. */
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- undoing -------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void say(
	const struct journal_report *report, bool trouble, const char *fmt, ...)
{
	struct error line;
	va_list ap;

	if (!report->say)
		return;
	va_start(ap, fmt);
	vsnprintf(line.text, sizeof(line.text), fmt, ap);
	va_end(ap);
	report->say(trouble, line.text, report->arg);
}

int journal_undo(struct journal *j, struct journal_report *report)
{
	unsigned int before = report->nr_failed;
	struct error e;
	size_t i;
	int got;

	for (i = j->nr; i-- > 0;) {
		const struct journal_entry *x = &j->entries[i];

		if (j->other_boot && !x->kind->survives_boot)
			continue;
		got = x->kind->undo(j, x, &e);
		if (got == UNDO_NOTHING)
			continue;
		report->nr_undone += got == UNDO_DONE;
		report->nr_not_ours += got == UNDO_NOT_OURS;
		report->nr_failed += got < 0;
		say(report, got != UNDO_DONE, "%s (of pid %d)%s", e.text,
		    (int)j->pid,
		    got < 0 ? "; try again: faultline restore" : "");
	}
	if (report->nr_failed > before)
		return -EAGAIN;
	if (unlink(j->path) && errno != ENOENT) {
		say(report, true, "%s: %s", j->path, strerror(errno));
		report->nr_failed++;
		return -EAGAIN;
	}
	return 0;
}

int journal_each(const char *folder, const struct journal_kind *kinds,
		 int (*fn)(struct journal *j, int err, const struct error *e,
			   void *arg),
		 void *arg, struct error *e)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int ret = 0;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return error_set(e, errno, "%s: %s", folder, strerror(errno));
	while (!ret && (entry = readdir(dir))) {
		char path[PATH_MAX];
		struct journal j;
		struct error why;
		int err;

		if (*entry->d_name == '.' || !strcmp(entry->d_name, "lock"))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder,
			     entry->d_name) >= (int)sizeof(path))
			continue;
		err = journal_load(&j, path, kinds, &why);
		/* its owner removed it meanwhile */
		if (err == -ENOENT)
			continue;
		ret = fn(&j, err, &why, arg);
		if (!err)
			journal_free(&j);
	}
	closedir(dir);
	return ret;
}

static int restore_one(struct journal *j, int err, const struct error *e,
		       void *arg)
{
	struct journal_report *report = arg;

	if (err) {
		report->nr_unreadable++;
		say(report, true, "%s", e->text);
	} else if (journal_owner_lives(j)) {
		report->nr_living++;
	} else {
		report->nr_dead++;
		journal_undo(j, report);
	}
	return 0;
}

int journal_restore(const char *folder, const struct journal_kind *kinds,
		    struct journal_report *report, struct error *e)
{
	int lock, err;

	/* Nobody here ever changed anything: make no folder. */
	if (access(folder, F_OK) && errno == ENOENT)
		return 0;
	lock = journal_lock(folder, e);
	if (lock < 0)
		return lock;
	err = journal_each(folder, kinds, restore_one, report, e);
	close(lock);
	if (!err && (report->nr_failed || report->nr_unreadable))
		err = error_set(e, EAGAIN,
				"%s: something is left over, see above",
				folder);
	return err;
}
