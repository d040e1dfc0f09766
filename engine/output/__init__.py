"""The output process, and the ring that feeds it.

client       the engine's side: feeds, queries, replaces and ends the process
steering     what is asked of it, kept for every process that takes its place
attaching    finds or starts a process, and becomes the engine that writes to it
link         one process, as long as it is ours
leader       whether the program that feeds an output gives signs of life
running      the processes that run on this machine
polling      waiting for what another process does
kept_connections   receivers' connections, held a moment longer than the process
keeper       notices that the process has died or hangs, and has another take its place
starting     a process from its start to its first word
inheritance  what a process leaves to the next: pictures, controls, epoch, emergency
rendezvous   how the two find each other
layout       the shared memory: what lies where
ring         frames from the engine to the process
emergency    what goes out while nothing comes, or while the performer asks for it
emergency_controls  what is asked of it, as a record in that memory
clip         pictures decoded ahead, for the emergency
controls     freeze, blackout, level, canvas, as words in that memory
status       what the process reports there
totals       what it has counted, over every process that took its place
settings     name, canvas, rate and sinks of an output
sink_records which sinks are wished for, and what they report, as records in that memory
host         the process: `python -m engine.output.host`
loop         once per output frame: decide, draw, hand over, report
pacer        absolute deadlines
playout      which frame a tick shows
interpolation   pictures between generated pictures
programme    what is on air: last good picture, freeze, blackout, level
strobe_guard softens what flashes too fast
canvas       from the working picture to the pixels that go out
alpha_canvas the same with the matte as its alpha
logo         a picture with alpha over all that goes out
logo_controls   what is asked of it, as a record in that memory
over         one picture with alpha over another, in each layout of pixels
upscale      enlarging that keeps edges
reshape      a picture of one format in the place of another's
colour       R'G'B' to Y'CbCr
drawings     the picture on air in each layout of pixels that a sink wants, drawn once
shared_images   pictures that a sink's process can map
sink_set     the sinks that are switched on, each with a thread of its own
sender       the thread that hands pictures to a sink
sinks        where they go
stills       what viewers see, as PNG files
encoders     which H.264 encoder works here, and keeps up
film         a film file that plays whenever it is cut off
naming       names of files that are written: dated, never over another
meters       sliding measurements
realtime     priority and timers
out_of_memory  who is ended first where memory runs out
activity     keeps the system from slowing the process down
"""
