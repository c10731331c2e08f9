/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts gnuplot: no shell, no start-up files, in the report's directory, so
 * that no path of anybody's choice is ever part of what it reads.
 */
#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What gnuplot had to say: its last line that says something. */
static void read_words(int fd, char *words, size_t size)
{
	char buf[4096];
	size_t n = 0;
	ssize_t got;
	char *line, *save, *clean;

	while ((got = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0) {
		n += (size_t)got;
		if (n > sizeof(buf) / 2) { /* the end matters */
			memmove(buf, buf + n / 2, n - n / 2);
			n -= n / 2;
		}
	}
	buf[n] = '\0';
	words[0] = '\0';
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strspn(line, " \t^") == strlen(line))
			continue;
		clean = clean_text_cut(line, 200);
		snprintf(words, size, "%s", clean);
		free(clean);
	}
}

static int spawn(pid_t *pid, const char *dir, const char *vars_file, int out)
{
	char *argv[] = { "gnuplot", "-d", NULL, NULL };
	posix_spawn_file_actions_t actions;
	int err;

	argv[2] = (char *)vars_file;
	posix_spawn_file_actions_init(&actions);
	err = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null",
					       O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, out, 2);
	if (!err)
		err = posix_spawn_file_actions_addchdir_np(&actions, dir);
	if (!err)
		err = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

int gnuplot_run(const char *dir, const char *vars_file, struct error *e)
{
	char words[512];
	int fds[2], status, err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return error_set(e, errno, "pipe: %s", strerror(errno));
	err = spawn(&pid, dir, vars_file, fds[1]);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return error_set(e, err, "gnuplot cannot be started: %s",
				 strerror(err));
	}
	read_words(fds[0], words, sizeof(words));
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set(e, errno, "waitpid: %s",
					 strerror(errno));
	}
	if (!WIFEXITED(status))
		return error_set(e, EIO, "gnuplot was killed by signal %d",
				 WTERMSIG(status));
	if (WEXITSTATUS(status))
		return error_set(e, EIO, "gnuplot %s: %s", vars_file,
				 words[0] ? words : "failed without a word");
	return 0;
}
