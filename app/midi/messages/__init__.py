"""MIDI messages: their types, decode from bytes, control_values (what a control sent), pairs (14 bits in two messages),
activity (what each control sent last)."""
