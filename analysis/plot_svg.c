/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From gnuplot's SVG to one that may stand in a page among others. gnuplot
 * escapes the texts that it draws; what stands here trusts that no further
 * than it has to: an element that gnuplot has no use for ends it.
 */
#include "plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

static const char *const elements[] = {
	"svg",	    "g",       "title", "desc",	   "defs",     "rect",
	"circle",   "path",    "use",	"filter",  "feFlood",  "feComposite",
	"text",	    "tspan",   "line",	"polygon", "polyline", "pattern",
	"clipPath", "ellipse", NULL,
};

static bool element_known(const char *tag)
{
	size_t i, n;

	tag += *tag == '/';
	n = strcspn(tag, " \t\r\n/>");
	for (i = 0; elements[i]; i++) {
		if (strlen(elements[i]) == n && !strncmp(elements[i], tag, n))
			return true;
	}
	return false;
}

/* References to ids, and ids, in the forms that gnuplot writes. */
static const char *const id_marks[] = { " id='",    " id=\"", "href='#",
					"href=\"#", "url(#",  NULL };

/* One tag, from < to >, with the ids renamed and large text bold. */
static void write_tag(FILE *f, const char *tag, size_t n, const char *name)
{
	const char *end = tag + n, *size;
	size_t i;

	while (tag < end) {
		for (i = 0; id_marks[i]; i++) {
			size_t mark = strlen(id_marks[i]);

			if (mark > (size_t)(end - tag) ||
			    strncmp(tag, id_marks[i], mark))
				continue;
			fprintf(f, "%s%s-", id_marks[i], name);
			tag += mark;
			break;
		}
		if (id_marks[i])
			continue;
		size = " font-size=\"";
		if ((size_t)(end - tag) > strlen(size) &&
		    !strncmp(tag, size, strlen(size)) &&
		    atof(tag + strlen(size)) >= 14)
			fputs(" font-weight=\"bold\"", f);
		fputc(*tag++, f);
	}
}

static int rewrite(FILE *f, const char *svg, const char *name,
		   const char *title, struct error *e)
{
	const char *tag, *end;

	while ((tag = strchr(svg, '<'))) {
		fwrite(svg, 1, (size_t)(tag - svg), f);
		end = strchr(tag, '>');
		if (!end || !element_known(tag + 1))
			return error_set(e, EINVAL,
					 "gnuplot drew an unknown element "
					 "\"%.12s\"; the picture stays out "
					 "of the page",
					 tag);
		svg = end + 1;
		if (strncmp(tag, "<title>", 7)) {
			write_tag(f, tag, (size_t)(svg - tag), name);
			continue;
		}
		fputs("<title>", f);
		html_text(f, title);
		svg = strchr(svg, '<');
		if (!svg)
			return error_set(e, EINVAL, "the SVG is torn");
	}
	fputs(svg, f);
	return 0;
}

char *svg_finish(const char *svg, const char *name, const char *title,
		 struct error *e)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	int err;

	svg = strstr(svg, "<svg");
	if (!svg) {
		error_set(e, EINVAL, "gnuplot drew no SVG");
		return NULL;
	}
	f = open_memstream(&text, &size);
	if (!f)
		abort();
	fputs("<svg role=\"img\"", f);
	err = rewrite(f, svg + strlen("<svg"), name, title, e);
	fclose(f);
	if (err) {
		free(text);
		return NULL;
	}
	return text;
}
