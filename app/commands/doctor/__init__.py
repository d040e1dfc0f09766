"""`hardcut doctor`: is all well here?

command     its command line
checks      every check in its order, and how they are printed; a new one is a line in its table
finding     what one check finds, and what the program can do about it
stage       GPUs and room for the model, receivers, clocks, what the account may use
models      which Wan models run on the GPU, and about how fast
rehearsal   ten seconds of a show that goes nowhere, and its figures
window      the same for the window's page
extensions  plug-ins of other packages, profiles and cards of the user's own
streamdeck  decks, their library, who may use them
sound       sound inputs
link        the extra for Ableton Link
sharing     displays, the virtual camera, Spout and Syphon
network     the ports of OSC and DMX, and who may speak
"""
