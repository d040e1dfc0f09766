"""The osc thread's work without the thread: messages in, commands, intents and answers out."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.control.intents import (
    Intent,
    MoveMacro,
    PlayPrompt,
    PlayScene,
    PressPad,
    Recall,
    SetAuto,
    SetLaunch,
    SetModulation,
    SetMorphSeconds,
    SetSoft,
    StepPrompts,
    TuneAuto,
    WritePrompt,
)
from app.control.state import ControlState
from app.osc.address_kinds import Kind, OscAddress
from app.osc.addresses import AUTOMATIC, ROOT, AddressBook, travel_path
from app.osc.displays import DISPLAY_ROOT, asked_of_display
from app.osc.packets import Argument, Message, OscError
from app.osc.values import AddressValues
from engine.messages.alpha import AlphaOut
from engine.messages.autopilot import AutoPilotTime, AutoPilotWay
from engine.messages.commands import (
    CancelQueued,
    Command,
    Origin,
    Panic,
    Resync,
    SelectFormat,
    SetParameter,
    SetTempo,
    StoreSnapshot,
    Tap,
)
from engine.messages.emergency import EmergencyKind
from engine.messages.events import Event
from engine.messages.input_commands import SelectMap
from engine.messages.interpolation import Interpolation
from engine.messages.list_commands import GoToCue, StepCues
from engine.messages.modulation import Trigger
from engine.messages.modulation_commands import FireTrigger, SetModulationDepth
from engine.messages.output_commands import (
    ChooseEmergency,
    SetAlpha,
    SetBlackout,
    SetEmergency,
    SetFreeze,
    SetInterpolation,
    SetLogo,
    SetOutputRate,
    SetStrobe,
    SwitchSink,
    TakeStill,
)
from engine.messages.picture_format import PictureFormat
from engine.messages.quality import HoldQuality
from engine.messages.rates import rate_of
from engine.messages.sinks import RECORDER
from engine.messages.transitions import Launch


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message leads to: commands of the engine and intents, or replies to whoever sent it.

    Attributes:
        asked: each with the address that it was asked at.
    """

    asked: tuple[tuple[str, Command | Intent], ...] = ()
    replies: tuple[Message, ...] = ()


class OscCore:
    """One thread calls it."""

    def __init__(self, state: ControlState) -> None:
        self._state = state
        self.book = AddressBook(state.table)
        self._values = AddressValues(state, self.book)

    @property
    def values(self) -> Mapping[str, tuple[Argument, ...]]:
        """Where everything stands, by address."""
        return self._values.by_address

    def follow(self, state: ControlState) -> None:
        """Take in what lies in front, perhaps with other parameters."""
        if state is self._state:
            return
        before, self._state = self._state, state
        if state.table is not before.table and tuple(state.table.values()) != tuple(before.table.values()):
            self.book = AddressBook(state.table)
        self._values.follow(state, self.book)

    def hear(self, event: Event) -> None:
        """Take in how things stand."""
        self._values.hear(event)

    def handle(self, message: Message, stamp_ns: int) -> Answer:
        """Carry out a message, or answer it; OscError where it means nothing or its values do not fit.

        A pattern acts on every address that takes the values; it is refused where none does.
        """
        path, arguments = message.address, message.arguments
        if arguments == ("?",):
            return Answer(replies=self._replies(path.rstrip("/")))
        if path.endswith("?") and not arguments:
            return Answer(replies=self._replies(path[:-1].rstrip("/")))
        found = self.book.meant(path)
        if len(found) == 1:
            asked = self._asked(found[0], arguments, stamp_ns)
            return Answer(() if asked is None else ((found[0].path, asked),))
        return self._asked_of_all(found, arguments, stamp_ns)

    def _asked_of_all(self, found: tuple[OscAddress, ...], arguments: tuple[Argument, ...], stamp_ns: int) -> Answer:
        everything: list[tuple[str, Command | Intent]] = []
        refused: list[OscError] = []
        for address in found:
            try:
                asked = self._asked(address, arguments, stamp_ns)
            except OscError as error:
                refused.append(error)
            else:
                everything += [] if asked is None else [(address.path, asked)]
        if len(refused) == len(found):
            raise refused[0]
        return Answer(tuple(everything))

    def _replies(self, path: str) -> tuple[Message, ...]:
        if path == ROOT:
            return tuple(Message(f"{ROOT}/?", (one.path, one.takes, one.help)) for one in self.book.values())
        return tuple(Message(one.path, self._values.by_address.get(one.path, ())) for one in self.book.meant(path))

    def _asked(self, address: OscAddress, arguments: tuple[Argument, ...], stamp_ns: int) -> Command | Intent | None:
        if address.path.startswith(f"{DISPLAY_ROOT}/"):
            return asked_of_display(address, arguments, stamp_ns)
        match address.kind:
            case Kind.NUMBER | Kind.WHOLE:
                return self._numbered(address, address.number(arguments), stamp_ns)
            case Kind.SWITCH:
                return self._switched(address.path, address.switch(arguments), stamp_ns)
            case Kind.PRESS:
                return self._pressed(address.path, stamp_ns) if address.pressed(arguments) else None
            case Kind.TEXT:
                return self._worded(address.path, address.text(arguments), stamp_ns)
            case _:
                raise OscError(f"{address.path} is told, not set")

    def _switched(self, path: str, on: bool, stamp_ns: int) -> Command | Intent | None:
        match path.removeprefix(f"{ROOT}/"):
            case "freeze":
                return SetFreeze(on=on, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "blackout":
                return SetBlackout(on=on, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "record":
                return SwitchSink(
                    sink=self._values.show.recorder or RECORDER, on=on, stamp_ns=stamp_ns, origin=Origin.OSC
                )
            case "emergency":
                return SetEmergency(on=on, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "logo":
                return SetLogo(on=on, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "strobe":
                return SetStrobe(on=on, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "modulation":
                return SetModulation(on)
            case "auto":
                return SetAuto(on)
            case _:
                return None

    def _numbered(self, address: OscAddress, value: float, stamp_ns: int) -> Command | Intent | None:
        parameter = self.book.parameters.get(address.path)
        if parameter is not None:
            if address.path == travel_path(parameter):
                value = self._state.table[parameter].from_travel(value)
            return SetParameter(parameter=parameter, value=value, stamp_ns=stamp_ns, origin=Origin.OSC)
        if (depth := self.book.depths.get(address.path)) is not None:
            target, place = depth
            return SetModulationDepth(target=target, place=place, depth=value, stamp_ns=stamp_ns, origin=Origin.OSC)
        return self._counted(address.path, value, stamp_ns)

    def _counted(self, path: str, value: float, stamp_ns: int) -> Command | Intent | None:
        """What a number asks that belongs to no parameter."""
        match path.removeprefix(f"{ROOT}/").split("/"):
            case ["auto", "bars"]:
                return TuneAuto(bars=int(value))
            case ["macro", number]:
                if not self._state.macro_parts(int(number)):
                    raise OscError(f"Nothing lies under macro {number} yet")
                return MoveMacro(int(number), value)
            case ["output", "rate"]:
                return SetOutputRate(rate=rate_of(value), stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["quality"]:
                held = None if value == AUTOMATIC else int(value)
                return HoldQuality(steps=held, stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["tempo"]:
                return SetTempo(bpm=value, stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["snapshot", "store"]:
                return StoreSnapshot(slot=int(value), stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["snapshot", "recall"]:
                return Recall(int(value))
            case ["cue", "go"]:
                return GoToCue(number=int(value), stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["playlist", "go"]:
                return PlayPrompt(int(value))
            case ["morph", "seconds"]:
                return SetMorphSeconds(value)
            case _:
                return None

    def _pressed(self, path: str, stamp_ns: int) -> Command | Intent | None:
        match path.removeprefix(f"{ROOT}/").split("/"):
            case ["pad", number]:
                return PressPad(int(number))
            case ["cancel"]:
                return CancelQueued(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["panic"]:
                return Panic(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["trigger"]:
                return FireTrigger(trigger=Trigger.HAND, stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["still"]:
                return TakeStill(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["tap"]:
                return Tap(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["resync"]:
                return Resync(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["cue", way]:
                return StepCues(steps=1 if way == "next" else -1, stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["playlist", way]:
                return StepPrompts(1 if way == "next" else -1)
            case _:
                return None

    def _worded(self, path: str, text: str, stamp_ns: int) -> Command | Intent | None:
        match path.removeprefix(f"{ROOT}/"):
            case "cut" | "morph" as way:
                return PlayScene(text, soft=way == "morph")
            case "sink/on" | "sink/off" as way:
                return SwitchSink(sink=text, on=way == "sink/on", stamp_ns=stamp_ns, origin=Origin.OSC)
            case "prompt":
                return WritePrompt(text)
            case "playlist/bookmark":
                return PlayPrompt(text)
            case "mode":
                return SetSoft(text == "morph")
            case "launch":
                return SetLaunch(Launch(text))
            case "auto/way":
                return TuneAuto(way=AutoPilotWay(text))
            case "auto/time":
                return TuneAuto(time=AutoPilotTime(text))
            case "auto/through":
                return TuneAuto(prompts=text == "playlist")
            case "emergency/kind":
                return ChooseEmergency(kind=EmergencyKind(text), stamp_ns=stamp_ns, origin=Origin.OSC)
            case "map":
                return SelectMap(name=text, stamp_ns=stamp_ns, origin=Origin.OSC)
            case _:
                return _sent(path, text, stamp_ns)


def _sent(path: str, text: str, stamp_ns: int) -> Command | None:
    """What a word asks of the picture that goes out."""
    match path.removeprefix(f"{ROOT}/"):
        case "output/alpha":
            return SetAlpha(mode=AlphaOut(text), stamp_ns=stamp_ns, origin=Origin.OSC)
        case "format":
            return SelectFormat(format=PictureFormat(text), stamp_ns=stamp_ns, origin=Origin.OSC)
        case "output/interpolation":
            return SetInterpolation(mode=Interpolation(text), stamp_ns=stamp_ns, origin=Origin.OSC)
        case _:
            return None
