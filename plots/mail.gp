# SPDX-License-Identifier: GPL-2.0-or-later
# How long do the slow ones take? For a mail: letters, 72 columns.
#
# See: each letter is a curve, the share of values that took longer than the
# time below it; lower and further left is better. Where two curves are one,
# the later letter is seen.
#
# NAME.dat: index 0 .. curves-1 (s, share beyond). Takes curves, x_low, x_high
# (s), y_low, ticks, tick_at[], tick_text[].

reset
set datafile separator tab
set datafile commentschars '#'
set terminal dumb 72 20 noenhanced mono
set output name.'.txt'
set key off
set border 3
set tics out nomirror scale 0.5
set logscale xy
set xrange [x_low:x_high]
set yrange [y_low:1]
if (x_high / x_low > 30) {
	set xtics ('1 ns' 1e-9, '10 ns' 1e-8, '100 ns' 1e-7, '1 us' 1e-6, \
		'10 us' 1e-5, '100 us' 1e-4, '1 ms' 1e-3, '10 ms' 1e-2, \
		'100 ms' 0.1, '1 s' 1, '10 s' 10, '100 s' 100)
} else {
	set xtics ()
	do for [i = 1:ticks] {
		set xtics add (tick_text[i] tick_at[i])
	}
}
set ytics ('100 %%' 1, '10 %%' 0.1, '1 %%' 0.01, '0.1 %%' 1e-3, \
	'0.01 %%' 1e-4, '1 in 10^5' 1e-5, '1 in 10^6' 1e-6)
plot for [k = 1:curves] name.'.dat' index k - 1 using 1:2 with points \
	pt ('abcdefgh'[k:k])
unset output
