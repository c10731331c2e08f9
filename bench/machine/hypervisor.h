/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does this kernel run on a machine or on another kernel's idea of one? */
#ifndef MACHINE_HYPERVISOR_H
#define MACHINE_HYPERVISOR_H

#include <stddef.h>

#include "error.h"

/*
 * "none", or the hypervisor's name: "kvm", "xen", ... From CPUID on x86-64;
 * elsewhere from /sys/hypervisor, the devicetree, or the maker's name in DMI,
 * whose file the caller gives, and then "none seen" is all that a negative
 * answer can say. 0 or more, or -errno with the reason why it can't be told.
 */
int hypervisor_find(char *buf, size_t size, struct error *e,
		    const char *vendor);

#endif
