"""`hardcut bench --against REVISION`: another commit of the program and this one, measured by turns.

`revision` clones it and finds a Python with its pins; `turns` drives both through their command lines and puts their
figures side by side.
"""
