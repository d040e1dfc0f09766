"""What the source's chip opens: stage, file, camera, NDI."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget

from app import theme
from app.bridge import Finder
from app.models.chain import ChainModel
from app.models.console import Console
from app.models.text import source_label
from app.views.labels import NDI_NOTICE, source_words
from app.views.menus.menu import PopoverMenu
from app.widgets.fields import Field
from app.widgets.popover import Choice, Popover
from engine.messages.framing import CENTRE, FrameWay, Framing
from engine.messages.offers import SourceOffer
from engine.sources.stage_sets import WORDS as STAGE_WORDS
from engine.sources.stage_sets import spec_of

CAMERAS: Final = 4
FRAMINGS: Final = (
    ("Start", Framing(x=0.0, y=0.0)),
    ("Middle", CENTRE),
    ("End", Framing(x=1.0, y=1.0)),
    ("Whole", Framing(FrameWay.WHOLE)),
    ("Stretch", Framing(FrameWay.STRETCH)),
)
"""A crop at the left or the top, and so on: of a wide picture x counts, of a tall one y."""

SOURCES_SHOWN: Final = 8
VIDEO_FILES: Final = "Video (*.mp4 *.mov *.mkv *.avi *.webm *.m4v *.mpg *.mpeg *.ts *.gif);;All files (*)"


class SourceMenu(PopoverMenu):
    """Observes the finder of sources; reads the chain when it is opened."""

    def __init__(self, popover: Popover, chain: ChainModel, console: Console, finder: Finder) -> None:
        super().__init__(popover)
        self._chain = chain
        self._console = console
        self._finder = finder
        self._found: tuple[str, ...] | None = None
        self._labels: dict[str, str] = {}
        self._trouble = ""
        self._dialog: QFileDialog | None = None
        finder.found.connect(self._take_found)
        finder.failed.connect(self._take_failed)

    def open(self, owner: QWidget) -> None:
        self._finder.search()
        super().open(owner)

    def fill(self, owner: QWidget) -> None:
        popover, console = self.popover, self._console
        source = self._chain.source
        current = source.spec if source is not None else ""
        popover.begin("Source", owner)
        trouble = source_words(source)
        if trouble:
            popover.add_words(trouble, strong=True)
        is_file = current.startswith("file:")
        detail = source_label(current) if is_file else "Or drop one anywhere on the window"
        file = Choice("Video file…", detail=detail, current=is_file)
        popover.add_choice(file).chosen.connect(self.pick(self.choose_file, owner))
        popover.add_heading("Built in")
        sets = []
        for chosen, words in STAGE_WORDS.items():
            spec = spec_of(chosen)
            one = Choice(words.label, current=current == spec)
            one.chosen.connect(self.pick(console.select_source, spec))
            sets.append(one)
        popover.add_grid(sets, len(sets))
        popover.add_heading("Camera")
        self._add_cameras(current)
        address = popover.add_field(
            Field(
                None,
                name="Stream address",
                placeholder="Stream address, http:// or rtsp://",
                help_text="Enter opens it.",
            )
        )
        address.entered.connect(lambda text: self.pick(console.select_source, f"camera:{text}")())
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
        name.entered.connect(lambda text: self.pick(console.select_source, f"ndi:{text}")())
        popover.add_heading("Of a picture of another shape")
        ways = []
        for label, framing in FRAMINGS:
            choice = Choice(label, current=source is not None and source.framing == framing)
            choice.chosen.connect(self.pick(console.set_framing, framing))
            ways.append(choice)
        popover.add_grid(ways, 5)
        others = self._others()
        screens = tuple(spec for spec in others if spec.partition(":")[0] == "screen")
        rest = tuple(spec for spec in others if spec not in screens)
        for heading, specs in (("Screen or window", screens), ("Others", rest)):
            if specs:
                popover.add_heading(heading)
            for spec in specs:
                label = "The whole screen" if spec == "screen" else source_label(spec)
                other = popover.add_choice(Choice(label, current=spec == current))
                other.chosen.connect(self.pick(console.select_source, spec))
        popover.add_words(NDI_NOTICE, links=True)
        popover.open_beside(owner, 380)

    def _add_cameras(self, current: str) -> None:
        """Each by its name; where none has been found, each number can still be tried."""
        popover, console = self.popover, self._console
        cameras = [spec for spec in self._found or () if spec.startswith("camera:")]
        for spec in cameras:
            name = self._labels.get(spec) or source_label(spec)
            choice = popover.add_choice(Choice(name, remark=spec.removeprefix("camera:"), current=current == spec))
            choice.chosen.connect(self.pick(console.select_source, spec))
        if cameras:
            return
        numbers = []
        for number in range(CAMERAS):
            spec = f"camera:{number}"
            choice = Choice(str(number), current=current == spec)
            choice.chosen.connect(self.pick(console.select_source, spec))
            numbers.append(choice)
        popover.add_grid(numbers, CAMERAS)

    def _ndi_choices(self, current: str) -> Sequence[Choice]:
        if self._trouble:
            return [Choice(self._trouble, inert=True)]
        network = self._network()
        if not network:
            words = "Searching…" if self._finder.busy or network is None else "None found"
            again = Choice(words, remark="" if self._finder.busy else "SEARCH AGAIN", tint=theme.ACCENT)
            again.chosen.connect(self._finder.search)
            return [again]
        made = []
        for spec in network[:SOURCES_SHOWN]:
            own = spec == f"ndi:{self._output_name}"
            choice = Choice(
                source_label(spec),
                remark="OUR OWN OUTPUT" if own else "",
                tint=theme.AMBER,
                detail="It would see itself, like a mirror in a mirror" if own else "",
                current=spec == current,
            )
            choice.chosen.connect(self.pick(self._console.select_source, spec))
            made.append(choice)
        if len(network) > SOURCES_SHOWN:
            made.append(Choice(f"{len(network) - SOURCES_SHOWN} more: type a part of the name", inert=True))
        return made

    @property
    def _output_name(self) -> str:
        output = self._chain.output
        return output.name if output is not None else ""

    def _network(self) -> tuple[str, ...] | None:
        """What was found on the network, our own output last; None before anything was looked for."""
        if self._found is None:
            return None
        own = f"ndi:{self._output_name}"
        found = [spec for spec in self._found if spec.startswith("ndi:")]
        return tuple(sorted(found, key=lambda spec: spec == own))

    def _others(self) -> tuple[str, ...]:
        """What was found of kinds that have no place of their own here."""
        own_place = ("stage", "file", "camera", "ndi")
        return tuple(spec for spec in self._found or () if spec.partition(":")[0] not in own_place)

    def _take_found(self, offers: tuple[SourceOffer, ...]) -> None:
        self._found, self._trouble = tuple(one.spec for one in offers), ""
        self._labels = {one.spec: one.label for one in offers}
        self.refill()

    def _take_failed(self, trouble: str) -> None:
        self._trouble = trouble
        self.refill()

    def choose_file(self, owner: QWidget) -> None:
        """A file dialog that leaves the window playable."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = QFileDialog(owner.window(), "Open a video", str(Path.home()), VIDEO_FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setModal(False)
        dialog.fileSelected.connect(lambda path: self._console.drop_file(Path(path)))
        dialog.finished.connect(self._drop_dialog)
        self._dialog = dialog
        dialog.show()

    def _drop_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
