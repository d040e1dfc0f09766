"""The measurements, one module each: measure(bench) gives figures.

components   the parts of the chain by themselves
control      the control plane by itself
headless     the whole chain without a window
window       the same with the window
latency      NDI in to NDI out
cut          a pad pressed to the first frame of its scene
busy         the chain beside one other busy core, and whether it says so
arming       what armed pads cost, and gain
interpolation   pictures between generated pictures
conditioning   control maps: what each costs, and how near they come to the truth
audio        synthesised music, heard
sound_to_picture   a kick on a JACK server to the first picture that it changed; sound_parts: where the time goes
ranks        one of several processes that dream together is killed, or stopped
knob         a knob turned over OSC to the first picture of a model that it changed
changes      prompt, LoRA, knob and soft cut of a running model: until the output shows them, and their cost
loop         the whole show against its model alone, by turns
model        the model alone: memory over window slides, transfers of a chunk, power
sinks        several sinks at once, and switched
pictures     contact sheets of all scenes, and what can be counted in them
"""
