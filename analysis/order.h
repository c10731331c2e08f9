/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of cells in tables: the runner's is shuffled. */
#ifndef ANALYSIS_ORDER_H
#define ANALYSIS_ORDER_H

struct results;

/* <0, 0, >0: two texts of an axis, either may be NULL (comes first). Numbers
 * with units by size, "none" first, vma before mmap, shared before private. */
int axis_compare(const char *a, const char *b);

/* Sorts the cells and finds out which axes vary. */
void results_order(struct results *r);

#endif
