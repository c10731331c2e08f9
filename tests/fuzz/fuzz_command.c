/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sub-command of faultstat, COMMAND, over a whole file, as main() starts it,
 * in this process: by each of its rows below. It ends with one of its exit
 * statuses, prints nothing that a terminal would obey, and what it leaves for
 * gnuplot is data, never a command.
 */
#include <argp.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "fuzz.h"

#define FOLDER "-o", NULL /* the NULL becomes the folder's name */

enum {
	MAX_WORDS = 8
};

/* Without the file, which comes last. */
static const struct row {
	int (*run)(int argc, char **argv);
	const char *word[MAX_WORDS];
} rows[] = {
	{ command_show, { "show" } },
	{ command_show, { "show", "--mail" } },
	{ command_show, { "show", "--json" } },
	{ command_compare, { "compare", "--by", "lock" } },
	{ command_compare, { "compare", "--by", "scenario", "--mail" } },
	{ command_compare, { "compare", "--by", "label", "--json" } },
	{ command_report, { "report", "--no-plots", FOLDER } },
	{ command_report, { "report", "--format", "mail" } },
	{ command_report, { "report", "--format", "markdown" } },
	{ command_gate, { "gate", "--by", "lock", "--all" } },
	{ command_gate, { "gate", "--by", "tag", "--json", "--force" } },
	{ command_gate, { "gate", "--by", "lock", "--undecided" } },
	{ command_explain, { "explain", "--by", "lock" } },
	{ command_history, { "history" } },
	{ command_export, { "export", "-f", "csv" } },
	{ command_export, { "export", "-f", "gobench" } },
	{ command_export, { "export", "-f", "json" } },
	{ command_export, { "export", "-f", "junit" } },
	{ command_export, { "export", "-f", "kcidb" } },
	{ command_export, { "export", "-f", "ktap" } },
	{ command_export, { "export", "-f", "lava" } },
	{ command_export, { "export", "-f", "otava" } },
};

static FILE *capture(char **text, size_t *size)
{
	FILE *stream = open_memstream(text, size);

	fuzz_must(stream, "open_memstream: %m");
	return stream;
}

/* Runs it with its output kept; dies by what no output may hold. */
static void run(const struct row *row, const char *path, const char *folder)
{
	FILE *real_out = stdout, *real_err = stderr;
	char *argv[MAX_WORDS + 2] = { NULL };
	char *out, *err;
	size_t out_size, err_size;
	int argc = 0, status;

	while (argc < MAX_WORDS && row->word[argc]) {
		argv[argc] = (char *)row->word[argc];
		argc++;
		if (!strcmp(argv[argc - 1], "-o"))
			argv[argc++] = (char *)folder;
	}
	argv[argc++] = (char *)path;
	stdout = capture(&out, &out_size);
	stderr = capture(&err, &err_size);
	status = row->run(argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = real_out;
	stderr = real_err;
	fuzz_must(status >= 0 && status <= 4, "exit status %d", status);
	fuzz_must(status != EXIT_TROUBLE || err_size || out_size,
		  "trouble without a word");
	/* formats of other programs may want tabs and CR */
	fuzz_must(fuzz_is_printable(out, out_size,
				    row->run == command_export ? "\t\r" : ""),
		  "prints:\n%s", out);
	fuzz_must(fuzz_is_printable(err, err_size, ""), "says:\n%s", err);
	free(out);
	free(err);
}

/* Strings in single quotes, and outside of them names, numbers, '=', brackets
 * and the one loop that loads the recipe. */
static void check_gnuplot(const char *path)
{
	static const char loop[] = "do for [kind in ''] {";
	size_t size, i, n = 0;
	char *text = fuzz_read(path, &size), *code = calloc(1, size + 1);
	bool quoted = false;

	for (i = 0; i < size; i++) {
		fuzz_must(!quoted || text[i] != '\n', "%s: a torn string",
			  path);
		quoted ^= text[i] == '\'';
		if (!quoted)
			code[n++] = text[i];
		else if (text[i] == '\'')
			code[n++] = '\'';
	}
	fuzz_must(!quoted, "%s: a torn string", path);
	fuzz_must(!strpbrk(code, "`\"$@!|<>;#\\"), "%s: %s", path, code);
	fuzz_must(!strstr(code, "system") && !strstr(code, "eval") &&
			  !strstr(code, "''''"),
		  "%s: %s", path, code);
	fuzz_must(strstr(code, loop), "%s: no recipe", path);
	free(code);
	free(text);
}

static void check_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (dot && !strcmp(dot, ".gp"))
			check_gnuplot(path);
	}
	if (dir)
		closedir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size), *folder;
	size_t i, nr = 0;

	argp_err_exit_status = EXIT_TROUBLE;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].word[0], COMMAND))
			continue;
		folder = fuzz_folder();
		run(&rows[i], path, folder);
		check_folder(folder);
		nr++;
	}
	fuzz_must(nr, "no row for " COMMAND);
	return 0;
}
