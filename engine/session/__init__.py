"""Sessions: a show is recorded by what was committed at each chunk boundary, and played again without a clock.

recorder  records while the show runs, on a thread of its own
step      what the chunk loop hands to it
records   what a session file is made of
plain     messages to JSON and back
opening   what a header is made of
inputs    what went into the chunks, in the file beside the session
reader    reads a session up to its last complete record
replay    plays it again and checks every chunk
sinks     where a replay's pictures go
errors    what can go wrong
"""
