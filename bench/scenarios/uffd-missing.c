/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that waits: userfaultfd tells a handler thread, which answers with
 * a page. The faulting thread drops its lock before it sleeps, and the fault
 * is redone when it wakes: exactly one retry, under mmap_lock.
 *
 * Source: mm/userfaultfd.c (before 7.x fs/userfaultfd.c) handle_userfault();
 * mm/memory.c do_anonymous_page().
 */
#include "scenario.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

static const struct setting settings[] = {
	{ "handler", SETTING_WORD, "other", "same other",
	  "the handler's CPU: the worker's own, or another" },
	{ "delay", SETTING_TIME, "0", NULL,
	  "how long the handler lets each fault wait" },
	{ NULL, 0, NULL, NULL, NULL },
};

static void check(void)
{
	struct error e;

	if (ability_userfaultfd(cell_way() != BY_USER, &e))
		cell_skip("%s", e.text);
}

/* One fault after the other: read it, let it wait, give it its page. */
static void *handle(void *arg)
{
	struct area *area = arg;
	int uffd = (int)(intptr_t)area->own;
	uint64_t delay_ns = cell_number("delay");
	size_t page = page_bytes();
	char *source = mmap(NULL, page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	cell_must(source != MAP_FAILED, "mmap");
	for (;;) {
		struct uffd_msg msg;
		struct uffdio_copy copy = { .src = (uintptr_t)source,
					    .len = page };

		if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
			cell_fail_errno("userfaultfd: read");
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		if (delay_ns)
			wait_ns(delay_ns);
		copy.dst = msg.arg.pagefault.address & ~(uint64_t)(page - 1);
		/* EEXIST: another thread's fault on this page was served. */
		cell_must(!ioctl(uffd, UFFDIO_COPY, &copy) || errno == EEXIST,
			  "UFFDIO_COPY");
	}
	return NULL;
}

static void build(struct area *area)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct error e;
	int uffd = ability_userfaultfd_open(cell_way() != BY_USER, &e);
	unsigned int i, nr_areas = cell_nr_areas();

	if (uffd < 0)
		cell_fail("%s", e.text);
	cell_must(!ioctl(uffd, UFFDIO_API, &api), "UFFDIO_API");
	area_map(area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	reg.range.start = (uintptr_t)area->start;
	reg.range.len = area->bytes + area->margin;
	cell_must(!ioctl(uffd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
	area->own = (void *)(intptr_t)uffd;
	for (i = area->index; i < cell_nr_workers(); i += nr_areas)
		cell_handler(i, handle, area);
}

const struct scenario scenario_uffd_missing = {
	.group = "waiting",
	.title = "first store to a page that userfaultfd provides: one retry",
	.story =
		"do_anonymous_page() finds the VMA registered and calls\n"
		"handle_userfault(): queue the fault, drop the lock (the VMA lock\n"
		"from user mode since 6.6, mmap_lock from kernel mode), sleep\n"
		"until the handler's UFFDIO_COPY, return VM_FAULT_RETRY. The redo\n"
		"takes mmap_lock and finds the page. So each fault is retried\n"
		"exactly once, and nobody else is held up while it sleeps.\n"
		"One handler thread a worker. On the worker's own CPU its answer\n"
		"costs two context switches and repeats well; on another CPU the\n"
		"wake-ups dominate and scatter. With vmas=shared the handlers\n"
		"serve each other's workers, so handler=same is exact for one\n"
		"worker or for vmas=private.",
	.access = ACCESS_WRITE,
	.path = PATH_WAITS,
	.feature = FEATURE_VMA_LOCK_UFFD,
	/* by GUP the redo finds the page and is no fault that anybody counts */
	.ways = 1 << BY_USER | 1 << BY_KERNEL,
	.pages = "64",
	.settings = settings,
	.check = check,
	.build = build,
	.empty = area_dontneed,
};
