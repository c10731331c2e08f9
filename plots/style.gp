# SPDX-License-Identifier: GPL-2.0-or-later
# What all pictures share: terminals, colours, frame, title, footer.
#
# `faultstat report` writes NAME.vars.gp beside NAME.dat. That file sets
#   plots_dir  this folder        name    file name of the picture, no suffix
#   kind       'svg' or 'png'     height  of the picture, in pixels
#   picture_title  the question   picture_subtitle  machine, kernel, n
#   picture_footer the command that repeats it
# and what the picture wants besides, then loads the picture's recipe from here
# once for each kind. Drawing it again by hand: gnuplot NAME.vars.gp
#
# Every string that comes from a result file arrives in a variable, written in
# single quotes, and is drawn as it is: noenhanced everywhere, no eval, no
# system().

reset
set encoding utf8
set datafile separator tab
set datafile commentschars '#'

# Sizes are pixels of the SVG. The PNG has twice the pixels, for screens that
# have them; its fonts are in points, 3/4 of a pixel each.
width = 1000
svg = kind eq 'svg'
face = svg ? 'DejaVu Sans, Verdana, Helvetica, Arial, sans-serif' : 'DejaVu Sans'
if (svg) {
	set terminal svg size width, height dynamic rounded noenhanced \
		font face.',12' background '#ffffff'
} else {
	set terminal pngcairo size 2 * width, 2 * height noenhanced rounded \
		font face.',12' fontscale 1.5 linewidth 2 pointscale 1.7 \
		background '#ffffff'
}
set output name.'.'.kind

# gnuplot's SVG knows no bold without markup in the text, and markup is what
# untrusted text must not have: faultstat makes text of 14 px and more bold.
font_title = svg ? ',17' : 'DejaVu Sans:Bold,17'
font_head = svg ? ',12' : 'DejaVu Sans,12'
font_small = ',11'
font_tiny = ',10'

# Pixels from the left and from the top, as screen coordinates.
X(px) = px / (1.0 * width)
Y(px) = 1 - px / (1.0 * height)

# The two terminals do not agree on how large a point is.
dot = svg ? 0.72 : 1

# Okabe and Ito: told apart by people who see fewer colours, and each with its
# own point, because paper and some eyes see none; black, olive and wine for the
# policies that they have no colours for. The order is that of
# `enum arm` in analysis/report.h.
array colour[9] = ['#0072B2', '#E69F00', '#CC79A7', '#009E73', '#D55E00', \
		   '#56B4E9', '#222222', '#999933', '#882255']
array point_filled[9] = [7, 5, 13, 9, 11, 15, 1, 2, 3]
array point_open[9] = [6, 4, 12, 8, 10, 14, 1, 2, 3]
ink = '#222222'
soft = '#5f6368'
rule = '#DDDDDD'
band = '#f1f1ee'

set border 3 lc rgb '#888888' lw 1
set tics out nomirror scale 0.5 textcolor rgb ink
set ytics noenhanced
set grid lt 1 lc rgb rule lw 0.8
set key off

set label 901 picture_title at screen X(16), Y(26) left noenhanced \
	font font_title textcolor rgb ink
set label 902 picture_subtitle at screen X(16), Y(50) left noenhanced \
	font font_small textcolor rgb soft
set label 903 picture_footer at screen X(16), Y(height - 14) left noenhanced \
	font font_tiny textcolor rgb soft
