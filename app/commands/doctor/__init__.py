"""`hardcut doctor`.

checks       every check, in order
finding      what a check finds
streamdeck   Stream Decks: extra, library, permissions
link         Ableton Link: extra
"""
