"""Ableton Link, through the extra `link` (aalink, GPL version 3 or later, and therefore never installed unasked).

What is said and heard is decided in talk, which is pure; the thread hardcut-link owns the session (service).
"""
