# SPDX-License-Identifier: GPL-2.0-or-later
# Who waits for whom, while a fault waits?
#
# See: one column a role: the waiting fault itself, then each antagonist. One
# row a delay, under each lock. Tiles are red where that role's operation is
# held up by the waiting fault: its median goes with the delay. Pale tiles are
# not held up, whatever the delay. So a column that turns red from top to
# bottom under one lock, and stays pale under another, is what that lock costs
# everybody else. The first column is what the fault takes beyond its own delay.
#
# NAME.dat: row, role, class (0 no delay, 1 not held up, 2 partly, 3 waits),
# estimate low high in s, figure, mark. Takes rows, roles, role_name[],
# role_rest[], heads, head_at[], head_text[], head_note[], lines, line_at[],
# line_text[], line_note[], left, note_width (px).

load plots_dir.'/style.gp'

top = 124
bottom = height - 82
right = width - 16 - note_width
set lmargin at screen X(left)
set rmargin at screen X(right)
set tmargin at screen Y(top)
set bmargin at screen Y(bottom)
set xrange [0.5:roles + 0.5]
set yrange [rows + 0.5:0.5]
unset xtics
unset ytics
unset border
unset grid

array class_colour[4] = ['#e6e6e2', '#d3e8f3', '#f3c983', '#D55E00']
array class_ink[4] = [ink, ink, ink, '#ffffff']

array legend[3] = [ \
	'waits: held up for at least half of the delay', \
	'part: held up for less than that', \
	'not held up: under 1/50 of it (the fault: 1/10)']
array legend_colour[3]
array legend_dash[3] = [0, 0, 0]
array legend_point[3] = [5, 5, 5]
do for [i = 1:3] {
	legend_colour[i] = class_colour[5 - i]
}
legend_cols = 3
legend_top = height - 40
load plots_dir.'/legend.gp'
set label 905 figure_words at screen X(16), Y(height - 62) left noenhanced \
	font font_small textcolor rgb soft

step = (right - left) / (1.0 * roles)
do for [i = 1:roles] {
	set label 1000 + i role_name[i] \
		at screen X(left + (i - 0.96) * step), Y(top - 28) left \
		noenhanced font font_head textcolor rgb ink
	set label 1100 + i role_rest[i] \
		at screen X(left + (i - 0.96) * step), Y(top - 11) left \
		noenhanced font font_tiny textcolor rgb soft
}
do for [i = 1:heads] {
	set object 4000 + i rectangle \
		from screen X(12), first head_at[i] - 0.42 \
		to screen X(width - 12), first head_at[i] + 0.46 \
		back fillcolor rgb band fillstyle solid noborder
	set label 2000 + i head_text[i] at screen X(18), first head_at[i] left \
		noenhanced font font_head textcolor rgb ink
	set label 2200 + i head_note[i] \
		at screen X(width - 20), first head_at[i] right \
		noenhanced font font_small textcolor rgb soft
}
do for [i = 1:lines] {
	set label 3000 + i line_text[i] at screen X(left - 12), \
		first line_at[i] right noenhanced font font_small \
		textcolor rgb ink
	set label 3200 + i line_note[i] at screen X(right + 12), \
		first line_at[i] left noenhanced font font_small \
		textcolor rgb soft
}

file = name.'.dat'
set style fill solid 1 border rgb '#ffffff'
plot for [c = 0:3] file \
	using ($3 == c ? $2 : NaN):1:($2 - 0.49):($2 + 0.49) \
		:($1 - 0.45):($1 + 0.45) \
	with boxxyerror fc rgb class_colour[c + 1], \
     for [c = 0:3] file \
	using ($3 == c ? $2 - 0.45 : NaN):1:7 \
	with labels left font font_head textcolor rgb class_ink[c + 1], \
     for [c = 1:3] file \
	using ($3 == c ? $2 + 0.45 : NaN):1 \
		:(strcol(8) eq '-' ? '' : strcol(8)) \
	with labels right font font_tiny textcolor rgb class_ink[c + 1]
unset output
