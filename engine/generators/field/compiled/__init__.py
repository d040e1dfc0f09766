"""The field in compiled loops on one CPU core: what a lattice can hold is computed there, and a row of the
picture is walked through once, from material to colour to feedback.

    arithmetic   small functions that the loops are built of. All of them can be run by the interpreter
                 too
    check        holds the machine code of the loops against the same loops run by the interpreter
    forms        the lattice stage as a loop: from the input on the lattice to the sheet that the
                 picture is read from
    library      the field's compiled loops
    painter      paints with compiled loops on one core, without torch
    rows         what is done to one row of the picture, one small loop after the other; the row stays
                 in the first-level cache
    weights      the numbers that the loops read, in one vector, by name: what the head's formula has
                 for constants of a frame
"""
