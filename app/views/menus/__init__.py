"""The menus, in the window's one popover.

`menu` is their base. `show`: the mark's. One for each chip: `source`, `depth`, `generator`, `output`, `sound`,
`controllers`.
`quality`: what the generator's adds on simpler pictures. `clocks`: the tempo's. `events`: the log. `pad`: a pad's
scene. `knob`: what moves a knob by itself; `modulator`: how one of them
does. `auto`: how the auto-pilot flies. `macros`: what a macro moves. `learn`:
learning a control. `targets`: what a control can be bound to.
"""
