/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doctor: four tables of checks, the printer of their findings, and one
 * line at the end that sums them up.
 */
#include "doctor.h"

#include <linux/capability.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "doctor_checks.h"

enum {
	WIDTH = 100, /* of the report */
	NARROW = 60, /* and of one in a smaller terminal, at least */
	INDENT = 29, /* where the reason begins */
};

struct printer {
	FILE *out;
	bool colour;
	int width;
};

void finding_set(struct finding *f, enum verdict verdict, const char *fmt, ...)
{
	va_list ap;

	f->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(f->reason.text, sizeof(f->reason.text), fmt, ap);
	va_end(ap);
}

void finding_remedy(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->remedy.text, sizeof(f->remedy.text), fmt, ap);
	va_end(ap);
}

const char *doctor_fact(const struct doctor *d, const char *name,
			const char **why)
{
	size_t i;

	*why = "this kernel does not tell";
	for (i = 0; i < d->session.facts.nr; i++) {
		const struct pair *p = &d->session.facts.at[i];

		if (strcmp(p->name, name))
			continue;
		if (p->absent)
			*why = p->absent;
		return p->text;
	}
	return NULL;
}

bool doctor_may(unsigned int capability)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[capability / 32].effective & 1u << capability % 32;
}

static struct printer printer_of(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct printer p = { .out = out, .width = WIDTH };
	struct winsize w;

	if (!isatty(fileno(out)))
		return p;
	p.colour = !(no_color && *no_color) && term && strcmp(term, "dumb");
	if (!ioctl(fileno(out), TIOCGWINSZ, &w) && w.ws_col < WIDTH && w.ws_col)
		p.width = w.ws_col < NARROW ? NARROW : w.ws_col;
	return p;
}

/* Bytes that begin a character, up to the next blank. */
static int word_columns(const char *word, size_t *bytes)
{
	int columns = 0;

	for (*bytes = 0; word[*bytes] && word[*bytes] != ' '; ++*bytes)
		columns += (word[*bytes] & 0xc0) != 0x80;
	return columns;
}

/* Text from column `at` on, wrapped at blanks, all lines but the first
 * indented. Leaves the cursor at the start of a line. */
static void print_wrapped(const struct printer *p, int at, int indent,
			  const char *text)
{
	bool first = true;

	while (*(text += strspn(text, " "))) {
		size_t bytes;
		int columns = word_columns(text, &bytes);

		if (!first && at + 1 + columns > p->width) {
			fprintf(p->out, "\n%*s", indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', p->out);
			at++;
		}
		fwrite(text, 1, bytes, p->out);
		at += columns;
		text += bytes;
		first = false;
	}
	fputc('\n', p->out);
}

static void print_finding(const struct printer *p, const char *title,
			  const struct finding *f)
{
	static const struct {
		const char *label, *colour;
	} verdicts[] = {
		[VERDICT_OK] = { "[ok]", "\033[32m" },
		[VERDICT_ABSENT] = { "[absent]", "\033[31m" },
		[VERDICT_NOISE] = { "[noise]", "\033[33m" },
	};

	fprintf(p->out, "  %s%-9s%s%-*s",
		p->colour ? verdicts[f->verdict].colour : "",
		verdicts[f->verdict].label, p->colour ? "\033[0m" : "",
		INDENT - 11, title);
	print_wrapped(p, INDENT, INDENT, f->reason.text);
	if (*f->remedy.text) {
		fprintf(p->out, "%*s-> ", INDENT, "");
		print_wrapped(p, INDENT + 3, INDENT + 3, f->remedy.text);
	}
}

static void section_run(struct doctor *d, const struct section *s,
			const struct printer *p)
{
	size_t i;

	fprintf(p->out, "%s%s%s\n", p->colour ? "\033[1m" : "", s->title,
		p->colour ? "\033[0m" : "");
	for (i = 0; i < s->nr; i++) {
		struct finding f = { .verdict = VERDICT_OK };

		s->checks[i].look(d, &s->checks[i], &f);
		d->nr_noise += f.verdict == VERDICT_NOISE;
		print_finding(p, s->checks[i].title, &f);
		fflush(p->out);
	}
	fputc('\n', p->out);
}

static const char *provable(const struct doctor *d)
{
	if (d->proofs & PROOF_LOCKS && d->proofs & PROOF_REASONS)
		return "can prove locks per fault and their reasons";
	if (d->proofs & PROOF_LOCKS)
		return "can prove locks per fault by tracepoints";
	if (d->proofs & PROOF_SHARES && d->proofs & PROOF_MODES)
		return "can prove user- and kernel-mode faults, and the share "
		       "of each lock system-wide by /proc/vmstat";
	if (d->proofs & PROOF_SHARES)
		return "can prove the share of each lock system-wide by "
		       "/proc/vmstat";
	if (d->proofs & PROOF_MODES)
		return "can prove user- and kernel-mode faults, but not their "
		       "locks";
	return "can prove no more than the number of faults";
}

static int summarise(const struct doctor *d, const struct printer *p)
{
	struct error text;
	char can[96];
	int ret = 0;

#ifdef FAULTLINE_SANITIZE
	snprintf(can, sizeof(can),
		 "refuses to measure, being a sanitizer build");
	ret = 1;
#else
	if (d->topo_ret) {
		snprintf(can, sizeof(can), "cannot measure: no PU to run on");
		ret = 1;
	} else {
		snprintf(can, sizeof(can),
			 "can measure latency and throughput on %u PU%s",
			 d->topo.nr_pus, d->topo.nr_pus == 1 ? "" : "s");
	}
#endif
	error_set(&text, 0, "doctor: %s; %s; %u source%s of noise", can,
		  provable(d), d->nr_noise, d->nr_noise == 1 ? "" : "s");
	print_wrapped(p, 0, 8, text.text);
	return ret;
}

int doctor_run(FILE *out)
{
	struct printer p = printer_of(out);
	struct doctor d = { .topo_ret = 0 };
	int ret;

	facts_load(&d.session.facts);
	features_load(&d.features);
	clock_calibrate(&d.clock);
	d.topo_ret = topology_load(&d.topo, &d.topo_error);
	section_run(&d, &doctor_measure, &p);
	section_run(&d, &doctor_prove, &p);
	section_run(&d, &doctor_resource, &p);
	section_run(&d, &doctor_noise, &p);
	ret = summarise(&d, &p);
	if (!d.topo_ret)
		topology_free(&d.topo);
	record_free(&d.session);
	return ret;
}
