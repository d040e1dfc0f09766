"""Everything that needs a GPU, in one go: `python -m bench.gpu --to FOLDER`.

jobs     what is run: commands, each with what it is to reach
running  one after another, each in a process of its own
table    what came of it, as one table

`--rehearse` runs the same jobs with the tiny model, for a few minutes, on any machine: whether they run, not how fast.
"""
