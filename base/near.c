/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "near.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_WORD = 63
};

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int near_distance(const char *a, const char *b)
{
	unsigned int d[MAX_WORD + 1][MAX_WORD + 1];
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (la > MAX_WORD || lb > MAX_WORD)
		return (unsigned int)(la > lb ? la : lb);
	for (i = 0; i <= la; i++)
		d[i][0] = (unsigned int)i;
	for (j = 0; j <= lb; j++)
		d[0][j] = (unsigned int)j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			unsigned int differ = a[i - 1] != b[j - 1];

			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1,
				      d[i - 1][j - 1] + differ);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[la][lb];
}

/* Near: a third of its letters wrong at most, or the beginning of the name. */
static bool is_near(const char *typed, const char *name)
{
	size_t len = strlen(typed);

	return near_distance(typed, name) <= 1 + strlen(name) / 4 ||
	       (len >= 2 && !strncmp(typed, name, len));
}

int near_error(const char *what, const char *name, const char *const *names,
	       size_t nr, struct error *e)
{
	char list[400] = "";
	size_t i, used = 0, found = 0;
	int pass, n;

	for (pass = 0; pass < 2 && !found; pass++) {
		for (i = 0; i < nr && used < sizeof(list); i++) {
			if (!pass && !is_near(name, names[i]))
				continue;
			n = snprintf(list + used, sizeof(list) - used, "%s%s",
				     !found ? ""
				     : pass ? ", "
					    : " or ",
				     names[i]);
			used += n > 0 ? (size_t)n : 0;
			found++;
		}
	}
	if (pass == 1 && found)
		return error_set(e, EINVAL, "no %s '%s'; did you mean %s?",
				 what, name, list);
	return error_set(e, EINVAL, "no %s '%s'; there are: %s", what, name,
			 list);
}
