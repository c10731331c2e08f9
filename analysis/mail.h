/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a mail: 72 columns, ASCII, nothing that needs a browser. The
 * cover letter is made of the same.
 */
#ifndef ANALYSIS_MAIL_H
#define ANALYSIS_MAIL_H

#include "brief.h"
#include "decades.h"
#include "sheet.h"

/* Two sides: which is slower, by how much, where, why, how sure, and again. */
void mail_sides(const struct sheet *s, const struct brief *b);

/* Each cell by itself; brief: after mail_sides(), which has said where. */
void mail_cells(const struct sheet *s, const struct report *r, bool brief);

/* --- mail_tables.c -------------------------------------------------------- */

/* "p50_ns +1.2 % 2 slower ..." a metric. */
void mail_overview(const struct sheet *s, const struct brief *b);
/* The counts of the witness that differ; nothing where none does. */
void mail_counts(const struct sheet *s, const struct brief *b);
/* Value, %, mark: a table for each metric. */
void mail_tables(const struct sheet *s, const struct brief *b);

/* --- mail_waits.c --------------------------------------------------------- */

struct waits { /* a column: whose they are */
	const char *name;
	const struct hist *hist;
};

/* Nothing when none of them has values. what: "Faults". */
void mail_waits(const struct sheet *s, const char *what,
		const struct waits *columns, size_t nr);

/* The curves of the same, drawn by gnuplot's dumb terminal; says so when there
 * is none. letters a, b, ... in the order of the columns. */
void mail_plot(const struct sheet *s, const struct report *r,
	       const struct waits *columns, size_t nr);

#endif
