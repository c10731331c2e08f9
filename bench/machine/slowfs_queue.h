/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests that a slow file's server lets wait. Pure: no clock, no FUSE.
 *
 * due: a heap, the one that is due first at [0]. kept: writes that are held,
 * as they came. line: those that were released, sorted by place in the file;
 * of each lane one at a time is in `due`, and the next one follows when it is
 * answered, so that a late answer makes those behind it no earlier.
 */
#ifndef MACHINE_SLOWFS_QUEUE_H
#define MACHINE_SLOWFS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request {
	uint64_t due_ns, began_ns; /* its delay began */
	struct fuse_req *req;
	size_t offset, bytes;
	size_t behind; /* its successor in the line; 0: none */
	bool write;
};

struct requests {
	struct request *at;
	size_t nr, cap;
};

struct queue {
	struct requests due, kept, line;
	size_t lane_bytes; /* 0: one lane */
	uint64_t pace_ns;
};

/* A request with its due_ns; a write to be kept, with its began_ns. false when
 * there is no memory. */
bool queue_add(struct queue *q, const struct request *r);
bool queue_keep(struct queue *q, const struct request *r);

/* Those that are kept go into the line; whatever write was still waiting from
 * before is due at once. */
void queue_release(struct queue *q, uint64_t pace_ns, uint64_t now_ns);

/* Takes out one that is due; false when none is. */
bool queue_pop(struct queue *q, uint64_t now_ns, struct request *r);

/* Makes the request that waits as `req` due at once; false when none does. */
bool queue_hurry(struct queue *q, const struct fuse_req *req);

/* When the next one is due; UINT64_MAX: none. */
uint64_t queue_next_ns(const struct queue *q);

void queue_free(struct queue *q);

#endif
