"""What gestures mean: each becomes exactly one command, stamped with the moment of the gesture."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.models.port import EnginePort
from app.models.show import Show
from app.models.words import Entry
from engine.commands import (
    CancelQueued,
    HardCut,
    Launch,
    Panic,
    SelectGenerator,
    SelectSource,
    SetBlackout,
    SetCanvas,
    SetFreeze,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    Tap,
)
from engine.errors import EngineError
from engine.events import Level
from engine.sources.spec import parse_source

UNDO_DEPTH: Final = 100
TEMPO_RANGE: Final = (20.0, 300.0)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Something that Ctrl+Z takes back."""

    what: str
    undo: Callable[[], None]


class Console:
    """The performer's gestures. Views call these and nothing else; only edits can be undone, never the show."""

    def __init__(self, port: EnginePort, show: Show) -> None:
        self._port = port
        self._show = show
        self._edits: list[_Edit] = []

    @property
    def _morph_chunks(self) -> int:
        return self._show.stats.chunks_in(self._show.transport.morph_seconds)

    # -- pads ---------------------------------------------------------------------------------

    def press_pad(self, place: int) -> None:
        """Press one of the sixteen pads of the bank in front: cut or morph to its scene."""
        pads, transport = self._show.pads, self._show.transport
        scene = pads.shown[place].scene
        if not scene:
            return
        now = self._port.now_ns()
        if transport.soft:
            self._port.post(SoftCut(stamp_ns=now, scene=scene, chunks=self._morph_chunks, launch=transport.launch))
        else:
            self._port.post(HardCut(stamp_ns=now, scene=scene, launch=transport.launch))
        pads.ask(scene)

    def cancel_queued(self) -> None:
        """Forget the cut that waits for its beat."""
        self._port.post(CancelQueued(stamp_ns=self._port.now_ns()))
        self._show.pads.forget_asked()

    def assign_pad(self, index: int, scene: str) -> None:
        """Put a scene on a pad, counted through all banks; can be undone."""
        pads = self._show.pads
        before = pads.scene_at(index)
        if scene != before:
            pads.assign(index, scene)
            self._remember(_Edit(f"pad {index + 1}", lambda: pads.assign(index, before)))

    # -- knobs --------------------------------------------------------------------------------

    def turn_knob(self, parameter: str, value: float) -> None:
        """Ask for a value, clamped to the parameter's range."""
        knob = self._show.knobs.knobs[parameter]
        value = min(max(value, knob.spec.minimum), knob.spec.maximum)
        if value == knob.target:
            return
        now = self._port.now_ns()
        self._port.post(SetParameter(stamp_ns=now, parameter=parameter, value=value))
        knob.turn(value, now)

    def reset_knob(self, parameter: str) -> None:
        """Back to the parameter's default."""
        self.turn_knob(parameter, self._show.knobs.knobs[parameter].spec.default)

    # -- prompt -------------------------------------------------------------------------------

    def enter_prompt(self, text: str) -> None:
        """Morph to a prompt over the morph's length; can be undone."""
        text = " ".join(text.split())
        before = self._show.transport.prompt
        if not text:
            return
        self._send_prompt(text)
        if before and before != text:
            self._remember(_Edit("the prompt", lambda: self._send_prompt(before)))

    def _send_prompt(self, text: str) -> None:
        self._port.post(SetPrompt(stamp_ns=self._port.now_ns(), text=text, chunks=self._morph_chunks))

    # -- tempo --------------------------------------------------------------------------------

    def tap(self) -> None:
        """One tap of the tempo."""
        self._port.post(Tap(stamp_ns=self._port.now_ns()))

    def set_tempo(self, bpm: float) -> None:
        """A typed tempo, clamped to what music has."""
        low, high = TEMPO_RANGE
        self._port.post(SetTempo(stamp_ns=self._port.now_ns(), bpm=min(max(bpm, low), high)))

    def set_launch(self, launch: Launch) -> None:
        """Quantise cuts."""
        self._show.transport.set_launch(launch)

    # -- output -------------------------------------------------------------------------------

    def toggle_freeze(self) -> None:
        """Hold the picture on air, or let it go."""
        now, freeze = self._port.now_ns(), self._show.transport.freeze
        on = not freeze.shown
        self._port.post(SetFreeze(stamp_ns=now, on=on))
        freeze.want(on, now)
        self._show.transport.changed.emit()

    def toggle_blackout(self) -> None:
        """Black on air, or back."""
        now, blackout = self._port.now_ns(), self._show.transport.blackout
        on = not blackout.shown
        self._port.post(SetBlackout(stamp_ns=now, on=on))
        blackout.want(on, now)
        self._show.transport.changed.emit()

    def panic(self) -> None:
        """Back to a known picture."""
        now, transport = self._port.now_ns(), self._show.transport
        self._port.post(Panic(stamp_ns=now))
        transport.freeze.want(False, now)
        transport.blackout.want(False, now)
        transport.changed.emit()

    def set_canvas(self, width: int, height: int) -> None:
        """Send another size."""
        self._port.post(SetCanvas(stamp_ns=self._port.now_ns(), width=width, height=height))

    # -- chain --------------------------------------------------------------------------------

    def select_source(self, spec: str) -> bool:
        """Change the source; False, with a line in the log, if the text names none."""
        try:
            parsed = parse_source(spec)
        except EngineError as error:
            self.warn(str(error))
            return False
        self._port.post(SelectSource(stamp_ns=self._port.now_ns(), spec=str(parsed)))
        return True

    def drop_file(self, path: Path) -> None:
        """A file was dropped on the window: it becomes the source."""
        self.select_source(f"file:{path}")

    def select_generator(self, name: str) -> None:
        """Change the generator."""
        self._port.post(SelectGenerator(stamp_ns=self._port.now_ns(), name=name))

    # -- edits --------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last edit."""
        if self._edits:
            edit = self._edits.pop()
            edit.undo()
            self.note(f"Took back {edit.what}")
        else:
            self.note("There is nothing to take back")

    def _remember(self, edit: _Edit) -> None:
        self._edits.append(edit)
        del self._edits[:-UNDO_DEPTH]

    # -- words --------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Say something in the strip."""
        self._show.log.add(Entry(self._port.now_ns(), Level.INFO, text))

    def warn(self, text: str) -> None:
        """Say in the strip that something did not go."""
        self._show.log.add(Entry(self._port.now_ns(), Level.WARNING, text))
