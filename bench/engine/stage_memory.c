/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios may call (scenario.h) to bring memory into the state that
 * their story begins with, and to see that it is in the one that it ends with.
 */
#include "cell.h"

#include "look.h"
#include "units.h"

/* --- the machine ---------------------------------------------------------- */

uint64_t cell_bytes(const char *setting)
{
	const char *text = cell_text(setting);
	uint64_t bytes;
	struct error e;

	return text && !units_parse_size(text, &bytes, &e) ? bytes : 0;
}

static const char *want_advice(const char *path, int err)
{
	if (!strstr(path, "/debug/"))
		return "";
	switch (err) {
	case -ENOENT:
		return "; as root, mount -t debugfs none /sys/kernel/debug";
	case -EPERM:
		return "; kernel lockdown closes debugfs to everybody";
	default:
		return "; run as root";
	}
}

void cell_want(const char *path, const char *value)
{
	char now[256], *word;
	struct error e;
	int err = look_file(now, sizeof(now), &e, path);

	if (err < 0)
		cell_skip("%s%s", e.text, want_advice(path, err));
	/* "always [madvise] never" */
	word = strchr(now, '[') ? strchr(now, '[') + 1 : now;
	word[strcspn(word, "]")] = '\0';
	if (strcmp(word, value))
		cell_skip("%s is %s; as root, echo %s > %s", path, word, value,
			  path);
}

const char *cell_file_system(void)
{
	return pairs_find(&the_cell.record.facts, "file_system");
}

/* --- the pages ------------------------------------------------------------ */

void area_keep(struct area *area, char *start, size_t bytes)
{
	(void)area;
	(void)start;
	(void)bytes;
}

void area_load(const char *start, size_t bytes, size_t step)
{
	size_t i;

	for (i = 0; i < bytes; i += step)
		(void)*(const volatile char *)(start + i);
}

void area_store(char *start, size_t bytes, size_t step)
{
	size_t i;

	for (i = 0; i < bytes; i += step)
		*(volatile char *)(start + i) = 1;
}

int memfd_make(size_t bytes)
{
	int fd = memfd_create("faultline", MFD_CLOEXEC);

	cell_must(fd >= 0, "memfd_create");
	cell_must(!ftruncate(fd, (off_t)bytes), "ftruncate to %zu bytes",
		  bytes);
	return fd;
}
