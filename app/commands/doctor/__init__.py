"""`hardcut doctor`: is all well here?

checks      every check in its order, and how they are printed
finding     what one check finds
extensions  plug-ins of other packages, profiles and cards of the user's own
streamdeck  decks, their library, who may use them
sound       sound inputs
link        the extra for Ableton Link
sharing     displays, the virtual camera, Spout and Syphon
network     the ports of OSC and DMX, and who may speak
"""
