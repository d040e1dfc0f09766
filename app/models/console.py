"""What gestures mean: each becomes exactly one command, stamped with the moment of the gesture."""

from pathlib import Path

from app.control.intents import Intent, PlayScene, Recall, StepPrompts, WritePrompt
from app.control.limits import FASTEST_BPM, SLOWEST_BPM
from app.models.engine_api import EnginePort
from app.models.text import Entry
from app.models.undo import Edit, UndoStack
from app.models.window_models import WindowModels
from engine.clock import NS_PER_MS
from engine.errors import EngineError
from engine.messages.commands import (
    CancelQueued,
    DeleteScene,
    Launch,
    LoadCues,
    LoadPlaylist,
    NudgeTempo,
    Panic,
    PutScene,
    RenameScene,
    Resync,
    SaveScene,
    SelectGenerator,
    SelectSource,
    SetBlackout,
    SetCanvas,
    SetFreeze,
    SetParameter,
    SetTempo,
    StepCues,
    StoreSnapshot,
    Tap,
)
from engine.messages.events import Level
from engine.messages.scenes import Scene
from engine.sources.spec import parse_source


class Console:
    """The performer's gestures. Views call these and nothing else; only edits can be undone, never the show."""

    def __init__(self, port: EnginePort, show: WindowModels) -> None:
        self._port = port
        self._show = show
        self._edits = UndoStack()

    # -- pads ---------------------------------------------------------------------------------

    def press_pad(self, place: int) -> None:
        """Press one of the sixteen pads that are shown: cut or morph to its scene."""
        scene = self._show.pads.shown[place].scene
        if scene:
            self._send(PlayScene(scene))
            self._show.pads.ask(scene)

    def _send(self, intent: Intent) -> None:
        self._show.send(intent, self._port.now_ns())

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
            edit = Edit(f"pad {index + 1}", lambda: pads.assign(index, before), lambda: pads.assign(index, scene))
            self._edits.remember(edit)

    # -- scenes -------------------------------------------------------------------------------

    def save_scene(self, name: str, index: int) -> None:
        """Save what plays as a scene of the user's own and put it on a pad; can be undone."""
        name = " ".join(name.split())
        if not name:
            return
        pads = self._show.pads
        if name in pads.scenes:
            name = pads.scenes[name].name
        earlier, on_pad = self._own_scene(name), pads.scene_at(index)
        saved: list[Scene] = []

        def undo() -> None:
            scene = self._own_scene(name)
            saved[:] = [scene] if scene is not None else []
            if earlier is not None:
                self._put_scene(earlier)
            else:
                self._delete_scene(name)
            pads.assign(index, on_pad)

        def redo() -> None:
            for scene in saved:
                self._put_scene(scene)
            pads.assign(index, name)

        self._port.post(SaveScene(stamp_ns=self._port.now_ns(), name=name))
        pads.assign(index, name)
        self._edits.remember(Edit(f"saving {name}", undo, redo))

    def rename_scene(self, name: str, new_name: str) -> None:
        """Give a scene of the user's own another name; can be undone."""
        new_name = " ".join(new_name.split())
        if not new_name or new_name == name:
            return
        edit = Edit(
            f"renaming {name}",
            lambda: self._rename_scene(new_name, name),
            lambda: self._rename_scene(name, new_name),
        )
        edit.redo()
        self._edits.remember(edit)

    def delete_scene(self, name: str) -> None:
        """Delete a scene of the user's own; can be undone."""
        scene = self._own_scene(name)
        if scene is None:
            return
        edit = Edit(f"deleting {name}", lambda: self._put_scene(scene), lambda: self._delete_scene(name))
        edit.redo()
        self._edits.remember(edit)

    def _own_scene(self, name: str) -> Scene | None:
        scenes = self._show.pads.scenes
        return scenes[name] if name in scenes.own else None

    def _put_scene(self, scene: Scene) -> None:
        self._port.post(PutScene(stamp_ns=self._port.now_ns(), scene=scene))

    def _delete_scene(self, name: str) -> None:
        self._port.post(DeleteScene(stamp_ns=self._port.now_ns(), name=name))

    def _rename_scene(self, name: str, new_name: str) -> None:
        self._port.post(RenameScene(stamp_ns=self._port.now_ns(), name=name, new_name=new_name))

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
        macro = self._show.macros.find(key)
        for parameter, moved in self._show.macros.moves(macro, value) if macro is not None else ((key, value),):
            self._turn(parameter, moved)
        self._show.macros.refresh(self._port.now_ns())

    def _turn(self, parameter: str, value: float) -> None:
        knob = self._show.knobs.knobs[parameter]
        value = min(max(value, knob.spec.minimum), knob.spec.maximum)
        if value == knob.target:
            return
        now = self._port.now_ns()
        self._port.post(SetParameter(stamp_ns=now, parameter=parameter, value=value))
        knob.turn(value, now)

    def reset_knob(self, key: str) -> None:
        """Back to the default of the parameter, or of everything that the macro moves."""
        macro = self._show.macros.find(key)
        for parameter in (part.parameter for part in macro.parts) if macro is not None else (key,):
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
            self._edits.remember(Edit("the prompt", lambda: self._send_prompt(before), lambda: self._send_prompt(text)))

    def _send_prompt(self, text: str) -> None:
        self._send(WritePrompt(text))

    def step_playlist(self, steps: int) -> None:
        """Morph to the next prompt of the playlist, or to an earlier one."""
        self._send(StepPrompts(steps))

    def step_cues(self, steps: int) -> None:
        """Play the next cue, or an earlier one."""
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
        """A file was dropped on the window: a list (.txt: prompts, .toml: cues), or else a source."""
        match path.suffix.lower():
            case ".txt":
                self._port.post(LoadPlaylist(stamp_ns=self._port.now_ns(), path=str(path)))
            case ".toml":
                self._port.post(LoadCues(stamp_ns=self._port.now_ns(), path=str(path)))
            case _:
                self.select_source(f"file:{path}")

    def select_generator(self, name: str) -> None:
        """Change the generator."""
        self._port.post(SelectGenerator(stamp_ns=self._port.now_ns(), name=name))

    # -- edits --------------------------------------------------------------------------------

    def remember(self, edit: Edit) -> None:
        """An edit was made elsewhere in the window: it can be taken back like the others."""
        self._edits.remember(edit)

    def undo(self) -> None:
        """Take back the last edit."""
        what = self._edits.undo()
        self.note(f"Took back {what}" if what else "There is nothing to take back")

    def redo(self) -> None:
        """Do what was taken back again."""
        what = self._edits.redo()
        self.note(f"Did {what} again" if what else "There is nothing to do again")

    # -- words --------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Say something in the strip."""
        self._show.log.add(Entry(self._port.now_ns(), Level.INFO, text))

    def warn(self, text: str) -> None:
        """Say in the strip that something did not go."""
        self._show.log.add(Entry(self._port.now_ns(), Level.WARNING, text))
