"""Generators: what dreams the chunks.

base       the interface of a generator
registry   the generators by name
field      the built-in neural field, no weights
wan        the causal Wan 2.1 models
"""
