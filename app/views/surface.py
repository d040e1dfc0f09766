"""The surface of the instrument: makes the parts, lays them out, and keeps them true to the models."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.models import words
from app.models.console import Console
from app.models.keys import PAD_LETTERS
from app.models.pads import PadState
from app.models.show import Show
from app.models.stats import TRACE_SECONDS
from app.views import faces
from app.views.geometry import Box, Layout, arrange
from app.widgets import icons
from app.widgets.chip import Chip
from app.widgets.control import Control, chevron
from app.widgets.fields import Field
from app.widgets.keys import KeyRow, PushKey
from app.widgets.knob import KnobWidget
from app.widgets.meters import Figure, RateTrace, Words
from app.widgets.pad import PadWidget
from app.widgets.panels import Fader, NowCard, Stepper, StudioLamp, TempoDial
from app.widgets.pictures import ProgrammeView, ScenePictures, Thumbnail
from engine.commands import Launch
from engine.events import SourceState
from engine.parameters import OUTPUT_LEVEL

LAUNCHES: Final = (Launch.NOW, Launch.BEAT, Launch.BAR, Launch.TWO_BARS, Launch.FOUR_BARS)
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


class Surface(QWidget):
    """Every part of the window below its menus. It calls the console and nothing else."""

    source_pressed = Signal()
    depth_pressed = Signal()
    generator_pressed = Signal()
    output_pressed = Signal()
    midi_pressed = Signal()
    log_pressed = Signal()
    screen_pressed = Signal()
    help_pressed = Signal()
    assign_asked = Signal(int)
    learn_asked = Signal(str, QWidget)

    def __init__(self, show: Show, console: Console, pictures: ScenePictures) -> None:
        super().__init__()
        self._show = show
        self._console = console
        self._layout: Layout | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._make_chain()
        self._make_pictures()
        self._make_panel(pictures)
        self._make_play()
        self._make_strip()
        self._connect()
        self.refresh()

    # -- parts --------------------------------------------------------------------------------

    def _make_chain(self) -> None:
        self.source_chip = Chip(self, "Source", "Where pictures come from. Click to choose.")
        self.depth_chip = Chip(self, "Depth", "What the depth worker does. Click for more.")
        self.generator_chip = Chip(self, "Generator", "What dreams the pictures. Click to choose.")
        self.output_chip = Chip(self, "Output", "What goes out. Click for canvas and full screen.")
        self.midi_chip = Chip(self, "MIDI", "MIDI controllers. Click for more.")
        self.chips = (self.source_chip, self.depth_chip, self.generator_chip, self.output_chip, self.midi_chip)
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
            self, (), name="Knob pages", help_text="Which eight parameters the knobs are.", vertical=True
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
        self.event_line.pressed.connect(self.log_pressed)
        self.screen_key.pressed.connect(self.screen_pressed)
        self.programme.double_clicked.connect(self.screen_pressed)
        self.help_key.pressed.connect(self.help_pressed)
        for knob in self.knobs:
            knob.turned.connect(console.turn_knob)
            knob.reset.connect(console.reset_knob)
            knob.learn_asked.connect(lambda target, owner=knob: self.learn_asked.emit(target, owner))
        for target, part in (
            ("level", self.master),
            ("freeze", self.freeze),
            ("blackout", self.blackout),
            ("panic", self.panic),
            ("tap", self.tap),
            ("cancel", self.cancel),
            ("cut_mode", self.mode),
        ):
            part.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            part.customContextMenuRequested.connect(
                lambda _, target=target, owner=part: self.learn_asked.emit(target, owner)
            )
        for pad in self.pads:
            pad.struck.connect(console.press_pad)
            pad.assign_asked.connect(self.assign_asked)
        self.master.turned.connect(console.turn_knob)
        self.master.reset.connect(console.reset_knob)
        self.knob_pages.chosen.connect(show.knobs.turn_page)
        self.banks.chosen.connect(show.pads.turn_bank)
        self.mode.chosen.connect(lambda index: show.transport.set_soft(index == 1))
        self.launch.chosen.connect(lambda index: console.set_launch(LAUNCHES[index]))
        self.cancel.pressed.connect(console.cancel_queued)
        self.prompt.entered.connect(console.enter_prompt)
        self.prompt.left.connect(self._show_prompt)
        self.morph.stepped.connect(show.transport.step_morph)
        self.tempo.typed.connect(console.set_tempo)
        self.tap.pressed.connect(console.tap)
        self.freeze.pressed.connect(console.toggle_freeze)
        self.blackout.pressed.connect(console.toggle_blackout)
        self.panic.pressed.connect(console.panic)

        show.chain.changed.connect(self._show_chain)
        show.stats.changed.connect(self._show_stats)
        show.transport.changed.connect(self._show_transport)
        show.transport.prompt_changed.connect(self._show_prompt)
        show.knobs.changed.connect(self._show_knobs)
        show.pads.changed.connect(self._show_pads)
        show.tempo.changed.connect(self._show_tempo)
        show.log.changed.connect(self._show_log)
        show.midi_changed.connect(self._show_midi)

    def refresh(self) -> None:
        """Bring every part up to date."""
        self._show_chain()
        self._show_stats()
        self._show_transport()
        self._show_prompt()
        self._show_knobs()
        self._show_pads()
        self._show_tempo()
        self._show_log()
        self._show_midi()

    # -- models to parts ----------------------------------------------------------------------

    def _show_chain(self) -> None:
        show = self._show
        self.source_chip.show_face(faces.source_face(show))
        self.depth_chip.show_face(faces.depth_face(show))
        self.generator_chip.show_face(faces.generator_face(show))
        self.output_chip.show_face(faces.output_face(show))
        self.backend_line.show_text(faces.backend_words(show.chain.generator), theme.FAINT)
        source = show.chain.source
        if show.chain.source_missing and source is not None:
            self.input_view.show_remark(source.state.value.upper(), theme.RED, dimmed=True)
        elif source is not None and source.state is SourceState.OPENING:
            self.input_view.show_remark("OPENING", theme.AMBER)
        else:
            self.input_view.show_remark("", theme.DIM)
        self._show_lamp()

    def _show_lamp(self) -> None:
        self.lamp.show_state(*faces.lamp(self._show))
        self.programme.show_frame(*faces.programme_frame(self._show))

    def _show_stats(self) -> None:
        stats, last = self._show.stats, self._show.stats.last
        self.reset_line.show_text(f"Last reset: {stats.reset_reason}" if stats.reset_reason else "", theme.FAINT)
        self.morph.show_value(*faces.morph_words(self._show))
        if last is None:
            return
        self._show_chain()
        slow = last.pipeline_fps < 0.8 * last.output_fps
        self.traces[0].show_rate(words.rate(last.input_fps), stats.input_trace, TRACE_SECONDS)
        self.traces[1].show_rate(words.rate(last.pipeline_fps), stats.pipeline_trace, TRACE_SECONDS, alarm=slow)
        self.traces[2].show_rate(words.rate(last.output_fps), stats.output_trace, TRACE_SECONDS)
        cut = words.milliseconds(last.cut_latency_ns) if last.cut_latency_ns else "–"
        numbers = (
            words.milliseconds(last.latency_ns),
            cut,
            words.count(last.lagged),
            words.count(last.skipped),
            words.count(last.repeated),
            words.count(last.dropped),
            words.count(last.cache_resets),
            words.gibibytes(last.memory_bytes),
        )
        for figure, number in zip(self.figures, numbers, strict=True):
            figure.show_number(number)
        self.figures[2].show_number(numbers[2], theme.AMBER if last.lagged else theme.TEXT)
        self.figures[7].show_number(numbers[7], unit="GiB" if last.memory_bytes >= 2**30 else "MiB")

    def _show_transport(self) -> None:
        transport = self._show.transport
        self.freeze.show_state(lit=transport.freeze.shown, waiting=transport.freeze.waiting)
        self.blackout.show_state(lit=transport.blackout.shown, waiting=transport.blackout.waiting)
        self.mode.show_current(1 if transport.soft else 0)
        self.launch.show_current(LAUNCHES.index(transport.launch))
        self.morph.show_value(*faces.morph_words(self._show))
        self._show_now()
        self._show_lamp()

    def _show_now(self) -> None:
        transport = self._show.transport
        self.now.show_now(transport.scene, transport.prompt, transport.prompt_progress)

    def _show_prompt(self) -> None:
        transport = self._show.transport
        if not self.prompt.hasFocus() and self.prompt.text() != transport.prompt:
            self.prompt.setText(transport.prompt)
            self.prompt.setCursorPosition(0)
        self._show_now()

    def _show_knobs(self) -> None:
        bank = self._show.knobs
        shown = bank.shown
        for place, widget in enumerate(self.knobs):
            widget.show_knob(shown[place] if place < len(shown) else None)
        self.knob_pages.show_labels([str(page + 1) for page in range(bank.pages)])
        self.knob_pages.show_current(bank.page)

    def _show_pads(self) -> None:
        bank = self._show.pads
        for widget, pad in zip(self.pads, bank.shown, strict=True):
            widget.show_pad(pad)
        self.banks.show_labels([chr(ord("A") + number) for number in range(bank.banks)])
        self.banks.show_current(bank.bank)
        playing = bank.bank_of(bank.playing)
        self.banks.show_marked(frozenset() if playing is None else frozenset({playing}))
        self.cancel.setEnabled(bool(bank.queued))
        if not bank.queued:
            self.now.show_queued("", "")

    def _show_tempo(self) -> None:
        self.tempo.show_tempo(self._show.tempo.bpm)

    def _show_log(self) -> None:
        last = self._show.log.last
        if last is not None:
            ink, lamp = faces.event_colours(last.level)
            self.event_line.show_text(last.text, ink, lamp)

    def _show_midi(self) -> None:
        self.midi_chip.show_face(faces.midi_face(self._show.midi))

    def tick(self, now_ns: int) -> None:
        """What moves by itself: the beat lamp and the wait of a queued cut."""
        self.tempo.show_beat(self._show.tempo.beat(now_ns))
        pads = self._show.pads
        if pads.queued:
            progress = pads.wait_progress(now_ns)
            for widget in self.pads:
                if widget.pad.state is PadState.QUEUED:
                    widget.show_progress(progress)
            self.now.show_queued(pads.queued, faces.wait_words(pads.due_ns, now_ns))

    # -- layout -------------------------------------------------------------------------------

    @property
    def unit(self) -> float:
        """The scale in force."""
        return self._layout.unit if self._layout is not None else 1.0

    def resizeEvent(self, _event: QResizeEvent) -> None:
        unit = theme.unit_for(self.width(), self.height())
        layout = arrange(self.width(), self.height(), unit, len(FIGURES))
        self._layout = layout
        for control in self.findChildren(Control, options=Qt.FindChildOption.FindDirectChildrenOnly):
            control.set_unit(unit)
        self.prompt.set_unit(unit)
        single: tuple[tuple[QWidget, Box], ...] = (
            (self.midi_chip, layout.midi),
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
            (self.knobs, layout.knobs),
            (self.pads, layout.pads),
            (self.traces, layout.traces),
            (self.figures, layout.figures),
        )
        for widget, place in single:
            widget.setGeometry(*place)
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
