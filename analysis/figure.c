/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "units.h"

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n >= len && !strcmp(text + n - len, end);
}

/* The name without what comes before its last dot. */
static const char *own_name(const char *metric)
{
	const char *dot = strrchr(metric, '.');

	return dot ? dot + 1 : metric;
}

static const struct {
	const char *name, *head;
} heads[] = {
	{ "p999_ns", "p99.9" },
	{ "faults_per_s", "faults/s" },
	{ "ops_per_s", "ops/s" },
	{ "mmap_locks_per_fault", "locks" },
	{ "mmap_write_locks_per_fault", "w.locks" },
	{ "retries_per_fault", "retries" },
	{ "present_p50_ns", "present" },
	{ "instructions_per_fault", "instr." },
	{ "mean_instructions_per_fault", "mean instr." },
	{ "kernel_instructions_per_fault", "kernel instr." },
	{ "user_instructions_per_fault", "user instr." },
	{ "present_instructions_per_touch", "present instr." },
	{ "vma_lock_handled_per_fault", "handled" },
	{ "vma_lock_refused_per_fault", "refused" },
	{ "retried_after_wait_per_fault", "waited" },
	{ "redone_under_mmap_lock_per_fault", "redone" },
	{ "retried_again_per_fault", "again" },
	{ "completed_per_fault", "completed" },
	{ "switches_per_fault", "switches" },
	{ "wakeups_per_fault", "wake-ups" },
};

static void head_of(const char *metric, char *head, size_t size)
{
	const char *name = own_name(metric);
	const char *who = !strncmp(metric, "antagonist", 10) ? "antag." : "";
	size_t i, len = strlen(name);

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (!strcmp(name, heads[i].name))
			break;
	if (i < sizeof(heads) / sizeof(heads[0]))
		snprintf(head, size, "%s%s", who, heads[i].head);
	else if (ends_in(name, "_ns"))
		snprintf(head, size, "%s%.*s", who, (int)(len - 3), name);
	else
		snprintf(head, size, "%s%s", who, name);
}

struct figure figure_of(const char *metric)
{
	const char *name = own_name(metric);
	struct figure f = { .kind = FIGURE_COUNT, .noun = "" };

	head_of(metric, f.head, sizeof(f.head));
	if (ends_in(name, "_ns")) {
		f.kind = FIGURE_TIME;
		f.sense = 1;
		f.noun = " time";
	} else if (ends_in(name, "_per_s")) {
		f.kind = FIGURE_RATE;
		f.sense = -1;
		f.noun = !strcmp(name, "faults_per_s") ? " faults/s"
			 : !strcmp(name, "ops_per_s")  ? " ops/s"
						       : "";
	} else if (ends_in(name, "instructions_per_fault") ||
		   ends_in(name, "instructions_per_touch")) {
		f.kind = FIGURE_PATH;
		f.sense = 1;
		f.noun = " instructions";
	} else if (ends_in(name, "_per_fault") || ends_in(name, "_share")) {
		f.kind = FIGURE_SHARE;
	}
	return f;
}

/* --- numbers -------------------------------------------------------------- */

struct scale scale_of(enum figure_kind kind, const double *numbers, size_t nr)
{
	static const char *const units[][4] = {
		[FIGURE_TIME] = { "ns", "us", "ms", "s" },
		[FIGURE_RATE] = { "", "k", "M", "G" },
		[FIGURE_SHARE] = { "", "", "", "" },
		[FIGURE_PATH] = { "", "", "", "" },
		[FIGURE_COUNT] = { "", "k", "M", "G" },
	};
	double sum = 0, middle;
	struct scale s = { .factor = 1 };
	size_t i, used = 0, step = 0;

	for (i = 0; i < nr; i++) {
		if (isfinite(numbers[i]) && numbers[i] > 0) {
			sum += log(numbers[i]);
			used++;
		}
	}
	middle = used ? exp(sum / (double)used) : 1;
	while (kind != FIGURE_SHARE && kind != FIGURE_PATH && step < 3 &&
	       middle >= 999.5) {
		middle /= 1000;
		s.factor *= 1000;
		step++;
	}
	snprintf(s.unit, sizeof(s.unit), "%s", units[kind][step]);
	return s;
}

static char *path_text(double number)
{
	return memory_printf(number == rint(number) ? "%.0f" : "%.1f", number);
}

/* Three digits that count, never more than three after the point. */
static char *three_digits(double x)
{
	double a = fabs(x);
	int digits = a < 0.9995 ? 3 : a < 9.995 ? 2 : a < 99.95 ? 1 : 0;

	if (a > 1e15)
		return memory_printf("%.3g", x);
	return memory_printf("%.*f", digits, x);
}

char *figure_scaled(const struct scale *s, enum figure_kind kind, double number)
{
	if (!isfinite(number))
		return memory_text("-");
	if (kind == FIGURE_SHARE)
		return memory_printf(fabs(number) < 1e6 ? "%.3f" : "%.3g",
				     number);
	if (kind == FIGURE_PATH && fabs(number) < 1e15)
		return path_text(number);
	if (kind == FIGURE_COUNT && s->factor <= 1 && fabs(number) < 1e9 &&
	    number == rint(number))
		return memory_printf("%.0f", number);
	return three_digits(number / s->factor);
}

char *figure_text(enum figure_kind kind, double number)
{
	char buf[64];

	if (!isfinite(number))
		return memory_text("-");
	if (fabs(number) > 1e15)
		return memory_printf("%.3g", number);
	if (kind == FIGURE_TIME)
		return memory_text(units_time(buf, sizeof(buf), number));
	if (kind == FIGURE_SHARE)
		return memory_printf("%.3f", number);
	if (kind == FIGURE_PATH)
		return path_text(number);
	return memory_text(units_count(buf, sizeof(buf), number));
}

char *figure_aside(const struct interval *v)
{
	double half = (v->high - v->low) / 2 / fabs(v->estimate) * 100;

	if (!v->has_interval || !isfinite(half))
		return NULL;
	if (half > 999.5)
		return memory_text(" ±>999");
	return memory_printf(half < 9.95 ? " ±%.1f" : " ±%.0f", half);
}

/* --- ratios --------------------------------------------------------------- */

static bool is_large(double ratio)
{
	return ratio >= 10 || ratio <= 0.1;
}

/* "+3.1"; never "-0.0". */
static char *percent(double ratio)
{
	double x = (ratio - 1) * 100;

	if (fabs(x) < 0.05)
		return memory_text("0.0");
	return memory_printf(fabs(x) < 99.95 ? "%+.1f" : "%+.0f", x);
}

/* Digits after the point, for an estimate and its interval alike. */
static int factor_digits(double ratio)
{
	return ratio < 1.0995 ? 3 : ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;
}

static char *factor(double ratio, int digits)
{
	if (ratio > 1e6 || ratio < 1e-3)
		return memory_printf("%.1e", ratio);
	return memory_printf("%.*f", digits, ratio);
}

char *change_text(double ratio)
{
	char *number, *text;

	if (!isfinite(ratio))
		return memory_text("-");
	number = is_large(ratio) ? factor(ratio, factor_digits(ratio))
				 : percent(ratio);
	text = memory_printf(is_large(ratio) ? "x%s" : "%s %%", number);
	free(number);
	return text;
}

char *change_interval(const struct interval *v)
{
	/* in the words of the estimate: percents, or factors */
	bool large = is_large(v->estimate) || v->high > 100;
	int digits = factor_digits(v->estimate);
	char *low, *high, *text;

	if (!v->has_interval)
		return NULL;
	low = large ? factor(v->low, digits) : percent(v->low);
	high = large ? factor(v->high, digits) : percent(v->high);
	text = memory_printf(large ? "[x%s, x%s]" : "[%s, %s]", low, high);
	free(low);
	free(high);
	return text;
}

char *factor_text(const struct interval *v)
{
	int digits = factor_digits(v->estimate);
	char *estimate, *low, *high, *text;

	if (!isfinite(v->estimate))
		return memory_text("-");
	estimate = factor(v->estimate, digits);
	low = factor(v->low, digits);
	high = factor(v->high, digits);
	text = v->has_interval
		       ? memory_printf("x%s [%s,%s]", estimate, low, high)
		       : memory_printf("x%s", estimate);
	free(estimate);
	free(low);
	free(high);
	return text;
}
