/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal, in a folder of its own. Undoes nothing: in the real table of
 * changes, every undo() is one that only counts. It may be reached by a file
 * alone that says, byte by byte, what journal_note() would have written, and
 * with fields that could be the runner's.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "resource_kinds.h"

#define NAME "2000000000-1" /* a pid that no kernel gives */

static struct journal_kind kinds[NR_KINDS + 1];
static size_t nr_undone;

static int count(const struct journal *j, const struct journal_entry *x,
		 struct error *e)
{
	unsigned int i;

	(void)j;
	fuzz_must(x->kind->valid(x->field), "undoes an invalid %s",
		  x->kind->name);
	for (i = 0; i < x->kind->nr_fields; i++)
		fuzz_must(!strpbrk(x->field[i], "\t\n"), "a field of two");
	nr_undone++;
	error_set(e, 0, "undone");
	return UNDO_DONE;
}

/* The file as its entries spell it, but for the boot, which is anybody's. */
static char *spell(const struct journal *j, const char *head, size_t head_len,
		   size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	unsigned int i;
	size_t k;

	fwrite(head, 1, head_len, out);
	for (k = 0; k < j->nr; k++) {
		fputs(j->entries[k].kind->name, out);
		for (i = 0; i < j->entries[k].kind->nr_fields; i++)
			fprintf(out, "\t%s", j->entries[k].field[i]);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static void check_load(const char *path, const char *data, size_t size,
		       bool *loaded)
{
	const char *first = size ? memchr(data, '\n', size) : NULL;
	const char *end = size ? memrchr(data, '\n', size) : NULL;
	size_t head = first ? (size_t)(first - data) + 1 : 0, len;
	struct error e = { "" };
	struct journal j;
	char *text;

	*loaded = !journal_load(&j, path, kinds, &e);
	if (!*loaded) {
		fuzz_must(!strncmp(e.text, path, strlen(path)),
			  "refused without a file: %s", e.text);
		return;
	}
	text = spell(&j, data, head, &len);
	fuzz_must(len == (end ? (size_t)(end - data) + 1 : 0) &&
			  !memcmp(text, data, len),
		  "garbage was read as entries:\n%s", text);
	free(text);
	journal_free(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_report report = { 0 };
	const char *folder = fuzz_folder();
	char path[PATH_MAX];
	struct error e;
	bool loaded;
	size_t i;

	memcpy(kinds, resource_kinds, sizeof(kinds));
	for (i = 0; i < NR_KINDS; i++)
		kinds[i].undo = count;
	snprintf(path, sizeof(path), "%s/" NAME, folder);
	fuzz_write(path, data, size);
	check_load(path, (const char *)data, size, &loaded);
	nr_undone = 0;
	journal_restore(folder, kinds, &report, &e);
	fuzz_must(loaded || !nr_undone, "a file that is refused is undone");
	fuzz_must(report.nr_unreadable == !loaded, "it is not told");
	return 0;
}
