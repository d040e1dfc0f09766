"""Windows beside the main one, and where they lie.

`screens`: the displays that are there; `displays`: which of them the output covers. `placing`: where the main window
was.
`replay`: a recorded session.
"""
