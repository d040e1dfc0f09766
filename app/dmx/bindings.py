"""What each channel plays, and its file, dmx.toml.

listen = "192.168.1.30"            # where to listen from the next start on; without it, only with --dmx
allow = ["192.168.1.40"]           # who on the network may play the show, besides --dmx-allow
universes = [1, 2]                 # of sACN's multicast, besides those bound below
[[channel]]
universe = 1
channel = 12
bits = 16                          # with the channel behind it as the fine half; 8 is usual
slot = "parameter:field.hue"       # as in the files of MIDI controllers
low = 0.25                         # low, high, invert and curve as there
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import tomli_w

from app.control.allowed import NOBODY, Allowed, parse_allowed
from app.control.macros import parse_span, span_table
from app.control.settings_folder import UNSAVED
from app.control.slots import Slot, parse_slots
from app.control.spans import WHOLE, Span
from app.control.toml_sections import Section
from app.dmx.packets import CHANNELS
from app.errors import ControlError
from engine.documents import is_missing, read_toml
from engine.files import FileKind, save_file

DMX_FILE: Final = FileKind("file of DMX channels", ControlError, unsaved=UNSAVED)
HIGHEST_UNIVERSE: Final = 63_999


@dataclass(frozen=True, slots=True)
class DmxControl:
    """A channel from 1, or two: fine, with the one behind it as the lower half of sixteen bits."""

    universe: int
    channel: int
    fine: bool = False

    def level(self, data: bytes) -> float | None:
        """Where it stands in a universe's levels, 0..1; None where they end before it."""
        if self.channel + self.fine > len(data):
            return None
        if not self.fine:
            return data[self.channel - 1] / 255
        return int.from_bytes(data[self.channel - 1 : self.channel + 1], "big") / 65535

    def __str__(self) -> str:
        fine = f"/{self.channel + 1}" if self.fine else ""
        return f"DMX {self.universe}.{self.channel}{fine}"


@dataclass(frozen=True, slots=True)
class DmxBinding:
    """A control bound to a slot; span: which part of the target's travel it drives."""

    control: DmxControl
    slot: Slot
    span: Span = WHOLE


@dataclass(frozen=True, slots=True)
class DmxSettings:
    """What the user has set.

    Attributes:
        listen: host to listen on; "" where only the command line says so.
        universes: of sACN's multicast that are joined besides those that are bound.
        allowed: who may speak from the network.
    """

    bindings: tuple[DmxBinding, ...] = ()
    listen: str = ""
    universes: tuple[int, ...] = ()
    allowed: Allowed = NOBODY

    @property
    def joined(self) -> tuple[int, ...]:
        """The universes of sACN's multicast to join; the first where nothing is bound or named yet."""
        bound = {one.control.universe for one in self.bindings if one.control.universe}
        return tuple(sorted(bound | set(self.universes))) or (1,)

    def with_binding(self, binding: DmxBinding) -> "DmxSettings":
        """The settings in which a control does this, and none of its channels anything else."""
        ours = _channels(binding.control)
        kept = tuple(one for one in self.bindings if not ours & _channels(one.control))
        return replace(self, bindings=(*kept, binding))

    def without_slot(self, slot: Slot) -> "DmxSettings":
        """The settings in which nothing is bound to a slot."""
        return replace(self, bindings=tuple(one for one in self.bindings if one.slot != slot))


def _channels(control: DmxControl) -> set[tuple[int, int]]:
    return {(control.universe, control.channel + half) for half in range(1 + control.fine)}


def parse_settings(document: Mapping[str, object], where: str) -> DmxSettings:
    """Settings from their TOML document; ControlError with file and key."""
    top = Section(document, where, "")
    top.only("listen", "allow", "universes", "channel")
    universes = document.get("universes", [])
    if not isinstance(universes, list) or not all(_is_universe(one) for one in universes):
        raise top.fault("universes", f"must be a list of whole numbers from 1 to {HIGHEST_UNIVERSE}")
    try:
        allowed = parse_allowed(top.texts("allow")) if "allow" in document else NOBODY
    except ControlError as error:
        if error.where:
            raise
        raise ControlError(error.what, where=where, remedy=error.remedy) from error
    bindings = tuple(_binding(section) for section in top.sections("channel"))
    return DmxSettings(bindings, top.text("listen") if "listen" in document else "", tuple(universes), allowed)


def _is_universe(one: object) -> bool:
    return isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= HIGHEST_UNIVERSE


def _binding(section: Section) -> DmxBinding:
    section.only("universe", "channel", "bits", "slot", "low", "high", "invert", "curve")
    bits = section.integer("bits", 8, 16) or 8
    if bits not in (8, 16):
        raise section.fault("bits", "must be 8 or 16")
    universe = section.integer("universe", 0, HIGHEST_UNIVERSE)
    channel = section.integer("channel", 1, CHANNELS - (bits == 16))
    if universe is None or channel is None:
        raise section.fault("channel", "and its universe must be there")
    try:
        slots = parse_slots(section.text("slot"))
    except ValueError as error:
        raise section.fault("slot", f"is wrong: {error}") from error
    if len(slots) != 1:
        raise section.fault("slot", "must be one slot")
    return DmxBinding(DmxControl(universe, channel, bits == 16), slots[0], parse_span(section))


def settings_document(settings: DmxSettings) -> dict[str, object]:
    """Settings as TOML; only what differs from the usual."""
    document: dict[str, object] = {}
    if settings.listen:
        document["listen"] = settings.listen
    if settings.allowed.networks:
        document["allow"] = list(settings.allowed.texts)
    if settings.universes:
        document["universes"] = list(settings.universes)
    channels = [dict(_rows(one)) for one in settings.bindings]
    return {**document, **({"channel": channels} if channels else {})}


def _rows(binding: DmxBinding) -> Iterable[tuple[str, object]]:
    yield "universe", binding.control.universe
    yield "channel", binding.control.channel
    if binding.control.fine:
        yield "bits", 16
    yield "slot", str(binding.slot)
    yield from span_table(binding.span).items()


def load_settings(file: Path) -> DmxSettings:
    """What the user has set, nothing where there is no file; ControlError if it is damaged."""
    return DmxSettings() if is_missing(file) else parse_settings(read_toml(file, DMX_FILE), file.name)


def save_settings(file: Path, settings: DmxSettings) -> None:
    """Keep what is set; ControlError if it cannot be written."""
    save_file(file, tomli_w.dumps(settings_document(settings)), DMX_FILE)
