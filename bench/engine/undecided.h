/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which cells are to be measured on until a gate has its verdict? The runner
 * knows no statistics: it asks `faultstat gate --undecided`, the program beside
 * its own, about the result file that it writes.
 */
#ifndef ENGINE_UNDECIDED_H
#define ENGINE_UNDECIDED_H

#include <stddef.h>

#include "error.h"

/*
 * arguments are those of the gate in one text, with a shell's quotes ("--by
 * tag=a,b --config 'my margins'"), but without its commands; out, the result
 * file, follows them. keys
 * are the undecided cells' (pairs_key()); none when all is decided. 0 or -errno
 * with a reason; undecided_free() after success.
 */
int undecided_ask(const char *arguments, const char *out, char ***keys,
		  size_t *nr, struct error *e);
void undecided_free(char **keys, size_t nr);

#endif
