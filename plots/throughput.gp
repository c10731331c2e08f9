# SPDX-License-Identifier: GPL-2.0-or-later
# How does throughput hold as the antagonist gets faster, or threads more?
#
# See: each curve is in multiples of its own first point (alone, or with the
# fewest threads), estimated from pairs of runs within blocks; the band is the
# 95 % interval. Against an antagonist's rate a flat curve is a lock that the
# antagonist does not disturb; "none" and "flat out" have their places at the
# ends of the axis. Against threads both axes are log2 and the dashed line is
# perfect scaling from the first point: a curve that leaves it is a lock, or
# memory, that is used up.
#
# NAME.dat: index 0 .. curves-1 (x, multiple, low, high, blocks), and, with
# ideal = 1, one more block for the dashed line. Takes curves, curve_text[],
# curve_arm[], curve_level[], ticks, tick_at[], tick_text[], x_text, y_text,
# x_low, x_high, y_low, y_high, columns, y_ticks, y_tick_at[], y_tick_text[].

load plots_dir.'/style.gp'

entries = curves + ideal
entry_rows = (entries + columns - 1) / columns
set lmargin at screen X(84)
set rmargin at screen X(width - 24)
set tmargin at screen Y(98)
set bmargin at screen Y(height - 96 - 20 * entry_rows)
set logscale x 2
set xrange [x_low:x_high]
set xtics ()
do for [i = 1:ticks] {
	set xtics add (tick_text[i] tick_at[i])
}
if (ideal) {
	set logscale y 2
}
set ytics ()
do for [i = 1:y_ticks] {
	set ytics add (y_tick_text[i] y_tick_at[i])
}
set yrange [y_low:y_high]
set label 905 x_text at screen X((84 + width - 24) / 2), \
	Y(height - 56 - 20 * entry_rows) center noenhanced \
	font font_small textcolor rgb soft
set label 904 y_text at screen X(16), Y(80) left noenhanced \
	font font_small textcolor rgb ink

array dashes[4] = [1, 2, 4, 5]
marker(k) = curve_level[k] == 0 ? point_filled[curve_arm[k]] \
	: point_open[curve_arm[k]]
array legend[entries]
array legend_colour[entries]
array legend_dash[entries]
array legend_point[entries]
do for [k = 1:curves] {
	legend[k] = curve_text[k]
	legend_colour[k] = colour[curve_arm[k]]
	legend_dash[k] = dashes[curve_level[k] % 4 + 1]
	legend_point[k] = marker(k)
}
if (ideal) {
	legend[entries] = 'perfect scaling'
	legend_colour[entries] = '#888888'
	legend_dash[entries] = 2
	legend_point[entries] = 0
}
legend_cols = columns
legend_top = height - 24 - 20 * entry_rows
load plots_dir.'/legend.gp'

set style fill transparent solid 0.18 noborder
file = name.'.dat'
plot for [k = 1:curves] file index k - 1 using 1:3:4 \
	with filledcurves fc rgb colour[curve_arm[k]], \
     for [k = 1:ideal] file index curves using 1:2 with lines \
	lw 1.5 dt 2 lc rgb '#888888', \
     for [k = 1:curves] file index k - 1 using 1:2 with linespoints \
	lw 2 dt dashes[curve_level[k] % 4 + 1] pt marker(k) ps dot \
	lc rgb colour[curve_arm[k]]
unset output
