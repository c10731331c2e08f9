/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an explanation is read. */
#ifndef ANALYSIS_EXPLAIN_RULES_H
#define ANALYSIS_EXPLAIN_RULES_H

#include "explain.h"

/* What the items come to, in sentences; malloc'ed. */
char *explain_read(const struct explanation *x, const struct comparison *c);

/* How far from 1 an interval stays, in logs; 0 when it does not. */
double interval_distance(const struct interval *i);

#endif
