/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_HISTORY_PLOT_H
#define ANALYSIS_HISTORY_PLOT_H

#include "history.h"

/*
 * Writes history.txt and, for each row (changed: with a change), its trend as
 * NAME.dat and, when draw is set, as NAME.svg and NAME.png into dir, which is
 * made. plots_dir: the recipes, or NULL. 0, or EXIT_TROUBLE after saying why.
 */
int history_plot(const struct history *h, const char *dir,
		 const char *plots_dir, bool draw, bool changed);

#endif
