# SPDX-License-Identifier: GPL-2.0-or-later
# How much slower does a fault get beside an antagonist, under each lock?
#
# See: one group for each scenario and antagonist, one row for each lock. The
# point is the slowdown against the same cell without the antagonist, paired
# by block (Hodges-Lehmann estimate), the bar its 95 % interval, the numbers
# at the right the same in figures. 1 is "the antagonist costs nothing". Times
# under different locks are never set against each other in ns: entering the
# kernel from user mode costs more than a fault inside it, whatever the lock.
# A group whose rows keep apart, bars and all, is a difference of the locks.
#
# NAME.dat: row, arm, then estimate low high for each panel. Takes rows, heads,
# head_at[], head_text[], lines, line_at[], line_text[], panels, panel_text[],
# panel_low[], panel_high[], number1[], number2[], arms, arm_index[],
# arm_text[], left (px that the rows' names want).
#
# versus-LABEL is drawn by this recipe too: there the ratios are one label's
# times over another's, and each row is a cell.

load plots_dir.'/style.gp'

top = 100
bottom = height - 92
gap = 140
panel_width = (width - left - 16) / panels - gap
set yrange [rows + 0.6:0.4]
unset ytics
set border 1
set grid noytics
set logscale x 2
set errorbars 0
set tmargin at screen Y(top)
set bmargin at screen Y(bottom)

array legend[arms]
array legend_colour[arms]
array legend_dash[arms]
array legend_point[arms]
do for [i = 1:arms] {
	legend[i] = arm_text[i]
	legend_colour[i] = colour[arm_index[i]]
	legend_dash[i] = 1
	legend_point[i] = point_filled[arm_index[i]]
}
legend_cols = arms < 3 ? 3 : arms
legend_top = height - 40
load plots_dir.'/legend.gp'

set multiplot
do for [p = 1:panels] {
	x0 = left + (p - 1) * (panel_width + gap)
	set lmargin at screen X(x0)
	set rmargin at screen X(x0 + panel_width)
	set xrange [panel_low[p]:panel_high[p]]
	ratio = panel_high[p] / panel_low[p]
	set format x '%g×'
	if (ratio < 1.5) {
		set xtics (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4)
	} else { if (ratio < 2.6) {
		set xtics (0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5)
	} else { if (ratio < 6) {
		set xtics (0.25, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6)
	} else { if (ratio < 300) {
		set xtics 2
	} else {
		set xtics 4
	} } } }
	set label 800 panel_text[p] at screen X(x0), Y(top - 16) left \
		noenhanced font font_head textcolor rgb ink
	set arrow 801 from first 1, graph 0 to first 1, graph 1 nohead \
		lc rgb '#777777' lw 1.2 back
	# Bands that part the groups, over the grid, so that names are legible.
	band_from = p == 1 ? 12 : x0 - 12
	band_to = p == panels ? width - 12 : x0 + panel_width + gap - 12
	do for [i = 1:heads] {
		set object 4000 + i rectangle \
			from screen X(band_from), first head_at[i] - 0.5 \
			to screen X(band_to), first head_at[i] + 0.5 \
			front fillcolor rgb band fillstyle solid noborder
	}
	if (p == 1) {
		do for [i = 1:heads] {
			set label 1000 + i head_text[i] \
				at screen X(18), first head_at[i] left front \
				noenhanced font font_head textcolor rgb ink
		}
		do for [i = 1:lines] {
			set label 2000 + i line_text[i] \
				at screen X(32), first line_at[i] left \
				noenhanced font font_small textcolor rgb soft
		}
	}
	do for [i = 1:lines] {
		number = p == 1 ? number1[i] : number2[i]
		set label 3000 + i number \
			at screen X(x0 + panel_width + 10), first line_at[i] \
			left noenhanced font font_small textcolor rgb ink
	}
	plot for [i = 1:arms] name.'.dat' \
		using ($2 == arm_index[i] ? column(3 * p) : NaN) \
		:1:(column(3 * p + 1)):(column(3 * p + 2)) \
		with xerrorbars pt 0 lw 2 lc rgb colour[arm_index[i]], \
	     for [i = 1:arms] name.'.dat' \
		using ($2 == arm_index[i] ? column(3 * p) : NaN):1 \
		with points pt point_filled[arm_index[i]] ps 1.1 * dot \
		lc rgb colour[arm_index[i]]
	unset label
	unset arrow
	unset object
}
unset multiplot
unset output
