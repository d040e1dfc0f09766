"""The osc thread's work without the thread: messages in, commands and answers out, and what subscribers should know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.control.morph_pace import USUAL_S, MorphPace
from app.osc.addresses import (
    MACROS,
    OUTPUT_RATE,
    PADS,
    ROOT,
    AddressBook,
    Kind,
    OscAddress,
    macro_path,
    parameter_path,
    travel_path,
)
from app.osc.macros import NO_MACROS, Macros
from app.osc.packets import Argument, Message, OscError
from engine.messages.commands import (
    CancelQueued,
    Command,
    GoToCue,
    GoToPrompt,
    HardCut,
    Launch,
    Origin,
    Panic,
    RecallSnapshot,
    Resync,
    SetBlackout,
    SetFreeze,
    SetOutputRate,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    StepCues,
    StepPlaylist,
    StoreSnapshot,
    Tap,
)
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    Committed,
    CueChanged,
    CutQueued,
    Event,
    OutputChanged,
    PlaylistChanged,
    SnapshotStored,
    Stats,
    TempoChanged,
)
from engine.messages.parameters import OUTPUT_LEVEL, ParameterTable
from engine.messages.rates import rate_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the pads play.

    Attributes:
        pads: scene names from pad 1 on, "" for an empty pad.
        morph_seconds: how long morphs take.
    """

    pads: tuple[str, ...] = ()
    soft: bool = False
    launch: Launch = Launch.NOW
    morph_seconds: float = USUAL_S


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message leads to."""

    commands: tuple[Command, ...] = ()
    replies: tuple[Message, ...] = ()


class OscCore:
    """One thread calls it."""

    def __init__(self, table: ParameterTable, played: Played) -> None:
        self._table = table
        self._played = played
        self._scene = self._queued = ""
        self._armed: frozenset[str] = frozenset()
        self._macros = NO_MACROS
        self._morph = MorphPace(played.morph_seconds)
        self.book = AddressBook(table)
        self._values: dict[str, tuple[Argument, ...]] = {}
        for spec in table.values():
            self._put_parameter(spec.id, spec.default)
        self._values |= {f"{ROOT}/freeze": (False,), f"{ROOT}/blackout": (False,), f"{ROOT}/queued": ("",)}
        self._put_pads()

    @property
    def values(self) -> Mapping[str, tuple[Argument, ...]]:
        """Where everything stands, by address."""
        return self._values

    def play(self, played: Played, table: ParameterTable | None = None) -> None:
        """Other scenes on the pads, perhaps other parameters."""
        self._played, self._morph.seconds = played, played.morph_seconds
        if table is not None and tuple(table.values()) != tuple(self._table.values()):
            self._table, self.book = table, AddressBook(table)
            self._values = {path: value for path, value in self._values.items() if path in self.book}
            for spec in table.values():
                if parameter_path(spec.id) not in self._values:
                    self._put_parameter(spec.id, spec.default)
        self._put_pads()
        self._put_macros()

    def set_macros(self, macros: Macros) -> None:
        """The macros move other parameters from now on."""
        self._macros = macros
        self._put_macros()

    def hear(self, event: Event) -> None:
        """Take in how things stand."""
        match event:
            case Committed():
                for parameter, target in event.targets.items():
                    if parameter in self._table:
                        self._put_parameter(parameter, target)
                self._put_macros()
                self._scene = event.scene
                self._values[f"{ROOT}/scene"] = (event.scene,)
                self._values[f"{ROOT}/prompt"] = (event.prompt,)
                self._put_pads()
            case CutQueued():
                self._queued = event.scene
                self._values[f"{ROOT}/queued"] = (event.scene,)
                self._put_pads()
            case ArmedChanged():
                self._armed = frozenset(one.scene for one in event.scenes if one.state is ArmState.ARMED)
                self._put_pads()
            case OutputChanged():
                self._values[f"{ROOT}/freeze"] = (event.freeze,)
                self._values[f"{ROOT}/blackout"] = (event.blackout,)
                self._values[OUTPUT_RATE] = (event.fps_numerator / event.fps_denominator,)
                if OUTPUT_LEVEL in self._table:
                    self._put_parameter(OUTPUT_LEVEL, event.level)
            case TempoChanged():
                self._values[f"{ROOT}/tempo"] = (float(event.bpm),)
            case CueChanged():
                self._values[f"{ROOT}/cue/go"] = (event.number,)
            case PlaylistChanged():
                self._values[f"{ROOT}/playlist/go"] = (event.number,)
            case SnapshotStored():
                self._values[f"{ROOT}/snapshot/store"] = (event.slot,)
            case Stats():
                self._morph.take(event)
            case _:
                pass

    def take(self, message: Message, stamp_ns: int) -> Answer:
        """Carry out a message, or answer it; OscError where it means nothing or its values do not fit."""
        path, asked = message.address, message.arguments == ("?",)
        if path.endswith("?"):
            path, asked = path[:-1], True
        if asked:
            return Answer(replies=self._told(path.rstrip("/")))
        address = self.book[path]
        if address.path.startswith(macro_path(0)[:-1]):
            return Answer(commands=self._macro(address, message.arguments, stamp_ns))
        command = self._command(address, message.arguments, stamp_ns)
        return Answer(commands=(command,) if command is not None else ())

    def _told(self, path: str) -> tuple[Message, ...]:
        if path == ROOT:
            return tuple(Message(f"{ROOT}/?", (one.path, one.takes, one.help)) for one in self.book.values())
        address = self.book[path]
        return (Message(address.path, self._values.get(address.path, ())),)

    def _macro(self, address: OscAddress, arguments: tuple[Argument, ...], stamp_ns: int) -> tuple[Command, ...]:
        number, position = int(address.path.rpartition("/")[2]), address.number(arguments)
        parts = [part for part in self._macros.get(number, ()) if part.parameter in self._table]
        if not parts:
            raise OscError(f"Nothing lies under macro {number} yet")
        return tuple(
            SetParameter(
                parameter=part.parameter,
                value=self._table[part.parameter].from_travel(part.reach.travel(position)),
                stamp_ns=stamp_ns,
                origin=Origin.OSC,
            )
            for part in parts
        )

    def _command(self, address: OscAddress, arguments: tuple[Argument, ...], stamp_ns: int) -> Command | None:
        match address.kind:
            case Kind.NUMBER | Kind.WHOLE:
                return self._numbered(address, address.number(arguments), stamp_ns)
            case Kind.SWITCH:
                on = address.switch(arguments)
                switch = SetFreeze if address.path.endswith("freeze") else SetBlackout
                return switch(on=on, stamp_ns=stamp_ns, origin=Origin.OSC)
            case Kind.PRESS:
                return self._pressed(address.path, stamp_ns) if address.pressed(arguments) else None
            case Kind.TEXT:
                return self._worded(address.path, address.text(arguments), stamp_ns)
            case _:
                raise OscError(f"{address.path} is told, not set")

    def _numbered(self, address: OscAddress, value: float, stamp_ns: int) -> Command | None:
        parameter = self.book.parameters.get(address.path)
        if parameter is not None:
            if address.path == travel_path(parameter):
                value = self._table[parameter].from_travel(value)
            return SetParameter(parameter=parameter, value=value, stamp_ns=stamp_ns, origin=Origin.OSC)
        match address.path.removeprefix(f"{ROOT}/"):
            case "output/rate":
                return SetOutputRate(rate=rate_of(value), stamp_ns=stamp_ns, origin=Origin.OSC)
            case "tempo":
                return SetTempo(bpm=value, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "snapshot/store":
                return StoreSnapshot(slot=int(value), stamp_ns=stamp_ns, origin=Origin.OSC)
            case "snapshot/recall":
                launch = self._played.launch
                return RecallSnapshot(slot=int(value), launch=launch, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "cue/go":
                return GoToCue(number=int(value), stamp_ns=stamp_ns, origin=Origin.OSC)
            case "playlist/go":
                chunks = self._morph.chunks
                return GoToPrompt(place=int(value), chunks=chunks, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "morph/seconds":
                self._morph.seconds = value
                self._values[address.path] = (value,)
                return None
            case _:
                return None

    def _pressed(self, path: str, stamp_ns: int) -> Command | None:
        match path.removeprefix(f"{ROOT}/").split("/"):
            case ["pad", number]:
                index = int(number) - 1
                scene = self._played.pads[index] if index < len(self._played.pads) else ""
                return self._called(scene, self._played.soft, stamp_ns) if scene else None
            case ["cancel"]:
                return CancelQueued(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["panic"]:
                return Panic(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["tap"]:
                return Tap(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["resync"]:
                return Resync(stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["cue", way]:
                return StepCues(steps=1 if way == "next" else -1, stamp_ns=stamp_ns, origin=Origin.OSC)
            case ["playlist", way]:
                steps = 1 if way == "next" else -1
                return StepPlaylist(steps=steps, chunks=self._morph.chunks, stamp_ns=stamp_ns, origin=Origin.OSC)
            case _:
                return None

    def _worded(self, path: str, text: str, stamp_ns: int) -> Command | None:
        match path.removeprefix(f"{ROOT}/"):
            case "cut" | "morph" as way:
                return self._called(text, way == "morph", stamp_ns)
            case "prompt":
                return SetPrompt(text=text, chunks=self._morph.chunks, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "playlist/bookmark":
                return GoToPrompt(place=text, chunks=self._morph.chunks, stamp_ns=stamp_ns, origin=Origin.OSC)
            case "mode":
                self._played = replace(self._played, soft=text == "morph")
            case "launch":
                self._played = replace(self._played, launch=Launch(text))
            case _:
                pass
        return None

    def _called(self, scene: str, soft: bool, stamp_ns: int) -> Command:
        launch = self._played.launch
        if soft:
            return SoftCut(scene=scene, chunks=self._morph.chunks, launch=launch, stamp_ns=stamp_ns, origin=Origin.OSC)
        return HardCut(scene=scene, launch=launch, stamp_ns=stamp_ns, origin=Origin.OSC)

    def _put_parameter(self, parameter: str, value: float) -> None:
        spec = self._table[parameter]
        self._values[parameter_path(spec.id)] = (float(value),)
        self._values[travel_path(spec.id)] = (spec.to_travel(value),)

    def _put_macros(self) -> None:
        """A macro stands where its first parameter would have it."""
        for number in range(1, MACROS + 1):
            parts = [part for part in self._macros.get(number, ()) if part.parameter in self._table]
            if parts:
                at = self._values[travel_path(self._table[parts[0].parameter].id)][0]
                self._values[macro_path(number)] = (parts[0].reach.position(float(at)),)
            else:
                self._values.pop(macro_path(number), None)

    def _put_pads(self) -> None:
        pads = self._played.pads
        for number in range(1, PADS + 1):
            scene = pads[number - 1] if number <= len(pads) else ""
            self._values[f"{ROOT}/pad/{number}"] = (self._pad_state(scene),)
        self._values[f"{ROOT}/mode"] = ("morph" if self._played.soft else "cut",)
        self._values[f"{ROOT}/launch"] = (self._played.launch.value,)
        self._values[f"{ROOT}/morph/seconds"] = (self._morph.seconds,)

    def _pad_state(self, scene: str) -> int:
        if not scene:
            return 0
        if scene == self._queued:
            return 3
        if scene == self._scene:
            return 4
        return 2 if scene in self._armed else 1
