"""The output process and the ring that feeds it.

client, rendezvous             the engine's side; how the two processes find each other
ring, layout, controls, status the shared memory: pictures, what is asked, what is told
host, loop, pacer, playout     the process, and what each output frame shows
programme, canvas, colour      what is on air, drawn in the sink's format
sender, sinks                  the thread that hands pictures over, and where to
settings, meters               what an output is asked to be; figures of the last seconds
activity, realtime             what the system grants for meeting deadlines
"""
