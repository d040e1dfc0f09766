"""The output process, and the ring that feeds it.

client       the engine's side: finds or starts the process, feeds it, ends it
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
settings     name, canvas, rate and wire format of an output
host         the process: `python -m engine.output.host`
loop         once per output frame: decide, draw, hand over, report
pacer        absolute deadlines
playout      which frame a tick shows
programme    what is on air: last good picture, freeze, blackout, level
canvas       from the working picture to the pixels that go out
colour       R'G'B' to Y'CbCr
sender       the thread that hands pictures to the sink
sinks        where they go
meters       sliding measurements
realtime     priority and timers
activity     keeps the system from slowing the process down
"""
