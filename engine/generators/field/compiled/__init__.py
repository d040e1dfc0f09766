"""The field in compiled loops on one CPU core: what a lattice can hold is computed there, and a row of the
picture is walked through once, from material to colour to feedback."""
