"""MIDI messages: their types, decode from bytes, control_values (what a control sent), activity (what it sent last)."""
