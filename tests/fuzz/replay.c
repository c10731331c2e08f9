/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for libFuzzer where there is none: gives a target each file that is
 * named, and each file of a folder that is. Mutates nothing. Exit status: 0
 * when all went well, 2 when there was nothing to give it.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

/* What runs, for whoever reads why it died. */
static unsigned int replay(const char *path)
{
	char file[PATH_MAX], *text;
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *dir = opendir(path);
	size_t size;

	if (!dir) {
		fprintf(stderr, "%s\n", path);
		text = fuzz_read(path, &size);
		LLVMFuzzerTestOneInput((const uint8_t *)text, size);
		free(text);
		return 1;
	}
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		nr += replay(file);
	}
	closedir(dir);
	return nr;
}

int main(int argc, char **argv)
{
	unsigned int nr = 0;
	int i;

	for (i = 1; i < argc; i++)
		nr += replay(argv[i]);
	fprintf(stderr, "%u inputs\n", nr);
	return nr ? 0 : 2;
}
