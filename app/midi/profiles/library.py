"""Every controller profile at hand: the user's, then the factory's that they do not replace."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from app.errors import ControlError
from app.midi.profiles.profile import Profile, factory_profiles, load_profile
from engine.folders import profiles_folder


@dataclass(frozen=True, slots=True)
class ProfileLibrary:
    """Profiles in the order in which ports are matched against them; those for every port stand last.

    Attributes:
        own: the user's files that are in use, by the profile's name.
        faults: one error for each file of the user's that is left out.
    """

    profiles: tuple[Profile, ...]
    own: Mapping[str, Path]
    faults: tuple[ControlError, ...]

    def named(self, name: str) -> Profile | None:
        """The profile of this name."""
        return next((profile for profile in self.profiles if profile.name == name), None)


def known_profiles() -> ProfileLibrary:
    """The library of this user; read once, so that a file that is changed counts from the next start."""
    return _read_once(profiles_folder())


def profiles_again() -> ProfileLibrary:
    """The library of this user as its files are now; known_profiles holds it from here on."""
    _read_once.cache_clear()
    return known_profiles()


def read_library(folder: Path) -> ProfileLibrary:
    """The factory's profiles and those in a folder (*.toml), which need not be there.

    A file that cannot be used is left out and told in `faults`; one with the name of a factory profile takes its
    place.
    """
    found: dict[str, Profile] = {}
    own: dict[str, Path] = {}
    faults: list[ControlError] = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            profile = load_profile(path)
        except ControlError as error:
            faults.append(error)
            continue
        if profile.name in found:
            text = f"{profile.name} is described by {own[profile.name].name} already"
            faults.append(ControlError(text, where=path.name, remedy="Remove one of the two."))
            continue
        found[profile.name], own[profile.name] = profile, path
    for profile in factory_profiles():
        found.setdefault(profile.name, profile)
    ordered = sorted(found.values(), key=lambda profile: not profile.match)
    return ProfileLibrary(tuple(ordered), MappingProxyType(own), tuple(faults))


_read_once = cache(read_library)
