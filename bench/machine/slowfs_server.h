/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the two processes of a slow file: slowfs.c starts what
 * slowfs_server.c is. */
#ifndef MACHINE_SLOWFS_SERVER_H
#define MACHINE_SLOWFS_SERVER_H

#include <stdbool.h>

#include "slowfs.h"

#define SLOWFS_NAME "slow" /* of the file, in its root */

/* Memory of both; written by the server alone. */
struct slowfs_shared {
	struct slowfs_stats stats;
	struct error error; /* why it could not start */
};

/* What the parent says through the socket: keep writes from now on, or let
 * them go. */
struct slowfs_command {
	bool hold;
	uint64_t pace_ns;
};

struct slowfs_link {
	const struct slowfs_options *options;
	struct slowfs_shared *shared;
	int socket; /* to the parent: when it ends, so does the server */
};

/* Makes an unmounted FUSE file system: its root and the /dev/fuse that serves
 * it, not blocking. May move the caller to a user namespace, so it must be a
 * process of its own. 0 or -errno with a reason. */
int slowfs_mount(int *root_fd, int *dev_fd, struct error *e);

/* All that the server's process does; never returns. Sends the root through
 * the socket, or an empty message when shared->error says why not. */
_Noreturn void slowfs_serve(const struct slowfs_link *link);

#endif
