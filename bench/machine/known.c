/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "known.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Absent pages; huge pages of any size would make it fewer faults. */
static char *absent_pages(size_t page)
{
	char *p = mmap(NULL, KNOWN_FAULTS * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, KNOWN_FAULTS * page, MADV_NOHUGEPAGE); /* needs THP */
	return p;
}

bool known_provoke(void)
{
	const struct timespec nap = { .tv_nsec = 50000 };
	size_t i, page = (size_t)sysconf(_SC_PAGESIZE);
	char *user = absent_pages(page), *kernel = absent_pages(page);
	bool done = user && kernel;

	for (i = 0; i < KNOWN_FAULTS && done; i++) {
		*(volatile char *)(user + i * page) = 1;
		syscall(SYS_getcpu, kernel + i * page, NULL, NULL);
	}
	if (user)
		munmap(user, KNOWN_FAULTS * page);
	if (kernel)
		munmap(kernel, KNOWN_FAULTS * page);
	for (i = 0; i < KNOWN_MAPS && done; i++) {
		char *p = mmap(NULL, page, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		done = p != MAP_FAILED && !munmap(p, page);
	}
	for (i = 0; i < KNOWN_SLEEPS && done; i++)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	return done;
}
