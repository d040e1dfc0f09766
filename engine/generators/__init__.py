"""Generators: what dreams the chunks. `base` is their one interface."""
