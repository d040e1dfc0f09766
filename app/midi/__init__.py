"""MIDI controllers: ports that come and go, messages, profiles, bindings, lights and clock.

Bytes become messages (messages), messages become gestures on slots (interpreter, by the bindings of profiles and of the
user), gestures become commands and intents (control_surface); lights go back (feedback: which
state, and the blink of what waits; how a device writes it: profiles.lights). controller_manager keeps the
controllers, core does all of it without a thread, service is the thread hardcut-midi, state what it shows;
modulation takes the notes and the pressure that nothing is bound to.
ports: the MIDI system. clock: tempo from and to others. learning: what the user binds. control_ids: a control, named by
what it sends. bindings: what a control is bound to, as data.
"""
