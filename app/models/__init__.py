"""Observable state without Qt: what the window shows, and what its gestures mean.

window_models holds the models of the window's parts: chain, knobs and macros, pads, transport, tempo, lists, stats, and
text (the log, and words for people); console turns gestures into commands and intents, with undo. controllers: what the
window shows of them; targets and control_labels: what a control can be bound to, and what it shows. engine_api: what
is needed of the engine. addresses: the page of OSC. keys: pads on a keyboard. screens: where the output shows. stall:
how the window's thread keeps up. pending: a value not confirmed yet. signal: observers.
"""
