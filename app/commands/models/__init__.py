"""`hardcut models`.

command     list and check
fetch       download with licence and size
window      the same as the window asks for it
convert     rewrite a file of weights
audition    play a model for long, with a table of how it drifts
drift       what is measured of its pictures
drift_plot  the same as a drawing
"""
