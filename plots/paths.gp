# SPDX-License-Identifier: GPL-2.0-or-later
# Which lock did the faults really take?
#
# See: one bar a cell, from an extra pass of it with tracepoints on, which is
# not timed. Blue is the share of faults that the kernel finished under the
# VMA lock; pink those that dropped a lock, waited or gave up, and were redone;
# orange those that went to mmap_lock at once. What the timed runs of a cell
# cost, they cost on these paths. At the right: how often a fault took
# mmap_lock on average, and whether that is what the scenario promises.
#
# NAME.dat: row, shares by VMA lock, redone, mmap_lock. Takes rows,
# row_text[], row_note[], left (px that the names want), note_width.

load plots_dir.'/style.gp'

set lmargin at screen X(left)
set rmargin at screen X(width - note_width)
set tmargin at screen Y(92)
set bmargin at screen Y(height - 108)
set yrange [rows + 0.6:0.4]
unset ytics
set border 1
set grid noytics
set xrange [0:100]
set format x '%g %%'
set label 905 'share of faults' \
	at screen X((left + width - note_width) / 2), Y(height - 66) center \
	font font_small textcolor rgb soft
set style fill solid 0.92 border rgb '#ffffff'

array path_arm[3] = [1, 3, 2]
array legend[3] = ['finished under the VMA lock', \
	'lock dropped, fault redone', 'mmap_lock at once']
array legend_colour[3]
array legend_dash[3] = [0, 0, 0]
array legend_point[3] = [5, 5, 5]
do for [i = 1:3] {
	legend_colour[i] = colour[path_arm[i]]
}
legend_cols = 3
legend_top = height - 40
load plots_dir.'/legend.gp'

set label 801 'mmap_lock per fault' at screen X(width - note_width + 14), \
	Y(82) left font font_small textcolor rgb soft
do for [i = 1:rows] {
	set label 1000 + i row_text[i] at screen X(left - 10), first i right \
		noenhanced font font_small textcolor rgb ink
	set label 2000 + i row_note[i] \
		at screen X(width - note_width + 14), first i left \
		noenhanced font font_small textcolor rgb ink
}

file = name.'.dat'
share(i) = 100 * column(i + 1)
start(i) = i == 1 ? 0 : i == 2 ? share(1) : share(1) + share(2)
percent(x) = x < 8 ? '' : sprintf('%.0f %%', x)
plot for [i = 1:3] file \
	using (start(i)):1:(start(i)):(start(i) + share(i)) \
		:($1 - 0.34):($1 + 0.34) \
	with boxxyerror fc rgb colour[path_arm[i]], \
     for [i = 1:3] file \
	using (start(i) + share(i) / 2):1:(percent(share(i))) \
	with labels font font_small \
	textcolor rgb (i == 1 ? '#ffffff' : '#000000')
unset output
