"""Sessions: a show as a file, and its replay.

step       what the loop hands to the recorder for each chunk
recorder   writes a session while the show runs
records    the records of a session file
opening    the header: what decides whether a replay can be identical
inputs     frames and control maps, stored beside the session
plain      frozen dataclasses to JSON and back
reader     reads a session up to its last whole record
replay     plays it again and compares
sinks      where a replay's pictures go
errors     what can be wrong with a session file
"""
