/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of resource.h. Each kind of entry is made, known again and
 * undone in one file; resource.c has the table of them and the journal of this
 * process.
 */
#ifndef MACHINE_RESOURCE_KINDS_H
#define MACHINE_RESOURCE_KINDS_H

#include "resource.h"

enum resource_kind {
	KIND_VALUE,	  /* path, value before, value set */
	KIND_POOL,	  /* the same, of a number that grows step by step */
	KIND_ZRAM_WANTED, /* number that should be next, tag, time in s */
	KIND_ZRAM,	  /* number, tag, disk sequence number or "-" */
	KIND_FILE,	  /* path */
	KIND_LOOP,	  /* path of the file, number of a new device or "-" */
	KIND_CGROUP,	  /* folder, folder that the process came from */
	NR_KINDS
};

extern const struct journal_kind resource_kinds[NR_KINDS + 1];

/* In journal_kind.undo and .valid. */
#define UNDO(name)                                                             \
	int name(const struct journal *j, const struct journal_entry *x,       \
		 struct error *e)
UNDO(value_undo);
UNDO(pool_undo);
UNDO(zram_wanted_undo);
UNDO(zram_undo);
UNDO(file_undo);
UNDO(loop_undo);
UNDO(cgroup_undo);
bool value_valid(char *const *field);
bool pool_valid(char *const *field);
bool zram_wanted_valid(char *const *field);
bool zram_valid(char *const *field);
bool file_valid(char *const *field);
bool loop_valid(char *const *field);
bool cgroup_valid(char *const *field);

/* --- resource.c ----------------------------------------------------------- */

/* Begins the journal of this process unless it has one, and takes the lock of
 * its folder: an fd, to be closed, or -errno. */
int resource_begin(struct error *e);

/* The journal of this process. */
const struct journal *resource_journal(void);

/* One more entry: as many strings as the kind has fields. */
#define resource_note(kind, e, ...)                                            \
	journal_note((struct journal *)resource_journal(),                     \
		     &resource_kinds[kind], e, __VA_ARGS__)

/* Calls fn for each journal of the folder: see journal_each(). */
int resource_each(int (*fn)(struct journal *j, int err, const struct error *e,
			    void *arg),
		  void *arg, struct error *e);

/* Waits for a little; false after about 3 s of it. *tries begins at 0. */
bool resource_wait(unsigned int *tries);

/* Writes a word to a file of /proc or /sys. 0 or -errno with a reason. */
int resource_write(const char *path, const char *word, struct error *e);

/* "/a\040b" as the kernel escapes it becomes "/a b", in place. */
void resource_unescape(char *text);

/* -EPERM with a reason unless this is root or as good. `what`: "a swap area".
 */
int resource_root(const char *what, struct error *e);

bool is_number(const char *text);	 /* digits and nothing else */
bool is_plain_path(const char *path);	 /* absolute, no ".." in it */
const char *path_name(const char *path); /* behind the last slash */

/* --- swap areas ----------------------------------------------------------- */

enum {
	SWAP_TAG_BYTES = 16,
	SWAP_TAG_SIZE = 2 * SWAP_TAG_BYTES + 1
};

/* Random, in hexadecimal digits. 0 or -errno. */
int swap_tag(char tag[SWAP_TAG_SIZE], struct error *e);

bool is_swap_tag(const char *text);

/* Makes a swap area of all `bytes` of the file or device: one page of header,
 * with the tag as its UUID. 0 or -errno. */
int swap_header_write(int fd, uint64_t bytes, const char *tag, struct error *e);

/* Has it a header with this tag? */
bool swap_header_is(const char *path, const char *tag);

int swap_start(const char *path, struct error *e);

/* swapoff() when /proc/swaps lists the path. 0 or -errno with a reason. */
int swap_stop(const char *path, struct error *e);

/* Each fills made->path and ->synchronous, and swaps on it. */
int zram_make(uint64_t bytes, const char *tag, struct swap_area *made,
	      struct error *e);
int loop_make(const char *dir, uint64_t bytes, const char *tag,
	      struct swap_area *made, struct error *e);
int file_make_swap(const char *dir, uint64_t bytes, const char *tag,
		   struct swap_area *made, struct error *e);

/* The file below both: bytes of it on disk; holes: unwritten extents will do.
 * Its path goes to `path`, of PATH_MAX bytes. An open fd or -errno. */
int swap_file_create(const char *dir, uint64_t bytes, const char *tag,
		     bool holes, char *path, struct error *e);

#endif
