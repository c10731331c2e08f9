/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every policy on machines that nobody here has. What they make of them is
 * stored in tests/golden/placement/, one readable file a machine, and compared;
 * FAULTLINE_GOLDEN_UPDATE=1 writes the files anew. What must hold on any
 * machine is checked beside that, for all numbers of seats.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "placement.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

#define PLACEMENT(name) { #name, &placement_##name },
#define SCENARIO(name)
#define LOCK(name)
#define POLICY(name)
#define ANTAGONIST(name)
static const struct {
	const char *name;
	const struct placement *placement;
} policies[] = {
#include "catalog.def"
};

/* --- machines ------------------------------------------------------------- */

struct machine {
	const char *file;
	const char *what;
	const char *hwloc; /* NULL: made by hand, by `make` */
	bool even;	   /* all cores, caches, nodes, packages alike */
	void (*make)(struct topo *t);
};

/*
 * Two big cores with two PUs each and a private L2, and two clusters of four
 * small cores, each cluster with one L2; no L3. A synthetic description cannot
 * say that: all its branches are alike.
 */
static void make_hybrid(struct topo *t)
{
	unsigned int i;

	*t = (struct topo){ .nr_pus = 12,
			    .nr_cores = 10,
			    .nr_llcs = 4,
			    .nr_nodes = 1,
			    .nr_packages = 1 };
	t->pu = calloc(t->nr_pus, sizeof(*t->pu));
	assert_non_null(t->pu);
	for (i = 0; i < t->nr_pus; i++) {
		struct topo_pu *pu = &t->pu[i];

		pu->os = i;
		pu->core = i < 4 ? i / 2 : i - 2;
		pu->llc = i < 4 ? i / 2 : 1 + i / 4;
		pu->thread = i < 4 ? i % 2 : 0;
	}
	strcpy(t->text, "1 package, 1 node, 4 last-level caches, 10 cores, "
			"12 PUs");
}

/* What a taskset leaves of two packages: one core here, three there. */
static void make_leftover(struct topo *t)
{
	static const struct topo_pu pus[] = {
		{ .os = 3, .core = 0 },
		{ .os = 11, .core = 0, .thread = 1 },
		{ .os = 4,
		  .core = 1,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
		{ .os = 5,
		  .core = 2,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
		{ .os = 13,
		  .core = 2,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1,
		  .thread = 1 },
		{ .os = 6,
		  .core = 3,
		  .llc = 1,
		  .node = 1,
		  .package = 1,
		  .node_os = 1 },
	};

	*t = (struct topo){ .nr_pus = 6,
			    .nr_cores = 4,
			    .nr_llcs = 2,
			    .nr_nodes = 2,
			    .nr_packages = 2 };
	t->pu = malloc(sizeof(pus));
	assert_non_null(t->pu);
	memcpy(t->pu, pus, sizeof(pus));
	strcpy(t->text, "2 packages, 2 nodes, 2 last-level caches, 4 cores, "
			"6 PUs of 16 online");
}

static const struct machine machines[] = {
	{ "01-two-cores", "a small virtual machine",
	  "package:1 [numa] l3:1 core:2 pu:1", true, NULL },
	{ "02-laptop", "4 cores, 8 threads, siblings numbered i and i + 4",
	  "package:1 [numa] l3:1 core:4 pu:2(indexes=core)", true, NULL },
	{ "03-one-socket", "16 cores with SMT, siblings numbered in pairs",
	  "package:1 [numa] l3:1 core:16 pu:2", true, NULL },
	{ "04-chiplets", "one package, one node, eight L3 (AMD, NPS1)",
	  "package:1 [numa] l3:8 core:8 pu:2(indexes=core:l3)", true, NULL },
	{ "05-clusters", "arm64: four clusters of two cores, L2, no L3",
	  "package:1 [numa] l2:4 core:2 pu:1", true, NULL },
	{ "06-hybrid",
	  "2 big cores with SMT, 2 clusters of 4 small ones, no L3", NULL,
	  false, make_hybrid },
	{ "07-two-sockets",
	  "two packages, one node each, Linux's usual numbers",
	  "package:2 [numa] l3:1 core:8 pu:2(indexes=core:package)", true,
	  NULL },
	{ "08-interleaved", "two packages, numbered in turn by the BIOS",
	  "package:2 [numa] l3:1 core:4 pu:2(indexes=package:core)", true,
	  NULL },
	{ "09-sub-numa", "two packages of two nodes each (SNC2)",
	  "package:2 numa:2 l3:1 core:4 pu:2(indexes=core:numa:package)", true,
	  NULL },
	{ "10-eight-nodes", "two packages of four nodes of four L3, 512 PUs",
	  "package:2 numa:4 l3:4 core:8 pu:2(indexes=core:l3:numa:package)",
	  true, NULL },
	{ "11-bare-nodes", "a virtual machine that tells of nodes and PUs only",
	  "numa:2 pu:4", true, NULL },
	{ "12-leftover",
	  "what taskset left: 1 core of one package, 3 of another", NULL, false,
	  make_leftover },
};

static void machine_load(const struct machine *m, struct topo *t)
{
	struct error e;

	if (m->make)
		m->make(t);
	else if (topology_synthetic(t, m->hwloc, &e))
		fail_msg("%s: %s", m->file, e.text);
}

/* --- a placement and what is asked of it ---------------------------------- */

struct placed {
	unsigned int *pu[NR_ROLES];
	unsigned int store[3][600];
	struct error e;
	int err;
};

static void placed_make(struct placed *p, const struct placement *placement,
			const struct topo *t, const struct seats *seats,
			bool oversubscribe)
{
	unsigned int role;

	for (role = 0; role < NR_ROLES; role++) {
		assert_true(seats->nr[role] <= NR(p->store[0]));
		p->pu[role] = p->store[role];
		memset(p->store[role], 0xff, sizeof(p->store[role]));
	}
	p->e.text[0] = '\0';
	p->err = placement_place(placement, t, seats, oversubscribe, p->pu,
				 &p->e);
}

static unsigned int seats_sum(const struct seats *s)
{
	return s->nr[ROLE_WORKER] + s->nr[ROLE_ANTAGONIST] +
	       s->nr[ROLE_HANDLER];
}

static struct seats seats_of(unsigned int workers, unsigned int antagonists,
			     unsigned int handlers)
{
	struct seats s;

	s.nr[ROLE_WORKER] = workers;
	s.nr[ROLE_ANTAGONIST] = antagonists;
	s.nr[ROLE_HANDLER] = handlers;
	return s;
}

/* --- golden files --------------------------------------------------------- */

static void print_machine(FILE *f, const struct machine *m,
			  const struct topo *t)
{
	static const char *const words[] = { "core", "llc", "node", "package",
					     "max" };
	const struct topo_pu *pu, *last = NULL;
	unsigned int i, threads;

	fprintf(f, "machine  %s\n", m->what);
	fprintf(f, "hwloc    %s\n", m->hwloc ? m->hwloc : "(made by hand)");
	fprintf(f, "words    %s\n", t->text);
	fprintf(f, "threads ");
	for (i = 0; i < NR(words); i++) {
		assert_int_equal(
			topology_threads(t, words[i], 0, &threads, NULL), 0);
		fprintf(f, " %s=%u", words[i], threads);
	}
	assert_int_equal(topology_threads(t, "max", 1, &threads, NULL), 0);
	fprintf(f, ", max beside one other=%u\n\n", threads);
	for (i = 0; i < t->nr_pus; i++, last = pu) {
		pu = &t->pu[i];
		if (!last || pu->llc != last->llc || pu->node != last->node)
			fprintf(f, "%spackage %u, node %u, llc %u: %u",
				last ? "\n" : "", pu->package, pu->node_os,
				pu->llc, pu->os);
		else
			fprintf(f, "%s%u", pu->thread ? "+" : " ", pu->os);
	}
	fprintf(f, "\n");
}

static bool on_core_of_worker(const struct topo *t, const struct placed *p,
			      const struct seats *seats, unsigned int pu)
{
	unsigned int i;

	for (i = 0; i < seats->nr[ROLE_WORKER]; i++)
		if (t->pu[p->pu[ROLE_WORKER][i]].core == t->pu[pu].core)
			return true;
	return false;
}

static void print_role(FILE *f, const struct topo *t, const struct placed *p,
		       const struct seats *seats, enum role role)
{
	unsigned int i, pu;

	fprintf(f, "  %c", role_names[role][0]);
	for (i = 0; i < seats->nr[role]; i++) {
		if (i == 16) {
			fprintf(f, " and %u more", seats->nr[role] - i);
			break;
		}
		pu = p->pu[role][i];
		fprintf(f, " %u%s", t->pu[pu].os,
			role != ROLE_WORKER &&
					on_core_of_worker(t, p, seats, pu)
				? "*"
				: "");
	}
}

/* How many packages, nodes, caches and cores the workers are on. */
static void print_span(FILE *f, const struct topo *t, const struct placed *p,
		       const struct seats *seats)
{
	static const struct {
		const char *name;
		size_t offset;
	} levels[] = {
		{ "p", offsetof(struct topo_pu, package) },
		{ "n", offsetof(struct topo_pu, node) },
		{ "l", offsetof(struct topo_pu, llc) },
		{ "c", offsetof(struct topo_pu, core) },
	};
	unsigned int i, j, nr, number;

	fprintf(f, " ");
	for (i = 0; i < NR(levels); i++) {
		unsigned char met[600] = { 0 };

		for (nr = 0, j = 0; j < seats->nr[ROLE_WORKER]; j++) {
			memcpy(&number,
			       (const char *)&t->pu[p->pu[ROLE_WORKER][j]] +
				       levels[i].offset,
			       sizeof(number));
			nr += !met[number];
			met[number] = 1;
		}
		fprintf(f, " %u%s", nr, levels[i].name);
	}
}

static void print_placed(FILE *f, const struct placement *placement,
			 const struct topo *t, const struct seats *seats,
			 bool oversubscribe)
{
	struct placed p;
	char name[40];
	enum role role;
	int n;

	n = snprintf(name, sizeof(name), "%uw", seats->nr[ROLE_WORKER]);
	for (role = ROLE_ANTAGONIST; role < NR_ROLES; role++)
		if (seats->nr[role])
			n += snprintf(name + n, sizeof(name) - (size_t)n,
				      " %u%c", seats->nr[role],
				      role_names[role][0]);
	fprintf(f, "  %-10s%s", name, oversubscribe ? "over" : "    ");
	placed_make(&p, placement, t, seats, oversubscribe);
	if (p.err) {
		fprintf(f, "  refused: %s\n", p.e.text);
		return;
	}
	print_span(f, t, &p, seats);
	for (role = 0; role < NR_ROLES; role++)
		if (seats->nr[role])
			print_role(f, t, &p, seats, role);
	fprintf(f, "\n");
}

static void print_policy(FILE *f, const struct placement *placement,
			 const struct topo *t)
{
	const unsigned int pus = t->nr_pus, cores = t->nr_cores;
	const struct seats list[] = {
		seats_of(1, 0, 0),	   seats_of(2, 0, 0),
		seats_of(3, 0, 0),	   seats_of(4, 0, 0),
		seats_of(8, 0, 0),	   seats_of(cores, 0, 0),
		seats_of(pus, 0, 0),	   seats_of(1, 1, 0),
		seats_of(1, 2, 0),	   seats_of(2, 1, 0),
		seats_of(2, 2, 0),	   seats_of(4, 1, 0),
		seats_of(cores / 2, 1, 0), seats_of(pus - 1, 1, 0),
		seats_of(1, 0, 1),	   seats_of(2, 0, 2),
		seats_of(3, 0, 3),	   seats_of(1, 1, 1),
		seats_of(2, 1, 2),
	};
	struct seats beyond = seats_of(pus + 1, 0, 0);
	struct placed p;
	unsigned int i, j;

	placed_make(&p, placement, t, &list[0], false);
	if (p.err) {
		fprintf(f, "  refused: %s\n", p.e.text);
		return;
	}
	for (i = 0; i < NR(list); i++) {
		for (j = 0; memcmp(&list[i], &list[j], sizeof(list[i]));)
			j++;
		if (j == i && seats_sum(&list[i]) <= pus)
			print_placed(f, placement, t, &list[i], false);
	}
	print_placed(f, placement, t, &beyond, false);
	print_placed(f, placement, t, &beyond, true);
}

static void print_golden(FILE *f, const struct machine *m)
{
	const char *c;
	struct topo t;
	unsigned int i;

	machine_load(m, &t);
	fprintf(f,
		"# Where each policy puts w workers, a antagonists and h "
		"handlers: the kernel's PU numbers.\n"
		"# 2p 4n 8l 8c: the workers are on 2 packages, 4 nodes, 8 "
		"last-level caches, 8 cores.\n"
		"# i+j are siblings; * shares its core with a worker; over is "
		"oversubscribe=yes.\n"
		"# Made by test_placement; FAULTLINE_GOLDEN_UPDATE=1 makes it "
		"anew.\n\n");
	print_machine(f, m, &t);
	for (i = 0; i < NR(policies); i++) {
		fprintf(f, "\n");
		for (c = policies[i].name; *c; c++)
			fputc(*c == '_' ? '-' : *c, f);
		fprintf(f, "\n");
		print_policy(f, policies[i].placement, &t);
	}
	topology_free(&t);
}

/* Both whole files as diff(1) sees them; text is what we made. */
static void show_diff(const char *golden, const char *text)
{
	char command[600];
	FILE *diff;

	fflush(stdout);
	snprintf(command, sizeof(command), "diff -u '%s' - >&2", golden);
	diff = popen(command, "w");
	if (!diff)
		return;
	fputs(text, diff);
	pclose(diff);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (f) {
		if (getdelim(&text, &size, EOF, f) < 0) {
			free(text);
			text = NULL;
		}
		fclose(f);
	}
	return text;
}

static void golden_files(void **state)
{
	const bool update = getenv("FAULTLINE_GOLDEN_UPDATE");
	unsigned int bad = 0;
	char path[500], *made, *stored;
	size_t i, size;
	FILE *f;

	(void)state;
	for (i = 0; i < NR(machines); i++) {
		snprintf(path, sizeof(path), GOLDEN_DIR "/placement/%s.txt",
			 machines[i].file);
		f = open_memstream(&made, &size);
		assert_non_null(f);
		print_golden(f, &machines[i]);
		fclose(f);
		if (update) {
			f = fopen(path, "w");
			assert_non_null(f);
			fputs(made, f);
			assert_int_equal(fclose(f), 0);
		}
		stored = read_file(path);
		if (!stored || strcmp(stored, made)) {
			show_diff(path, made);
			bad++;
		}
		free(stored);
		free(made);
	}
	if (bad)
		fail_msg("%u machines are placed otherwise than stored; if "
			 "that is what you want, FAULTLINE_GOLDEN_UPDATE=1",
			 bad);
}

/* --- what must hold anywhere ---------------------------------------------- */

/* The node of a PU, or its cache where there is one node. */
static unsigned int far_place(const struct topo *t, unsigned int pu)
{
	return t->nr_nodes > 1 ? t->pu[pu].node : t->pu[pu].llc;
}

static bool must_refuse(const char *policy, const struct topo *t,
			const struct seats *s)
{
	unsigned char met[600] = { 0 };
	unsigned int i, away = 0;

	if (seats_sum(s) > t->nr_pus)
		return true;
	if (!strcmp(policy, "smt"))
		return t->nr_cores == t->nr_pus;
	if (!strcmp(policy, "numa"))
		return t->nr_nodes == 1;
	if (strcmp(policy, "remote_antagonist"))
		return false;
	for (i = 0; i < s->nr[ROLE_WORKER]; i++)
		met[far_place(t, i)] = 1;
	for (i = 0; i < t->nr_pus; i++)
		away += !met[far_place(t, i)];
	return (t->nr_nodes == 1 && t->nr_llcs == 1) ||
	       away < s->nr[ROLE_ANTAGONIST];
}

/* Each PU at most `most` times, and none that is not there. */
static void check_given(const struct topo *t, const struct placed *p,
			const struct seats *s, unsigned int least,
			unsigned int most)
{
	unsigned int given[600] = { 0 };
	unsigned int role, i;

	for (role = 0; role < NR_ROLES; role++)
		for (i = 0; i < s->nr[role]; i++) {
			assert_true(p->pu[role][i] < t->nr_pus);
			given[p->pu[role][i]]++;
		}
	for (i = 0; i < t->nr_pus; i++)
		assert_in_range(given[i], least, most);
}

/* Least and most workers on one core, node, ... */
static void share_range(const struct topo *t, const struct placed *p,
			const struct seats *s, size_t offset, unsigned int nr,
			unsigned int *least, unsigned int *most)
{
	unsigned int on[600] = { 0 };
	unsigned int i, number;

	for (i = 0; i < s->nr[ROLE_WORKER]; i++) {
		memcpy(&number,
		       (const char *)&t->pu[p->pu[ROLE_WORKER][i]] + offset,
		       sizeof(number));
		on[number]++;
	}
	for (*least = UINT32_MAX, *most = 0, i = 0; i < nr; i++) {
		*least = on[i] < *least ? on[i] : *least;
		*most = on[i] > *most ? on[i] : *most;
	}
}

static void check_even(const struct topo *t, const struct placed *p,
		       const struct seats *s, size_t offset, unsigned int nr)
{
	unsigned int least, most;

	share_range(t, p, s, offset, nr, &least, &most);
	assert_true(most - least <= 1);
}

#define EVEN_ON(level)                                                         \
	check_even(t, p, s, offsetof(struct topo_pu, level), t->nr_##level##s)

/* What its name promises, not as the policy says it. */
static void check_promise(const char *policy, const struct machine *m,
			  const struct topo *t, const struct placed *p,
			  const struct seats *s)
{
	unsigned int i, j, least, most;

	if (!strcmp(policy, "compact"))
		for (i = 0; i < s->nr[ROLE_WORKER] && i < t->nr_cores; i++)
			assert_int_equal(t->pu[p->pu[ROLE_WORKER][i]].core, i);
	if (!strcmp(policy, "spread")) {
		share_range(t, p, s, offsetof(struct topo_pu, core),
			    t->nr_cores, &least, &most);
		assert_true(least > 0 || most <= 1);
	}
	if (!strcmp(policy, "spread") && m->even) {
		EVEN_ON(package);
		EVEN_ON(node);
		EVEN_ON(llc);
		EVEN_ON(core);
	}
	if (!strcmp(policy, "numa") && m->even) {
		EVEN_ON(node);
		EVEN_ON(core);
	}
	if (!strcmp(policy, "numa") && m->even && !s->nr[ROLE_ANTAGONIST] &&
	    s->nr[ROLE_HANDLER] == s->nr[ROLE_WORKER])
		for (i = 0; i < s->nr[ROLE_HANDLER]; i++)
			assert_int_equal(t->pu[p->pu[ROLE_HANDLER][i]].node,
					 t->pu[p->pu[ROLE_WORKER][i]].node);
	if (!strcmp(policy, "smt") && m->even)
		for (i = 0; i < s->nr[ROLE_ANTAGONIST]; i++)
			assert_int_equal(
				i < s->nr[ROLE_WORKER],
				on_core_of_worker(t, p, s,
						  p->pu[ROLE_ANTAGONIST][i]));
	if (!strcmp(policy, "remote_antagonist"))
		for (i = 0; i < s->nr[ROLE_ANTAGONIST]; i++)
			for (j = 0; j < s->nr[ROLE_WORKER]; j++)
				assert_int_not_equal(
					far_place(t, p->pu[ROLE_ANTAGONIST][i]),
					far_place(t, p->pu[ROLE_WORKER][j]));
}

static void check_seats(const struct machine *m, const struct topo *t,
			unsigned int policy, struct seats s)
{
	static struct placed p, again;
	const struct placement *placement = policies[policy].placement;
	const char *name = policies[policy].name;

	placed_make(&p, placement, t, &s, false);
	placed_make(&again, placement, t, &s, false);
	assert_int_equal(p.err, again.err);
	assert_memory_equal(p.store, again.store, sizeof(p.store));
	assert_int_equal(p.err != 0, must_refuse(name, t, &s));
	if (p.err) {
		assert_true(p.err == -EINVAL || p.err == -E2BIG);
		assert_true(strlen(p.e.text) > 20);
		return;
	}
	check_given(t, &p, &s, 0, 1);
	check_promise(name, m, t, &p, &s);
}

static void every_seat_count(void **state)
{
	unsigned int i, policy, nr, step;
	struct topo t;

	(void)state;
	for (i = 0; i < NR(machines); i++) {
		machine_load(&machines[i], &t);
		step = t.nr_pus > 128 ? 61 : 1;
		for (policy = 0; policy < NR(policies); policy++)
			for (nr = 1; nr <= t.nr_pus + 1; nr += step) {
				check_seats(&machines[i], &t, policy,
					    seats_of(nr, 0, 0));
				check_seats(&machines[i], &t, policy,
					    seats_of(nr - 1, 1, 0));
				check_seats(&machines[i], &t, policy,
					    seats_of(nr / 2, nr - nr / 2, 0));
				check_seats(&machines[i], &t, policy,
					    seats_of(nr / 2, 0, nr / 2));
				check_seats(&machines[i], &t, policy,
					    seats_of(nr - nr / 2, nr / 4,
						     nr / 2 - nr / 4));
			}
		topology_free(&t);
	}
}

static void oversubscribed(void **state)
{
	static struct placed p;
	struct seats s;
	struct topo t;
	unsigned int i, policy;

	(void)state;
	for (i = 0; i < NR(machines); i++) {
		machine_load(&machines[i], &t);
		s = seats_of(t.nr_pus, 1, 2);
		for (policy = 0; policy < NR(policies); policy++) {
			placed_make(&p, policies[policy].placement, &t, &s,
				    false);
			assert_int_equal(p.err, -E2BIG);
			placed_make(&p, policies[policy].placement, &t, &s,
				    true);
			if (!p.err)
				check_given(&t, &p, &s, 1, 3);
			else
				assert_int_equal(p.err, -EINVAL);
		}
		topology_free(&t);
	}
}

/* Far antagonists stay far, and share PUs among themselves for it. */
static void oversubscribed_far_away(void **state)
{
	static struct placed p;
	struct seats s = seats_of(1, 8, 0);
	struct topo t;
	unsigned int i;

	(void)state;
	assert_int_equal(topology_synthetic(&t, "numa:2 core:4 pu:1", NULL), 0);
	placed_make(&p, &placement_remote_antagonist, &t, &s, true);
	assert_int_equal(p.err, 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(p.pu[ROLE_ANTAGONIST][i], 4 + i % 4);
	topology_free(&t);
}

static void refusals_name_the_figures(void **state)
{
	static struct placed p;
	struct seats s = seats_of(2, 1, 2);
	struct topo t;

	(void)state;
	assert_int_equal(topology_synthetic(&t, "core:4 pu:1", NULL), 0);
	placed_make(&p, &placement_compact, &t, &s, false);
	assert_int_equal(p.err, -E2BIG);
	assert_non_null(strstr(p.e.text, "5 threads"));
	assert_non_null(strstr(p.e.text, "there are 4"));
	topology_free(&t);
}

static void stories(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NR(policies); i++) {
		const struct placement *p = policies[i].placement;
		const char *line = p->story;

		assert_in_range(strlen(p->title), 10, 60);
		for (; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			assert_in_range(strcspn(line, "\n"), 20, 70);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_files),
		cmocka_unit_test(every_seat_count),
		cmocka_unit_test(oversubscribed),
		cmocka_unit_test(oversubscribed_far_away),
		cmocka_unit_test(refusals_name_the_figures),
		cmocka_unit_test(stories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
