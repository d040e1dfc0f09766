"""The output process, and the ring that feeds it.

client       the engine's side: feeds, controls, replaces and ends the process
attaching    finds or starts a process, and becomes the engine that writes to it
link         one process, as long as it is ours
running      the processes that run on this machine
polling      waiting for what another process does
kept_connections   receivers' connections, held a moment longer than the process
keeper       notices that the process has died or hangs, and has another take its place
starting     a process from its start to its first word
inheritance  what a process leaves to the next: pictures, controls, epoch
rendezvous   how the two find each other
layout       the shared memory: what lies where
ring         frames from the engine to the process
controls     freeze, blackout, level, canvas, as words in that memory
status       what the process reports there
totals       what it has counted, over every process that took its place
settings     name, canvas, rate and wire format of an output
host         the process: `python -m engine.output.host`
loop         once per output frame: decide, draw, hand over, report
pacer        absolute deadlines
playout      which frame a tick shows
interpolation   pictures between generated pictures
programme    what is on air: last good picture, freeze, blackout, level
strobe_guard softens what flashes too fast
canvas       from the working picture to the pixels that go out
upscale      enlarging that keeps edges
colour       R'G'B' to Y'CbCr
sender       the thread that hands pictures to the sink
sinks        where they go
meters       sliding measurements
realtime     priority and timers
activity     keeps the system from slowing the process down
"""
