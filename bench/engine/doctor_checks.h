/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the doctor's files. A check is a row of a table: what it is called,
 * the function that looks, and what that function needs to know. Each file has
 * the rows of one section of the report.
 */
#ifndef ENGINE_DOCTOR_CHECKS_H
#define ENGINE_DOCTOR_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "clock.h"
#include "error.h"
#include "facts.h"
#include "record.h"
#include "topology.h"

enum verdict {
	VERDICT_OK,	/* there, or does no harm */
	VERDICT_ABSENT, /* not there, or not to be found out */
	VERDICT_NOISE,	/* there, and disturbs */
};

struct finding {
	enum verdict verdict;
	struct error reason; /* what was found, or why nothing was */
	struct error remedy; /* what to do about it; empty: nothing */
};

/* What events can prove: a set of bits. */
enum proof {
	PROOF_LOCKS = 1,   /* which lock a fault took, per thread */
	PROOF_MODES = 2,   /* user or kernel mode, per thread */
	PROOF_SHARES = 4,  /* share of faults by lock, system-wide */
	PROOF_REASONS = 8, /* why a fault took which lock, per thread */
};

/* What others took away from us while one thread did nothing but read the
 * clock. */
struct sample {
	double elapsed_s;
	double steal_s;	      /* of all PUs; NAN when unknown */
	double lost_s;	      /* in gaps of more than SAMPLE_GAP_NS */
	double longest_gap_s; /* the longest of them, 0 when there was none */
	double others_s;      /* CPU time of all others; NAN when unknown */
	char busiest[128];    /* "cc1 (pid 7) 98 %, ..."; empty: none */
};

enum {
	SAMPLE_GAP_NS = 10 * 1000
};

struct doctor {
	struct record session; /* its facts */
	struct features features;
	struct clock_info clock;
	struct topo topo;
	int topo_ret; /* of topology_load */
	struct error topo_error;
	struct sample sample;
	unsigned int proofs;   /* found by the checks, a set of enum proof */
	unsigned int nr_noise; /* findings with VERDICT_NOISE */
};

struct check {
	const char *title; /* at most 17 bytes: a column of the report */
	void (*look)(struct doctor *d, const struct check *check,
		     struct finding *f);
	const char *arg;    /* an event, a fact, ...: see the function */
	unsigned int proof; /* enum proof */
	/* of a fact: the one quiet or the one noisy word, what to add when it
	 * is quiet, what it disturbs when not, and what to do then */
	const char *quiet, *noisy, *fine, *harm, *remedy;
};

struct section {
	const char *title;
	const struct check *checks;
	size_t nr;
};

extern const struct section doctor_measure, doctor_prove, doctor_noise,
	doctor_resource;

/* Sets the verdict and the reason. */
void finding_set(struct finding *f, enum verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void finding_remedy(struct finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A fact's text, or NULL and in *why the reason that it is absent. */
const char *doctor_fact(const struct doctor *d, const char *name,
			const char **why);

/* Has this process the capability (CAP_IPC_LOCK, ...)? */
bool doctor_may(unsigned int capability);

/* Spins on one PU for so long. */
void sample_take(const struct clock_info *clock, double seconds,
		 struct sample *s);

#endif
