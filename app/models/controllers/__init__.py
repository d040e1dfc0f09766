"""The controllers as the window sees them: api is what it needs of them, feed makes that of the services.

devices: each controller as it is drawn, with picture for what nobody has drawn. clocks: whose tempo is played. dmx: who
sends DMX, and what its channels play. panel: the panel of bindings. edit: changes of a binding.
"""
