/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running kernel's configuration: /proc/config.gz, unpacked by gzip, or
 * the file that the distribution put beside the kernel.
 */
#ifndef MACHINE_KCONFIG_H
#define MACHINE_KCONFIG_H

#include <stddef.h>

#include "error.h"

struct kconfig {
	char *text;	 /* malloc'ed; NULL when there is none */
	char source[96]; /* the file it came from */
};

/* 0, or -ENOENT with the reason. kconfig_free() afterwards in any case. */
int kconfig_load(struct kconfig *k, struct error *e);
void kconfig_free(struct kconfig *k);

/* The value of CONFIG_<name> without quotes, and "n" when it is not set or
 * this kernel does not know it. Returns buf. */
char *kconfig_get(const struct kconfig *k, const char *name, char *buf,
		  size_t size);

#endif
