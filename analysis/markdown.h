/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Markdown as GitHub has it. Foreign text is text: what Markdown or HTML would
 * act upon is escaped, so are addresses that would become links and names that
 * would be called. Commands are indented, not fenced: there is no fence that a
 * text could end.
 */
#ifndef ANALYSIS_MARKDOWN_H
#define ANALYSIS_MARKDOWN_H

#include <stdio.h>

#include "report_table.h"

void markdown_text(FILE *f, const char *text);
void markdown_printf(FILE *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void markdown_heading(FILE *f, unsigned int level, const char *text);
void markdown_table(FILE *f, const struct table *t);
void markdown_command(FILE *f, const char *command);

#endif
