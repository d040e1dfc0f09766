"""Registries: what there is of one kind, built in or added by other packages through Python entry points.

Each entry is a frozen description that is cheap to make; what it stands for is imported when it is built. The entry
point's name is the entry's id, its value names the entry itself:

    [project.entry-points."hardcut.sources"]
    bars = "hardcut_example.source:BARS"

A plug-in that cannot be imported, describes something else, or takes an id that is taken is left out and told as a
PluginFault; it never ends the program.
"""

import importlib.metadata
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Final, Generic, TypeVar

from engine.errors import EngineError, PluginError

_ID: Final = re.compile(r"[a-z][a-z0-9._-]*")


def runs_anywhere() -> str:
    """Return "": the hindrance of what can run on every machine."""
    return ""


def check_id(text: str) -> None:
    """Check an entry's id; PluginError if the text cannot be one."""
    if not _ID.fullmatch(text):
        remedy = "Write a small letter, then small letters, digits, dots and dashes."
        raise PluginError("This cannot be an id", where=text, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry describes of itself.

    Attributes:
        id: what is written to choose it: a small letter, then small letters, digits, ".", "_" and "-".
        label: its name for people.
        needs: what it needs besides the program, a clause without a full stop; "" for nothing.
        hindrance: looks whether it can run here; a sentence that says why not, or "". May import what it needs.

    Raises:
        PluginError: the id cannot be written.
    """

    id: str
    label: str
    needs: str = ""
    hindrance: Callable[[], str] = runs_anywhere

    def __post_init__(self) -> None:
        check_id(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressedEntry(Entry):
    """An entry that is written alone or with an address, as `id` or `id:address`.

    Attributes:
        forms: every way to write it, as help shows it: ("camera:N", "camera:URL"), or ("bars", "bars:SPEED").

    Raises:
        PluginError: a form does not begin with the id.
    """

    forms: tuple[str, ...]

    def __post_init__(self) -> None:
        Entry.__post_init__(self)
        if not self.forms or any(form.partition(":")[0] != self.id for form in self.forms):
            raise PluginError("Every form must begin with the id", where=f"{self.id}: {', '.join(self.forms)}")

    @property
    def takes_address(self) -> bool:
        return any(":" in form for form in self.forms)

    @property
    def needs_address(self) -> bool:
        return all(":" in form for form in self.forms)


E = TypeVar("E", bound=Entry, covariant=True)
A = TypeVar("A", bound=AddressedEntry)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Registered(Generic[E]):
    """An entry and where it is from: "NAME VERSION" of a distribution, "" where it is built in."""

    entry: E
    origin: str


@dataclass(frozen=True, slots=True)
class PluginFault:
    """A plug-in that is left out.

    Attributes:
        group: its entry point's group; entry: its name there.
        origin: "NAME VERSION" of its distribution.
        reason: what is wrong, a clause without a full stop.
    """

    group: str
    entry: str
    origin: str
    reason: str

    def __str__(self) -> str:
        return f"The plug-in {self.entry} of {self.origin} is left out ({self.group}): {self.reason}."


def installed_entry_points(group: str) -> Iterable[EntryPoint]:
    """Return a group's installed entry points; takes some milliseconds."""
    return importlib.metadata.entry_points(group=group)


def always_sound(_entry: Entry) -> None:
    """Accept every entry: the check of a kind whose entries need none once made."""


class Registry(Generic[E]):
    """Every entry of one kind, by id. Plug-ins are imported when something is asked for that is not built in, once.

    Args:
        kind: the class of the entries.
        group: the entry point group.
        builtin: what is built in, in order: a maker for each id. Asked each time, so it may change while running.
        check: raises EngineError where a plug-in's entry does not hold together.
        installed: finds the entry points of a group.
    """

    def __init__(
        self,
        kind: type[E],
        group: str,
        builtin: Callable[[], Mapping[str, Callable[[], E]]],
        *,
        check: Callable[[E], None] = always_sound,
        installed: Callable[[str], Iterable[EntryPoint]] = installed_entry_points,
    ) -> None:
        self.group = group
        self._kind = kind
        self._builtin = builtin
        self._check = check
        self._installed = installed
        self._loading = threading.RLock()  # a plug-in may ask for another while it is imported
        self._plugins: Mapping[str, Registered[E]] | None = None
        self._faults: tuple[PluginFault, ...] = ()

    def ids(self) -> tuple[str, ...]:
        """Return every id: the built-in ones in their order, then plug-ins by id."""
        return tuple(dict.fromkeys((*self._builtin(), *self._loaded())))

    def entries(self) -> tuple[Registered[E], ...]:
        """Return every entry, in the order of ids()."""
        builtin = {key: Registered(make(), "") for key, make in self._builtin().items()}
        return tuple({**self._loaded(), **builtin}[key] for key in dict.fromkeys((*builtin, *self._loaded())))

    def find(self, key: str) -> E | None:
        """Return the entry of an id, or None."""
        make = self._builtin().get(key)
        if make is not None:
            return make()
        found = self._loaded().get(key)
        return found.entry if found is not None else None

    def faults(self) -> tuple[PluginFault, ...]:
        """Return the plug-ins that were left out, and why."""
        self._loaded()
        return self._faults

    def _loaded(self) -> Mapping[str, Registered[E]]:
        with self._loading:
            if self._plugins is None:
                self._plugins, self._faults = self._load()
            return self._plugins

    def _load(self) -> tuple[Mapping[str, Registered[E]], tuple[PluginFault, ...]]:
        owners = dict.fromkeys(self._builtin(), "the program itself")
        plugins: dict[str, Registered[E]] = {}
        faults: list[PluginFault] = []
        points = sorted(self._installed(self.group), key=lambda point: (point.name, _origin(point)))
        for point in points:
            origin = _origin(point)
            try:
                if point.name in owners:
                    raise PluginError(f"{point.name} is taken by {owners[point.name]}")
                plugins[point.name] = Registered(self._entry(point), origin)
            except PluginError as error:
                faults.append(PluginFault(self.group, point.name, origin, str(error).removesuffix(".")))
            else:
                owners[point.name] = origin
        return plugins, tuple(faults)

    def _entry(self, point: EntryPoint) -> E:
        """Load one plug-in's entry; PluginError if it cannot be used."""
        try:
            entry: object = point.load()
            if not isinstance(entry, self._kind):
                raise PluginError(f"{point.value} is of {type(entry).__name__}, not of {self._kind.__name__}")
            if entry.id != point.name:
                raise PluginError(f"{point.value} describes {entry.id}")
            self._check(entry)
        except EngineError as error:
            raise PluginError(error.what, where=error.where, remedy=error.remedy) from error
        except (Exception, SystemExit) as error:
            raise PluginError(_describe(error)) from error
        return entry


def parse_addressed(registry: Registry[A], text: str, noun: str, fault: type[EngineError]) -> tuple[str, str]:
    """Read `id` or `id:address` as it is written on the command line; the id is not case-sensitive.

    Args:
        noun: what is read, as in "This is not a NOUN".

    Raises:
        EngineError: of the class `fault`: there is no such entry, or an address is missing or too much.
    """
    name, _, address = text.strip().partition(":")
    key, address = name.strip().casefold(), address.strip()
    entry = registry.find(key)
    if entry is None:
        forms = [form for one in registry.entries() for form in one.entry.forms]
        known = f"{', '.join(forms[:-1])} or {forms[-1]}" if len(forms) > 1 else "".join(forms)
        raise fault(f"This is not a {noun}", where=text, remedy=f"Write {known}.")
    if address and not entry.takes_address:
        raise fault(f"The {noun} {key} takes no address", where=text, remedy=f"Write just: {key}.")
    if not address and entry.needs_address:
        raise fault(f"The {noun} {key} needs an address", where=text, remedy=f"Write {' or '.join(entry.forms)}.")
    return key, address


def guarded(call: Callable[[], R], entry: Entry, fault: type[EngineError]) -> R:
    """Call code of an entry; what it raises is an EngineError afterwards, so that a plug-in's mistake is a sentence.

    Raises:
        EngineError: as the entry's code raised it, else one of the class `fault`.
    """
    try:
        return call()
    except EngineError:
        raise
    except Exception as error:
        raise fault(f"{entry.label} failed: {_describe(error)}", where=entry.id) from error


def hindrance_of(entry: Entry) -> str:
    """Return why an entry cannot run here, as a sentence; "" where it can."""
    try:
        return guarded(entry.hindrance, entry, PluginError)
    except EngineError as error:
        return str(error)


def _describe(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _origin(point: EntryPoint) -> str:
    dist = point.dist
    return f"{dist.name} {dist.version}" if dist is not None else "an unknown package"
