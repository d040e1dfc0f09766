"""`hardcut doctor` on Stream Decks: the extra, the system's library, and whether this account may use the decks."""

import importlib.metadata
from collections.abc import Callable, Iterator

from app.commands.doctor.finding import Finding, State
from app.decks import MISSING
from app.extras import streamdeck_installed
from app.streamdeck.system import DeckDeniedError, DeckError, DeckSystem
from app.streamdeck.usb import denied, plugged, remedy


def check_streamdeck() -> Iterator[Finding]:
    """Check the extra `streamdeck`, libhidapi and each deck."""
    if not streamdeck_installed():
        there = bool(plugged())
        text = "The extra for Stream Decks is not installed"
        if there:
            yield Finding(State.NOTE, f"{text}, and a device of their maker's is plugged in.", MISSING)
        else:
            yield Finding(State.OK, f"{text}.", MISSING)
        return
    from app.streamdeck.hid import open_system

    yield from check_decks(open_system, denied)


def check_decks(system: Callable[[], DeckSystem], denied: Callable[[], tuple[str, ...]]) -> Iterator[Finding]:
    """Check libhidapi and each deck, with the extra installed.

    Args:
        system: makes the way to the decks; denied: the files that this account may not use.
    """
    version = f"streamdeck {importlib.metadata.version('streamdeck')}"
    try:
        decks = system()
        there = decks.decks()
    except DeckError as error:
        yield Finding(State.NOTE, str(error))
        return
    if not there:
        nodes = denied()
        if nodes:
            text = f"{version}; this account may not use {', '.join(nodes)}, which may be a deck."
            yield Finding(State.NOTE, text, remedy())
        else:
            yield Finding(State.OK, f"{version}, no deck; one is picked up when it is plugged in.")
    for address in there:
        name = address.panel.name
        try:
            deck = decks.open(address, lambda _: None)
        except DeckDeniedError as error:
            yield Finding(State.PROBLEM, f"{name} may not be used by this account ({error.where}).", remedy())
            continue
        except DeckError:
            yield Finding(State.NOTE, f"{name} is in use, by Hardcut or by another program.", "Close the other one.")
            continue
        deck.close()
        yield Finding(State.OK, f"{version}, {name}, {address.panel.keys} keys.")
