"""The surface of the instrument: makes the parts, lays them out, and turns gestures into calls of the console."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.limits import LAUNCHES, MAX_SLOT
from app.control.slots import Slot, SlotKind
from app.models.console import Console
from app.models.keys import PAD_LETTERS
from app.models.targets import Targets
from app.models.window_models import WindowModels
from app.views.geometry import Box, Geometry, arrange
from app.views.menus.learn_targets import LearnTargets, snapshot_slots
from app.widgets import icons
from app.widgets.chip import Chip
from app.widgets.control import Control, chevron
from app.widgets.fields import Field
from app.widgets.keys import KeyRow, PushKey
from app.widgets.knob import KnobWidget
from app.widgets.lists import ListCard
from app.widgets.meters import Figure, RateTrace, Words
from app.widgets.pad import PadWidget
from app.widgets.panels import Fader, NowCard, Stepper, StudioLamp, TempoDial
from app.widgets.pictures import ProgrammeView, ScenePictures, Thumbnail
from engine.messages.parameters import OUTPUT_LEVEL

FIGURES: Final = (
    ("LATENCY", "ms", "From an input's capture to its first frame on the output, median."),
    ("CUT", "ms", "From the last pad to the first output frame of its scene."),
    ("LAGGED", "", "Output deadlines missed since the start."),
    ("SKIPPED", "", "Generated frames that were never shown."),
    ("REPEATED", "", "Output frames shown again for want of a new one."),
    ("DROPPED", "", "Input frames that no chunk used."),
    ("RESETS", "", "Cache resets since the start; only a cut resets."),
    ("MEMORY", "GiB", "Resident memory."),
)
MOVED_A_STEP: Final = 4
STEP_MS: Final = 20
"""When a list makes knobs and pads smaller, a row of them at a time: painting all parts at once would hold up the
window. A step comes when the one before has been painted, and the last 120 ms after the first."""


class PerformanceView(QWidget):
    """Every part of the window below its menus. It calls the console and nothing else."""

    source_pressed = Signal()
    depth_pressed = Signal()
    generator_pressed = Signal()
    output_pressed = Signal()
    midi_pressed = Signal()
    osc_pressed = Signal()
    log_pressed = Signal()
    screen_pressed = Signal()
    help_pressed = Signal()
    assign_asked = Signal(int)
    macro_asked = Signal(str, QWidget)
    learn_asked = Signal(object, QWidget)

    def __init__(self, show: WindowModels, console: Console, pictures: ScenePictures) -> None:
        super().__init__()
        self._show = show
        self._console = console
        self._layout: Geometry | None = None
        self._lists_shown = False
        self._steps = QTimer(self, interval=STEP_MS)
        self._steps.timeout.connect(self._move_a_row)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._make_chain()
        self._make_pictures()
        self._make_panel(pictures)
        self._make_play()
        self._make_strip()
        self.learnable = self._make_learnable()
        self._connect()

    # -- parts --------------------------------------------------------------------------------

    def _make_chain(self) -> None:
        self.source_chip = Chip(self, "Source", "Where pictures come from. Click to choose.")
        self.depth_chip = Chip(self, "Depth", "What the depth worker does. Click for more.")
        self.generator_chip = Chip(self, "Generator", "What dreams the pictures. Click to choose.")
        self.output_chip = Chip(self, "Output", "What goes out. Click for canvas and full screen.")
        self.midi_chip = Chip(self, "MIDI", "MIDI controllers. Click for more.")
        self.chips = (self.source_chip, self.depth_chip, self.generator_chip, self.output_chip, self.midi_chip)
        self.osc_key = PushKey(self, "OSC", help_text="OSC addresses: what can be sent, and where to (O).")
        self.screen_key = PushKey(
            self, "Full screen", help_text="Full-screen output on the second display (F11).", icon=icons.full_screen
        )
        self.help_key = PushKey(self, "?", help_text="All keys (?).", size=18)

    def _make_pictures(self) -> None:
        self.lamp = StudioLamp(self)
        self.input_view = Thumbnail(self, "INPUT", "The newest picture of the source. Click to choose a source.")
        self.depth_view = Thumbnail(self, "DEPTH", "The newest depth: near is bright.")
        self.now = NowCard(self)
        self.programme = ProgrammeView(self)

    def _make_panel(self, pictures: ScenePictures) -> None:
        self.knobs = tuple(KnobWidget(self) for _ in range(8))
        self.knob_pages = KeyRow(
            self,
            (),
            name="Knob pages",
            help_text="Which eight parameters the knobs are, or the eight macros (K).",
            vertical=True,
        )
        self.pads = tuple(PadWidget(self, place, PAD_LETTERS[place], pictures) for place in range(16))
        self.banks = KeyRow(
            self, (), name="Banks", help_text="Which sixteen scenes the pads are (PgUp, PgDn).", vertical=True
        )
        self.mode = KeyRow(
            self,
            ("Cut", "Morph"),
            name="Cut or morph",
            help_text="Cut: a pad resets and cuts. Morph: it glides to its scene.",
        )
        self.launch = KeyRow(
            self,
            ("Now", "Beat", "Bar", "2", "4"),
            name="Quantise",
            help_text="When a pad acts: at once, on the beat, the bar, or every 2 or 4 bars.",
        )
        self.cancel = PushKey(self, "Cancel", help_text="Forget the cut that waits.", icon=icons.cross)

    def _make_play(self) -> None:
        self.playlist = ListCard(self, "Playlist", "The prompts, one after another (N; with Shift back).")
        self.cues = ListCard(self, "Cues", "The scenes in their order (M; with Shift back).")
        self.prompt = Field(
            self,
            name="Prompt",
            placeholder="Say what it should look like",
            help_text="Enter morphs to the prompt; Esc leaves the line.",
        )
        self.morph = Stepper(self, "Morph length", "How long a prompt or a morph takes.")
        self.tempo = TempoDial(self)
        self.tap = PushKey(self, "Tap", hint="SPACE", help_text="Tap the tempo (Space).", size=14)
        self.master = Fader(self, self._show.knobs.knobs[OUTPUT_LEVEL])
        self.freeze = PushKey(self, "Freeze", hint="G", help_text="Hold the picture on air (G).", size=14)
        self.blackout = PushKey(self, "Blackout", hint="B", help_text="Black on air (B).", light=theme.RED, size=14)
        self.panic = PushKey(
            self,
            "Panic",
            hint="ESC",
            help_text="Back to a known picture: everything off, the scene as stored (Esc).",
            size=14,
        )

    def _make_strip(self) -> None:
        self.traces = (
            RateTrace(self, "INPUT", "Frames per second that the source delivers; the last minute."),
            RateTrace(self, "PIPELINE", "Frames per second that the generator makes; the last minute."),
            RateTrace(self, "OUTPUT", "Frames per second that viewers see; the last minute."),
        )
        self.figures = tuple(Figure(self, title, help_text, unit) for title, unit, help_text in FIGURES)
        self.event_line = Words(self, "Last event", "The last event. Click for the ones before.")
        self.reset_line = Words(self, "Last cache reset", "Why the caches were reset last.")
        self.backend_line = Words(self, "Backend", "How the generator computes. Click for the reasons.", right=True)

    # -- wiring -------------------------------------------------------------------------------

    def _connect(self) -> None:
        show, console = self._show, self._console
        self.source_chip.pressed.connect(self.source_pressed)
        self.input_view.pressed.connect(self.source_pressed)
        self.depth_chip.pressed.connect(self.depth_pressed)
        self.generator_chip.pressed.connect(self.generator_pressed)
        self.backend_line.pressed.connect(self.generator_pressed)
        self.output_chip.pressed.connect(self.output_pressed)
        self.midi_chip.pressed.connect(self.midi_pressed)
        self.osc_key.pressed.connect(self.osc_pressed)
        self.event_line.pressed.connect(self.log_pressed)
        self.screen_key.pressed.connect(self.screen_pressed)
        self.programme.double_clicked.connect(self.screen_pressed)
        self.help_key.pressed.connect(self.help_pressed)
        for knob in self.knobs:
            knob.turned.connect(console.turn_knob)
            knob.reset.connect(console.reset_knob)
            knob.learn_asked.connect(lambda slot, owner=knob: self.learn_asked.emit((slot,), owner))
            knob.macro_asked.connect(lambda macro, owner=knob: self.macro_asked.emit(macro, owner))
        for pad in self.pads:
            pad.struck.connect(console.press_pad)
            pad.assign_asked.connect(self.assign_asked)
        self.master.turned.connect(console.turn_knob)
        self.master.reset.connect(console.reset_knob)
        self.banks.chosen.connect(show.pads.turn_bank)
        self.mode.chosen.connect(lambda index: show.transport.set_soft(index == 1))
        self.launch.chosen.connect(lambda index: console.set_launch(LAUNCHES[index]))
        self.cancel.pressed.connect(console.cancel_queued)
        self.playlist.stepped.connect(console.step_playlist)
        self.cues.stepped.connect(console.step_cues)
        self.prompt.entered.connect(console.enter_prompt)
        self.morph.stepped.connect(show.transport.step_morph)
        self.tempo.typed.connect(console.set_tempo)
        self.tap.pressed.connect(console.tap)
        self.freeze.pressed.connect(console.toggle_freeze)
        self.blackout.pressed.connect(console.toggle_blackout)
        self.panic.pressed.connect(console.panic)

    def _make_learnable(self) -> LearnTargets:
        """What can be learnt where; knobs and pads have menus of their own."""
        learnable = LearnTargets(self.learn_asked.emit, lambda slot: Targets(self._show).label(slot))
        learnable.add(self.master, SlotKind.LEVEL)
        learnable.add(self.freeze, SlotKind.FREEZE)
        learnable.add(self.blackout, SlotKind.BLACKOUT)
        learnable.add(self.panic, SlotKind.PANIC)
        learnable.add(self.tap, SlotKind.TAP)
        learnable.add(self.tempo, SlotKind.RESYNC, SlotKind.NUDGE_EARLIER, SlotKind.NUDGE_LATER, SlotKind.TAP)
        learnable.add(self.cancel, SlotKind.CANCEL)
        learnable.add(self.mode, SlotKind.CUT_MODE)
        learnable.add_row(self.launch, SlotKind.LAUNCH)
        learnable.add_row(self.banks, SlotKind.PAD_BANK)
        learnable.add_row(self.knob_pages, SlotKind.KNOB_PAGE)
        learnable.add_stepper(self.morph, SlotKind.MORPH_SHORTER, SlotKind.MORPH_LONGER)
        learnable.add_list(self.playlist, SlotKind.PROMPT_PREVIOUS, SlotKind.PROMPT_NEXT)
        learnable.add_list(self.cues, SlotKind.CUE_PREVIOUS, SlotKind.CUE_NEXT, self._cue_here)
        learnable.add_field(self.prompt, SlotKind.PROMPT_NEXT, SlotKind.PROMPT_PREVIOUS)
        learnable.add_slots(self.now, snapshot_slots())
        return learnable

    def _cue_here(self) -> tuple[Slot, ...]:
        cues = self._show.lists.cues
        return (Slot(SlotKind.CUE, cues.number),) if cues is not None and 1 <= cues.number <= MAX_SLOT else ()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        part = self.childAt(event.pos())
        if part is not None:
            self.learnable.open(part, part.mapFrom(self, event.pos()))

    # -- layout -------------------------------------------------------------------------------

    @property
    def unit(self) -> float:
        """The scale in force."""
        return self._layout.unit if self._layout is not None else 1.0

    def show_lists(self, shown: bool) -> None:
        """Make room for the playlist and the cues, or give it back to the picture: in steps, while it plays."""
        if shown != self._lists_shown:
            self._lists_shown = shown
            self._lay_out()
            self._steps.start()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._lay_out()
        for part, place in self._behind():
            part.setGeometry(place)

    def _move_a_row(self) -> None:
        behind = self._behind()
        for part, place in behind[:MOVED_A_STEP]:
            part.setGeometry(place)
        if len(behind) <= MOVED_A_STEP:
            self._steps.stop()

    def _behind(self) -> list[tuple[QWidget, QRect]]:
        """The knobs and pads that are not where they belong, and where that is."""
        assert self._layout is not None
        rows = (*zip(self.knobs, self._layout.knobs, strict=True), *zip(self.pads, self._layout.pads, strict=True))
        return [(part, QRect(*place)) for part, place in rows if part.geometry() != QRect(*place)]

    def _lay_out(self) -> None:
        """Place all but knobs and pads, which take longest to paint."""
        unit = theme.unit_for(self.width(), self.height())
        layout = arrange(self.width(), self.height(), unit, len(FIGURES), lists=self._lists_shown)
        self._layout = layout
        for control in self.findChildren(Control, options=Qt.FindChildOption.FindDirectChildrenOnly):
            control.set_unit(unit)
        self.prompt.set_unit(unit)
        single: tuple[tuple[QWidget, Box], ...] = (
            (self.midi_chip, layout.midi),
            (self.osc_key, layout.osc_key),
            (self.screen_key, layout.screen_key),
            (self.help_key, layout.help_key),
            (self.lamp, layout.lamp),
            (self.input_view, layout.input),
            (self.depth_view, layout.depth),
            (self.now, layout.now),
            (self.programme, layout.programme),
            (self.knob_pages, layout.knob_pages),
            (self.banks, layout.banks),
            (self.mode, layout.mode),
            (self.launch, layout.launch),
            (self.cancel, layout.cancel),
            (self.playlist, layout.playlist),
            (self.cues, layout.cues),
            (self.prompt, layout.prompt),
            (self.morph, layout.morph),
            (self.tempo, layout.tempo),
            (self.tap, layout.tap),
            (self.master, layout.master),
            (self.freeze, layout.freeze),
            (self.blackout, layout.blackout),
            (self.panic, layout.panic),
            (self.event_line, layout.event),
            (self.reset_line, layout.reset),
            (self.backend_line, layout.backend),
        )
        rows: tuple[tuple[Sequence[QWidget], Sequence[Box]], ...] = (
            (self.chips[:4], layout.chips),
            (self.traces, layout.traces),
            (self.figures, layout.figures),
        )
        for widget, place in single:
            widget.setGeometry(*place)
        for card in (self.playlist, self.cues):
            card.setVisible(self._lists_shown)
        for widgets, places in rows:
            for part, place in zip(widgets, places, strict=True):
                part.setGeometry(*place)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.GROUND)
        layout = self._layout
        if layout is not None and event.rect().top() <= layout.mark.y + layout.mark.height:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if layout.mark.width:
                self._paint_mark(painter, layout.mark, layout.unit)
            for x, y in layout.arrows:
                chevron(painter, QPointF(x, y), 4.5 * layout.unit, theme.OFF)
        painter.end()

    @staticmethod
    def _paint_mark(painter: QPainter, place: Box, unit: float) -> None:
        # The mark is a picture cut in two by a hard edge.
        edge = round(26 * unit)
        top = place.y + (place.height - edge) // 2
        painter.fillRect(place.x, top, edge // 2, edge, theme.TEXT)
        painter.fillRect(place.x + edge // 2 + round(3 * unit), top, edge - edge // 2, edge, theme.ACCENT)
        painter.setFont(theme.font(round(16 * unit), theme.SEMIBOLD))
        painter.setPen(theme.TEXT)
        x = place.x + edge + round(13 * unit)
        painter.drawText(x, place.y, place.width, place.height, Qt.AlignmentFlag.AlignVCenter, "Hardcut")
