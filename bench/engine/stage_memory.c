/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios may call (scenario.h) to bring memory into the state that
 * their story begins with, and to see that it is in the one that it ends with.
 */
#include "cell.h"

void area_load(const char *start, size_t bytes, size_t step)
{
	size_t i;

	for (i = 0; i < bytes; i += step)
		(void)*(const volatile char *)(start + i);
}

int memfd_make(size_t bytes)
{
	int fd = memfd_create("faultline", MFD_CLOEXEC);

	cell_must(fd >= 0, "memfd_create");
	cell_must(!ftruncate(fd, (off_t)bytes), "ftruncate to %zu bytes",
		  bytes);
	return fd;
}
