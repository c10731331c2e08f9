/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the userfaultfd scenarios share: a row says which faults are asked for
 * and how one is answered; the loop of the handler is the same for all.
 *
 * Source: fs/userfaultfd.c, since 7.x mm/userfaultfd.c;
 * include/uapi/linux/userfaultfd.h.
 */
#include "cell.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

const struct setting uffd_settings[] = {
	{ "handler", SETTING_WORD, "other", "same other",
	  "the handler's CPU: the worker's own, or another" },
	{ "delay", SETTING_TIME, "0", NULL,
	  "how long the handler lets each fault wait" },
	{ NULL, 0, NULL, NULL, NULL },
};

struct answer {
	int uffd;
	uint64_t page, bytes; /* the address that waits */
	uint64_t source;      /* a page to copy from */
};

static int answer_missing(const struct answer *a)
{
	struct uffdio_copy copy = { .dst = a->page,
				    .src = a->source,
				    .len = a->bytes };

	return ioctl(a->uffd, UFFDIO_COPY, &copy);
}

static int answer_minor(const struct answer *a)
{
	struct uffdio_continue go_on = { .range = { a->page, a->bytes } };

	return ioctl(a->uffd, UFFDIO_CONTINUE, &go_on);
}

static int answer_wp(const struct answer *a)
{
	struct uffdio_writeprotect off = { .range = { a->page, a->bytes } };

	return ioctl(a->uffd, UFFDIO_WRITEPROTECT, &off);
}

static const struct kind {
	uint64_t features, mode;
	int (*answer)(const struct answer *a);
	const char *needs;
} kinds[] = {
	[UFFD_MISSING] = { 0, UFFDIO_REGISTER_MODE_MISSING, answer_missing,
			   "" },
	[UFFD_MINOR] = { UFFD_FEATURE_MINOR_SHMEM, UFFDIO_REGISTER_MODE_MINOR,
			 answer_minor,
			 "minor faults of shared memory (Linux 5.14, "
			 "CONFIG_HAVE_ARCH_USERFAULTFD_MINOR)" },
	[UFFD_WP] = { UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFDIO_REGISTER_MODE_WP,
		      answer_wp,
		      "write protection (Linux 5.7, "
		      "CONFIG_HAVE_ARCH_USERFAULTFD_WP)" },
};

static int uffd_open(enum uffd_kind kind)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = kinds[kind].features };
	struct error e;
	int uffd = ability_userfaultfd_open(cell_way() != BY_USER, &e);

	if (uffd < 0)
		cell_skip("%s", e.text);
	if (ioctl(uffd, UFFDIO_API, &api))
		cell_skip("userfaultfd of this kernel has no %s: %s",
			  kinds[kind].needs, strerror(errno));
	return uffd;
}

void uffd_check(enum uffd_kind kind)
{
	struct error e;

	if (ability_userfaultfd(cell_way() != BY_USER, &e))
		cell_skip("%s", e.text);
	close(uffd_open(kind));
}

/* --- the handler ---------------------------------------------------------- */

/* One area's userfaultfd; several handlers may read from it. */
struct service {
	int uffd;
	enum uffd_kind kind;
};

/* One fault after the other: read it, let it wait, answer. */
static void *serve(void *arg)
{
	const struct service *service = arg;
	uint64_t delay_ns = cell_number("delay");
	struct answer a = { .uffd = service->uffd, .bytes = page_bytes() };
	void *source = mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	cell_must(source != MAP_FAILED, "mmap");
	a.source = (uintptr_t)source;
	for (;;) {
		struct uffd_msg msg;
		uint64_t began;

		if (read(a.uffd, &msg, sizeof(msg)) != sizeof(msg))
			cell_fail_errno("userfaultfd: read");
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		began = handler_began();
		if (delay_ns)
			wait_ns(delay_ns);
		a.page = msg.arg.pagefault.address & ~(a.bytes - 1);
		/* EEXIST: another thread's fault on this page was served. */
		cell_must(!kinds[service->kind].answer(&a) || errno == EEXIST,
			  "userfaultfd: answer to a fault");
		handler_ended(began);
	}
	return NULL;
}

void uffd_serve(struct area *area, enum uffd_kind kind)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)area->start, area->bytes + area->margin },
		.mode = kinds[kind].mode,
	};
	struct service *service = malloc(sizeof(*service));
	unsigned int i, nr_areas = cell_nr_areas();

	cell_must(service, "no memory for a handler");
	service->kind = kind;
	service->uffd = uffd_open(kind);
	cell_must(!ioctl(service->uffd, UFFDIO_REGISTER, &reg),
		  "UFFDIO_REGISTER");
	area->own = service;
	for (i = area->index; i < cell_nr_workers(); i += nr_areas)
		cell_handler(i, serve, service);
}

void uffd_write_protect(struct area *area, char *start, size_t bytes)
{
	const struct service *service = area->own;
	struct uffdio_writeprotect on = {
		.range = { (uintptr_t)start, bytes },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	cell_must(!ioctl(service->uffd, UFFDIO_WRITEPROTECT, &on),
		  "UFFDIO_WRITEPROTECT");
}
