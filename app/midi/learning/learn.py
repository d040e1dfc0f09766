"""Learn: 300 ms of messages decide what a control is. A pure state machine; time is given to it.

Only what a hand can send counts: clock, active sensing and aftertouch are ignored, and so are the controls that were
learnt before in the same run, because they are often still moving.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from app.control.slots import Slot
from app.midi.bindings import Binding, Conflict, Encoding, Mode, usual_mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.messages.control_values import Sent, sent_by
from app.midi.messages.pairs import FINE
from app.midi.messages.types import Message, NoteOff
from engine.clock import NS_PER_MS

LISTEN_NS: Final = 300 * NS_PER_MS
"""From the first message on: long enough for an encoder to send several steps, short enough not to be waited for."""

BACK_NS: Final = 5_000 * NS_PER_MS
"""How long an encoder that was turned one way is waited for to be turned back; then the likelier encoding stands."""

MOST_STEPS: Final = 16
"""The most steps an encoder sends in one message; a knob's values go further."""


class LearnPhase(Enum):
    """Where learning stands."""

    OFF = "off"
    WAITING = "waiting"  # for a control to be moved
    LISTENING = "listening"
    ASKING = "asking"  # the control does something already: replace, keep both or cancel
    LEARNT = "learnt"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnState:
    """Where learning stands.

    Attributes:
        slot: what is learnt now, or was learnt last.
        left: slots of the run that follow.
        port: the controller that was heard.
        binding: what was learnt; None before.
        certain: False where turning the control both ways would settle its encoding.
        conflict: the question to answer, while asking.
    """

    phase: LearnPhase = LearnPhase.OFF
    slot: Slot | None = None
    left: int = 0
    port: str = ""
    binding: Binding | None = None
    certain: bool = True
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """What some messages of one control say it is.

    Attributes:
        certain: False where they fit another encoding as well; turning the control both ways settles it.
    """

    source: ControlId
    mode: Mode | None = None
    encoding: Encoding = Encoding.TWOS_COMPLEMENT
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Learning:
    """A run over some slots, one after another; each step makes a new one.

    Attributes:
        slots: what is still to be learnt, the next one first.
        heard: the messages of one port since the first.
        done: the controls learnt in this run.
        doubt: what was heard of an encoder that was turned one way only; it is to be turned back now.
        until_ns: how long that is waited for; 0: not known yet.
    """

    slots: tuple[Slot, ...]
    port: str = ""
    since_ns: int = 0
    heard: tuple[Message, ...] = ()
    done: tuple[tuple[str, ControlId], ...] = ()
    doubt: tuple[Message, ...] = ()
    until_ns: int = 0

    @property
    def slot(self) -> Slot:
        """What is learnt now."""
        return self.slots[0]

    @property
    def due_ns(self) -> int | None:
        """When it is decided; None before the first message."""
        return self.since_ns + LISTEN_NS if self.heard else None

    def after(self, port: str, message: Message, stamp_ns: int) -> "Learning":
        """Hear a message of a port."""
        sent = sent_by_hand(message)
        if sent is None or self._is_done(port, sent.source):
            return self
        if not self.heard:
            return replace(self, port=port, since_ns=stamp_ns, heard=(message,))
        return replace(self, heard=(*self.heard, message)) if port == self.port else self

    def found(self) -> Guess | None:
        """What the control is, from all that was heard of it; None if nothing was."""
        return guess((*self.doubt, *self.heard))

    def moves_on(self, message: Message) -> bool:
        """While an encoder is waited for, somebody moves another control."""
        sent, doubted = sent_by_hand(message), guess(self.doubt)
        return sent is not None and doubted is not None and sent.source != doubted.source

    def decided(self) -> Binding | None:
        """What the control is, as a binding to the slot; None if nothing was heard."""
        found = self.found()
        if found is None:
            return None
        mode = (
            found.mode if found.mode is not None and self.slot.continuous else usual_mode(found.source.kind, self.slot)
        )
        return Binding(source=found.source, slot=self.slot, mode=mode, encoding=found.encoding)

    def again(self) -> "Learning":
        """Listen anew for the same slot."""
        return replace(self, port="", since_ns=0, heard=(), doubt=(), until_ns=0)

    def back(self) -> "Learning":
        """Wait for the same control to be turned the other way."""
        return replace(self, since_ns=0, heard=(), doubt=(*self.doubt, *self.heard))

    def next(self, source: ControlId) -> "Learning | None":
        """Go on to the next slot after this control was learnt; None at the end of the run."""
        if len(self.slots) == 1:
            return None
        return Learning(self.slots[1:], done=(*self.done, (self.port, source)))

    def _is_done(self, port: str, source: ControlId) -> bool:
        others = {source}
        if source.kind is MessageKind.CC:
            others |= {replace(source, kind=MessageKind.CC14, number=number) for number in _pair_numbers(source.number)}
        return any(known == port and one in others for known, one in self.done)


_BY_HAND: Final = frozenset({MessageKind.CC, MessageKind.NOTE, MessageKind.BEND, MessageKind.PROGRAM})


def sent_by_hand(message: Message) -> Sent | None:
    """What a control sent, if a hand means it: not clock, aftertouch and releases."""
    sent = sent_by(message)
    if sent is None or sent.source.kind not in _BY_HAND or isinstance(message, NoteOff):
        return None
    return sent


def guess(messages: Sequence[Message]) -> Guess | None:
    """What the messages say: the control that spoke first among those that spoke most, and how it counts."""
    values: dict[ControlId, list[int]] = {}
    for message in messages:
        sent = sent_by_hand(message)
        if sent is not None:
            values.setdefault(sent.source, []).append(sent.value)
    if not values:
        return None
    notes = [source for source in values if source.kind is MessageKind.NOTE]
    if notes:  # a pad that sends a controller as well (its pressure) is a pad
        return Guess(notes[0])
    source = max(values, key=lambda one: len(values[one]))
    if source.kind is not MessageKind.CC:
        return Guess(source)
    coarse = _coarse_half(source, values)
    if coarse is not None:
        return Guess(replace(coarse, kind=MessageKind.CC14))
    encodings = encodings_of(values[source])
    if not encodings:
        return Guess(source)
    return Guess(source, Mode.RELATIVE, encodings[0], certain=len(encodings) == 1)


def encodings_of(values: Sequence[int]) -> tuple[Encoding, ...]:
    """The relative encodings that fit the values of one controller, the likeliest first; empty: a position.

    A knob's values wander and never repeat; an encoder's are small numbers of steps that do, or that stand on both
    sides of its centre. A button sends 0 and 127, which no encoder does.
    """
    if 0 in values or len(values) < 2:
        return ()
    repeats = any(one == next_one for one, next_one in itertools.pairwise(values))
    fits = [encoding for encoding in Encoding if all(1 <= abs(encoding.steps(value)) <= MOST_STEPS for value in values)]
    both = [encoding for encoding in fits if len({encoding.steps(value) > 0 for value in values}) == 2]
    apart = [encoding for encoding in both if _leaps(values) or repeats]
    if apart:
        return tuple(apart)
    if not repeats or (set(values) == {127} and len(values) < 3):
        return ()
    if all(value > 64 for value in values):  # up in binary offset before down in signed bit: hands begin upwards
        return tuple(sorted(fits, key=lambda encoding: encoding is not Encoding.BINARY_OFFSET))
    return tuple(fits)


def _leaps(values: Sequence[int]) -> bool:
    """A step between neighbours that no hand makes with a knob in one message interval."""
    return any(abs(one - other) > MOST_STEPS for one, other in itertools.pairwise(values))


def _pair_numbers(number: int) -> tuple[int, ...]:
    return (number,) if number < FINE else (number - FINE,) if number < 2 * FINE else ()


def _coarse_half(source: ControlId, values: dict[ControlId, list[int]]) -> ControlId | None:
    """The coarse controller of a 14-bit pair, if both halves moved."""
    for number in _pair_numbers(source.number):
        coarse = replace(source, number=number)
        if coarse in values and replace(source, number=number + FINE) in values:
            return coarse
    return None
