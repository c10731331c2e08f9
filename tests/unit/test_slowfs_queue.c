/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a slow file lets wait, and in which order it lets it go. */
#include "slowfs_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
	NR = 1000,
	PAGE = 4096
};

/* Never followed: a name, and no more. */
static struct fuse_req *name(size_t i)
{
	static char names[NR];

	return (struct fuse_req *)&names[i];
}

static struct request request_at(size_t page, uint64_t due_ns, bool write)
{
	struct request r = {
		.due_ns = due_ns,
		.req = name(page),
		.offset = page * PAGE,
		.write = write,
	};

	return r;
}

static void the_first_due_comes_first(void **unused)
{
	struct queue q = { .pace_ns = 0 };
	struct request r;
	uint64_t last = 0;
	size_t i;

	(void)unused;
	assert_true(queue_next_ns(&q) == UINT64_MAX);
	for (i = 0; i < NR; i++) {
		r = request_at(i, 1 + i * 7919 % NR, false);
		assert_true(queue_add(&q, &r));
	}
	assert_false(queue_pop(&q, 0, &r));
	assert_true(queue_hurry(&q, name(NR / 2)));
	assert_true(queue_pop(&q, 0, &r));
	assert_ptr_equal(r.req, name(NR / 2));
	assert_false(queue_hurry(&q, name(NR / 2)));
	for (i = 1; i < NR; i++) {
		assert_true(queue_pop(&q, NR, &r));
		assert_true(r.due_ns > last);
		last = r.due_ns;
	}
	assert_false(queue_pop(&q, UINT64_MAX, &r));
	queue_free(&q);
}

static void keep(struct queue *q, size_t nr)
{
	size_t i;

	/* In any order: 7 and nr have no divisor in common. */
	for (i = 0; i < nr; i++) {
		struct request r = request_at(i * 7 % nr, 0, true);

		assert_true(queue_keep(q, &r));
	}
}

/* Two lanes of four pages, of which both go on only when answered. */
static void each_lane_goes_page_by_page(void **unused)
{
	struct queue q = { .lane_bytes = 4 * PAGE };
	uint64_t now = 1000;
	struct request r;
	size_t i, lane;

	(void)unused;
	keep(&q, 8);
	assert_false(queue_pop(&q, UINT64_MAX, &r));
	queue_release(&q, 10, now);
	assert_int_equal(q.kept.nr, 0);
	for (i = 0; i < 4; i++) {
		bool seen[2] = { false, false };

		assert_false(queue_pop(&q, now + 9, &r));
		now += 100; /* late: the next one is no earlier for that */
		for (lane = 0; lane < 2; lane++) {
			assert_true(queue_pop(&q, now, &r));
			assert_int_equal(r.offset / PAGE % 4, i);
			seen[r.offset / PAGE / 4] = true;
		}
		assert_true(seen[0] && seen[1]);
	}
	assert_true(queue_next_ns(&q) == UINT64_MAX);
	queue_free(&q);
}

/* And leaves reads alone. */
static void a_release_ends_the_one_before(void **unused)
{
	struct queue q = { .lane_bytes = 0 };
	struct request r, read = request_at(9, 5000, false);
	size_t i;

	(void)unused;
	keep(&q, 8);
	assert_true(queue_add(&q, &read));
	queue_release(&q, 10, 0);
	assert_true(queue_pop(&q, 10, &r));
	queue_release(&q, 0, 11);
	for (i = 0; i < 7; i++) {
		assert_true(queue_pop(&q, 11, &r));
		assert_true(r.write && r.offset > 0);
	}
	assert_int_equal(queue_next_ns(&q), 5000);
	queue_free(&q);
}

static void a_pace_of_0_is_at_once(void **unused)
{
	struct queue q = { .lane_bytes = 0 };
	struct request r;
	size_t i;

	(void)unused;
	keep(&q, 8);
	queue_release(&q, 0, 50);
	for (i = 0; i < 8; i++) {
		assert_true(queue_pop(&q, 50, &r));
		assert_int_equal(r.offset / PAGE, i);
		assert_int_equal(r.began_ns, 50);
	}
	queue_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_due_comes_first),
		cmocka_unit_test(each_lane_goes_page_by_page),
		cmocka_unit_test(a_release_ends_the_one_before),
		cmocka_unit_test(a_pace_of_0_is_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
