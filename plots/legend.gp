# SPDX-License-Identifier: GPL-2.0-or-later
# The legend, below the data: legend_cols columns from legend_top px down,
# filled row by row. Takes the arrays legend (text), legend_colour,
# legend_dash (0: no line), legend_point (0: no point).
#
# Drawn by hand because gnuplot's key guesses the width of text in SVG.

legend_width = (width - 32.0) / legend_cols
do for [i = 1:|legend|] {
	legend_x = 16 + ((i - 1) % legend_cols) * legend_width
	legend_y = legend_top + ((i - 1) / legend_cols) * 20
	if (legend_dash[i] > 0) {
		set arrow 500 + 2 * i from screen X(legend_x), Y(legend_y) \
			to screen X(legend_x + 34), Y(legend_y) nohead \
			lc rgb legend_colour[i] lw 2 dt legend_dash[i]
		# gnuplot 5.4's SVG joins neighbours of one colour in a path
		# and forgets the second's dashes: nothing, in white, between.
		set arrow 501 + 2 * i from screen 0, 0 to screen 0, 0 nohead \
			lc rgb '#ffffff'
	}
	if (legend_point[i] > 0) {
		set label 600 + i '' at screen X(legend_x + 17), Y(legend_y) \
			point pt legend_point[i] ps 0.9 * dot \
			lc rgb legend_colour[i]
	}
	set label 700 + i legend[i] at screen X(legend_x + 42), Y(legend_y) \
		left noenhanced font font_small textcolor rgb ink
}
