/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a series of values changes: E-divisive means (Matteson & James 2014, "A
 * Nonparametric Approach for Multiple Change Point Analysis of Multivariate
 * Data", JASA 109, 334-345; James & Matteson 2014, "ecp", J. Stat. Softw. 62).
 * MongoDB (Daly et al. 2020, ICPE) and Otava watch their benchmarks by it.
 *
 * Why this one: it assumes no distribution (PELT and CUSUM want one, and a
 * penalty to be tuned for each series), and its test, by permutation, has the
 * level that it is told, whatever the noise is like.
 *
 * Values enter by their ranks in the whole series (ties share midranks): a
 *night on which the machine was disturbed ten times as long is one high value,
 *not ten. On ranks the statistic below is that of Cramer and von Mises
 *(Baringhaus & Franz 2004, J. Multivariate Anal. 88, 190-206).
 *
 * Of all ways to cut a stretch [0, t, k) in two, the one is taken whose sides
 * differ most by the energy statistic
 *
 *	Q = mn/(m+n) (2 E|X-Y| - E|X-X'| - E|Y-Y'|)
 *
 * with means over pairs, exponent 1. It counts as a change when less than
 * CHANGE_LEVEL of CHANGE_PERMUTATIONS shufflings of the values within their
 * segments, and the series itself, reach that Q anywhere; then the segments are
 * cut in turn, until one fails. The shuffling has a fixed seed: the same values
 * give the same answer.
 *
 * Ranks tell well whether, and not so well where: to them the last value before
 * a step is next to the first one after it. So each change is moved by up to
 * CHANGE_MOVES places, to where the values are nearest to the medians of both
 * sides (least sum of absolute differences).
 *
 * The level is 0.01 rather than the usual 0.05, since a history has many rows,
 * and is looked at again each night.
 *
 * What it cannot do. Since a few odd nights in a row must not be a change, a
 * clean step is seen in its fifth or sixth session, not before; see `compare`
 * and `gate` for what is new tonight. A segment has at least CHANGE_SEGMENT
 * values. A series needs CHANGE_VALUES: with fewer, even a clean step is
 *reached by more than one of a hundred shufflings (2 of 126, with 4 and 5
 *values). A drift is told as one or more steps. Values that hang on their
 *forerunners (a machine that is slow for a week) are steps as well: the method
 *takes each for itself.
 */
#ifndef ANALYSIS_CHANGE_POINTS_H
#define ANALYSIS_CHANGE_POINTS_H

#include <stddef.h>

#define CHANGE_LEVEL 0.01

enum {
	CHANGE_PERMUTATIONS = 999,
	CHANGE_SEGMENT = 3,
	CHANGE_MOVES = 2,
	CHANGE_VALUES = 10
};

struct change_point {
	size_t at;	  /* index of the first value after it */
	double statistic; /* Q */
	double p;	  /* (1 + shufflings that reach Q) / (1 + all) */
};

/* The best cut of x into [0, at) and [at, end). at is 0 when n is less than two
 * segments. Time grows with n^2. */
struct change_cut {
	size_t at, end;
	double statistic;
};

struct change_cut change_cut_find(const double *x, size_t n);

/*
 * The change points of the n values of x, in rising order; *points is
 * malloc'ed, also when there are none. Returns how many. The values must be
 * finite. Time grows with n^2 for each of the shufflings: 1,000 values take
 * seconds.
 */
size_t change_points_find(const double *x, size_t n,
			  struct change_point **points);

#endif
