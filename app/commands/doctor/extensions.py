"""`hardcut doctor` on what can be added: plug-ins of other packages, and the user's own profiles and cards."""

from collections.abc import Iterator
from typing import Final

from app.commands.doctor.finding import Finding, State
from app.midi.profiles.library import known_profiles
from engine.extensions import REGISTRIES
from engine.folders import cards_folder, profiles_folder
from engine.generators.registry import card_faults
from engine.generators.wan.card_library import load_cards
from engine.registry import Entry, Registry, hindrance_of

_FETCHED: Final = "hardcut models fetch"


def check_plugins() -> Iterator[Finding]:
    """List what is registered and from where, what cannot run here and why, and what was left out."""
    for kind, registry in REGISTRIES.items():
        yield from _check_registry(kind, registry)


def _check_registry(kind: str, registry: Registry[Entry]) -> Iterator[Finding]:
    entries = registry.entries()
    names = [f"{one.entry.id} ({one.origin})" if one.origin else one.entry.id for one in entries]
    yield Finding(State.OK, f"{kind}: {', '.join(names)}.")
    hindered = [(one, why) for one in entries if (why := hindrance_of(one.entry))]
    built_in = [(one.entry.id, why) for one, why in hindered if not one.origin]
    if others := [f"{name}: {why}" for name, why in built_in if _FETCHED not in why]:
        yield Finding(State.OK, f"Not here: {' '.join(others)}")
    if fetched := [name for name, why in built_in if _FETCHED in why]:
        yield Finding(State.OK, f"Weights to be fetched, as hardcut models list shows: {', '.join(fetched)}.")
    for one, why in hindered:
        if one.origin:
            needs = f"It needs {one.entry.needs}." if one.entry.needs else ""
            yield Finding(State.NOTE, f"{one.entry.id} of {one.origin} cannot run here: {why}", needs)
    for fault in registry.faults():
        yield Finding(State.NOTE, str(fault), f"Mend it, or uninstall {fault.origin.partition(' ')[0]}.")


def check_user_files() -> Iterator[Finding]:
    """Controller profiles and model cards of the user's own."""
    profiles, cards = known_profiles(), load_cards()
    for kind, own, folder in (
        ("controller profiles", profiles.own, profiles_folder()),
        ("model cards", cards.own, cards_folder()),
    ):
        listed = ", ".join(own) or "none"
        yield Finding(State.OK, f"Your own {kind} in {folder}: {listed}.")
    for fault in (*profiles.faults, *card_faults()):
        yield Finding(State.NOTE, str(fault), "The file is left out until it is put right.")
