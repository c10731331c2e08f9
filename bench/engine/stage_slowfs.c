/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the scenarios of slow files share (scenario.h). */
#include "cell.h"

void slow_check(void)
{
	struct error e;

	if (slowfs_probe(&e))
		cell_skip("%s", e.text);
}

void slow_build(struct area *area, struct slowfs_options options, int flags)
{
	struct slowfs *fs;
	struct error e;

	options.bytes = area->bytes + area->margin;
	options.pu = -1;
	if (slowfs_start(&fs, &options, &e))
		cell_fail("%s", e.text);
	area->own = fs;
	area_map(area, PROT_READ | PROT_WRITE, flags, slowfs_fd(fs));
}

void slow_verify(const struct area *area, const char *request, uint64_t nr,
		 uint64_t bytes, const struct hist *took_ns)
{
	if (bytes != nr * page_bytes())
		cell_fail("%llu %ss of %llu bytes: not of one page each",
			  (unsigned long long)nr, request,
			  (unsigned long long)bytes);
	hist_merge(cell_handler_hist(area->index), took_ns);
}
