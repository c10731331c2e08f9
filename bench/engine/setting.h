/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of cells, their texts and their numbers. */
#ifndef ENGINE_SETTING_H
#define ENGINE_SETTING_H

#include <stddef.h>

#include "scenario.h"

/* The settings that every cell has; ended by a NULL name. */
extern const struct setting common_settings[];

/* Those of every antagonist; where and rate need a place to work at. */
extern const struct setting antagonist_settings[];

/* NULL when the table (which may be NULL) has no such name. */
const struct setting *setting_in(const struct setting *table, const char *name);

/* NULL when neither every cell nor the scenario has it. scenario may be
 * NULL: then only those of every cell. */
const struct setting *setting_find(const struct scenario *scenario,
				   const char *name);

/* What it is unless set; some have a default of the scenario's own. */
const char *setting_fallback(const struct scenario *scenario,
			     const struct setting *setting);

/* A setting's text as ns, bytes, a count or a nice value (a negative one as
 * its two's complement); its kind says which. 0 or -EINVAL. TEXT and WORD have
 * no number: -EINVAL. */
int setting_number(const struct setting *setting, const char *text,
		   uint64_t *number, struct error *e);

/* The largest unit that leaves a whole number: 300000000 ns is "300ms". */
void setting_spell_number(enum setting_kind kind, uint64_t n, char *buf,
			  size_t size);

/* Checks a text and writes it in its one spelling. 0 or -EINVAL. */
int setting_spell(const struct setting *setting, const char *text, char *buf,
		  size_t size, struct error *e);

#endif
