"""The output process, the ring that feeds it, and the engine's side of both.

client      the engine's side: find or start the process, feed it, ask it, end it; owns canvas and rate
host        the process itself: its command line, its beginning and end
loop        once per output frame: decide, draw, hand over, report
pacer       when each frame is due, and the wait for it
playout     which frame each tick shows; pure
programme   what is on air: the last good picture, freeze, blackout, level
canvas      from the working picture to the pixels that go out
colour      R'G'B' to Y'CbCr
sender      the thread that hands pictures to the sink at their deadlines
sinks       where they go: NDI, or nowhere
ring        frames from the engine, pictures back
layout      the shared memory between the two
controls    what the engine may change while the output runs, as words in it
status      what the output tells about itself, as a record in it
rendezvous  how engine and output find each other
settings    what an output is asked to be
realtime    priority and fine timers
activity    keeping the system awake
meters      measurements over the last so many values
"""
