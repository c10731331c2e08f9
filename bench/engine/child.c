/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "facts.h"

enum {
	RECORD_FD = 3,
	GRACE_MS = 20000,
	EMULATED_GRACE_MS = 120000, /* its CPUs share one of a busy host */
	MAX_ANSWER = 8 << 20
};

volatile sig_atomic_t child_interrupted;

extern char **environ;

/* Its own session: an autogroup of its own, and no Ctrl-C but ours. */
static int spawn(const struct spec *spec, bool witness, int fd, pid_t *pid)
{
	size_t nr = spec->pairs.nr, n = 0, i;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **argv = calloc(nr + 6, sizeof(*argv)), *text = NULL;
	int err;

	argv[n++] = strdup("faultline");
	argv[n++] = strdup("cell");
	argv[n++] = strdup("--record-fd=3");
	if (witness)
		argv[n++] = strdup("--witness");
	for (i = 0; i < nr; i++) {
		record_text(&text, "%s=%s", spec->pairs.at[i].name,
			    spec->pairs.at[i].text);
		argv[n++] = text;
		text = NULL;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, RECORD_FD);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID);
	err = posix_spawn(pid, "/proc/self/exe", &actions, &attr, argv,
			  environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	for (i = 0; i < n; i++)
		free(argv[i]);
	free(argv);
	return err;
}

/* All that the child says until it closes the pipe; NULL after a time-out, a
 * signal, or too much of it. */
static char *listen_to(int fd, uint64_t timeout_ms, size_t *len)
{
	uint64_t end = clock_raw_ns() + timeout_ms * 1000000;
	char *text = NULL;
	size_t size = 0;

	*len = 0;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint64_t now = clock_raw_ns();
		ssize_t n;

		if (child_interrupted || now >= end || *len >= MAX_ANSWER)
			break;
		/* A signal may come between the test and poll(): look again
		 * soon. */
		if (poll(&p, 1, 200) <= 0)
			continue;
		if (size - *len < 65536) {
			size += 65536 + size;
			text = realloc(text, size);
			if (!text)
				abort();
		}
		n = read(fd, text + *len, size - *len);
		if (n == 0)
			return text ? text : strdup("");
		if (n > 0)
			*len += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	free(text);
	return NULL;
}

void child_fail(struct record *r, const struct spec *spec, bool witness)
{
	struct timespec now;
	size_t i;

	memset(r, 0, sizeof(*r));
	clock_gettime(CLOCK_REALTIME, &now);
	r->type = RECORD_FAIL;
	r->of_witness = witness;
	r->time_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	for (i = 0; i < spec->pairs.nr; i++)
		pairs_add(&r->cell, spec->pairs.at[i].name,
			  spec->pairs.at[i].text);
	r->command = spec_command(spec);
	record_text(&r->group, "%s", spec->scenario->group);
}

static void explain_end(struct record *r, int status)
{
	if (WIFSIGNALED(status))
		record_text(&r->reason,
			    "the process was ended by signal %d (%s)",
			    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		record_text(&r->reason,
			    "the process ended with status %d and no record",
			    WEXITSTATUS(status));
}

int child_run(const struct spec *spec, bool witness, struct record *r,
	      struct error *e)
{
	uint64_t timeout_ms = 5 * spec->time_ns / 1000000 +
			      (facts_emulated() ? EMULATED_GRACE_MS : GRACE_MS);
	int pipe_fd[2], err, status = 0;
	char *text;
	size_t len;
	pid_t pid;

	memset(r, 0, sizeof(*r));
	if (pipe2(pipe_fd, O_CLOEXEC))
		return error_set(e, errno, "pipe: %s", strerror(errno));
	err = spawn(spec, witness, pipe_fd[1], &pid);
	close(pipe_fd[1]);
	if (err) {
		close(pipe_fd[0]);
		return error_set(e, err, "no process for the cell: %s",
				 strerror(err));
	}
	text = listen_to(pipe_fd[0], timeout_ms, &len);
	close(pipe_fd[0]);
	if (!text)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (child_interrupted) {
		free(text);
		return error_set(e, EINTR, "interrupted");
	}
	len = text ? strcspn(text, "\n") : 0;
	if (!text || !len || record_from_json(r, text, len, e)) {
		child_fail(r, spec, witness);
		if (text)
			explain_end(r, status);
		else
			record_text(&r->reason, "no answer for %llu s",
				    (unsigned long long)(timeout_ms / 1000));
	}
	free(text);
	return 0;
}
