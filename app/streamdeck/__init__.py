"""Stream Decks: keys become commands and intents, the show becomes pictures on the keys.

What lies on which key is data (panel); surface decides what a touch asks, and key_images what each key should show,
from the show and what lies in front. A face is drawn (draw, with scene_pictures) and sent where it differs (screen).
core does all of it without a thread; service is the thread hardcut-streamdeck. The devices are behind system; hid
reaches them through the package `streamdeck`, an optional extra, and usb tells which may not be opened.
"""
