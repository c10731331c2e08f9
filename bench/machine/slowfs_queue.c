/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "slowfs_queue.h"

#include <stdlib.h>
#include <string.h>

static bool requests_reserve(struct requests *s, size_t nr)
{
	struct request *at;

	if (nr <= s->cap)
		return true;
	nr += nr / 2 + 256;
	at = realloc(s->at, nr * sizeof(*at));
	if (!at)
		return false;
	s->at = at;
	s->cap = nr;
	return true;
}

/* Room for all of them in each: what is in is never refused later. */
static bool queue_reserve(struct queue *q)
{
	size_t nr = q->due.nr + q->kept.nr + q->line.nr + 1;

	return requests_reserve(&q->due, nr) && requests_reserve(&q->kept, nr);
}

/* Puts r where i is, or nearer to the top. */
static void heap_lift(struct requests *s, size_t i, const struct request *r)
{
	for (; i && s->at[(i - 1) / 2].due_ns > r->due_ns; i = (i - 1) / 2)
		s->at[i] = s->at[(i - 1) / 2];
	s->at[i] = *r;
}

static void heap_push(struct requests *s, const struct request *r)
{
	heap_lift(s, s->nr++, r);
}

static struct request heap_pop(struct requests *s)
{
	struct request first = s->at[0], last = s->at[--s->nr];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < s->nr; i = child) {
		if (child + 1 < s->nr &&
		    s->at[child + 1].due_ns < s->at[child].due_ns)
			child++;
		if (s->at[child].due_ns >= last.due_ns)
			break;
		s->at[i] = s->at[child];
	}
	s->at[i] = last;
	return first;
}

bool queue_add(struct queue *q, const struct request *r)
{
	if (!queue_reserve(q))
		return false;
	heap_push(&q->due, r);
	return true;
}

bool queue_keep(struct queue *q, const struct request *r)
{
	if (!queue_reserve(q))
		return false;
	q->kept.at[q->kept.nr++] = *r;
	return true;
}

static void begin(struct queue *q, size_t i, uint64_t now_ns)
{
	struct request *r = &q->line.at[i];

	r->began_ns = now_ns;
	r->due_ns = now_ns + q->pace_ns;
	heap_push(&q->due, r);
	r->req = NULL; /* no longer in the line */
}

static void hurry_writes(struct queue *q)
{
	size_t i;

	for (i = 0; i < q->due.nr; i++) {
		struct request r = q->due.at[i];

		if (r.write)
			r.due_ns = r.behind = 0;
		heap_lift(&q->due, i, &r);
	}
	for (i = 0; i < q->line.nr; i++) {
		struct request r = q->line.at[i];

		r.due_ns = r.behind = 0;
		if (r.req)
			heap_push(&q->due, &r);
	}
	q->line.nr = 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct request *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static size_t lane_of(const struct queue *q, size_t i)
{
	return q->lane_bytes ? q->line.at[i].offset / q->lane_bytes : 0;
}

void queue_release(struct queue *q, uint64_t pace_ns, uint64_t now_ns)
{
	struct requests empty = q->line;
	size_t i;

	hurry_writes(q);
	empty.nr = 0;
	q->line = q->kept;
	q->kept = empty;
	q->pace_ns = pace_ns;
	if (q->line.nr)
		qsort(q->line.at, q->line.nr, sizeof(*q->line.at), by_offset);
	for (i = 0; i < q->line.nr; i++)
		q->line.at[i].behind =
			i + 1 < q->line.nr && lane_of(q, i + 1) == lane_of(q, i)
				? i + 1
				: 0;
	for (i = 0; i < q->line.nr; i++)
		if (!i || lane_of(q, i) != lane_of(q, i - 1))
			begin(q, i, now_ns);
}

bool queue_pop(struct queue *q, uint64_t now_ns, struct request *r)
{
	if (!q->due.nr || q->due.at[0].due_ns > now_ns)
		return false;
	*r = heap_pop(&q->due);
	if (r->behind)
		begin(q, r->behind, now_ns);
	return true;
}

bool queue_hurry(struct queue *q, const struct fuse_req *req)
{
	size_t i;

	for (i = 0; i < q->due.nr; i++) {
		struct request r = q->due.at[i];

		if (r.req != req)
			continue;
		r.due_ns = 0;
		heap_lift(&q->due, i, &r);
		return true;
	}
	return false;
}

uint64_t queue_next_ns(const struct queue *q)
{
	return q->due.nr ? q->due.at[0].due_ns : UINT64_MAX;
}

void queue_free(struct queue *q)
{
	free(q->due.at);
	free(q->kept.at);
	free(q->line.at);
	memset(q, 0, sizeof(*q));
}
