#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The golden values of tests/unit/test_change_points.c, by the definitions of
# Matteson & James 2014, written out plainly, and their energy statistic
# compared with edist() of the package energy (Debian: r-cran-energy):
#
#     Rscript make_golden.R > golden.txt
#
# One series a line:
#     NAME  AT END Q  : change points, from 0 : values
# AT, END (from 0, END beyond the last) and Q are those of the best cut of the
# whole series, on its ranks (ties: midranks). The change points are those of the whole procedure with 999
# permutations of R's own generator, minimal segment 3, level 0.01, moved by up to 2; series whose
# p-value is near the level are not taken, so that any generator agrees.

suppressPackageStartupMessages(library(energy))
set.seed(20140601, kind = "Mersenne-Twister", normal.kind = "Inversion")
SEGMENT <- 3
LEVEL <- 0.01

# Definition of the paper (U-statistics), from the matrix of distances.
energy_of <- function(d, a, b) {
	m <- length(a)
	n <- length(b)
	within <- function(i) sum(d[i, i]) / (length(i) * (length(i) - 1))
	m * n / (m + n) * (2 * mean(d[a, b]) - within(a) - within(b))
}

# The same by edist(), whose means are over all pairs, a value with itself too.
check_edist <- function(x, a, b) {
	m <- length(a)
	n <- length(b)
	d <- as.matrix(dist(x))
	theirs <- as.numeric(edist(x[c(a, b)], sizes = c(m, n)))
	ours <- m * n / (m + n) * (2 * mean(d[a, b]) - mean(d[a, a]) - mean(d[b, b]))
	stopifnot(abs(theirs - ours) < 1e-9 * max(1, abs(ours)))
	unbiased <- m * n / (m + n) * (2 * mean(d[a, b]) - mean(d[a, a]) * m / (m - 1) -
				       mean(d[b, b]) * n / (n - 1))
	stopifnot(abs(unbiased - energy_of(d, a, b)) < 1e-9 * max(1, abs(ours)))
}

best_cut <- function(x) {
	d <- as.matrix(dist(x))
	best <- list(at = NA, end = NA, q = -Inf)
	if (length(x) < 2 * SEGMENT)
		return(best)
	for (end in (2 * SEGMENT):length(x)) {
		for (at in SEGMENT:(end - SEGMENT)) {
			q <- energy_of(d, 1:at, (at + 1):end)
			if (q > best$q + 1e-12)
				best <- list(at = at, end = end, q = q)
		}
	}
	best
}

change_points <- function(x, permutations) {
	ends <- length(x)
	repeat {
		starts <- c(0, ends[-length(ends)])
		cuts <- lapply(seq_along(ends), function(i) best_cut(x[(starts[i] + 1):ends[i]]))
		q <- sapply(cuts, function(cut) cut$q)
		k <- which.max(q)
		if (!is.finite(q[k]) || q[k] <= 0)
			break
		reached <- 0
		for (r in seq_len(permutations)) {
			y <- x
			for (i in seq_along(ends)) {
				s <- (starts[i] + 1):ends[i]
				y[s] <- y[s[sample.int(length(s))]]
			}
			top <- max(sapply(seq_along(ends), function(i)
				best_cut(y[(starts[i] + 1):ends[i]])$q))
			reached <- reached + (top >= q[k] - 1e-9)
			if (reached > 60)
				break
		}
		p <- (reached + 1) / (r + 1)
		if (p > 0.003 && p < 0.03)
			return(NULL) # too near the level to be told
		if (p > LEVEL)
			break
		ends <- sort(c(ends, starts[k] + cuts[[k]]$at))
	}
	ends[-length(ends)]
}

# Each change, to where the values are nearest to the medians of both sides.
move <- function(values, at) {
	spread <- function(v) sum(abs(v - median(v)))
	for (i in seq_along(at)) {
		from <- if (i > 1) at[i - 1] else 0
		to <- if (i < length(at)) at[i + 1] else length(values)
		sum_at <- function(k) spread(values[(from + 1):k]) +
			spread(values[(k + 1):to])
		best <- at[i]
		for (k in at[i] + c(-1, 1, -2, 2))
			if (k - from >= SEGMENT && to - k >= SEGMENT &&
			    sum_at(k) < sum_at(best) * (1 - 1e-9))
				best <- k
		at[i] <- best
	}
	at
}

say <- function(name, values) {
	x <- rank(values)
	best <- best_cut(x)
	check_edist(x, 1:best$at, (best$at + 1):best$end)
	found <- change_points(x, 999)
	if (is.null(found)) {
		message(name, ": p near the level, left out")
		return(invisible())
	}
	cat(name, best$at, best$end, sprintf("%.17g", best$q), ":", move(values, found), ":",
	    sprintf("%.17g", values), "\n")
}

say("noise", rnorm(24))
say("noise-short", rnorm(10))
say("step", c(rnorm(12), rnorm(12, 4)))
say("step-small", c(rnorm(15, 100, 1), rnorm(15, 102, 1)))
say("step-early", c(rnorm(7, 10, 0.1), rnorm(16, 12, 0.1)))
say("step-late", c(rnorm(17, 10, 0.1), rnorm(3, 12, 0.1)))
say("clean", rep(c(1, 2), each = 9))
say("clean-twelve", c(rep(1, 6), rep(2, 6)))
say("bump", c(rnorm(14), rnorm(12, 5), rnorm(14)))
say("stairs", c(rnorm(9), rnorm(9, 6), rnorm(9, 12)))
say("drift", 1:32 * 0.5 + rnorm(32, 0, 0.5))
say("ties", c(1, 1, 2, 1, 2, 1, 1, 2, 1, 2, 3, 4, 3, 3, 4, 4, 3, 4, 3, 3))
say("ties-noise", c(1, 2, 1, 1, 2, 1, 2, 2, 1, 1, 2, 1, 2, 1, 2, 1))
say("outlier", c(rnorm(10), 50, rnorm(13)))
say("outliers", c(rnorm(6), 50, rnorm(5), -40, rnorm(8), 60, rnorm(5)))
say("step-outliers", c(rnorm(10), 30, rnorm(4), rnorm(8, 5), -20, rnorm(6, 5)))
say("cauchy", rcauchy(20))
say("six", c(1, 1.5, 1.2, 7, 7.3, 7.1))
