/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this user may do on this kernel, found out by doing it once, on a page
 * or two of memory that is gone afterwards. The doctor prints the answers; a
 * scenario that can't run is skipped with them.
 *
 * All of them return 0, or -errno with one sentence: what is refused, why, and
 * what to do about it.
 */
#ifndef MACHINE_ABILITIES_H
#define MACHINE_ABILITIES_H

#include <stdbool.h>

#include "error.h"

/*
 * A new userfaultfd, close-on-exec and blocking, on which the caller does
 * UFFDIO_API; or -errno. kernel_faults: the faults of system calls are to be
 * delivered too, which takes CAP_SYS_PTRACE, vm.unprivileged_userfaultfd=1 or
 * access to /dev/userfaultfd (6.1); all of them are tried. Without it
 * UFFD_USER_MODE_ONLY (5.11) is enough, which anybody may have.
 * Source: fs/userfaultfd.c, since 7.x mm/userfaultfd.c.
 */
int ability_userfaultfd_open(bool kernel_faults, struct error *e);

/* Can such a userfaultfd be had, and does it take a page into its care? */
int ability_userfaultfd(bool kernel_faults, struct error *e);

/* Can memory be had from memfd_secret() and touched, by user and by kernel?
 * Source: mm/secretmem.c. */
int ability_memfd_secret(struct error *e);

#endif
