/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of a result file. What is read is written and read again, and is
 * the same; what is refused is refused in words. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "record.h"

static char *read_and_write(const char *text, size_t size, struct error *e)
{
	struct record r;
	char *again;

	if (record_from_json(&r, text, size, e))
		return NULL;
	again = record_to_json(&r);
	record_free(&r);
	return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = { "" };
	char *once = read_and_write((const char *)data, size, &e);
	char *twice, *thrice;

	if (!once) {
		fuzz_must(*e.text &&
				  fuzz_is_printable(e.text, strlen(e.text), ""),
			  "refused without words, or in foul ones: %s", e.text);
		return 0;
	}
	/* A number is cut to the digits that are written: the first time it may
	 * be whole after that. */
	twice = read_and_write(once, strlen(once), &e);
	fuzz_must(twice, "does not read what it wrote: %s\n%s", e.text, once);
	thrice = read_and_write(twice, strlen(twice), &e);
	fuzz_must(thrice && !strcmp(twice, thrice),
		  "changes when read again:\n%s\n%s", twice, thrice);
	free(once);
	free(twice);
	free(thrice);
	return 0;
}
