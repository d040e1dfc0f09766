"""The window: its views observe the models and turn gestures into calls of the console.

`app` opens it and runs it to its end. `main_window` puts it together. `keyboard`: which key does what. `overlays`:
what lies over the surface, one thing at a time. `performance_view`: the surface, made of `sections`. `menus`,
`pages`, `controllers`, `windows`: what is opened. `geometry`: where everything lies. `labels`: models in words and
colours. `file_chooser`: asks for a file. `learnables`: what can be learnt where. `requests`: what parts ask to be
opened. `shell`: what stands on the screen while the program is loaded.
"""
