"""What chips and pads open: the choices of source, depth, output, controllers and pads."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, ParamSpec

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app import theme
from app.bridge import SourceFinder
from app.control.limits import PADS_PER_BANK
from app.control.slots import Slot, SlotKind
from app.midi.ports.port import PortState
from app.models.console import Console
from app.models.engine_api import EnginePort
from app.models.screens import OutputScreen
from app.models.targets import EVERY_MACRO, WHOLE_DEVICE
from app.models.text import source_label
from app.models.window_models import WindowModels
from app.views.labels import receivers, source_words
from app.widgets.fields import Field
from app.widgets.pad import state_words
from app.widgets.popover import Choice, Popover, anchor_of
from engine.messages.events import Level

P = ParamSpec("P")

NDI_NOTICE: Final = (
    'NDI® is a registered trademark of Vizrt NDI AB. <a style="color:#4FDDE2" href="https://ndi.video">ndi.video</a>'
)
CANVASES: Final = ((896, 896), (1080, 1080), (1280, 720), (1920, 1080))
CAMERAS: Final = 4
SOURCES_SHOWN: Final = 8
VIDEO_FILES: Final = "Video (*.mp4 *.mov *.mkv *.avi *.webm *.m4v *.mpg *.mpeg *.ts *.gif);;All files (*)"


class Menus(QObject):
    """Fills the window's one popover. Each opening reads the models as they are then.

    Signals:
        learn_asked: slots to learn controls for, and the part beside which to ask.
        osc_asked: the page of OSC addresses is wanted.
    """

    learn_asked = Signal(object, QWidget)
    osc_asked = Signal()

    def __init__(
        self,
        popover: Popover,
        area: QWidget,
        port: EnginePort,
        show: WindowModels,
        console: Console,
        finder: SourceFinder,
        choose_screen: Callable[[str], None],
    ) -> None:
        super().__init__(area)
        self._popover = popover
        self._area = area
        self._port = port
        self._show = show
        self._console = console
        self._finder = finder
        self._choose_screen = choose_screen
        self._found: tuple[str, ...] | None = None
        self._trouble = ""
        self._dialog: QFileDialog | None = None
        self.screens = OutputScreen()
        finder.found.connect(self._take_found)
        finder.failed.connect(self._take_failed)

    def _open(self, owner: QWidget, width: float, unit: float) -> None:
        """Open below a part, or above it where there is more room."""
        self._popover.open_at(anchor_of(owner, self._area), round(width * unit))

    def _pick(self, action: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Callable[[], None]:
        def act() -> None:
            self._popover.dismiss()
            action(*args, **kwargs)

        return act

    # -- source -------------------------------------------------------------------------------

    def source(self, owner: QWidget, unit: float) -> None:
        """Stage, file, camera, NDI."""
        self._finder.search()
        self._fill_source(owner, unit)

    def _fill_source(self, owner: QWidget, unit: float) -> None:
        popover, console = self._popover, self._console
        current = self._show.chain.source.spec if self._show.chain.source is not None else ""
        popover.begin("Source", unit, owner)
        trouble = source_words(self._show.chain.source)
        if trouble:
            popover.add_words(trouble, strong=True)
        stage = Choice("Stage", detail="Built-in moving scene with true depth", current=current == "stage")
        popover.add_choice(stage).chosen.connect(self._pick(console.select_source, "stage"))
        is_file = current.startswith("file:")
        detail = source_label(current) if is_file else "Or drop one anywhere on the window"
        file = Choice("Video file…", detail=detail, current=is_file)
        popover.add_choice(file).chosen.connect(self._pick(self.choose_file, owner))
        popover.add_heading("Camera")
        cameras = [Choice(str(number), current=current == f"camera:{number}") for number in range(CAMERAS)]
        for number, choice in enumerate(cameras):
            choice.chosen.connect(self._pick(console.select_source, f"camera:{number}"))
        popover.add_grid(cameras, CAMERAS)
        address = popover.add_field(
            Field(
                None,
                name="Stream address",
                placeholder="Stream address, http:// or rtsp://",
                help_text="Enter opens it.",
            )
        )
        address.entered.connect(lambda text: self._pick(console.select_source, f"camera:{text}")())
        popover.add_heading("NDI on the network")
        for choice in self._ndi_choices(current):
            popover.add_choice(choice)
        name = popover.add_field(
            Field(
                None,
                name="NDI name",
                placeholder="Name, or a part of it",
                help_text="Enter connects, now or when it appears.",
            )
        )
        name.entered.connect(lambda text: self._pick(console.select_source, f"ndi:{text}")())
        popover.add_words(NDI_NOTICE, links=True)
        self._open(owner, 380, unit)

    def _ndi_choices(self, current: str) -> Sequence[Choice]:
        if self._trouble:
            return [Choice(self._trouble, inert=True)]
        if not self._found:
            words = "Searching…" if self._finder.busy or self._found is None else "None found"
            again = Choice(words, remark="" if self._finder.busy else "SEARCH AGAIN", tint=theme.ACCENT)
            again.chosen.connect(self._finder.search)
            return [again]
        made = []
        for spec in self._found[:SOURCES_SHOWN]:
            choice = Choice(source_label(spec), current=spec == current)
            choice.chosen.connect(self._pick(self._console.select_source, spec))
            made.append(choice)
        if len(self._found) > SOURCES_SHOWN:
            made.append(Choice(f"{len(self._found) - SOURCES_SHOWN} more: type a part of the name", inert=True))
        return made

    def _take_found(self, specs: tuple[str, ...]) -> None:
        self._found, self._trouble = specs, ""
        self._refill_source()

    def _take_failed(self, trouble: str) -> None:
        self._trouble = trouble
        self._refill_source()

    def _refill_source(self) -> None:
        owner = self._popover.owner
        typing = any(field.hasFocus() for field in self._popover.findChildren(Field))
        if owner is not None and self._popover.accessibleName() == "Source" and not typing:
            self._fill_source(owner, self._popover.unit)

    def choose_file(self, owner: QWidget) -> None:
        """A file dialog that leaves the window playable."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = QFileDialog(owner.window(), "Open a video", str(Path.home()), VIDEO_FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setModal(False)
        dialog.fileSelected.connect(lambda path: self._console.drop_file(Path(path)))
        dialog.finished.connect(self._dialog_done)
        self._dialog = dialog
        dialog.show()

    def _dialog_done(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    # -- depth ---------------------------------------------------------------------------------

    def depth(self, owner: QWidget, unit: float) -> None:
        """What the depth worker is."""
        depth = self._show.chain.depth
        self._popover.begin("Depth", unit, owner)
        if depth is None:
            self._popover.add_words("The engine has not spoken of depth yet.")
        else:
            detail = depth.detail or "Beside the hot path: a slow map never delays a chunk."
            choice = Choice(depth.estimator.capitalize(), remark=depth.state.value.upper(), detail=detail, inert=True)
            self._popover.add_choice(choice)
        self._popover.add_words(
            "The number is the age of the newest map when a chunk used it. The stage hands over its true depth;"
            " every other source is estimated."
        )
        self._open(owner, 380, unit)

    # -- output -------------------------------------------------------------------------------

    def output(self, owner: QWidget, unit: float) -> None:
        """Canvas, full screen, the NDI name."""
        output = self._show.chain.output
        popover = self._popover
        popover.begin("Output", unit, owner)
        if output is not None:
            detail = output.detail or f"{receivers(output.connections).lower()}{', on air' if output.tally else ''}"
            popover.add_choice(Choice(output.name or "NDI", remark="NDI", detail=detail, inert=True))
        popover.add_heading("Canvas")
        canvases = []
        for width, height in CANVASES:
            current = output is not None and (output.width, output.height) == (width, height)
            choice = Choice(f"{width} × {height}", current=current)
            choice.chosen.connect(self._pick(self._console.set_canvas, width, height))
            canvases.append(choice)
        popover.add_grid(canvases, 2)
        popover.add_heading("Full screen")
        for number, screen in enumerate(self.screens.present):
            shown = screen == self.screens.shown_on
            remark = "F11" if screen == self.screens.second else ""
            detail = "This window is here; Esc leaves" if number == 0 else ""
            choice = popover.add_choice(Choice(screen, remark=remark, detail=detail, current=shown))
            choice.chosen.connect(self._pick(self._choose_screen, screen))
        if self.screens.wanted:
            remark = "waiting for its display" if self.screens.waiting else ""
            off = popover.add_choice(Choice("Leave full screen", remark=remark, tint=theme.AMBER))
            off.chosen.connect(self._pick(self._choose_screen, ""))
        popover.add_words(NDI_NOTICE, links=True)
        self._open(owner, 380, unit)

    # -- controllers, log, pads ---------------------------------------------------------------

    def midi(self, owner: QWidget, unit: float) -> None:
        """The controllers and their states."""
        midi = self._show.midi
        self._popover.begin("Controllers", unit, owner)
        if midi.fault:
            self._popover.add_words(midi.fault)
        elif not midi.ports:
            self._popover.add_words("No MIDI controller is connected. Plug one in at any time: it is found by name.")
        for port in midi.ports:
            tint = theme.ACCENT if port.state is PortState.OPEN else theme.AMBER
            choice = Choice(port.name, remark=port.state.value.upper(), tint=tint, detail=port.sentence, inert=True)
            self._popover.add_choice(choice)
        if midi.last_message:
            self._popover.add_words(f"Last message: {midi.last_message}")
        if midi.waiting:
            labels = [self._port.parameters[key].label for key in sorted(midi.waiting) if key in self._port.parameters]
            self._popover.add_words(f"Waiting to be picked up: {', '.join(labels)}. Turn each through its ghost.")
        self._add_learning(owner)
        self._open(owner, 380, unit)

    def _add_learning(self, owner: QWidget) -> None:
        midi = self._show.midi
        if midi.ports and not midi.fault:
            self._popover.add_heading("Learn")
            device = Choice("A whole device", detail="Eight knobs, then sixteen pads, one after another")
            device.chosen.connect(lambda: self.learn_asked.emit(WHOLE_DEVICE, owner))
            self._popover.add_choice(device)
            macros = Choice("The macros", detail="Eight knobs that each move what was put under them")
            macros.chosen.connect(lambda: self.learn_asked.emit(EVERY_MACRO, owner))
            self._popover.add_choice(macros)
            self._popover.add_words("A single one: right-click a knob, a pad or a key.")
        if midi.trouble:
            self._popover.add_words(midi.trouble)
        if midi.osc:
            self._popover.add_heading("OSC")
            self._popover.add_words(midi.osc)
            page = Choice("Addresses", remark="O", detail="What can be sent, with types and ranges; a click copies one")
            self._popover.add_choice(page).chosen.connect(self._pick(self.osc_asked.emit))

    def log(self, owner: QWidget, unit: float) -> None:
        """The last events."""
        self._popover.begin("Last events", unit, owner)
        tints = {Level.INFO: theme.FAINT, Level.WARNING: theme.AMBER, Level.ERROR: theme.RED}
        now = self._port.now_ns()
        for entry in list(self._show.log.entries)[-10:][::-1]:
            age = (now - entry.at_ns) // 1_000_000_000
            ago = f"{age} s ago" if age < 120 else f"{age // 60} min ago"
            self._popover.add_choice(Choice(entry.text, remark=ago, tint=tints[entry.level], inert=True))
        self._open(owner, 640, unit)

    def assign(self, index: int, owner: QWidget, beside: QWidget, unit: float) -> None:
        """Which scene a pad plays; opened below another part, so that the pads stay in view."""
        pads = self._show.pads
        here = pads.scene_at(index)
        self._popover.begin(f"Scene of pad {index + 1}", unit, owner)
        pad = next((one for one in pads.shown if one.index == index), None)
        if pad is not None and pad.scene:
            self._popover.add_words(state_words(pad))
        choices = []
        for name in pads.scenes:
            choice = Choice(name, current=name == here)
            choice.chosen.connect(self._pick(self._console.assign_pad, index, name))
            choices.append(choice)
        empty = Choice("Empty", current=not here)
        empty.chosen.connect(self._pick(self._console.assign_pad, index, ""))
        self._popover.add_grid([*choices, empty], 4)
        learn = Choice("Learn MIDI", detail="Then hit a pad or key of the controller: it plays this pad")
        target = Slot(SlotKind.PAD, index - pads.bank * PADS_PER_BANK + 1)
        learn.chosen.connect(lambda: self.learn_asked.emit((target,), owner))
        self._popover.add_choice(learn)
        if here:
            scene = Choice(f"Learn MIDI for {here}", detail="It plays this scene, whichever pad that lies on")
            scene.chosen.connect(lambda: self.learn_asked.emit((Slot(SlotKind.SCENE, name=here),), owner))
            self._popover.add_choice(scene)
        self._popover.add_heading("Your own scenes")
        save = self._popover.add_field(
            Field(
                None,
                name="Save what plays",
                placeholder="Save what plays on this pad, under a name",
                help_text="Enter saves it.",
            )
        )
        save.entered.connect(lambda name: self._pick(self._console.save_scene, name, index)())
        if here in pads.scenes.own:
            self._add_own_scene(here)
        self._open(beside, 600, unit)

    def _add_own_scene(self, scene: str) -> None:
        rename = self._popover.add_field(
            Field(None, name="Rename", placeholder=f"Another name for {scene}", help_text="Enter renames it.")
        )
        rename.entered.connect(lambda name: self._pick(self._console.rename_scene, scene, name)())
        delete = self._popover.add_choice(Choice(f"Delete {scene}", remark="CTRL Z BRINGS IT BACK"))
        delete.chosen.connect(self._pick(self._console.delete_scene, scene))
