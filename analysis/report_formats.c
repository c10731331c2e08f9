/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms that a report has as one stream, and the page among them. */
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "report.h"
#include "roles.h"

static const struct report_format formats[] = {
	{ "html", "one page, pictures inside", html_stream },
	{ "mail", "72 columns of ASCII", mail_report },
	{ "markdown", "tables as GitHub renders them", markdown_report },
};

enum {
	NR_FORMATS = sizeof(formats) / sizeof(formats[0])
};

const struct report_format *report_format_find(const char *name,
					       struct error *e)
{
	const char *names[NR_FORMATS];
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		if (!strcmp(formats[i].name, name))
			return &formats[i];
		names[i] = formats[i].name;
	}
	near_error("format", name, names, NR_FORMATS, e);
	return NULL;
}

void report_pictures(struct report *r, const struct arm_groups *g)
{
	struct roles roles;

	roles_find(&roles, &r->results, NULL);
	r->waiting = roles_sentences(roles.charts, roles.nr);
	plot_versus(r);
	plot_roles(r, &roles);
	plot_locks(r, g);
	plot_tails(r);
	plot_victims(r);
	plot_throughput(r);
	plot_paths(r);
	plot_time(r);
	roles_free(&roles);
}

/* The pictures are drawn where nobody keeps them, and go into the page. */
int html_stream(FILE *out, struct report *r, struct error *e)
{
	struct arm_groups groups;
	char *dir = scratch_make(e);
	int err = dir ? 0 : -1;

	if (err)
		return err;
	r->dir = dir;
	r->alone = true;
	arm_groups_find(&groups, &r->results);
	report_pictures(r, &groups);
	err = pictures_draw(r, e);
	if (!err)
		html_write(out, r, &groups);
	arm_groups_free(&groups);
	scratch_remove(dir);
	r->dir = NULL;
	return err;
}
