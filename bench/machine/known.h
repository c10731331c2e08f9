/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known things for a counter to count, before it is believed: in a virtual
 * machine, a container or without privilege a counter may well open and read 0
 * for ever.
 */
#ifndef MACHINE_KNOWN_H
#define MACHINE_KNOWN_H

#include <stdbool.h>

enum {
	KNOWN_FAULTS = 256, /* of user mode, and as many of kernel mode */
	KNOWN_MAPS = 64,
	KNOWN_SLEEPS = 4,
};

/*
 * Makes all of it happen in the calling thread, at least so often:
 * KNOWN_FAULTS user-mode write faults, KNOWN_FAULTS kernel-mode faults
 * (getcpu(2) storing into an absent page, which takes mmap_lock for reading
 * once a fault: arch/x86/mm/fault.c:do_user_addr_fault tries the per-VMA lock
 * for user-mode faults only), KNOWN_MAPS mmap and munmap (mmap_lock for
 * writing, once each; a munmap also reads as one read acquisition, when it
 * downgrades the lock: include/linux/mmap_lock.h:mmap_write_downgrade) and
 * KNOWN_SLEEPS voluntary context switches. False when memory for it could not
 * be had.
 */
bool known_provoke(void);

#endif
