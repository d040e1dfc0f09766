"""The parts of the window, painted by hand. They know models, no engine.

`control` is their base; `tall_list`, of lists with lines as tall as their words; `track_row`, of rows that are
dragged; `icons`: signs drawn by hand, `mark`: the program's. `chip`: a stage. `keys`: keys, rows of keys. `knob`,
`pad`, `panels` (lamp, now, tempo, fader, stepper), `lists`: what hands play. `meters`: how the show fares, rates,
figures, words. `pictures`: programme, thumbnails, what scenes look like. `popover`: the panel of choices. `fields`:
places to type in. `span`: a part of a range; `track`: a parameter as a row; `depth`: how far a modulator goes;
`amount`: a number of it; `levels`: levels that a hand draws.
`address_list`: OSC addresses. `event_list`: the log. `drop_hint`: what a dragged file would become. `device_picture`,
`device_parts`, `controller_tabs`: controllers as they look. `corners`: of a
picture on a display. `check_list`: findings of the preflight. `progress`: how far a long piece of work is.
"""
