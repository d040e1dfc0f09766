"""Keeps the parts of the surface true to the models: each model's change is shown once, in one place."""

from typing import Final

from app import theme
from app.control.limits import LAUNCHES
from app.control.show import PadState
from app.models import text as words
from app.models.stats import TRACE_SECONDS
from app.models.window_models import WindowModels
from app.views import labels as faces
from app.views.performance_view import PerformanceView
from engine.messages.events import SourceState

MACROS_LABEL: Final = "Macro"


class Presenter:
    """Listens to the models of a show, and shows them on a surface."""

    def __init__(self, show: WindowModels, surface: PerformanceView) -> None:
        self._show = show
        self._parts = surface
        surface.prompt.left.connect(self._show_prompt)
        surface.knob_pages.chosen.connect(show.turn_page)
        show.chain.changed.connect(self._show_chain)
        show.stats.changed.connect(self._show_stats)
        show.transport.changed.connect(self._show_transport)
        show.transport.prompt_changed.connect(self._show_prompt)
        show.knobs.changed.connect(self._show_knobs)
        show.macros.changed.connect(self._show_knobs)
        show.pads.changed.connect(self._show_pads)
        show.tempo.changed.connect(self._show_tempo)
        show.lists.changed.connect(self._show_lists)
        show.log.changed.connect(self._show_log)
        show.midi_changed.connect(self._show_midi)
        show.clocks_changed.connect(self._show_clocks)
        self.refresh()

    def refresh(self) -> None:
        """Bring every part up to date."""
        self._show_chain()
        self._show_stats()
        self._show_transport()
        self._show_prompt()
        self._show_knobs()
        self._show_pads()
        self._show_tempo()
        self._show_lists()
        self._show_log()
        self._show_midi()
        self._show_clocks()

    # -- models to parts ----------------------------------------------------------------------

    def _show_chain(self) -> None:
        show = self._show
        self._parts.source_chip.show_face(faces.source_face(show))
        self._parts.depth_chip.show_face(faces.depth_face(show))
        self._parts.generator_chip.show_face(faces.generator_face(show))
        self._parts.output_chip.show_face(faces.output_face(show))
        self._parts.backend_line.show_text(faces.backend_words(show.chain.generator), theme.FAINT)
        source = show.chain.source
        if show.chain.source_missing and source is not None:
            self._parts.input_view.show_remark(source.state.value.upper(), theme.RED, dimmed=True)
        elif source is not None and source.state is SourceState.OPENING:
            self._parts.input_view.show_remark("OPENING", theme.AMBER)
        else:
            self._parts.input_view.show_remark("", theme.DIM)
        self._parts.input_view.show_words(faces.source_words(source))
        self._parts.depth_view.show_words(faces.depth_words(show.chain.depth))
        self._show_lamp()

    def _show_lamp(self) -> None:
        self._parts.lamp.show_state(*faces.lamp(self._show))
        self._parts.programme.show_frame(*faces.programme_frame(self._show))

    def _show_stats(self) -> None:
        stats, last = self._show.stats, self._show.stats.last
        self._parts.reset_line.show_text(f"Last reset: {stats.reset_reason}" if stats.reset_reason else "", theme.FAINT)
        self._parts.morph.show_value(*faces.morph_words(self._show))
        if last is None:
            return
        self._show_chain()
        slow = last.pipeline_fps < 0.8 * last.output_fps
        self._parts.traces[0].show_rate(words.rate(last.input_fps), stats.input_trace, TRACE_SECONDS)
        self._parts.traces[1].show_rate(words.rate(last.pipeline_fps), stats.pipeline_trace, TRACE_SECONDS, alarm=slow)
        self._parts.traces[2].show_rate(words.rate(last.output_fps), stats.output_trace, TRACE_SECONDS)
        cut = words.milliseconds(last.cut_latency_ns) if last.cut_latency_ns else "–"
        numbers = (
            words.milliseconds(last.latency_ns) if last.latency_ns else "–",
            cut,
            words.count(last.lagged),
            words.count(last.skipped),
            words.count(last.repeated),
            words.count(last.dropped),
            words.count(last.cache_resets),
            words.gibibytes(last.memory_bytes),
        )
        for figure, number in zip(self._parts.figures, numbers, strict=True):
            figure.show_number(number)
        self._parts.figures[2].show_number(numbers[2], theme.AMBER if last.lagged else theme.TEXT)
        self._parts.figures[7].show_number(numbers[7], unit="GiB" if last.memory_bytes >= 2**30 else "MiB")

    def _show_transport(self) -> None:
        transport = self._show.transport
        self._parts.freeze.show_state(lit=transport.freeze.shown, waiting=transport.freeze.waiting)
        self._parts.blackout.show_state(lit=transport.blackout.shown, waiting=transport.blackout.waiting)
        self._parts.mode.show_current(1 if transport.soft else 0)
        self._parts.launch.show_current(LAUNCHES.index(transport.launch))
        self._parts.morph.show_value(*faces.morph_words(self._show))
        self._show_now()
        self._show_lamp()

    def _show_now(self) -> None:
        transport = self._show.transport
        self._parts.now.show_now(transport.scene, transport.prompt, transport.prompt_progress)

    def _show_prompt(self) -> None:
        transport = self._show.transport
        if not self._parts.prompt.hasFocus() and self._parts.prompt.text() != transport.prompt:
            self._parts.prompt.setText(transport.prompt)
            self._parts.prompt.setCursorPosition(0)
        self._show_now()

    def _show_knobs(self) -> None:
        bank, macros = self._show.knobs, self._show.macros
        shown = macros.knobs if macros.in_front else bank.shown
        for place, widget in enumerate(self._parts.knobs):
            widget.show_knob(shown[place] if place < len(shown) else None)
        self._parts.knob_pages.show_labels([*(str(page + 1) for page in range(bank.pages)), MACROS_LABEL])
        self._parts.knob_pages.show_current(bank.pages if macros.in_front else bank.page)
        moved = any(not knob.empty for knob in macros.knobs)
        self._parts.knob_pages.show_marked(frozenset({bank.pages}) if moved else frozenset())

    def _show_pads(self) -> None:
        bank = self._show.pads
        for widget, pad in zip(self._parts.pads, bank.shown, strict=True):
            widget.show_pad(pad)
        self._parts.banks.show_labels([chr(ord("A") + number) for number in range(bank.banks)])
        self._parts.banks.show_current(bank.bank)
        playing = bank.bank_of(bank.playing)
        self._parts.banks.show_marked(frozenset() if playing is None else frozenset({playing}))
        self._parts.cancel.setEnabled(bool(bank.queued))
        if not bank.queued:
            self._parts.now.show_queued("", "")

    def _show_tempo(self) -> None:
        self._parts.tempo.show_tempo(self._show.tempo.bpm)

    def _show_clocks(self) -> None:
        clocks = self._show.midi.clocks
        self._parts.tempo.show_clocks(
            clocks.followed.source.value,
            theme.AMBER if clocks.troubled else theme.DIM,
            "OUT" if clocks.sends or clocks.hindered else "",
            theme.AMBER if clocks.hindered else theme.ACCENT,
            clocks.sentence,
        )

    def _show_lists(self) -> None:
        lists = self._show.lists
        self._parts.show_lists(lists.loaded)
        self._parts.playlist.show_face(faces.playlist_face(lists.playlist))
        self._parts.now.show_hint("" if lists.loaded else faces.LISTS_HINT)

    def _show_log(self) -> None:
        last = self._show.log.last
        if last is not None:
            self._show_line(last.at_ns)

    def _show_line(self, now_ns: int) -> None:
        """The newest line of the log; a warning stands a while before what came after it is shown."""
        entry = self._show.log.prominent(now_ns)
        if entry is not None:
            ink, lamp = faces.event_colours(entry.level)
            self._parts.event_line.show_text(entry.text, ink, lamp)

    def _show_midi(self) -> None:
        midi = self._show.midi
        self._parts.midi_chip.show_face(faces.midi_face(midi))
        self._parts.osc_key.show_state(lit=self._parts.osc_key.lit, waiting=midi.osc_failed)

    def tick(self, now_ns: int) -> None:
        """What moves by itself: the beat lamp and the wait of a queued cut."""
        self._parts.tempo.show_beat(self._show.tempo.beat(now_ns))
        self._parts.cues.show_face(faces.cue_face(self._show.lists.cues, now_ns))
        self._show_line(now_ns)
        pads = self._show.pads
        if pads.queued:
            progress = pads.wait_progress(now_ns)
            for widget in self._parts.pads:
                if widget.pad.state is PadState.QUEUED:
                    widget.show_progress(progress)
            self._parts.now.show_queued(pads.queued, faces.wait_words(pads.due_ns, now_ns))
