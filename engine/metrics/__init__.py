"""Rates and counters."""
