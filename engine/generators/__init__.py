"""Generators: what dreams the chunks.

base            their one interface
registry        the generators by name
torch_settings  what they set in torch for the whole process
field           the built-in one: no weights, any machine
wan             causal Wan 2.1 models
"""
