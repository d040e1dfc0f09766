"""Observable state without Qt: what the window shows, and what its gestures mean."""
