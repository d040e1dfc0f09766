"""Which optional extras are installed; finding out imports nothing of them."""

import importlib.util


def link_installed() -> bool:
    """The package that Ableton Link needs is there."""
    return importlib.util.find_spec("aalink") is not None


def streamdeck_installed() -> bool:
    """The packages that Stream Decks need are there (the system's libhidapi is another matter)."""
    return all(importlib.util.find_spec(name) is not None for name in ("StreamDeck", "PIL"))
