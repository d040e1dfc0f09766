"""Benchmarks: they measure and tell, and assert nothing.

command            `hardcut bench`: measures, tells, compares
options            its command line, and the list of measurements
against            another revision beside this one, by turns
kept               the last figures that were kept, and what fell since
measures           the measurements, one module each
midi, osc          `hardcut midi bench`, `hardcut osc bench`
wan                `hardcut bench --generator wan-…`
gpu                everything that needs a GPU in one go: `python -m bench.gpu`
audio              synthesised music, and how well it is heard
probes             processes that stand where other programs would
document           the schema of the JSON line
random_model       a model card with random weights, for the program to play
context            one performance of the real program, in a place and network of the bench's own
figures            figures against their goals, tables of them, and a table for people
picture_measures   what can be counted in pictures
harness            processes, network namespace, virtual screen, MIDI system, load of others
reading            the program's report, and arithmetic on it
"""
