"""Stream Decks: keys become commands, the show becomes pictures on the keys.

What lies on which key is data (panel), what each key should show is computed from the show (stage, faces), drawn
(draw) and sent where it differs (screen, desk); the hardcut-streamdeck thread owns the devices (service). The devices
themselves are reached through the package `streamdeck` (hid), an optional extra.
"""
