"""`hardcut doctor`: is all well here?

command     its command line
checks      every check in its order, and how they are printed; a new one is a line in its table
finding     what one check finds, and what the program can do about it
mending     what the program can do by itself, on the window's page
stage       GPUs and room for the model, receivers, clocks, what the account may use
models      which Wan models run on the GPU, and about how fast
planned     the show that a start would play, what is asked of it, and what is left alone while one is live
rehearsal   ten seconds of that show by an engine of its own, which go nowhere
live        the show that is live in this process, by what it says of itself
judgement   the figures of ten seconds, judged
window      the checks of the window's page
extensions  plug-ins of other packages, profiles and cards of the user's own
streamdeck  decks, their library, who may use them
sound       sound inputs
link        the extra for Ableton Link
sharing     displays, the virtual camera, Spout and Syphon
network     the ports of OSC and DMX, and who may speak
"""
