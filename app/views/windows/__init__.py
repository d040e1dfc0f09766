"""Windows beside the main one, and where they lie.

`output`: what viewers see, on a display of its own; `displays`: which one. `placing`: where the main window was.
`replay`: a recorded session.
"""
