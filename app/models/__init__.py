"""Observable state without Qt: what the window shows, and what its gestures mean.

`signal`: how models are observed. `window_models`: all of them, fed by events. `console`: gestures as commands;
`undo`: the stack of edits; `visit`: how long those of a scene last; `pending`: asked for, not confirmed. `chain`,
`knobs`, `macros`, `pads`, `lists`, `tempo`, `transport`, `stats`: the state of each. `health`: how the show fares;
`slowness`: why it is slow; `quality`: how simplified the picture is; `figures`: the numbers behind that. `text`:
events and numbers in words; `log`: what happened, which line the strip shows, and for how long. `scene_edits`,
`knob_turns`, `binding_edits`: the edits of scenes, knobs and bindings. `prompt_edits`: those of the prompt and the
playlist. `output_gestures`: gestures on what goes out. `modulation`, `modulation_edits`: what moves knobs by itself,
and gestures on it; `modulator_settings`: what can be set of one modulator. `autopilot`: where it goes next. `keys`:
which key is which pad. `recording`: the session. `sinks`: where the output goes, and the film. `choices`: what was
chosen once. `map_choices`: what can make the control map. `screens`: where the output stands. `stall`: how well the
window keeps up. `addresses`: OSC addresses as a page. `engine_api`: what the window needs of the engine.
`controllers`: MIDI, OSC and clocks as the window sees them; `targets`, `control_labels`: what a control can be bound
to, and what it shows. `checkup`: the preflight; `weights`: the fetch of a model's.
"""
