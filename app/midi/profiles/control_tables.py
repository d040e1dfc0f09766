"""Tables of controls in TOML: which controls, on which slots, how taken. Profiles and user bindings share them."""

from app.control.limits import BANKS
from app.control.macros import parse_span
from app.control.slots import Slot, parse_slots
from app.control.takeover import TakeoverMode
from app.control.toml_sections import Section
from app.midi.bindings import Binding, Encoding, Mode, usual_mode
from app.midi.control_ids import UNNUMBERED, ControlId, MessageKind


def parse_bindings(section: Section) -> list[Binding]:
    """The bindings of one table of controls; ControlError with file and key."""
    kinds = source_kinds(section)
    section.only(
        "slots", "channel", "mode", "encoding", "takeover", "bank", "low", "high", "invert", "curve",
        *(kind.value for kind in MessageKind),
    )  # fmt: skip
    slots = slots_of(section)
    if len(kinds) != 1:
        raise section.fault("cc", "or 'note' must be given, one of the two")
    kind = kinds[0]
    sources = sources_of(section, kind)
    if len(sources) != len(slots):
        raise section.fault(kind.value, f"holds {len(sources)} numbers for {len(slots)} slots")
    mode = section.one_of("mode", Mode)
    if mode is None and kind is MessageKind.NOTE and any(slot.continuous for slot in slots):
        raise section.fault("note", "cannot drive a knob or the level without a mode; use cc")
    return [
        Binding(
            source=source,
            slot=slot,
            mode=mode or usual_mode(kind, slot),
            span=parse_span(section),
            encoding=section.one_of("encoding", Encoding) or Encoding.TWOS_COMPLEMENT,
            takeover=section.one_of("takeover", TakeoverMode),
            bank=section.integer("bank", 1, BANKS),
        )
        for source, slot in zip(sources, slots, strict=True)
    ]


def slots_of(section: Section) -> list[Slot]:
    """What stands under "slots"."""
    slots: list[Slot] = []
    for text in section.texts("slots"):
        try:
            slots.extend(parse_slots(text))
        except ValueError as error:
            raise section.fault("slots", f"is wrong: {error}") from error
    return slots


def source_kinds(section: Section) -> list[MessageKind]:
    """The kinds of controls that a table names."""
    return [kind for kind in MessageKind if kind.value in section.table]


def sources_of(section: Section, kind: MessageKind) -> list[ControlId]:
    """The controls that stand under a kind, on the table's channel."""
    channel = section.integer("channel", 1, 16)
    if kind in UNNUMBERED:
        if not section.truth(kind.value):
            raise section.fault(kind.value, "must be true")
        return [ControlId(kind, 0, channel)]
    numbers = section.integers(kind.value)
    if kind is MessageKind.CC14 and any(number > 31 for number in numbers):
        raise section.fault(kind.value, "must hold whole numbers from 0 to 31; the fine half is 32 above")
    return [ControlId(kind, number, channel) for number in numbers]
