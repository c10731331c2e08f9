/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else changed when the figures did. */
#ifndef ANALYSIS_HISTORY_FACTS_H
#define ANALYSIS_HISTORY_FACTS_H

#include "history.h"

/* For each point with a change: the facts of its session that the one before
 * it had otherwise. Measured and passing ones (clock, boot) are left out.
 * Returns how many such points there are. */
size_t history_facts_print(FILE *out, size_t width, const struct history *h);

#endif
