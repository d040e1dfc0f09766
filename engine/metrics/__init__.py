"""Rates, quantiles, memory and the machine: figures as pure functions of what they are told."""
