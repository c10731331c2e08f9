# SPDX-License-Identifier: GPL-2.0-or-later
# How long do the slow ones take?
#
# See: each curve says which share of all faults (or of an antagonist's
# operations) took longer than the time below it; lower and further left is
# better. The points are the median, the 90th, 99th and 99.9th percentile:
# where a curve crosses 1 %, one fault in a hundred is slower still. Dotted
# curves are the same fault without an antagonist. Curves of different colours
# start at different medians because of how the kernel is entered; what the
# lock does shows in how far each leaves its dotted one. A curve ends
# where fewer than 10 values are left.
#
# NAME.dat: index 0 .. curves-1 the curves (s, share beyond), then as many
# blocks with the points. Takes curves, curve_text[], curve_arm[],
# curve_level[] (0: no antagonist, 1 and up: which), x_low, x_high (s), y_low,
# x_text, y_text, columns, ticks,
# tick_at[], tick_text[].

load plots_dir.'/style.gp'

entry_rows = (curves + columns - 1) / columns
set lmargin at screen X(76)
set rmargin at screen X(width - 24)
set tmargin at screen Y(98)
set bmargin at screen Y(height - 96 - 20 * entry_rows)
set logscale xy
set xrange [x_low:x_high]
set yrange [y_low:1]
set xtics ()
do for [i = 1:ticks] {
	set xtics add (tick_text[i] tick_at[i])
}
set ytics ('100 %%' 1, '50 %%' 0.5, '10 %%' 0.1, '1 %%' 0.01, \
	'0.1 %%' 1e-3, '0.01 %%' 1e-4, '0.001 %%' 1e-5, '1 in 10^6' 1e-6)
set label 905 x_text at screen X((76 + width - 24) / 2), \
	Y(height - 56 - 20 * entry_rows) center noenhanced \
	font font_small textcolor rgb soft
set label 904 y_text at screen X(16), Y(80) left noenhanced \
	font font_small textcolor rgb ink

array dashes[4] = [3, 1, 2, 4]
marker(k) = curve_level[k] == 0 ? point_open[curve_arm[k]] \
	: curve_level[k] == 1 ? point_filled[curve_arm[k]] \
	: curve_level[k] == 2 ? 9 : 11
array legend[curves]
array legend_colour[curves]
array legend_dash[curves]
array legend_point[curves]
do for [k = 1:curves] {
	legend[k] = curve_text[k]
	legend_colour[k] = colour[curve_arm[k]]
	legend_dash[k] = dashes[curve_level[k] + 1]
	legend_point[k] = marker(k)
}
legend_cols = columns
legend_top = height - 24 - 20 * entry_rows
load plots_dir.'/legend.gp'

plot for [k = 1:curves] name.'.dat' index k - 1 using 1:2 with lines \
	lw 2 dt dashes[curve_level[k] + 1] lc rgb colour[curve_arm[k]], \
     for [k = 1:curves] name.'.dat' index curves + k - 1 using 1:2 \
	with points pt marker(k) ps dot lc rgb colour[curve_arm[k]]
unset output
