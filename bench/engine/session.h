/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first line of a result file: who measured what, where, with what. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "plan.h"
#include "record.h"

/* Fills a session record: all facts, a new random id, the time. The caller
 * frees it. label may be NULL: the kernel's release. */
void session_fill(struct record *r, const struct plan *plan, uint64_t seed,
		  const char *label, const struct topo *topo);

#endif
