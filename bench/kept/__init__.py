"""`hardcut bench --kept FILE`: the last figures that were kept, and what has fallen since.

`store` reads and writes the file, `compare` names what fell. two-cores.json holds those of a small machine, with which
`.ci/run` compares.
"""
