"""Processes of their own that stand where other programs would, and those that measure in a process of their own.

sender, receiver   NDI
drummer            kicks over JACK
burner             another program that keeps a core busy
controller         pads over a MIDI system
parts              times the parts of the chain; mixing: those that mix input and dream
control            fills the control plane
modulation         what 64 modulators cost a frame
random_card        writes a model card with random weights; random_style: a LoRA beside them
arming             plays a show with armed pads and without
knob               turns a knob over OSC
changes            changes a show, and sees when its output does
loop               plays a model in a show and alone, by turns
model              makes a model's chunks at full speed
sinks              plays a show on several sinks, and switches them
interpolation      makes frames that were left out of the stage
conditioning       makes control maps of the stage
estimators         estimators that sleep or give nothing, as a plug-in
pictures           plays every scene, counts, and writes contact sheets

    ways   CPU time a frame of the built-in stage and the depth from image cues: as compiled loops, and by
           OpenCV and numpy

    field_launches   times the built-in generator on a GPU: one replayed graph a frame against
                     plain launches, by turns

    learned_depth    times learned depth with random weights, alone and beside a generator;
                     random_depth writes those weights

    products         times the Wan models' products in fp8 on a GPU: halved tiles, whole tiles, torch's
"""
