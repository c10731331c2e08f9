# SPDX-License-Identifier: GPL-2.0-or-later
# When did it change?
#
# See: each point is a session, the median of its runs with its 95 % interval. A
# panel for the figure itself, and below it for its ratios to what was measured
# beside it. An upright is a change point, with its size; the line is the median
# of the sessions between two. A step in the figure alone is the machine's more
# often than the kernel's; one in a ratio is not. Points beyond the edge are
# drawn on it, open.
#
# NAME.dat: index 0, 1, ... the panels. Takes panels, panel_title[],
# panel_low[], panel_high[], y1s, y1_at[], y1_text[] (and y2..., y3...), xs,
# x_at[], x_text[], x_max, x_title, changes, change_panel[], change_at[],
# change_text[].

load plots_dir.'/style.gp'

panel_px = 180
set lmargin at screen X(92)
set rmargin at screen X(width - 24)
set xrange [-0.5:x_max + 0.5] noextend
set xtics () noenhanced
set format x ''
set multiplot
do for [k = 1:panels] {
	top = 96 + (k - 1) * panel_px
	set tmargin at screen Y(top)
	set bmargin at screen Y(top + panel_px - 40)
	set yrange [panel_low[k]:panel_high[k]] noextend
	set ytics () noenhanced
	if (k == 1) {
		do for [i = 1:y1s] { set ytics add (y1_text[i] y1_at[i]) }
	}
	if (k == 2) {
		do for [i = 1:y2s] { set ytics add (y2_text[i] y2_at[i]) }
	}
	if (k == 3) {
		do for [i = 1:y3s] { set ytics add (y3_text[i] y3_at[i]) }
	}
	if (k == panels) {
		do for [i = 1:xs] { set xtics add (x_text[i] x_at[i]) }
		set label 905 x_title at screen X((92 + width - 24) / 2), \
			Y(top + panel_px - 40 + 40) center font font_small \
			textcolor rgb soft
	} else {
		do for [i = 1:xs] { set xtics add ('' x_at[i]) }
	}
	set label 10 panel_title[k] at screen X(92), Y(top - 12) left \
		noenhanced font font_head textcolor rgb ink
	do for [i = 1:changes] {
		unset arrow 100 + i
		unset label 100 + i
		if (change_panel[i] == k) {
			set arrow 100 + i from first change_at[i], graph 0 \
				to first change_at[i], graph 1 nohead \
				lc rgb colour[5] lw 1.5 dt 2
			set label 100 + i change_text[i] \
				at first change_at[i], screen Y(top - 9) \
				center noenhanced font font_small \
				textcolor rgb colour[5]
		}
	}
	low = panel_low[k]
	high = panel_high[k]
	inside(y) = y >= low && y <= high
	edge(y) = y > high ? high : y < low ? low : y
	c = colour[k == 1 ? 1 : k == 2 ? 4 : 3]
	plot name.'.dat' index k - 1 \
		using 1:(inside($5) ? $5 : NaN):(edge($6)):(edge($7)) \
		with yerrorbars pt point_filled[k] ps 0.6 * dot lw 0.8 \
		lc rgb c, \
	     name.'.dat' index k - 1 using 1:(inside($5) ? NaN : edge($5)) \
		with points pt point_open[k] ps 0.9 * dot lw 1.4 lc rgb c, \
	     name.'.dat' index k - 1 using ($1 - 0.5):8 with steps lw 2 lc rgb ink
	unset label 901
	unset label 902
	unset label 903
}
unset multiplot
unset output
