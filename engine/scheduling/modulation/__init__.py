"""Modulation: what moves parameters by itself, evaluated once a frame in content time. Pure and seeded.

shapes       the signals of oscillators and step sequences, as functions of a position in rounds
sources      every source of a set as arrays: signals of a chunk's frames, and the state that they carry
oscillators  those of the sources that are oscillators, worked out together
beat_clock   beats counted in content time, drawn towards those of the tempo
arrangement  modulators in their places as arrays: sources, and which parameters each of them moves
rack         the modulators in force: fades and depths; from signals to values per frame
player       the rack through scenes, commands and boundaries
patch        what is set where, and the commands that set it

A chunk
-------
At a boundary the rack gives, for every parameter that moves, one value per frame of the chunk that follows: the base
(which glides as if nothing modulated it) plus depth times signal, in a control's travel, clamped to the range. A
parameter that nothing moves in this chunk has no values of its own: without sound a scene that only follows sound is
generated exactly as if it had no modulation.

State (followers, envelopes, fades, the beat) is a function of content time and of what was recorded at boundaries:
commands, features of the sound, the tempo. It is advanced only once the chunk it was made for has been generated: a
chunk given up for a cut leaves no trace.

Fades. Modulators come and go over FADE_NS, those of a soft cut over its length; depths move within a chunk. So nothing
here makes a parameter jump, and nothing resets a cache.

Openings. The chunk that opens an epoch is generated from the bare values of its scene; modulation fades in behind it.
So an opening that was prepared is the one that would be made now, whatever the sound or the beat do: scenes with
modulation are armed, and cut to at once, like any other. Envelopes triggered by the cut start with it.
"""
