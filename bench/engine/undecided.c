/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "undecided.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include "child.h"

extern char **environ;

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* "faultstat" in the folder of this very program. */
static int find_faultstat(char *path, size_t size, struct error *e)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n < 0)
		return error_set(e, errno, "/proc/self/exe: %s",
				 strerror(errno));
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash || slash + sizeof("/faultstat") > path + size)
		return error_set(e, ENOENT, "%s: what folder is it in?", path);
	strcpy(slash, "/faultstat");
	if (access(path, X_OK))
		return error_set(e, errno,
				 "--until-decided asks %s, and that is not "
				 "there: %s; build it beside faultline",
				 path, strerror(errno));
	return 0;
}

/* faultstat gate --undecided ARGUMENTS OUT. The words of ARGUMENTS are a
 * shell's, quotes included; wordfree() them after success. */
static int make_argv(const char *arguments, const char *out, wordexp_t *words,
		     char ***argv, struct error *e)
{
	int err = wordexp(arguments, words, WRDE_NOCMD | WRDE_UNDEF);
	size_t i, n = 0;

	if (err == WRDE_NOSPACE)
		abort();
	if (err)
		return error_set(e, EINVAL,
				 "--until-decided %s: a shell would not read "
				 "that as plain words; quote what is special",
				 arguments);
	*argv = must(calloc(words->we_wordc + 5, sizeof(**argv)));
	(*argv)[n++] = (char *)"faultstat";
	(*argv)[n++] = (char *)"gate";
	(*argv)[n++] = (char *)"--undecided";
	for (i = 0; i < words->we_wordc; i++)
		(*argv)[n++] = words->we_wordv[i];
	(*argv)[n] = (char *)out;
	return 0;
}

static int spawn(char *const *argv, int fd, pid_t *pid, struct error *e)
{
	posix_spawn_file_actions_t actions;
	char path[PATH_MAX];
	int err = find_faultstat(path, sizeof(path), e);

	if (err)
		return err;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	err = posix_spawn(pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err ? error_set(e, err, "%s: %s", path, strerror(err)) : 0;
}

static void take_lines(int fd, char ***keys, size_t *nr)
{
	FILE *in = must(fdopen(fd, "r"));
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	*keys = NULL;
	*nr = 0;
	while ((len = getline(&line, &size, in)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		*keys = must(realloc(*keys, (*nr + 1) * sizeof(**keys)));
		(*keys)[(*nr)++] = must(strdup(line));
	}
	free(line);
	fclose(in);
}

void undecided_free(char **keys, size_t nr)
{
	while (nr)
		free(keys[--nr]);
	free(keys);
}

static int wait_for(pid_t pid, const char *arguments, struct error *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (child_interrupted)
		return error_set(e, EINTR, "interrupted");
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return error_set(e, EINVAL,
			 "faultstat gate --undecided %s could not tell; its "
			 "reason is above",
			 arguments);
}

int undecided_ask(const char *arguments, const char *out, char ***keys,
		  size_t *nr, struct error *e)
{
	int fd[2], err;
	wordexp_t words;
	char **argv = NULL;
	pid_t pid;

	err = make_argv(arguments, out, &words, &argv, e);
	if (err)
		return err;
	if (pipe2(fd, O_CLOEXEC)) {
		err = error_set(e, errno, "pipe: %s", strerror(errno));
		goto out;
	}
	err = spawn(argv, fd[1], &pid, e);
	close(fd[1]);
	if (err) {
		close(fd[0]);
		goto out;
	}
	take_lines(fd[0], keys, nr);
	err = wait_for(pid, arguments, e);
	if (err)
		undecided_free(*keys, *nr);
out:
	free(argv);
	wordfree(&words);
	return err;
}
