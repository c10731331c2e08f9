/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gate is told beside results, by FUZZ_MARGINS or else a calibration:
 * an error says where; what is taken holds numbers that can be calculated with,
 * and a calibration is written and read again the same.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibration.h"
#include "fuzz.h"
#include "margins.h"

static void check_reason(const char *path, const struct error *e)
{
	fuzz_must(!strncmp(e->text, path, strlen(path)),
		  "refused without a file: %s", e->text);
}

static void check_margins(const char *path)
{
	struct error e = { "" };
	struct margins m;
	const char **metrics;
	size_t i, nr;
	int err;

	margins_default(&m);
	err = margins_load(&m, path, &e);
	if (err)
		check_reason(path, &e);
	for (i = 0; !err && i < m.nr; i++)
		fuzz_must(
			m.at[i].kind != MARGIN_RATIO ||
				(m.at[i].ratio >= 0 && isfinite(m.at[i].ratio)),
			"a margin of %g", m.at[i].ratio);
	fuzz_must(err || (m.alpha > 0 && m.alpha < 1), "alpha of %g", m.alpha);
	metrics = margins_metrics(&m, &nr);
	for (i = 0; i < nr; i++)
		margins_find(&m, "memfd", metrics[i]);
	free(metrics);
	margins_free(&m);
}

static char *spell(const struct calibration *c, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	struct error e;

	fuzz_must(out && !calibration_write(out, c, &e), "cannot be written");
	fclose(out);
	return text;
}

static void check_calibration(const char *path)
{
	struct error e = { "" };
	struct calibration c, again;
	char *once, *twice;
	size_t i, size;

	if (calibration_load(&c, path, &e)) {
		check_reason(path, &e);
		calibration_free(&c);
		return;
	}
	for (i = 0; i < c.nr; i++)
		fuzz_must(c.floors[i].floor >= 0 && isfinite(c.floors[i].floor),
			  "a floor of %g", c.floors[i].floor);
	once = spell(&c, &size);
	path = fuzz_file((const uint8_t *)once, size);
	fuzz_must(!calibration_load(&again, path, &e), "its own: %s", e.text);
	twice = spell(&again, &size);
	fuzz_must(!strcmp(once, twice), "changes:\n%s\n%s", once, twice);
	free(once);
	free(twice);
	calibration_free(&again);
	calibration_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);

#ifdef FUZZ_MARGINS
	(void)check_calibration;
	check_margins(path);
#else
	(void)check_margins;
	check_calibration(path);
#endif
	return 0;
}
