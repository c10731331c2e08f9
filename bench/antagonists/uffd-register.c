/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody registers memory with userfaultfd and takes it back, as a live
 * migration or a garbage collector does at its start and end: mmap_lock for
 * write and the VMA's write lock, twice an operation (userfaultfd_register(),
 * userfaultfd_unregister(); fs/userfaultfd.c, since 7.x mm/userfaultfd.c).
 *
 * same: a page at the end of the workers' VMA, which is split off and merged
 * again; nobody touches it, so nobody waits for a handler. A VMA has one
 * userfaultfd: that of the scenario keeps this one out.
 */
#include "scenario.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

static _Thread_local struct ground g;
static _Thread_local int uffd;

static bool take(void)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)g.start, g.bytes },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return !ioctl(uffd, UFFDIO_REGISTER, &reg);
}

static void leave(void)
{
	struct uffdio_range range = { (uintptr_t)g.start, g.bytes };

	cell_must(!ioctl(uffd, UFFDIO_UNREGISTER, &range), "UFFDIO_UNREGISTER");
}

static void setup(enum where where)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct error e;

	g = ground_find(where, 64 * 1024);
	uffd = ability_userfaultfd_open(false, &e);
	if (uffd < 0)
		cell_skip("%s", e.text);
	cell_must(!ioctl(uffd, UFFDIO_API, &api), "UFFDIO_API");
	if (!take() && errno == EBUSY)
		cell_skip("antagonist uffd-register where=same: the scenario "
			  "has registered this VMA already; use "
			  "where=elsewhere");
	ground_must_allow(take(), "UFFDIO_REGISTER");
	leave();
	ground_must_merge(&g);
}

static void op(void)
{
	cell_must(take(), "UFFDIO_REGISTER");
	leave();
}

const struct antagonist antagonist_uffd_register = {
	.title =
		"userfaultfd register + unregister: mmap_lock for write, twice",
	.story =
		"One operation is UFFDIO_REGISTER (missing mode) and\n"
		"UFFDIO_UNREGISTER of 64 KiB of its own (where=elsewhere), or of a\n"
		"page at the end of the workers' VMA (where=same), which is split\n"
		"off and merged again under its write lock. mmap_lock for write,\n"
		"twice. Nobody touches the pages, so no handler is needed.",
	.where = WHERE_SAME | WHERE_ELSEWHERE,
	.writes = 2,
	.setup = setup,
	.op = op,
};
