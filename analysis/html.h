/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few parts of HTML that a report needs. */
#ifndef ANALYSIS_HTML_H
#define ANALYSIS_HTML_H

#include <stdio.h>

#include "report_table.h"

/* Text, in an element or between quotes: cleaned (plot.h) and escaped. */
void html_text(FILE *f, const char *text);

/* <name class="class">text</name>; class may be NULL. */
void html_element(FILE *f, const char *name, const char *class,
		  const char *text);

/* printf, escaped as a whole. */
void html_printf(FILE *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void html_table(FILE *f, const struct table *t);

/* From the doctype to <main>, with the style sheet; and the end. */
void html_begin(FILE *f, const char *title);
void html_end(FILE *f);

#endif
