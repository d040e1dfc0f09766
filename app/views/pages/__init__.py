"""Pages that cover the window or a part of it: `help`, the keys; `steps`, the first ones; `osc`, the addresses;
`preflight`: is all well? `cover`: their bases.
"""
