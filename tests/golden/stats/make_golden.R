#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The golden values of tests/unit/test_stats.c, from R's own wilcox.test,
# p.adjust and quantile functions:
#
#     Rscript make_golden.R > golden.txt
#
# One case a line: the kind, the expected numbers, then the data after a colon.
# Needs nothing but base R (made with 4.2.2). The seed is set: the same R makes
# the same file.

set.seed(20231124, kind = "Mersenne-Twister", normal.kind = "Inversion")

say <- function(kind, expected, ...) {
	data <- list(...)
	number <- function(x) ifelse(is.na(x), "nan", sprintf("%.17g", x))
	cat(kind, number(expected))
	for (d in data)
		cat(" :", number(d))
	cat("\n")
}

# Hand-made: what R gives up on (ties, zeros), by the definitions of the book.
walsh <- function(x) {
	a <- outer(x, x, `+`) / 2
	sort(a[!lower.tri(a)])
}

at <- function(all, k) c(all[k], median(all), all[length(all) + 1 - k])

# Conditional p-values by writing all assignments out.
p_signed <- function(x) {
	x <- x[x != 0]
	r <- rank(abs(x))
	v <- sum(r[x > 0])
	n <- length(x)
	all <- as.matrix(expand.grid(rep(list(0:1), n))) %*% r
	min(1, 2 * min(mean(all <= v), mean(all >= v)))
}

p_sums <- function(x, y) {
	r <- rank(c(x, y))
	w <- sum(r[seq_along(x)])
	all <- combn(length(r), length(x), function(i) sum(r[i]))
	min(1, 2 * min(mean(all <= w), mean(all >= w)))
}

# --- signed rank -------------------------------------------------------------
for (level in c(0.95, 0.99)) {
	for (n in c(6:30, 40, 49, 50)) {
		if (level == 0.99 && n < 8)
			next
		x <- rnorm(n, 0.3)
		t <- wilcox.test(x, conf.int = TRUE, exact = TRUE, conf.level = level)
		k <- max(1, qsignrank((1 - level) / 2, n))
		say("signed_rank", c(level, t$conf.int[1], t$estimate, t$conf.int[2],
				     1 - 2 * psignrank(k - 1, n), t$p.value), x)
	}
}
for (n in c(61, 121, 201)) { # an odd number of averages, so one median
	x <- rexp(n) - 0.5
	t <- wilcox.test(x, conf.int = TRUE, exact = FALSE, tol.root = 1e-13)
	say("signed_rank_normal", c(0.95, t$conf.int[1], t$estimate,
				    t$conf.int[2], NA, t$p.value), x)
}
for (x in list(c(1, 1, 2, 2, 3, 3), c(0, 0, 1, 2, 3, 4, 5), c(-1, 1, -2, 2, 3, 4, 5),
	       c(5, 5, 5, 5, 5, 5, 5, 5), round(rnorm(12, 1), 1),
	       round(rnorm(13, 0.5)))) {
	n <- length(x)
	k <- max(1, qsignrank(0.025, n))
	say("signed_rank", c(0.95, at(walsh(x), k), 1 - 2 * psignrank(k - 1, n),
			     p_signed(x)), x)
}
for (n in 1:5) { # too few
	x <- rnorm(n)
	say("signed_rank_few", c(0.95, median(walsh(x))), x)
}

# --- Mann-Whitney ------------------------------------------------------------
sizes <- list(c(4, 4), c(4, 5), c(5, 4), c(6, 6), c(8, 8), c(3, 9), c(2, 12),
	      c(10, 7), c(15, 20), c(30, 30), c(49, 49), c(50, 50), c(1, 45))
for (level in c(0.95, 0.99)) {
	for (s in sizes) {
		x <- rnorm(s[1], 0.7)
		y <- rnorm(s[2])
		k <- max(1, qwilcox((1 - level) / 2, s[1], s[2]))
		reached <- 1 - 2 * pwilcox(k - 1, s[1], s[2])
		t <- suppressWarnings(wilcox.test(x, y, conf.int = TRUE, exact = TRUE,
						  conf.level = level))
		if (reached >= level)
			say("mann_whitney",
			    c(level, t$conf.int[1], t$estimate, t$conf.int[2],
			      reached, t$p.value), x, y)
		else
			say("mann_whitney_few", c(level, t$estimate), x, y)
	}
}
for (s in list(c(51, 51), c(61, 21), c(7, 101))) {
	x <- rexp(s[1]) + 0.2
	y <- rexp(s[2])
	t <- wilcox.test(x, y, conf.int = TRUE, exact = FALSE, tol.root = 1e-13)
	say("mann_whitney_normal", c(0.95, t$conf.int[1], t$estimate,
				     t$conf.int[2], NA, t$p.value), x, y)
}
for (d in list(list(c(1, 2, 2, 3), c(2, 3, 4, 4)), list(rep(1, 5), rep(1, 5)),
	       list(round(rnorm(8, 1)), round(rnorm(7))))) {
	x <- d[[1]]
	y <- d[[2]]
	k <- max(1, qwilcox(0.025, length(x), length(y)))
	say("mann_whitney",
	    c(0.95, at(sort(outer(x, y, `-`)), k),
	      1 - 2 * pwilcox(k - 1, length(x), length(y)), p_sums(x, y)), x, y)
}

# --- ratios ------------------------------------------------------------------
for (n in c(6, 8, 13)) {
	x <- exp(rnorm(n, 6.5, 0.02))
	y <- x * exp(rnorm(n, 0.03, 0.01))
	t <- wilcox.test(log(y) - log(x), conf.int = TRUE, exact = TRUE)
	say("ratio_paired", c(0.95, exp(t$conf.int[1]), exp(t$estimate),
			      exp(t$conf.int[2]), NA, t$p.value), x, y)
	t <- wilcox.test(log(y), log(x), conf.int = TRUE, exact = TRUE)
	say("ratio_unpaired", c(0.95, exp(t$conf.int[1]), exp(t$estimate),
				exp(t$conf.int[2]), NA, t$p.value), x, y)
}

# --- medians -----------------------------------------------------------------
for (level in c(0.95, 0.99)) {
	for (n in c(1:20, 50, 101)) {
		x <- sort(rnorm(n))
		k <- qbinom((1 - level) / 2, n, 0.5)
		if (pbinom(k, n, 0.5) <= (1 - level) / 2)
			k <- k + 1
		x <- sample(x)
		if (k >= 1)
			say("median", c(level, sort(x)[k], median(x), sort(x)[n + 1 - k],
					1 - 2 * pbinom(k - 1, n, 0.5), NA), x)
		else
			say("median_few", c(level, median(x)), x)
	}
}

# --- many tests --------------------------------------------------------------
for (n in c(1, 2, 5, 20, 100)) {
	p <- runif(n)^3
	say("benjamini_hochberg", p.adjust(p, "BH"), p)
}
p <- c(0.01, 0.04, 0.03, 0.04, 1, 0.5, 0.001, 0.001)
say("benjamini_hochberg", p.adjust(p, "BH"), p)
p <- c(0.01, NA, 0.03, NA, 0.2)
say("benjamini_hochberg", p.adjust(p, "BH"), p)
for (n in c(1, 2, 5, 20, 100)) {
	p <- runif(n)^3
	say("holm", p.adjust(p, "holm"), p)
}
for (p in list(c(0.01, 0.04, 0.03, 0.04, 1, 0.5, 0.001, 0.001),
	       c(0.01, NA, 0.03, NA, 0.2), rep(1 / 256, 12), c(NA, NA)))
	say("holm", p.adjust(p, "holm"), p)

# --- one-sided: bounds and p-values of a gate ----------------------------------
# expected: alpha, the bounds of the ratio y/x, the p-value against the limit
for (alpha in c(0.05, 0.01)) {
	for (n in c(7, 8, 10, 16, 40)) {
		limit <- 1.05
		x <- exp(rnorm(n, 6.5, 0.1))
		y <- x * exp(rnorm(n, log(limit) + 0.01, 0.02))
		d <- log(y) - log(x)
		say("above_paired",
		    c(alpha,
		      exp(wilcox.test(d, alternative = "greater", conf.int = TRUE,
				      exact = TRUE, conf.level = 1 - alpha)$conf.int[1]),
		      exp(wilcox.test(d, alternative = "less", conf.int = TRUE,
				      exact = TRUE, conf.level = 1 - alpha)$conf.int[2]),
		      limit,
		      wilcox.test(d, mu = log(limit), alternative = "greater",
				  exact = TRUE)$p.value), x, y)
	}
	for (s in list(c(5, 6), c(8, 8), c(12, 7), c(30, 30))) {
		limit <- 1.1
		x <- exp(rnorm(s[1], 6.5, 0.03))
		y <- exp(rnorm(s[2], 6.5 + log(limit) + 0.02, 0.03))
		say("above_unpaired",
		    c(alpha,
		      exp(wilcox.test(log(y), log(x), alternative = "greater",
				      conf.int = TRUE, exact = TRUE,
				      conf.level = 1 - alpha)$conf.int[1]),
		      exp(wilcox.test(log(y), log(x), alternative = "less",
				      conf.int = TRUE, exact = TRUE,
				      conf.level = 1 - alpha)$conf.int[2]),
		      limit,
		      wilcox.test(log(y), log(x), mu = log(limit),
				  alternative = "greater", exact = TRUE)$p.value), x, y)
	}
}
x <- exp(rnorm(61, 6.5, 0.1)) # the normal approximation
y <- x * exp(rnorm(61, 0.05, 0.05))
say("above_paired", c(0.05, NA, NA, 1.04,
		      wilcox.test(log(y) - log(x), mu = log(1.04), exact = FALSE,
				  alternative = "greater")$p.value), x, y)
say("above_unpaired", c(0.05, NA, NA, 1.01,
			wilcox.test(log(y), log(x), mu = log(1.01), exact = FALSE,
				    alternative = "greater")$p.value), x, y)
# ties and zeros: all assignments written out
for (x in list(c(1, 1, 2, 2, -3, 3), c(0, 0, 1, 2, 3, -4, 5), c(-5, -5, 1, 1))) {
	r <- rank(abs(x[x != 0]))
	all <- as.matrix(expand.grid(rep(list(0:1), length(r)))) %*% r
	say("above_ties", mean(all >= sum(r[x[x != 0] > 0])), x)
}
