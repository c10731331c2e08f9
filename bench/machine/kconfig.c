/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/config.gz comes first: it is the running kernel's own, whereas a file
 * in /boot can be that of another build of the same name. It is unpacked by
 * gzip, a program, so that the suite needs no library for one file.
 */
#include "kconfig.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROC_CONFIG "/proc/config.gz"

extern char **environ;

/* All of a file descriptor as text, malloc'ed; NULL when it is empty. */
static char *read_all(int fd)
{
	size_t cap = 256 * 1024, len = 0;
	char *text = malloc(cap);

	while (text) {
		ssize_t n = read(fd, text + len, cap - len - 1);
		char *bigger;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (cap - len > 1)
			continue;
		bigger = realloc(text, cap *= 2);
		if (!bigger)
			break;
		text = bigger;
	}
	if (!text || !len) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

/* Starts "gzip -dc path" with its output on a pipe. The pid, or -errno. */
static int gzip_start(const char *path, int *out)
{
	const char *const argv[] = { "gzip", "-dc", path, NULL };
	posix_spawn_file_actions_t fa;
	int pipe_fd[2], err;
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC))
		return -errno;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, pipe_fd[1], 1);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(&pid, argv[0], &fa, NULL, (char *const *)argv,
			   environ);
	posix_spawn_file_actions_destroy(&fa);
	close(pipe_fd[1]);
	if (err) {
		close(pipe_fd[0]);
		return -err;
	}
	*out = pipe_fd[0];
	return pid;
}

/* The unpacked text, or NULL. */
static char *gunzip(const char *path)
{
	int fd = -1, status, pid;
	char *text;

	if (access(path, R_OK))
		return NULL;
	pid = gzip_start(path, &fd);
	if (pid < 0)
		return NULL;
	text = read_all(fd);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (text && !strstr(text, "CONFIG_")) { /* cut short or not a config */
		free(text);
		text = NULL;
	}
	return text;
}

/* The file of one place, when there is one. */
static char *read_config(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_all(fd);
	close(fd);
	return text;
}

int kconfig_load(struct kconfig *k, struct error *e)
{
	static const struct {
		const char *before, *after; /* the release */
	} places[] = {
		{ "/boot/config-", "" },
		{ "/lib/modules/", "/config" },
		{ "/lib/modules/", "/build/.config" },
	};
	struct utsname u;
	size_t i;

	snprintf(k->source, sizeof(k->source), "%s", PROC_CONFIG);
	k->text = gunzip(PROC_CONFIG);
	uname(&u);
	for (i = 0; i < sizeof(places) / sizeof(places[0]) && !k->text; i++) {
		snprintf(k->source, sizeof(k->source), "%s%s%s",
			 places[i].before, u.release, places[i].after);
		k->text = read_config(k->source);
	}
	if (k->text)
		return 0;
	return error_set(e, ENOENT,
			 "no readable kernel configuration: neither %s (%s) "
			 "nor /boot/config-%s",
			 PROC_CONFIG,
			 access(PROC_CONFIG, R_OK) ? strerror(errno)
						   : "gzip did not unpack it",
			 u.release);
}

void kconfig_free(struct kconfig *k)
{
	free(k->text);
	k->text = NULL;
}

char *kconfig_get(const struct kconfig *k, const char *name, char *buf,
		  size_t size)
{
	const char *at = k->text;
	char key[96];
	size_t len;

	snprintf(buf, size, "n");
	len = (size_t)snprintf(key, sizeof(key), "CONFIG_%s=", name);
	while (at && (at = strstr(at, key))) {
		if (at == k->text || at[-1] == '\n')
			break;
		at += len;
	}
	if (!at)
		return buf;
	at += len;
	at += *at == '"';
	snprintf(buf, size, "%.*s", (int)strcspn(at, "\"\n"), at);
	return buf;
}
