# SPDX-License-Identifier: GPL-2.0-or-later
# Which lock did the faults really take?
#
# See: one bar a cell, from an extra pass of it with tracepoints on, which is
# not timed. Blue is the share of faults that the kernel finished under the
# VMA lock, green those that were done with their lock dropped; pink those that
# dropped a lock, waited and were redone; red those that the VMA lock was
# refused to; orange those that went to mmap_lock at once. Where the evidence
# does not tell reasons apart, pink is all that was redone. What the timed runs
# of a cell cost, they cost on these paths. At the right: how often a fault took
# mmap_lock on average, and whether that is what the scenario promises.
#
# NAME.dat: row, five shares. Takes rows, row_text[], row_note[], left (px that
# the names want), note_width, kinds and kind_at[] (those shares that any bar
# has), kind_text[], kind_colour[].

load plots_dir.'/style.gp'

set lmargin at screen X(left)
set rmargin at screen X(width - note_width)
set tmargin at screen Y(92)
kind_lines = (kinds + 2) / 3
set bmargin at screen Y(height - 88 - 20 * kind_lines)
set yrange [rows + 0.6:0.4]
unset ytics
set border 1
set grid noytics
set xrange [0:100]
set format x '%g %%'
set label 905 'share of faults' \
	at screen X((left + width - note_width) / 2), Y(height - 46 - 20 * kind_lines) center \
	font font_small textcolor rgb soft
set style fill solid 0.92 border rgb '#ffffff'

array legend[kinds]
array legend_colour[kinds]
array legend_dash[kinds]
array legend_point[kinds]
do for [i = 1:kinds] {
	legend[i] = kind_text[kind_at[i]]
	legend_colour[i] = colour[kind_colour[kind_at[i]]]
	legend_dash[i] = 0
	legend_point[i] = 5
}
legend_cols = 3
legend_top = height - 20 - 20 * kind_lines
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
start(i) = i == 1 ? 0 : 100 * sum [k = 1:i - 1] column(k + 1)
percent(x) = x < 8 ? '' : sprintf('%.0f %%', x)
plot for [i = 1:5] file \
	using (start(i)):1:(start(i)):(start(i) + share(i)) \
		:($1 - 0.34):($1 + 0.34) \
	with boxxyerror fc rgb colour[kind_colour[i]], \
     for [i = 1:5] file \
	using (start(i) + share(i) / 2):1:(percent(share(i))) \
	with labels font font_small \
	textcolor rgb (i == 1 ? '#ffffff' : '#000000')
unset output
