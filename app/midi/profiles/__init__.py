"""What kinds of controller send, and how their lights are set: read from TOML, the program's and the user's.

library                   every profile at hand
profile                   one profile: its file's format, and which port it is for
control_tables, lights,
pictures                  its parts: what controls do, how lights are set, how the device looks
confidence                how sure its numbers are
"""
