"""Sessions: a show as a file, and its replay.

step       what the loop hands to the recorder for each chunk
recorder   writes a session while the show runs
records    the records of a session file
opening    the header: what decides whether a replay can be identical
inputs     frames and control maps, stored beside the session
qoi        frames as QOI
plain      frozen dataclasses to JSON and back
reader     reads a session up to its last whole record
replay     plays it again and compares
making     the generator that makes a session's chunks again
reframing  what a show saw, in another format
regrouping  a show made again in chunks of another length
film_plan  when each chunk is seen in a film, and where an unfinished one can go on
rendering  a session as a film at a constant rate, resumed where it was broken off
sinks      where a replay's pictures go
errors     what can be wrong with a session file

A show can be replayed because its chunks are functions of little: the commands with the three instants that the
boundary was given, the input frames and the control map that the chunk used, when it began, and the key of its noise.
The loop hands these over as references, one frozen `Step` a chunk; the session thread takes checksums (CRC-32 over
every byte of frames, map and pictures), stores the inputs if asked to, and appends one line of JSON, past every
buffer of the process. Records are never lost while the disk takes them; when it is too slow, pictures are let go,
counted and told. Replay drives the same scheduler and generator with what was recorded, without a clock, and compares
commit, inputs and pictures, so that a difference has a name. What acts in the output process (freeze, blackout,
level, canvas) is no part of it.

A replay tells what may make it differ: another version of the code, other weights (both stand in the header), and,
from the record right behind the header, each way in which it is computed otherwise here.
"""
