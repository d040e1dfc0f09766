"""Bindings as data: what a control is bound to and how its values are taken. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from app.control.slots import SWITCHES, Slot, SlotKind
from app.control.spans import WHOLE, Span
from app.control.takeover import TakeoverMode
from app.midi.control_ids import ControlId, MessageKind


class Mode(Enum):
    """How the values of a control are taken."""

    ABSOLUTE = "absolute"  # the value is a position
    RELATIVE = "relative"  # the value is a number of steps
    TOGGLE = "toggle"  # each press goes to the other end
    MOMENTARY = "momentary"  # down is one end, up the other
    TRIGGER = "trigger"  # a press acts, the release does not


class Encoding(Enum):
    """How an endless encoder writes its steps into seven bits."""

    TWOS_COMPLEMENT = "twos_complement"  # 1, 2, … up; 127, 126, … down
    SIGNED_BIT = "signed_bit"  # 1, 2, … up; 65, 66, … down
    BINARY_OFFSET = "binary_offset"  # 65, 66, … up; 63, 62, … down

    def steps(self, value: int) -> int:
        """The signed number of steps in a value 0..127; fast turns send more than one."""
        match self:
            case Encoding.TWOS_COMPLEMENT:
                return value if value < 64 else value - 128
            case Encoding.SIGNED_BIT:
                return value if value < 64 else 64 - value
            case _:
                return value - 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One control bound to one slot.

    Attributes:
        span: which part of the target's travel it drives.
        encoding: of a relative control.
        takeover: how it meets a value it does not stand at; None: as the program is set.
        bank: 1..8, the controller's bank it belongs to; None: all.
    """

    source: ControlId
    slot: Slot
    mode: Mode
    span: Span = WHOLE
    encoding: Encoding = Encoding.TWOS_COMPLEMENT
    takeover: TakeoverMode | None = None
    bank: int | None = None

    def meets(self, other: "Binding") -> bool:
        """Both can be in force at once on the same control."""
        banks = {self.bank, other.bank}
        return self.source == other.source and (None in banks or len(banks) == 1)


def usual_mode(kind: MessageKind, slot: Slot) -> Mode:
    """How such a control is taken on such a slot unless told otherwise."""
    if slot.continuous:
        return Mode.TOGGLE if kind in (MessageKind.NOTE, MessageKind.PROGRAM) else Mode.ABSOLUTE
    return Mode.TOGGLE if slot.kind in SWITCHES else Mode.TRIGGER


def bound(source: ControlId, slot: Slot) -> Binding:
    """The usual binding of a control to a slot."""
    return Binding(source=source, slot=slot, mode=usual_mode(source.kind, slot))


@dataclass(frozen=True, slots=True)
class BindingMap:
    """Every binding of one controller, by control: the factory's, and over it the user's."""

    bindings: Mapping[ControlId, tuple[Binding, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def every(self) -> tuple[Binding, ...]:
        """All of them, control by control."""
        return tuple(binding for group in self.bindings.values() for binding in group)

    def of(self, kind: MessageKind, number: int, channel: int, bank: int = 1) -> tuple[Binding, ...]:
        """The bindings in force for what arrived; one channel goes before any channel."""
        group = self.bindings.get(ControlId(kind, number, channel)) or self.bindings.get(ControlId(kind, number), ())
        return tuple(binding for binding in group if binding.bank in (None, bank))

    def over(self, bindings: Iterable[Binding]) -> "BindingMap":
        """With the user's bindings: on each control they name they stand alone, and a pair stands for its halves."""
        theirs = grouped(bindings)
        halves = {
            ControlId(MessageKind.CC, source.number + half, channel)
            for source in theirs
            if source.kind is MessageKind.CC14
            for half in (0, 32)
            for channel in (source.channel, None)
        }
        standing = {source: group for source, group in self.bindings.items() if source not in halves}
        return BindingMap(MappingProxyType({**standing, **theirs}))


def grouped(bindings: Iterable[Binding]) -> dict[ControlId, tuple[Binding, ...]]:
    """Bindings by control, in their order."""
    groups: dict[ControlId, tuple[Binding, ...]] = {}
    for binding in bindings:
        groups[binding.source] = (*groups.get(binding.source, ()), binding)
    return groups


class Resolution(Enum):
    """What to do about a control that does something already."""

    REPLACE = "replace"
    KEEP_BOTH = "keep both"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A control was to be bound and is bound already. Whoever asked decides; nothing has changed."""

    wanted: Binding
    existing: tuple[Binding, ...]

    @property
    def sentence(self) -> str:
        """The question in words."""
        what = " and ".join(str(binding.slot) for binding in self.existing)
        return f"{self.wanted.source} already does {what}."


def find_conflict(layout: BindingMap, wanted: Binding) -> Conflict | None:
    """What stands in the way of a new binding; None: nothing, or the same target."""
    channel = wanted.source.channel
    group = [*layout.bindings.get(wanted.source, ())]
    if not group and channel is not None:
        group = [*layout.bindings.get(ControlId(wanted.source.kind, wanted.source.number), ())]
    standing = tuple(
        one
        for one in group
        if one.slot not in (wanted.slot, Slot(SlotKind.NONE))
        and (None in (one.bank, wanted.bank) or one.bank == wanted.bank)
    )
    return Conflict(wanted, standing) if standing else None


def settled(layout: BindingMap, wanted: Binding, resolution: Resolution) -> tuple[Binding, ...]:
    """What the control does after the decision: the whole group to write into the user's bindings."""
    source = wanted.source
    group = layout.bindings.get(source) or layout.bindings.get(ControlId(source.kind, source.number), ())
    if resolution is Resolution.CANCEL:
        return group
    others = [
        Binding(
            source=source,
            slot=one.slot,
            mode=one.mode,
            span=one.span,
            encoding=one.encoding,
            takeover=one.takeover,
            bank=one.bank,
        )
        for one in group
        if one.slot != wanted.slot
    ]
    if resolution is Resolution.REPLACE:
        # What belongs to other banks was not in the way and stays.
        others = [one for one in others if not one.meets(wanted)]
    return (*others, wanted)
