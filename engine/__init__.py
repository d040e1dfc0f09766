"""The Hardcut engine: sources, depth, generators, scheduling and output. It knows no window.

engine            the front door: starts and ends everything, takes commands, hands on events
configuration     what a performance begins with
listeners         those who hear the engine's events
wiring            rooms as the chunk loop sees them
monitor           the thread that measures, and keeps the output alive
memory_watch      whether memory grows short: said, and nothing large begun
generator_offers  which generators can be chosen, and what keeps the others from it
librarian         the thread that reads and writes the user's scenes and lists
output_controls   freeze, blackout, emergency, level and canvas, for the output process
map_input         a second source whose pictures are control maps
map_output        control maps as an NDI source of their own
emergency_clip    decodes the clip of an emergency ahead of time
reference_file    reads the picture that cuts begin with
loop              chunk after chunk: boundary, generation, publication, and what to do when it fails
session           recording a show, and playing it again
sources, preprocess, generators, scheduling, output, metrics    the rooms, which do not know each other
messages          commands, events and what they are made of
mailbox, priority what threads need
native_crash      what is left of a process that a library crashes
native_heap       what the C library keeps of freed memory
memory_left       how much memory is left, of the machine or of a control group
module_cache      where Python keeps compiled modules when it would keep none
device_turn       who may record a graph on the GPU, or wait for all of it; who went on without is told
repeats           holds floods of the same message back
model_files       files of weights, as cards of every kind name them
wholeness         whether files of weights are whole, by a glance
documents         small files of the user's, read within bounds
files, folders    replacing a file in one step; where this system keeps files
clock, errors     time, and what goes wrong in a sentence
backoff, ending   pauses before what failed is started again; threads that do not end
colour            which numbers stand for which colour, in and out
steps             work that pauses where it may be left
command_line      an argument parser with readable errors
registry, extensions   what other packages add
jit, kernels      loops compiled ahead for the CPU; all of them
"""
