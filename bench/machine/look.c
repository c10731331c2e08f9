/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "look.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *look_clean(char *text, size_t len)
{
	size_t from, to = 0;

	for (from = 0; from < len; from++) {
		unsigned char c = (unsigned char)text[from];

		if (!c || isspace(c)) {
			if (to && text[to - 1] != ' ')
				text[to++] = ' ';
		} else {
			text[to++] = c > ' ' && c < 0x7f ? (char)c : '?';
		}
	}
	if (to && text[to - 1] == ' ')
		to--;
	text[to] = '\0';
	return text;
}

static int look_failed(struct error *e, const char *path)
{
	int err = errno ? errno : EIO;

	return error_set(e, err, "%s: %s", path, strerror(err));
}

int look_file(char *buf, size_t size, struct error *e, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		return look_failed(e, path);
	errno = 0;
	len = fread(buf, 1, size - 1, f);
	if (ferror(f)) {
		int ret = look_failed(e, path);

		fclose(f);
		return ret;
	}
	fclose(f);
	return (int)strlen(look_clean(buf, len));
}

int look_key(char *buf, size_t size, struct error *e, const char *path,
	     const char *key)
{
	size_t key_len = strlen(key), cap = 0;
	char *line = NULL;
	FILE *f = fopen(path, "re");
	int ret = -ENOENT;

	if (!f)
		return look_failed(e, path);
	while (ret < 0 && getline(&line, &cap, f) >= 0) {
		char *rest = line + key_len;

		if (strncmp(line, key, key_len) || !strchr(" \t:=\n", *rest))
			continue;
		rest += strspn(rest, " \t:=");
		look_clean(rest, strlen(rest));
		snprintf(buf, size, "%s", rest);
		ret = (int)strlen(buf);
	}
	free(line);
	fclose(f);
	if (ret < 0)
		error_set(e, ENOENT, "%s does not show \"%s\"", path, key);
	return ret;
}

int look_number(long long *number, struct error *e, const char *path)
{
	char text[64], *end;
	int ret = look_file(text, sizeof(text), e, path);

	if (ret < 0)
		return ret;
	errno = 0;
	*number = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return error_set(e, EINVAL, "%s holds \"%s\", not a number",
				 path, text);
	return 0;
}

int look_choice(char *buf, size_t size, struct error *e, const char *path)
{
	char text[256], *open, *close;
	int ret = look_file(text, sizeof(text), e, path);

	if (ret < 0)
		return ret;
	open = strchr(text, '[');
	close = open ? strchr(open, ']') : NULL;
	if (!close)
		return error_set(e, EINVAL, "%s holds \"%s\", no [choice]",
				 path, text);
	*close = '\0';
	snprintf(buf, size, "%s", open + 1);
	return (int)strlen(buf);
}
