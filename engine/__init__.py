"""The Hardcut engine: sources, depth, generators, scheduling and output. It knows no window.

engine            the front door: start, stop, post, subscribe
loop              the chunk loop and its supervisor
scheduling        when things change
sources, preprocess, generators, output
                  the way of a picture
messages          what all of them share
session           recording and replay
output_controls   what acts at the next output frame
monitor           the thread that reports figures
librarian         the thread that reads and writes scenes, playlists and cue lists
metrics           rates, quantiles, memory, machine
mailbox, clock, errors, priority, repeats
                  how threads meet, time, faults, giving way to the output, and how often the same is said
"""
