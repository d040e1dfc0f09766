"""`hardcut midi`.

command         profiles, monitor, bench
user_bindings   export and import of what was learnt
"""
