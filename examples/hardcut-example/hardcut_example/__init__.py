"""A generator, a source and a sink for Hardcut, each in a module with its entry.

echo     the generator: the input with trails, in a colour
bars     the source: bars that move
stills   the sink: one picture a second, into files
scenes   the generator's scenes
"""
