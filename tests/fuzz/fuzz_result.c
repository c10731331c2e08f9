/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole result file, read and appended to. Each line that is passed over is
 * told with its place; a file that is not taken is not touched, and one that is
 * can be read to its end.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "record.h"

struct seen {
	const char *path;
	size_t nr_records, nr_bad, last_line;
};

static int take(struct record *r, void *arg)
{
	struct seen *seen = arg;

	fuzz_must(seen->nr_records || r->type == RECORD_SESSION,
		  "the first record is no session");
	seen->nr_records++;
	record_free(r);
	return 0;
}

static void tell(const char *message, void *arg)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->path), line;

	fuzz_must(!strncmp(message, seen->path, len) && message[len] == ':',
		  "a bad line without a file: %s", message);
	line = strtoul(message + len + 1, NULL, 10);
	fuzz_must(line > seen->last_line, "lines out of order: %s", message);
	seen->last_line = line;
	seen->nr_bad++;
}

static void append(const uint8_t *data, size_t size)
{
	struct record r = { .type = RECORD_SKIP };
	struct seen seen = { 0 };
	struct result_file *f;
	char path[PATH_MAX], *text;
	struct error e;
	size_t after;
	int err;

	snprintf(path, sizeof(path), "%s/x.jsonl", fuzz_folder());
	fuzz_write(path, data, size);
	err = result_open(&f, path, true, &e);
	if (err) {
		text = fuzz_read(path, &after);
		fuzz_must(after == size && !memcmp(text, data, size),
			  "a file that is not taken was changed");
		free(text);
		return;
	}
	if (!size) { /* new: the first record is to be a session */
		result_close(f, &e);
		return;
	}
	record_text(&r.reason, "appended");
	fuzz_must(!result_append(f, &r, &e), "%s", e.text);
	record_free(&r);
	fuzz_must(!result_close(f, &e), "%s", e.text);
	seen.path = path;
	err = result_read(path, take, tell, &seen, &e);
	fuzz_must(err == 0 || err == -ENOTSUP,
		  "what was appended to is no result file: %s", e.text);
	fuzz_must(err || seen.nr_records > 1, "the appended line is lost");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .path = fuzz_file(data, size) };
	struct error e = { "" };
	int err = result_read(seen.path, take, tell, &seen, &e);

	fuzz_must(!err || !strncmp(e.text, seen.path, strlen(seen.path)),
		  "refused without a file: %s", e.text);
	append(data, size);
	return 0;
}
