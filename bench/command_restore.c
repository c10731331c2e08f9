/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faultline restore: what a killed process left behind on the machine. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>

#include "commands.h"
#include "resource.h"

static const struct argp restore_argp = {
	.doc = "Undoes what dead faultline processes of this user left behind: "
	       "kernel values, huge pages, swap areas, cgroups. Every start of "
	       "run and cell does the same first. What a living process holds "
	       "is left to it.\vWhat was changed is noted in /var/lib/faultline "
	       "(root), ~/.local/state/faultline (others) or "
	       "$FAULTLINE_STATE.\n\nExit status: 0 nothing is left over; 1 "
	       "something is, see what was said.",
};

static void say(bool trouble, const char *line, void *arg)
{
	(void)trouble;
	(void)arg;
	printf("%s\n", line);
}

int command_restore(int argc, char **argv, struct error *e)
{
	struct journal_report report = { .say = say };
	int err;

	argp_parse(&restore_argp, argc, argv, 0, NULL, NULL);
	err = resource_restore(&report, e);
	if (err && err != -EAGAIN)
		return err;
	printf("restore: %u undone, %u changed by others and left, %u to be "
	       "tried again, %u unreadable; %u in use by living processes\n",
	       report.nr_undone, report.nr_not_ours, report.nr_failed,
	       report.nr_unreadable, report.nr_living);
	return err ? 1 : 0;
}
