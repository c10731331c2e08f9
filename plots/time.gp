# SPDX-License-Identifier: GPL-2.0-or-later
# Did the machine stay the same while it was measured?
#
# See: each point is one run, its median fault against the median of all runs
# of the same cell. A quiet machine draws a band round 0. A slope, a step or a
# wave is drift: it hits all cells of a block alike, so the comparisons, made
# inside blocks, still hold, but the absolute times do not carry over. The
# line joins the medians of the blocks. A colour apart from the others is a
# cell that is not repeatable.
#
# NAME.dat: index 0 the runs, index 1 the blocks' medians. Takes y_limit (%),
# arms, arm_index[], arm_text[], breaks and break_at[] (minutes where a pause
# was cut out).

load plots_dir.'/style.gp'

set lmargin at screen X(70)
set rmargin at screen X(width - 24)
set tmargin at screen Y(76)
set bmargin at screen Y(height - 134)
x_text = 'minutes since the first run'
set label 905 x_text at screen X((70 + width - 24) / 2), Y(height - 94) center \
	font font_small textcolor rgb soft
set xrange [*:*] noextend
set offsets graph 0.01, graph 0.01, 0, 0
set yrange [-y_limit:y_limit]
set format y '%+g %%'
set ytics add ('0 %%' 0)
set xzeroaxis lc rgb '#888888' lw 1 dt 1

array legend[arms + 2]
array legend_colour[arms + 2]
array legend_dash[arms + 2]
array legend_point[arms + 2]
do for [i = 1:arms] {
	legend[i] = arm_text[i]
	legend_colour[i] = colour[arm_index[i]]
	legend_dash[i] = 0
	legend_point[i] = point_filled[arm_index[i]]
}
legend[arms + 1] = 'open: beside an antagonist'
legend_colour[arms + 1] = soft
legend_dash[arms + 1] = 0
legend_point[arms + 1] = 6
legend[arms + 2] = 'median of each block'
legend_colour[arms + 2] = ink
legend_dash[arms + 2] = 1
legend_point[arms + 2] = 0
legend_cols = arms > 2 ? 3 : arms + 2
legend_top = height - 62 + (arms > 2 ? 0 : 10)
load plots_dir.'/legend.gp'

do for [i = 1:breaks] {
	set arrow 400 + i from first break_at[i], graph 0 \
		to first break_at[i], graph 1 nohead lc rgb soft lw 1 dt 2
}

edge(y) = y > y_limit ? y_limit : y < -y_limit ? -y_limit : y
plot for [i = 1:arms] name.'.dat' index 0 \
	using 1:($3 == arm_index[i] && $4 == 0 ? edge($2) : NaN) \
	with points pt point_filled[arm_index[i]] ps 0.7 * dot \
	lc rgb colour[arm_index[i]], \
     for [i = 1:arms] name.'.dat' index 0 \
	using 1:($3 == arm_index[i] && $4 == 1 ? edge($2) : NaN) \
	with points pt point_open[arm_index[i]] ps 0.7 * dot lw 1.2 \
	lc rgb colour[arm_index[i]], \
     name.'.dat' index 1 using 1:(edge($2)) with lines lw 2 lc rgb ink
unset output
