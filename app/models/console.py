"""What gestures mean: each becomes exactly one command, stamped with the moment of the gesture."""

from collections.abc import Callable
from pathlib import Path

from app.control.intents import (
    Intent,
    PlayScene,
    Recall,
    SetAuto,
    SetModulation,
    TuneAuto,
)
from app.control.limits import FASTEST_BPM, SLOWEST_BPM
from app.models.engine_api import EnginePort
from app.models.knob_turns import KnobTurns, TurnKey
from app.models.log import Entry
from app.models.modulation_edits import ModulationEdits
from app.models.output_gestures import OutputGestures
from app.models.prompt_edits import PromptEdits
from app.models.scene_edits import SceneEdits
from app.models.undo import Edit, UndoStack
from app.models.window_models import WindowModels
from app.show.asked import Opening
from engine.clock import NS_PER_MS
from engine.errors import EngineError
from engine.messages.commands import (
    CancelQueued,
    NudgeTempo,
    Panic,
    Resync,
    SelectFormat,
    SelectGenerator,
    SetParameter,
    SetTempo,
    StoreSnapshot,
    Tap,
)
from engine.messages.events import Level
from engine.messages.framing import Framing
from engine.messages.input_commands import SelectMap, SelectSource, SetFraming
from engine.messages.list_commands import DropCues, DropPlaylist, LoadCues, LoadPlaylist, StepCues
from engine.messages.parameters import MAP_PARAMETERS
from engine.messages.picture_format import PictureFormat
from engine.messages.quality import HoldQuality, QualityRule, SetQuality
from engine.messages.reference import ChooseReference
from engine.messages.transitions import Launch
from engine.sources.registry import parse_source


class Console:
    """The performer's gestures. Views call these and nothing else. All but cuts and switches can be taken back.

    Attributes:
        scenes: edits of scenes and of what lies on the pads; modulation: of what moves by itself.
        output: gestures on what goes out.
    """

    def __init__(self, port: EnginePort, show: WindowModels) -> None:
        self._port = port
        self._show = show
        self._edits = UndoStack()
        self.scenes = SceneEdits(port, show.pads, self._edits.remember)
        self.output = OutputGestures(port, show.transport, show.knobs, show.sinks)
        self._turns = KnobTurns(port, show.knobs, show.macros, show.visit, self._edits.remember)
        self.modulation = ModulationEdits(port, show.modulation, show.visit, self._edits.remember)
        show.knobs.changed.connect(self._forget_unknown)
        self._prompts = PromptEdits(port, show.lists, show.transport, show.visit, self._send, self._edits.remember)

    def _forget_unknown(self) -> None:
        self._edits.forget(lambda key: isinstance(key, TurnKey) and not key.is_known(self._show.knobs))

    # -- pads ---------------------------------------------------------------------------------

    def press_pad(self, place: int) -> None:
        """Press one of the sixteen pads that are shown: cut or morph to its scene."""
        scene = self._show.pads.shown[place].scene
        if scene:
            self._send(PlayScene(scene))
            self._show.pads.ask(scene, self._port.now_ns())

    def _send(self, intent: Intent) -> None:
        self._show.send(intent, self._port.now_ns())

    def cancel_queued(self) -> None:
        """Forget the cut that waits for its beat."""
        self._port.post(CancelQueued(stamp_ns=self._port.now_ns()))
        self._show.pads.forget_asked()

    # -- snapshots ----------------------------------------------------------------------------

    def store_snapshot(self, slot: int) -> None:
        """Remember the whole live state."""
        self._port.post(StoreSnapshot(stamp_ns=self._port.now_ns(), slot=slot))

    def recall_snapshot(self, slot: int) -> None:
        """Cut back to it, on the beat if cuts are quantised."""
        self._send(Recall(slot))

    # -- knobs --------------------------------------------------------------------------------

    def turn_knob(self, key: str, value: float) -> None:
        """Ask for a value of a parameter, clamped to its range, or of a macro, which moves its parameters."""
        self._turns.turn(key, value)

    def reset_knob(self, key: str) -> None:
        """Back to the value of the scene that plays, of the parameter or of everything that the macro moves."""
        self._turns.reset(key)

    def toggle_modulation(self) -> None:
        """Let everything be modulated, or nothing."""
        self._send(SetModulation(not self._show.modulation.on))

    # -- auto-pilot ---------------------------------------------------------------------------

    def toggle_auto(self) -> None:
        """Let the auto-pilot play, or no longer."""
        self.set_auto(not self._show.autopilot.settings.on)

    def set_auto(self, on: bool) -> None:
        """Let the auto-pilot play, or not; can be undone, but for where it has been."""
        before = self._show.autopilot.settings.on
        if on == before:
            return
        self._send(SetAuto(on))
        what = "switching the auto-pilot on" if on else "switching the auto-pilot off"
        self._edits.remember(Edit(what, lambda: self._send(SetAuto(before)), lambda: self._send(SetAuto(on))))

    def tune_auto(self, settings: TuneAuto) -> None:
        """Let it fly otherwise; can be undone."""
        here = self._show.autopilot.settings
        before = TuneAuto(bars=here.bars, time=here.time, way=here.way, prompts=here.prompts)
        self._send(settings)
        self._edits.remember(Edit("how the auto-pilot flies", lambda: self._send(before), lambda: self._send(settings)))

    # -- prompt -------------------------------------------------------------------------------

    def enter_prompt(self, text: str) -> None:
        """Morph to a prompt over the morph's length; can be undone."""
        self._prompts.enter(text)

    def step_playlist(self, steps: int) -> None:
        """Morph to the next prompt of the playlist, or to an earlier one; can be undone."""
        self._prompts.step(steps)

    def step_cues(self, steps: int) -> None:
        """Play the next cue, or an earlier one. It cuts, and no cut is undone."""
        self._port.post(StepCues(stamp_ns=self._port.now_ns(), steps=steps))

    # -- tempo --------------------------------------------------------------------------------

    def tap(self) -> None:
        """One tap of the tempo."""
        self._port.post(Tap(stamp_ns=self._port.now_ns()))

    def set_tempo(self, bpm: float) -> None:
        """A typed tempo, clamped to what music has."""
        bpm = min(max(bpm, SLOWEST_BPM), FASTEST_BPM)
        self._port.post(SetTempo(stamp_ns=self._port.now_ns(), bpm=bpm))

    def nudge_tempo(self, milliseconds: int) -> None:
        """Every beat later, or earlier."""
        self._port.post(NudgeTempo(stamp_ns=self._port.now_ns(), offset_ns=milliseconds * NS_PER_MS))

    def resync(self) -> None:
        """The first beat of a bar is now."""
        self._port.post(Resync(stamp_ns=self._port.now_ns()))

    def set_launch(self, launch: Launch) -> None:
        """Quantise cuts."""
        self._show.transport.set_launch(launch)

    def panic(self) -> None:
        """Back to a known picture."""
        now, transport = self._port.now_ns(), self._show.transport
        self._port.post(Panic(stamp_ns=now))
        transport.freeze.want(False, now)
        transport.blackout.want(False, now)
        transport.emergency.want(False, now)
        transport.changed.emit()

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

    def select_map(self, name: str) -> None:
        """Change what makes control maps."""
        self._port.post(SelectMap(stamp_ns=self._port.now_ns(), name=name))

    def turn_map(self, parameter: str, value: float) -> None:
        """Move one of MAP_PARAMETERS to a value in its unit."""
        self._port.post(SetParameter(stamp_ns=self._port.now_ns(), parameter=parameter, value=value))

    def reset_map(self) -> None:
        """Set everything of the control map back to how it is usually."""
        for key, spec in MAP_PARAMETERS.items():
            self._port.post(SetParameter(stamp_ns=self._port.now_ns(), parameter=key, value=spec.default))

    def set_framing(self, framing: Framing) -> None:
        """Say which part of the source's picture is used."""
        self._port.post(SetFraming(stamp_ns=self._port.now_ns(), framing=framing))

    @staticmethod
    def drop_meaning(path: Path) -> tuple[str, bool]:
        """What a file would become if it were dropped on the window, and whether it can be."""
        if path.is_dir():
            return f"{path.name} is a folder: drop a file of it", False
        match path.suffix.lower():
            case ".txt":
                return f"Load the prompts of {path.name}", True
            case ".toml":
                return f"Load the cues of {path.name}", True
            case ".hardcut":
                return f"Open the show {path.name}", True
            case _:
                return f"Play {path.name} as the source", True

    def drop_file(self, path: Path) -> None:
        """Take a file that was dropped on the window: a list (.txt: prompts, .toml: cues), or else a source."""
        match path.suffix.lower():
            case ".txt":
                playlist = self._show.lists.playlist
                self._load_list(self._load_playlist, str(path), playlist.path if playlist is not None else None)
            case ".toml":
                cues = self._show.lists.cues
                self._load_list(self._load_cues, str(path), cues.path if cues is not None else None)
            case _:
                self.select_source(f"file:{path}")

    def _load_list(self, load: Callable[[str | None], None], path: str, before: str | None) -> None:
        """Load a list from a path; None: there was no list before."""
        load(path)
        if before != "" and before != path:  # "": it came from no file
            self._edits.remember(Edit(f"loading {Path(path).name}", lambda: load(before), lambda: load(path)))

    def _load_playlist(self, path: str | None) -> None:
        now = self._port.now_ns()
        self._port.post(DropPlaylist(stamp_ns=now) if path is None else LoadPlaylist(stamp_ns=now, path=path))

    def _load_cues(self, path: str | None) -> None:
        now = self._port.now_ns()
        self._port.post(DropCues(stamp_ns=now) if path is None else LoadCues(stamp_ns=now, path=path))

    def select_generator(self, name: str) -> None:
        """Change the generator."""
        self._port.post(SelectGenerator(stamp_ns=self._port.now_ns(), name=name))

    def choose_reference(self, file: str) -> None:
        """Let cuts begin with a picture; "": with none."""
        self._port.post(ChooseReference(stamp_ns=self._port.now_ns(), file=file))

    def select_format(self, picture_format: PictureFormat) -> None:
        """Start the generator again in another format."""
        self._port.post(SelectFormat(stamp_ns=self._port.now_ns(), format=picture_format))

    def hold_quality(self, steps: int | None) -> None:
        """Hold so many steps of quality, 0 for full quality; None: automatic."""
        self._port.post(HoldQuality(stamp_ns=self._port.now_ns(), steps=steps))

    def rule_quality(self, step: str, rule: QualityRule) -> None:
        """Pin a step of quality, forbid it, or leave it to the machine."""
        self._port.post(SetQuality(stamp_ns=self._port.now_ns(), step=step, rule=rule))

    def use_show(self, opening: Opening, name: str) -> None:
        """Play a show that was opened, in place of the one that plays."""
        if opening.front is not None:
            self._show.send(opening.front, self._port.now_ns())
        for command in opening.commands:
            self._port.post(command)
        self.note(f"Opened the show {name}")
        for fault in opening.faults:
            self.warn(fault)

    # -- edits --------------------------------------------------------------------------------

    def remember(self, edit: Edit) -> None:
        """An edit was made elsewhere in the window: it can be taken back like the others."""
        self._edits.remember(edit)

    def undo(self) -> None:
        """Take back the last edit, and say which it was, or why it must stay."""
        ended = self._edits.drop_ended()
        if ended:
            self.note(f"Nothing was taken back: {ended}")
            return
        blocked = self._edits.undo_blocked
        if blocked:
            self.warn(f"Nothing was taken back: {blocked}")
            return
        what = self._edits.undo()
        self.note(f"Took back {what}" if what else "There is nothing to take back")

    def redo(self) -> None:
        """Do what was taken back again."""
        ended = self._edits.drop_ended(undone=True)
        if ended:
            self.note(f"Nothing was done again: {ended}")
            return
        blocked = self._edits.redo_blocked
        if blocked:
            self.warn(f"Nothing was done again: {blocked}")
            return
        what = self._edits.redo()
        self.note(f"Did {what} again" if what else "There is nothing to do again")

    # -- words --------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Say something in the strip."""
        self._show.log.add(Entry(self._port.now_ns(), Level.INFO, text))

    def warn(self, text: str) -> None:
        """Say in the strip that something did not go."""
        self._show.log.add(Entry(self._port.now_ns(), Level.WARNING, text))
