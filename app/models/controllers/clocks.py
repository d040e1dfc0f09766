"""Whose tempo is played, who is sent ours, and what Ableton Link is to us, as the window tells it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.control.clock_settings import LinkMode, is_named
from app.control.state import ControlState
from app.link.service import MISSING, LinkState
from app.midi.clock.clocks import ClockState
from app.midi.clock.outputs import ClockPortState, ClockPortStatus
from app.midi.state import MidiState
from app.sound.service import SoundState


class TempoSource(Enum):
    """Where the tempo comes from, as the tempo's field says it."""

    TAP = "TAP"
    MIDI = "MIDI"
    LINK = "LINK"
    AUDIO = "AUDIO"
    BOTH = "BOTH"


NO_OUTPUT: Final = "No MIDI output is there. Plug a device in at any time: it is listed by itself."
MIDI_OFF: Final = "MIDI is off (--midi none): no clock is heard, none is sent. Start Hardcut without it to use clocks."
_FOR_THIS_RUN: Final = "Chosen by --midi-clock-out for this run."
_HINDERED: Final = (ClockPortState.BUSY, ClockPortState.ABSENT)
_REMARKS: Final = {
    ClockPortState.OFF: "OFF",
    ClockPortState.WAITING: "ON, WAITING",
    ClockPortState.SENDING: "ON",
    ClockPortState.FOLLOWED: "NOT POSSIBLE",
    ClockPortState.BUSY: "ON, REFUSED",
    ClockPortState.ABSENT: "ON, ABSENT",
}


@dataclass(frozen=True, slots=True)
class Followed:
    """The clock in force: its kind, its name, what that means, whether that is trouble, and how sure a heard one is."""

    source: TempoSource = TempoSource.TAP
    title: str = "Tapped or typed here"
    sentence: str = "Space taps, T begins the bar, comma and point nudge."
    contested: bool = False
    sure: str = ""

    @property
    def label(self) -> str:
        """Whose tempo it is in one word, and how sure it is where that is in doubt."""
        return f"{self.source.value} {self.sure}".strip()


@dataclass(frozen=True, slots=True)
class ClockOutput:
    """One output that our clock can be sent to.

    Attributes:
        remark: on or off, in capitals; sentence: the state in words.
        chosen: the clock is to be sent there; possible: that can be switched here.
        sends: it is sent there now; hindered: it is to be, and cannot.
    """

    name: str
    remark: str
    sentence: str
    chosen: bool = False
    possible: bool = True
    sends: bool = False
    hindered: bool = False


@dataclass(frozen=True, slots=True)
class LinkView:
    """What Ableton Link is to us now.

    Attributes:
        mode: what it is, or is set to where it cannot be; modes: what can be chosen now.
        hindered: it is to be something, and cannot.
    """

    mode: LinkMode = LinkMode.OFF
    sentence: str = ""
    modes: tuple[LinkMode, ...] = ()
    hindered: bool = False


@dataclass(frozen=True, slots=True)
class ClockSnapshot:
    """Clocks at one moment.

    Attributes:
        hint: what to know where there are no outputs, "" where there are.
        trouble: why the settings could not be read or kept, a sentence; "" while all is well.
    """

    followed: Followed = Followed()
    outputs: tuple[ClockOutput, ...] = ()
    hint: str = NO_OUTPUT
    link: LinkView = LinkView()
    trouble: str = ""

    @property
    def sends(self) -> bool:
        """Somebody is sent our clock."""
        return any(output.sends for output in self.outputs)

    @property
    def hindered(self) -> bool:
        """Somebody is to be sent our clock, and is not."""
        return any(output.hindered for output in self.outputs)

    @property
    def troubled(self) -> bool:
        """Two set the tempo, or who should cannot."""
        return self.followed.contested or self.link.hindered

    @property
    def sentence(self) -> str:
        """Whose tempo it is, who is sent ours, and what is wrong, in words."""
        sent = ", ".join(output.name for output in self.outputs if output.sends)
        wrong = [f"{output.name}: {output.sentence}" for output in self.outputs if output.hindered]
        troubles = [self.link.sentence] if self.link.hindered else []
        parts = (f"{self.followed.title}.", f"Our clock goes to {sent}." if sent else "", *wrong, *troubles)
        return " ".join(filter(None, parts))


def clock_snapshot(
    front: ControlState, midi: MidiState | None, link: LinkState | None, sound: SoundState | None = None
) -> ClockSnapshot:
    """Clocks as the window shows them.

    Args:
        front: what is set.
        midi: None: MIDI is off.
        link: None: the extra for Ableton Link is not installed.
        sound: None: no sound can be heard in this run.
    """
    clock = midi.clock if midi is not None else ClockState()
    hint = MIDI_OFF if midi is None else midi.fault or NO_OUTPUT
    names = tuple(port.name for port in clock.ports)
    outputs = tuple(_output(port, is_named(port.name, clock.asked, names)) for port in clock.ports)
    shown = _link(front.clock.link, link)
    return ClockSnapshot(_followed(clock, link, sound), outputs, "" if outputs else hint, shown, front.clock_trouble)


def _followed(clock: ClockState, link: LinkState | None, sound: SoundState | None) -> Followed:
    linked = link is not None and link.mode is not LinkMode.OFF and link.peers > 0
    names = " and ".join(clock.followed)
    if linked and names:
        title, rivals = "Two clocks at once", f"The MIDI clock of {names} and Ableton Link"
        return Followed(TempoSource.BOTH, title, f"{rivals} both set the tempo: the newest wins. Stop one.", True)
    if len(clock.followed) > 1:
        title = f"{len(clock.followed)} MIDI clocks at once"
        return Followed(TempoSource.MIDI, title, f"{names} all set the tempo: the newest wins. Stop all but one.", True)
    if names:
        sentence = "Its tempo is ours; where its song starts, our bar begins."
        return Followed(TempoSource.MIDI, f"MIDI clock of {names}", sentence)
    if linked and link is not None:
        peers = f"{link.peers} peer{'s' * (link.peers > 1)}"
        ours = "; taps here set it for all." if link.mode is LinkMode.JOIN else "."
        return Followed(TempoSource.LINK, f"Ableton Link with {peers}", f"The session's tempo and bar are ours{ours}")
    if sound is not None and sound.leads:
        percent = round(10 * sound.confidence) * 10
        sentence = f"The beat of {sound.name} is ours, {percent} % sure. The Sound chip switches that off."
        doubt = f"{percent}" if percent < 100 else ""
        return Followed(TempoSource.AUDIO, "The beat that is heard", sentence, sure=doubt)
    return Followed()


def _output(port: ClockPortStatus, for_this_run: bool) -> ClockOutput:
    possible = not for_this_run and port.state is not ClockPortState.FOLLOWED
    words = port.words[0].upper() + port.words[1:]
    if for_this_run:
        plain = port.state in (ClockPortState.SENDING, ClockPortState.WAITING)
        words = _FOR_THIS_RUN if plain else f"{words} {_FOR_THIS_RUN}"
    return ClockOutput(
        port.name,
        _REMARKS[port.state],
        words,
        chosen=port.chosen,
        possible=possible,
        sends=port.state is ClockPortState.SENDING,
        hindered=port.state in _HINDERED,
    )


def _link(wanted: LinkMode, link: LinkState | None) -> LinkView:
    if link is None:
        wish = f"It is set to {wanted.value}, but needs" if wanted is not LinkMode.OFF else "It needs"
        sentence = f"{wish} an extra that is not installed. {MISSING}"
        hindered = wanted is not LinkMode.OFF
        return LinkView(wanted, sentence, (LinkMode.OFF,) if hindered else (), hindered)
    if link.fault:
        off = (LinkMode.OFF,) if wanted is not LinkMode.OFF else ()
        return LinkView(wanted, link.fault, off, hindered=True)
    return LinkView(link.mode, link.sentence, tuple(LinkMode))
