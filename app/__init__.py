"""The Hardcut program: window, controllers, command line. All it knows of the engine are messages.

cli, arguments   the command line, and what it chose; options: how each is written, by subject
commands         doctor, midi, models, osc, replay, report
program          the composition: one engine, the controllers, one report
headless         performing without a window
views, widgets   the window and its hand-painted parts
bridge           the one crossing from the engine's threads to the window's
models           what the window shows, without Qt
control          what lies in front of the performer, and what every controller shares
show             the show as one thing: kept, opened, carried
midi, osc, streamdeck, link
                 the controllers; decks starts the Stream Decks where their extra is there
report, report_schema
                 what a performance measured, and the types of its file
log_file         the log of a run
settings, theme  where the window was, what was chosen once; how it looks
second_start     an output of that name is on air already
streams          standard output and error that may be lost
wakefulness      keeps display and machine awake while a window performs
inhibitor        the same without a window
display, extras  is there a screen; which optional extras are installed
amounts          bytes and how fast they come, for people
errors           the one base of what goes wrong here
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("hardcut")
except PackageNotFoundError:  # run from a folder that was never installed
    __version__ = "0+unknown"
