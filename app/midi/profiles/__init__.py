"""Controller profiles: profile reads one, control_tables its bindings, lights how its LEDs are written, pictures how it
looks, confidence how sure all of that is.
"""
