"""Hand-written stand-ins: a MIDI system made of lists, and a small table to play on."""

from collections.abc import Sequence
from dataclasses import replace

from app.control.state import ControlState, first_state
from app.control.store import ControlStore
from app.errors import MidiError
from app.midi.ports.port import PortGoneError
from app.midi.ports.port_names import Api, PortAddress, addresses
from app.midi.profiles.profile import Profile, parse_profile
from engine.clock import ManualClock
from engine.messages.commands import Command
from engine.messages.parameters import OUTPUT_PARAMETERS, Curve, ParameterSpec, ParameterTable
from engine.messages.scenes import SceneLibrary

TABLE = ParameterTable(
    [
        ParameterSpec(id="field.energy", label="Energy", minimum=0.0, maximum=1.0, default=0.0, help="How lively."),
        ParameterSpec(id="field.hue", label="Hue", minimum=-180.0, maximum=180.0, default=0.0, help="Which colour."),
        ParameterSpec(
            id="field.grain", label="Grain", minimum=0.0, maximum=4.0, default=0.0, help="Grain.", curve=Curve.SQUARE
        ),
    ]
).joined(OUTPUT_PARAMETERS)
SCENES = ("Ember", "Tide", "Moss")


def front(**changes: object) -> ControlState:
    """The table on the knobs, the scenes on the pads."""
    return replace(first_state(TABLE, SCENES), **changes)  # type: ignore[arg-type]


def store_of(posted: list[Command], state: ControlState | None = None) -> ControlStore:
    """An owner of what lies in front, which posts to a list."""
    return ControlStore(posted.append, ManualClock(), lambda: (TABLE, SceneLibrary({})), state or front())


def profile(**changes: object) -> Profile:
    """A small profile: CC 1-8 are knobs, CC 9 the level, notes 36-39 pads, 40-44 the buttons."""
    document: dict[str, object] = {
        "name": "Test desk",
        "confidence": "high",
        "evidence": "made for tests",
        "match": ["desk"],
        "controls": [
            {"slots": "knob.1-8", "cc": "1-8", "channel": 1},
            {"slots": "level", "cc": 9, "channel": 1},
            {"slots": "pad.1-4", "note": "36-39"},
            {"slots": ["freeze", "blackout", "panic", "tap", "cut_mode"], "note": "40-44"},
        ],
    }
    return parse_profile({**document, **changes}, "test.toml")


LEDS = {
    "init": ["F0 01 F7"],
    "exit": ["F0 00 F7"],
    "pad": {"off": 0, "loaded": 1, "queued": {"value": 2, "channel": 3}, "playing": 4},
    "button": {"off": 0, "on": 127},
}


class FakeInput:
    def __init__(self, system: "FakeSystem", raw: str) -> None:
        self.arrived: list[bytes] = []
        self.overruns = 0
        self.failed = False
        self.connected = True
        self._system, self._raw = system, raw

    def read(self, now_ns: int) -> list[tuple[int, bytes]]:
        if self.failed:
            raise MidiError("The MIDI input has failed")
        heard = [(now_ns, data) for data in self.arrived]
        self.arrived.clear()
        return heard

    def close(self) -> None:
        self._system.log.append(f"close {self._raw}")
        del self._system.open_inputs[self._raw]


class FakeOutput:
    def __init__(self, system: "FakeSystem", raw: str) -> None:
        self._system, self._raw = system, raw

    def send(self, message: bytes) -> None:
        if self._system.mute:
            raise MidiError("The MIDI output takes nothing")
        self._system.sent.append(message)

    def close(self) -> None:
        self._system.log.append(f"close lights {self._raw}")


class FakeSystem:
    """A MIDI system made of lists; implements ports.MidiSystem. Tests change plugged, busy and so on."""

    def __init__(self, plugged: Sequence[str] = (), api: Api = Api.ALSA) -> None:
        self.plugged = list(plugged)
        self.lights: list[str] = []
        self.serials: dict[str, int] = {}
        self.busy: set[str] = set()
        self.slippery: set[str] = set()  # listed, and gone when opened
        self.mute = False
        self.dead = False
        self.closed = False
        self.log: list[str] = []
        self.sent: list[bytes] = []
        self.open_inputs: dict[str, FakeInput] = {}
        self._api = api

    @property
    def api(self) -> Api:
        return self._api

    def inputs(self) -> tuple[PortAddress, ...]:
        if self.dead:
            raise MidiError("ALSA no longer lists its MIDI inputs")
        return tuple(replace(one, serial=self.serials.get(one.raw, 0)) for one in addresses(self.plugged))

    def outputs(self) -> tuple[PortAddress, ...]:
        return addresses(self.lights)

    def open_input(self, address: PortAddress) -> FakeInput:
        key = address.raw if not address.occurrence else f"{address.raw}/{address.occurrence}"
        if address.raw in self.busy:
            raise MidiError("The driver refused")
        if address.raw in self.slippery:
            raise PortGoneError("The MIDI port has gone")
        self.log.append(f"open {key}")
        self.open_inputs[key] = FakeInput(self, key)
        return self.open_inputs[key]

    def open_output(self, address: PortAddress) -> FakeOutput:
        self.log.append(f"open lights {address.raw}")
        return FakeOutput(self, address.raw)

    def close(self) -> None:
        self.closed = True

    def play(self, raw: str, *messages: Sequence[int]) -> None:
        """Bytes arrive from an open port."""
        for message in messages:
            self.open_inputs[raw].arrived.append(bytes(message))
