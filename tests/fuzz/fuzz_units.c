/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers with units: what is taken is what the text says, and its plain
 * number is taken as the same. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "units.h"

static void check(int (*parse)(const char *, uint64_t *, struct error *),
		  const char *text, const char *unit)
{
	uint64_t number, again;
	char plain[48];
	struct error e = { "" };

	if (parse(text, &number, &e)) {
		fuzz_must(*e.text, "refused without words");
		return;
	}
	/* only digits, one point, one exponent, and letters of the unit */
	fuzz_must(strspn(text, "0123456789.eE+-nusmiKMGBk") == strlen(text),
		  "'%s' was taken for %" PRIu64, text, number);
	if (number > 1ULL << 53) /* a double holds no more digits */
		return;
	snprintf(plain, sizeof(plain), "%" PRIu64 "%s", number, unit);
	fuzz_must(!parse(plain, &again, &e) && again == number,
		  "'%s' is %" PRIu64 ", but '%s' is not", text, number, plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), buf[64];
	double number;

	memcpy(text, data, size);
	check(units_parse_time, text, "ns");
	check(units_parse_size, text, "");
	check(units_parse_count, text, "");
	free(text);
	if (size < sizeof(number))
		return 0;
	memcpy(&number, data, sizeof(number));
	fuzz_must(*units_time(buf, sizeof(buf), number), "no time");
	fuzz_must(*units_count(buf, sizeof(buf), number), "no count");
	return 0;
}
