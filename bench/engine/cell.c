/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cell.h"

#include <math.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "placement.h"

struct cell the_cell;

enum {
	WITNESS_NS = 100 * 1000 * 1000
};

/* The scheduler should leave us alone as far as it lets us. Without privilege
 * none of this works, and the noise is counted either way. Nothing is left to
 * restore: all of it ends with the process, and an autogroup is only changed
 * when the session was made for this cell. */
static void calm(const struct spec *spec)
{
	const char *page_size = pairs_find(&spec->pairs, "page-size");
	struct error e;
	int fd;

	prctl(PR_SET_TIMERSLACK, 1);
	(void)topology_bind_thread_memory(-1, &e); /* no NUMA balancing */
	/* Base pages only, unless others are asked for. MADV_NOHUGEPAGE would
	 * be a flag of the VMA, and keep what an antagonist maps beside it from
	 * merging. */
	if (!page_size || !strcmp(page_size, "base"))
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (setpriority(PRIO_PROCESS, 0, spec->nice) && spec->nice != -20)
		cell_skip("nice = %d: %s; run as root, or ask for a higher "
			  "value",
			  spec->nice, strerror(errno));
	if (getsid(0) != getpid() || spec->nice != -20)
		return;
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "-20", 3);
		close(fd);
	}
}

/* --- where everybody runs ------------------------------------------------- */

static void place(struct cell *cell)
{
	const struct spec *spec = cell->spec;
	unsigned int i;
	struct error e;
	int err;

	spec_seats(spec, &cell->seats);
	for (i = 0; i < NR_ROLES; i++)
		cell->pu[i] = calloc(cell->seats.nr[i] + 1, sizeof(**cell->pu));
	err = placement_place(spec->placement, &cell->topo, &cell->seats,
			      spec->oversubscribe, cell->pu, &e);
	if (err)
		cell_skip("%s", e.text);
}

const struct topo_pu *cell_seat(const struct cell *cell, enum role role,
				unsigned int i)
{
	return &cell->topo.pu[cell->pu[role][i]];
}

/* Those that share the first worker's PU were not given one. */
static unsigned int antagonist_pu(const struct cell *cell, unsigned int i)
{
	unsigned int own = 0, j;

	if (cell->spec->antagonist[i].on_worker)
		return cell->pu[ROLE_WORKER][0];
	for (j = 0; j < i; j++)
		own += !cell->spec->antagonist[j].on_worker;
	return cell->pu[ROLE_ANTAGONIST][own];
}

void record_seat(struct cell *cell, enum role role, unsigned int i,
		 unsigned int pu)
{
	struct placed *placed = record_add_placed(&cell->record,
						  role_names[role], i);

	placed->pu = cell->topo.pu[pu].os;
	placed->node = (int)cell->topo.pu[pu].node_os;
	placed->verified = true; /* or the thread would have ended the cell */
}

/* --- the workers ---------------------------------------------------------- */

/* The first of a worker's process. */
static void begin_worker(unsigned int i)
{
	if (!the_cell.spec->scenario->inherited)
		area_build(i);
}

/* The last of a worker's process. */
static void end_worker(unsigned int i)
{
	area_verify(i);
	if (the_cell.spec->scenario->clear)
		the_cell.spec->scenario->clear();
}

static void shuffle(char **order, size_t nr, uint64_t seed)
{
	size_t i;

	for (i = nr - 1; i > 0; i--) {
		size_t j;
		char *p;

		/* xorshift64* (Vigna 2016) */
		seed ^= seed >> 12;
		seed ^= seed << 25;
		seed ^= seed >> 27;
		j = (size_t)((seed * 0x2545F4914F6CDD1Du) >> 33) % (i + 1);
		p = order[i];
		order[i] = order[j];
		order[j] = p;
	}
}

static void prepare_workers(struct cell *cell, size_t stride)
{
	const struct spec *spec = cell->spec;
	struct rounds *r = cell->rounds;
	unsigned int i;
	size_t j;

	for (i = 0; i < spec->threads; i++) {
		struct worker *w = &r->worker[i];

		w->pu_os = cell_seat(cell, ROLE_WORKER, i)->os;
		w->node_os = cell_node(cell, i);
		w->area = &cell->areas[i % cell->nr_areas];
		w->bytes = spec->pages * stride;
		w->slice = w->area->start;
		if (!spec->same_targets)
			w->slice += (i / cell->nr_areas) * w->bytes;
		for (j = 0; j < w->nr; j++)
			w->order[spec->scenario->downwards ? w->nr - 1 - j
							   : j] = w->slice +
								  j * stride;
		if (spec->random_order)
			shuffle(w->order, w->nr, i + 1);
	}
	r->scenario = spec->scenario;
	r->same_targets = spec->same_targets;
	r->processes = spec->processes;
	r->begin = begin_worker;
	r->end = end_worker;
	for (i = 0; i < spec->nr_antagonists; i++)
		r->no_present |= spec->antagonist[i].antagonist->write_protects;
	r->time_ns = spec->time_ns;
	if (cell->witness && r->time_ns > WITNESS_NS)
		r->time_ns = WITNESS_NS;
	r->touch = spec->lock->touch[spec->scenario->access];
	if (spec->spin_ns) {
		touch_spin_setup(&r->clock, r->touch, spec->spin_ns);
		r->touch = touch_spin;
	}
}

/* --- the antagonists ------------------------------------------------------ */

static bool has_company(const struct cell *cell, unsigned int antagonist)
{
	unsigned int pu = antagonist_pu(cell, antagonist), i, nr = 0;

	for (i = 0; i < cell->seats.nr[ROLE_WORKER]; i++)
		nr += cell->pu[ROLE_WORKER][i] == pu;
	for (i = 0; i < cell->seats.nr[ROLE_HANDLER]; i++)
		nr += cell->pu[ROLE_HANDLER][i] == pu;
	for (i = 0; i < cell->spec->nr_antagonists; i++)
		nr += antagonist_pu(cell, i) == pu;
	return nr > 1;
}

static void prepare_antagonists(struct cell *cell)
{
	const struct spec *spec = cell->spec;
	unsigned int i;

	cell->antagonists = antagonise_new(spec->nr_antagonists);
	for (i = 0; i < spec->nr_antagonists; i++) {
		struct antagonising *a = &cell->antagonists[i];

		a->spec = &spec->antagonist[i];
		a->rounds = cell->rounds;
		a->pu_os = cell->topo.pu[antagonist_pu(cell, i)].os;
		a->alone = !has_company(cell, i);
		a->counts = cell->witness && cell->rounds->nr_events;
		antagonise_prepare(a);
	}
}

/* --- the order of life ---------------------------------------------------- */

#define KERNEL_PATH "instructions:k"
#define USER_PATH   "instructions:u"

/* "cycles:k instructions:k": those that can be counted here; the others are
 * absent with the reason. */
static size_t choose_counters(struct cell *cell, const char **names)
{
	char *text = NULL, *save, *name;
	const char *asked = cell_text("counters");
	struct error e;
	size_t nr = 0, i;

	/* the names point into it */
	record_text(&text, "%s%s%s", strcmp(asked, "none") ? asked : "",
		    cell->counting && !strstr(asked, KERNEL_PATH)
			    ? " " KERNEL_PATH
			    : "",
		    cell->counting && !strstr(asked, USER_PATH) ? " " USER_PATH
								: "");
	for (name = strtok_r(text, " ", &save); name && nr < MAX_EVENTS;
	     name = strtok_r(NULL, " ", &save)) {
		if (counters_probe(name, &e))
			metrics_add_absent(&cell->record.counters, name, "%s",
					   e.text);
		else
			names[nr++] = name;
	}
	for (i = 0; i < nr && cell->counting; i++) {
		if (!strcmp(names[i], KERNEL_PATH))
			cell->rounds->length_event[MODE_KERNEL] = (int)i;
		if (!strcmp(names[i], USER_PATH))
			cell->rounds->length_event[MODE_USER] = (int)i;
	}
	return nr;
}

/* On a machine whose clock goes by instructions, which is tried. Its stamps are
 * exact, so a median of theirs is one of them. */
static void count_instructions(struct cell *cell)
{
	struct clock_info *clock = &cell->rounds->clock;
	uint64_t expected, seen;

	cell->counting = facts_icount();
	if (!cell->counting)
		return;
	if (clock_count_instructions(clock, &expected, &seen))
		record_text(&cell->not_counting,
			    "the clock does not count instructions: it made "
			    "%llu of a loop of %llu",
			    (unsigned long long)seen,
			    (unsigned long long)expected);
	clock->step = 0;
}

static void write_record(struct cell *cell)
{
	char *json;

	if (cell->counting)
		report_no_time(&cell->record);
	json = record_to_json(&cell->record);

	dprintf(cell->out_fd, "%s\n", json);
	free(json);
}

/* Results of one file system say nothing of another. */
static void record_file_system(struct cell *cell)
{
	const char *dir = pairs_find(&cell->spec->pairs, "dir");
	struct pairs *facts = &cell->record.facts;
	struct error e;
	char type[64];

	if (!dir)
		return;
	if (facts_file_system(dir, type, sizeof(type), &e))
		pairs_add_absent(facts, "file_system", e.text);
	else
		pairs_add(facts, "file_system", type);
}

static void begin_record(struct cell *cell)
{
	struct record *record = &cell->record;
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	record->time_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	record->type = cell->witness ? RECORD_WITNESS : RECORD_RUN;
	for (i = 0; i < cell->spec->pairs.nr; i++)
		pairs_add(&record->cell, cell->spec->pairs.at[i].name,
			  cell->spec->pairs.at[i].text);
	record->command = spec_command(cell->spec);
	record_text(&record->group, "%s", cell->spec->scenario->group);
	record_file_system(cell);
}

static void execute(struct cell *cell)
{
	const struct spec *spec = cell->spec;
	double steal_s = facts_steal_s();
	uint64_t began = clock_raw_ns();
	unsigned int i;

	rounds_start(cell->rounds);
	for (i = 0; i < spec->nr_antagonists; i++)
		antagonise_start(&cell->antagonists[i]);
	rounds_run(cell->rounds);
	for (i = 0; i < spec->threads; i++)
		record_seat(cell, ROLE_WORKER, i, cell->pu[ROLE_WORKER][i]);
	report_workers(cell);
	report_antagonists(cell);
	for (i = 0; i < spec->nr_antagonists; i++)
		record_seat(cell, ROLE_ANTAGONIST, i, antagonist_pu(cell, i));
	cell->record.elapsed_s = (double)(clock_raw_ns() - began) / 1e9;
	if (isnan(steal_s))
		metrics_add_absent(&cell->record.noise, "steal_s",
				   "/proc/stat shows no steal time");
	else
		metrics_add(&cell->record.noise, "steal_s",
			    facts_steal_s() - steal_s);
}

/*
 * Without VM_FAULT_COMPLETED a fault that has dropped its lock asks for a
 * retry, though the page is there: get_user_pages() looks, finds it, and
 * neither counts as a fault (mm/memory.c 5.10 mm_account_fault(), mm/gup.c
 * __get_user_pages_locked()).
 */
static void check_counted(struct cell *cell)
{
	enum way way = cell->spec->lock->way;

	if (cell->spec->scenario->path != PATH_COMPLETES ||
	    (way != BY_GUP && way != BY_POPULATE))
		return;
	features_load(&cell->features);
	if (!cell->features.has[FEATURE_FAULT_COMPLETED])
		cell_skip("before Linux 6.0 these faults of get_user_pages "
			  "are not counted: they ask for a retry, and it finds "
			  "the page");
}

static void check(struct cell *cell)
{
	const struct spec *spec = cell->spec;

	if (spec->lock->check)
		spec->lock->check();
	check_counted(cell);
	if (spec->scenario->check)
		spec->scenario->check();
}

int cell_run(const struct spec *spec, bool witness, const struct topo *topo,
	     int out_fd)
{
	struct cell *cell = &the_cell;
	static struct witness_events events;
	static const char *counters[MAX_EVENTS];
	unsigned int i;
	size_t stride;

	cell->spec = spec;
	cell->witness = witness;
	cell->topo = *topo;
	cell->out_fd = out_fd;
	cell->pid = getpid();
	begin_record(cell);
	cell->ending = buffer_alloc(sizeof(*cell->ending));
	calm(spec);
	if (witness)
		features_load(&cell->features);
	place(cell);
	policy_set(cell);
	check(cell);
	cell->rounds = rounds_new(spec->threads, spec->pages, spec->batch);
	cell->handling = buffer_alloc(spec->threads * sizeof(*cell->handling));
	clock_calibrate(&cell->rounds->clock);
	count_instructions(cell);
	if (witness) {
		witness_choose(&events, spec->threads);
		cell->rounds->reasons = events.reasons;
		cell->rounds->events = events.names;
		cell->rounds->nr_events = events.nr;
	} else {
		cell->rounds->events = counters;
		cell->rounds->nr_events = choose_counters(cell, counters);
	}
	stride = spec->scenario->stride ? spec->scenario->stride()
					: page_bytes();
	areas_reserve(cell, stride);
	prepare_antagonists(cell);
	for (i = 0; i < cell->nr_areas; i++)
		if (!spec->processes || spec->scenario->inherited)
			area_build(i);
	prepare_workers(cell, stride);
	execute(cell);
	policy_verify(cell);
	for (i = 0; !spec->processes && i < cell->nr_areas; i++)
		area_verify(i);
	report_handlers(cell);
	if (witness)
		witness_judge(cell, &events);
	if (spec->scenario->clear)
		spec->scenario->clear();
	write_record(cell);
	return 0;
}
