"""Pages that cover the window or a part of it: `help`, the keys; `osc`, the addresses; `preflight`: is all well?"""
