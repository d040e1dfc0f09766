"""The menus, in the window's one popover.

`menu` is their base. `show`: the mark's. One for each chip: `source`, `depth`, `generator`, `output`, `sound`,
`controllers`. The output's has pages: `output_page` is their base; `output_picture`, `output_mix`, `output_over` (logo,
emergency), `output_shape` (a display's corners).
`quality`: what the generator's adds on simpler pictures. `clocks`: the tempo's. `events`: the log. `pad`: a pad's
scene. `knob`: what moves a knob by itself; `modulator`: how one of them
does. `auto`: how the auto-pilot flies. `macros`: what a macro moves. `learn`:
learning a control. `targets`: what a control can be bound to. `weights`: fetching those of a model, in the generator's.
"""
