/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "resource.h"
#include "session.h"
#include "undecided.h"

/* One pass of one cell: its witness, or its run in a block. */
enum state {
	STATE_OPEN,
	STATE_DONE
};

struct running {
	const struct plan *plan;
	const struct run_options *options;
	struct result_file *file, *in_flight;
	struct record session;
	char **key;		/* of each cell */
	unsigned char *done;	/* [pass * nr_cells + cell]; pass 0: witness */
	bool *skip;		/* the witness found that it cannot run */
	bool *wanted;		/* beyond the planned blocks: is undecided */
	unsigned int blocks;	/* room for so many */
	unsigned int nr_blocks; /* begun */
	size_t nr_undecided;	/* cells, at the last look */
	size_t nr_by_type[RECORD_NR_TYPES], nr_broken, nr_unproven;
	double left_s;
	bool terminal;
	const char *why_not; /* resume: what does not fit */
};

static bool has_verdict(const struct record *record, const char *verdict)
{
	return record->verdict && !strcmp(record->verdict, verdict);
}

static void count(struct running *r, const struct record *record)
{
	r->nr_by_type[record->type]++;
	r->nr_broken += has_verdict(record, "broken");
	r->nr_unproven += has_verdict(record, "unproven");
}

/* --- progress ------------------------------------------------------------- */

static void show_left(char *buf, size_t size, double s)
{
	unsigned int whole = (unsigned int)(s + 0.5);

	snprintf(buf, size, "%u:%02u", whole / 60, whole % 60);
}

static void progress(const struct running *r, const char *what, size_t nr,
		     size_t of, const struct spec *cell)
{
	char left[24];

	show_left(left, sizeof(left), r->left_s);
	if (r->terminal)
		printf("\r\033[K%s, cell %zu of %zu, %s left: %s %s", what, nr,
		       of, left, pairs_find(&cell->pairs, "scenario"),
		       pairs_find(&cell->pairs, "lock"));
	else if (nr == 1)
		printf("%s: %zu cells, %s left\n", what, of, left);
	fflush(stdout);
}

/* Something to be said in the middle of it all. */
static void remark(const struct running *r, const struct record *record)
{
	const char *word = record->type == RECORD_SKIP	 ? "skipped"
			   : record->type == RECORD_FAIL ? "FAILED"
							 : "BROKEN WITNESS";
	const char *why = record->type == RECORD_WITNESS ? record->claim
							 : record->reason;

	printf("%s%s: %s\n    %s\n", r->terminal ? "\r\033[K" : "", word, why,
	       record->command);
}

/* --- what runs leave on the machine --------------------------------------- */

struct restoring {
	const struct running *r;
	bool before; /* all that dead runs left, not only what goes wrong */
};

static void say_restored(bool trouble, const char *line, void *arg)
{
	const struct restoring *restoring = arg;

	if (trouble || restoring->before)
		printf("%s%s: %s\n", restoring->r->terminal ? "\r\033[K" : "",
		       trouble ? "LEFT OVER" : "left by a dead run", line);
}

/* However the child ended, its parent undoes what it made. */
static void restore(const struct running *r, bool before)
{
	struct restoring restoring = { r, before };
	struct journal_report report = { .say = say_restored,
					 .arg = &restoring };
	struct error e;
	int err = resource_restore(&report, &e);

	if (err && err != -EAGAIN)
		say_restored(true, e.text, &restoring);
}

/* --- resume --------------------------------------------------------------- */

static size_t find_cell(const struct running *r, const struct record *record)
{
	char *key = pairs_key(&record->cell, NULL);
	size_t i;

	for (i = 0; i < r->plan->nr_cells && strcmp(r->key[i], key); i++)
		;
	free(key);
	return i;
}

static void mark_session(struct running *r, struct record *old)
{
	const char *was = pairs_find(&old->facts, "kernel.release");
	const char *is = pairs_find(&r->session.facts, "kernel.release");

	if (strcmp(old->plan, r->plan->text))
		r->why_not = "it was begun with another config";
	else if (was && is && strcmp(was, is))
		r->why_not = "it was begun on another kernel";
	r->session.seed = old->seed;
	record_text(&r->session.label, "%s", old->label);
}

static int mark_done(struct record *old, void *arg)
{
	struct running *r = arg;
	size_t nr = r->plan->nr_cells, cell, pass;

	if (old->type == RECORD_SESSION) {
		mark_session(r, old);
		record_free(old);
		return 0;
	}
	cell = find_cell(r, old);
	pass = old->of_witness || old->type == RECORD_WITNESS ? 0
							      : 1 + old->block;
	if (cell < nr && pass <= r->blocks) {
		r->done[pass * nr + cell] = STATE_DONE;
		if (old->type == RECORD_SKIP && !pass)
			r->skip[cell] = true;
	}
	count(r, old);
	record_free(old);
	return 0;
}

static void bad_line(const char *message, void *arg)
{
	(void)arg;
	printf("passed over: %s\n", message);
}

static int read_done(struct running *r, struct error *e)
{
	const char *path = r->options->done ? r->options->done
					    : r->options->out;
	struct stat st;
	int err;

	/* Not begun, or out of disk at the very first record. */
	if (stat(path, &st) || !st.st_size)
		return 0;
	err = result_read(path, mark_done, bad_line, r, e);
	if (!err && r->why_not)
		err = error_set(e, EINVAL,
				"%s: %s, so it cannot be resumed; choose "
				"another -o",
				path, r->why_not);
	r->session.resumed = true;
	return err;
}

/* --- one pass of one cell ------------------------------------------------- */

static void place(const struct running *r, struct record *record,
		  unsigned int pass, unsigned int position)
{
	record_text(&record->session, "%s", r->session.session);
	record->block = pass ? pass - 1 : 0;
	record->position = position;
}

static int announce(struct running *r, const struct spec *cell,
		    unsigned int pass, unsigned int position, struct error *e)
{
	struct record record;
	int err;

	if (!r->in_flight)
		return 0;
	child_fail(&record, cell, !pass);
	record_text(&record.reason, "the machine died in this run");
	place(r, &record, pass, position);
	err = result_append(r->in_flight, &record, e);
	record_free(&record);
	return err;
}

static int step(struct running *r, size_t cell, unsigned int pass,
		unsigned int position, struct error *e)
{
	const struct spec *spec = &r->plan->cells[cell];
	struct record record;
	int err = announce(r, spec, pass, position, e);

	if (err)
		return err;
	err = child_run(spec, !pass, &record, e);
	restore(r, false);
	if (err)
		return err;
	place(r, &record, pass, position);
	err = result_append(r->file, &record, e);
	if (!err) {
		count(r, &record);
		if (has_verdict(&record, "broken") ||
		    record.type == RECORD_SKIP || record.type == RECORD_FAIL)
			remark(r, &record);
		if (record.type == RECORD_SKIP && !pass)
			r->skip[cell] = true;
	}
	record_free(&record);
	return err;
}

/* Pass 0 is the witness, pass n block n-1. A cell whose witness was skipped
 * cannot run here, which is said once. */
static int one_pass(struct running *r, unsigned int pass, struct error *e)
{
	size_t nr = r->plan->nr_cells, i, shown = 0, *order;
	char what[48] = "witness";
	int err = 0;

	order = calloc(nr, sizeof(*order));
	if (!order)
		abort();
	for (i = 0; i < nr; i++)
		order[i] = i;
	if (pass) {
		plan_order(r->plan, r->session.seed, pass - 1, order);
		snprintf(what, sizeof(what), "block %u of %s%u", pass,
			 pass > r->plan->blocks ? "at most " : "",
			 pass > r->plan->blocks ? r->blocks : r->plan->blocks);
		r->nr_blocks = pass;
	}
	for (i = 0; !err && i < nr; i++) {
		const struct spec *cell = &r->plan->cells[order[i]];

		if (r->done[pass * nr + order[i]] == STATE_DONE ||
		    (pass && r->skip[order[i]]) ||
		    (pass > r->plan->blocks && !r->wanted[order[i]]))
			continue;
		progress(r, what, ++shown, nr, cell);
		err = step(r, order[i], pass, (unsigned int)i, e);
		r->left_s -= plan_run_s(cell, !pass);
	}
	free(order);
	return err;
}

static double time_left(const struct running *r, unsigned int from,
			unsigned int to)
{
	size_t nr = r->plan->nr_cells, i, pass;
	double s = 0;

	for (pass = from; pass <= to; pass++)
		for (i = 0; i < nr; i++)
			if (r->done[pass * nr + i] != STATE_DONE &&
			    (pass <= r->plan->blocks || r->wanted[i]))
				s += plan_run_s(&r->plan->cells[i], !pass);
	return s;
}

/* --- the whole ------------------------------------------------------------ */

static void on_signal(int number)
{
	(void)number;
	child_interrupted = 1;
}

static int closing_line(const struct running *r, uint64_t began)
{
	const size_t *nr = r->nr_by_type;
	bool bad = nr[RECORD_FAIL] || r->nr_broken;

	if (r->options->until_decided)
		printf("%suntil decided: %u blocks for all, then %u more; %zu "
		       "cells undecided\n",
		       r->terminal ? "\r\033[K" : "", r->plan->blocks,
		       r->nr_blocks - r->plan->blocks, r->nr_undecided);
	printf("%srun: %s: %zu runs of %zu cells in %u blocks, %zu failed, "
	       "%zu skipped; witness: %zu held, %zu broken, %zu unproven; "
	       "%.0f s; %s\n",
	       r->terminal ? "\r\033[K" : "",
	       bad ? "done, with faults" : "done", nr[RECORD_RUN],
	       r->plan->nr_cells, r->nr_blocks, nr[RECORD_FAIL],
	       nr[RECORD_SKIP],
	       nr[RECORD_WITNESS] - r->nr_broken - r->nr_unproven, r->nr_broken,
	       r->nr_unproven, (double)(clock_raw_ns() - began) / 1e9,
	       r->options->out);
	return bad ? 1 : 0;
}

static uint64_t choose_seed(const struct plan *plan,
			    const struct run_options *options)
{
	uint32_t random = 1;

	if (options->seed)
		return options->seed;
	if (plan->seed)
		return plan->seed;
	(void)!getrandom(&random, sizeof(random), 0);
	return random ? random : 1;
}

/* Asks the gate, and wants the cells that it names. */
static int look(struct running *r, struct error *e)
{
	char **keys;
	size_t nr, i, k;
	int err = undecided_ask(r->options->until_decided, r->options->out,
				&keys, &nr, e);

	if (err)
		return err;
	r->nr_undecided = 0;
	for (i = 0; i < r->plan->nr_cells; i++) {
		for (k = 0; k < nr && strcmp(keys[k], r->key[i]); k++)
			;
		r->wanted[i] = k < nr && !r->skip[i];
		r->nr_undecided += r->wanted[i];
	}
	undecided_free(keys, nr);
	return 0;
}

/* Two more blocks at a time, of what is undecided. What an earlier session of
 * the file has of them is not measured again. */
static int run_until_decided(struct running *r, struct error *e)
{
	unsigned int pass = r->plan->blocks + 1, last;
	int err = look(r, e);

	while (!err && r->nr_undecided && pass <= r->blocks) {
		last = pass < r->blocks ? pass + 1 : pass;
		r->left_s = time_left(r, pass, last);
		for (; !err && pass <= last; pass++)
			err = one_pass(r, pass, e);
		if (!err)
			err = look(r, e);
	}
	return err;
}

static int run_all(struct running *r, struct error *e)
{
	unsigned int pass;
	int err;

	err = result_append(r->file, &r->session, e);
	r->left_s = time_left(r, 0, r->plan->blocks);
	for (pass = 0; !err && pass <= r->plan->blocks; pass++) {
		err = one_pass(r, pass, e);
		/* a mistake in its arguments is found before the blocks */
		if (!err && !pass && r->options->until_decided)
			err = look(r, e);
	}
	if (!err && r->options->until_decided)
		err = run_until_decided(r, e);
	if (err == -EINTR)
		error_set(
			e, EINTR,
			"interrupted; what was measured is in %s; go on with: "
			"faultline run %s -o %s --resume",
			r->options->out, r->options->config, r->options->out);
	return err;
}

int run_plan(const struct plan *plan, const struct topo *topo,
	     const struct run_options *options, struct error *e)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct running r = { .plan = plan, .options = options };
	uint64_t began = clock_raw_ns();
	struct error closing;
	size_t i;
	int err;

	r.terminal = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	r.key = calloc(plan->nr_cells, sizeof(*r.key));
	r.skip = calloc(plan->nr_cells, sizeof(*r.skip));
	r.wanted = calloc(plan->nr_cells, sizeof(*r.wanted));
	r.blocks = plan->blocks;
	if (options->until_decided)
		r.blocks = options->at_most ? options->at_most
					    : 3 * plan->blocks;
	if (r.blocks < plan->blocks)
		r.blocks = plan->blocks;
	r.done = calloc(plan->nr_cells, (size_t)r.blocks + 1);
	if (!r.key || !r.skip || !r.wanted || !r.done)
		abort();
	for (i = 0; i < plan->nr_cells; i++)
		r.key[i] = pairs_key(&plan->cells[i].pairs, NULL);
	session_fill(&r.session, plan, choose_seed(plan, options),
		     options->label, topo);
	r.session.until_decided = options->until_decided;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	restore(&r, true);
	err = options->resume || options->done ? read_done(&r, e) : 0;
	if (!err)
		err = result_open(&r.file, options->out, options->resume, e);
	if (!err && options->in_flight)
		err = result_open(&r.in_flight, options->in_flight, true, e);
	if (!err)
		err = run_all(&r, e);
	if (r.in_flight)
		result_close(r.in_flight, &closing);
	if (r.file && result_close(r.file, &closing) && !err) {
		*e = closing;
		err = -EIO;
	}
	if (!err)
		err = closing_line(&r, began);
	for (i = 0; i < plan->nr_cells; i++)
		free(r.key[i]);
	free(r.key);
	free(r.skip);
	free(r.wanted);
	free(r.done);
	record_free(&r.session);
	return err;
}
