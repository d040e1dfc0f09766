"""The thread hardcut-show: knows the show as it is now, and keeps it within two seconds of a change."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from app.control.service import ControlService
from app.control.state import ControlState
from app.show.document import Beat, Front, ListPlace, Show, tempo_source
from app.show.file import ShowError
from app.show.given import still_given
from app.show.kept import ShowFolder
from engine.clock import NS_PER_SECOND, Clock
from engine.documents import read_text
from engine.errors import EngineError
from engine.files import FileKind
from engine.messages.events import (
    Committed,
    ComponentState,
    Event,
    GeneratorChanged,
    MapChanged,
    ScenesChanged,
    SourceChanged,
    SourceState,
    TempoChanged,
)
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import MAP_PARAMETERS, OUTPUT_PARAMETERS
from engine.messages.quality import QualityChanged, QualityRule
from engine.messages.reference import ReferenceChanged
from engine.messages.sinks import RECORDER, STILL

_LOG = logging.getLogger(__name__)

QUIET_NS: Final = NS_PER_SECOND // 2
"""A hand that turns a knob writes no file until it rests,"""
LATEST_NS: Final = 3 * NS_PER_SECOND // 2
"""but after so long at the latest."""
SETTLED_NS: Final = 60 * NS_PER_SECOND
"""A show that has played for so long was not ended by how it began."""
LARGEST_TEXT: Final = 256 << 10
"""Characters of a list that are kept beside its path."""

HEARD: Final = (
    Committed,
    CueChanged,
    GeneratorChanged,
    MapChanged,
    ModulationChanged,
    OutputChanged,
    PlaylistChanged,
    QualityChanged,
    ReferenceChanged,
    ScenesChanged,
    SourceChanged,
    TempoChanged,
)
_LIST: Final = FileKind("list", ShowError)


@dataclass(frozen=True, slots=True)
class Aside:
    """Another show takes the place of this one."""


@dataclass(frozen=True, slots=True)
class KeptState:
    """What there is to see of it: the show as it is now, and why it is not kept ("" while it is)."""

    show: Show
    fault: str = ""


class ShowKeeper(ControlService[Aside, KeptState]):
    """Its state is the show as it is now.

    Args:
        show: what the performance begins with; folder: where it is kept, None: nowhere.
        tell: hears why it is not kept, a sentence.
    """

    def __init__(
        self,
        show: Show,
        folder: ShowFolder | None,
        clock: Clock,
        tell: Callable[[str], None],
        *,
        crashes: int = 0,
    ) -> None:
        super().__init__("show", "Keeping the show", KeptState(show), clock)
        self._show = self._began = show
        self._folder = folder
        self._tell = tell
        self._crashes = crashes
        self._source = SourceFollower(show.playing.source)
        self._emergency = EmergencyFollower(show.sent.emergency)
        self._changed_ns: int | None = None
        self._touched_ns = 0
        self._fault = ""
        self._read: Callable[[str], str] = _text_of

    def hear(self, event: Event) -> None:
        """Take in an engine event; from any thread, returns at once."""
        if isinstance(event, HEARD):
            super().hear(event)

    def put_aside(self) -> None:
        """Another show is about to take this one's place: it is kept as an older one; from any thread."""
        self._put(Aside())

    def _work(self) -> None:
        began_ns, settled = self._clock.now_ns(), False
        if self._folder is not None:
            self._try(lambda folder: folder.begin(self._crashes))
        while True:
            for item in self._arrived():
                if item is None:
                    self._keep()
                    return
                self._take(item)
            now_ns = self._clock.now_ns()
            if self._changed_ns is not None and (
                now_ns - self._touched_ns >= QUIET_NS or now_ns - self._changed_ns >= LATEST_NS
            ):
                self._keep()
            if not settled and now_ns - began_ns >= SETTLED_NS:
                settled = True
                self._try(lambda folder: folder.settle())
            self._mailbox.wait(QUIET_NS if self._changed_ns is not None else NS_PER_SECOND)

    def _take(self, item: Event | ControlState | Aside) -> None:
        if isinstance(item, Aside):
            self._keep()
            self._try(lambda folder: folder.put_aside())
            return
        after = self._after(item)
        after = replace(after, given=still_given(after, self._began))
        if after != self._show:
            now_ns = self._clock.now_ns()
            self._show, self._touched_ns = after, now_ns
            self._changed_ns = now_ns if self._changed_ns is None else self._changed_ns
            self._publish(KeptState(after, self._fault))

    def _after(self, item: Event | ControlState) -> Show:
        show = self._show
        match item:
            case PlaylistChanged():
                place = ListPlace(
                    path=item.path,
                    text=self._text(show.playlist, item.path),
                    number=item.number,
                    loop=item.loop,
                    seed=-1 if item.seed is None else item.seed,
                )
                return replace(show, playlist=place)
            case CueChanged():
                cues = ListPlace(path=item.path, text=self._text(show.cues, item.path), number=item.number)
                return replace(show, cues=cues)
            case SourceChanged():
                self._source = self._source.after(item)
                return replace(show, playing=replace(show.playing, source=self._source.wanted, framing=item.framing))
            case OutputChanged():
                self._emergency = self._emergency.after(item.emergency)
                after_it = after(show, item)
                return replace(after_it, sent=replace(after_it.sent, emergency=self._emergency.wanted))
            case _:
                return after(show, item)

    def _text(self, place: ListPlace, path: str) -> str:
        if not path:
            return ""
        return place.text if path == place.path and place.text else self._read(path)

    def _keep(self) -> None:
        if self._changed_ns is None:
            return
        self._changed_ns = None
        self._try(lambda folder: folder.save(self._show))

    def _try(self, act: Callable[[ShowFolder], None]) -> None:
        if self._folder is None:
            return
        try:
            act(self._folder)
        except ShowError as error:
            fault = str(error)
        else:
            fault = ""
        if fault != self._fault:
            if fault and not self._fault:  # the first of them, not each that follows from it
                self._tell(fault)
            self._fault = fault
            self._publish(KeptState(self._show, fault))

    def _failure(self, fault: str) -> KeptState:
        self._tell(fault)
        return KeptState(self._show, fault)

    def _release(self) -> None:
        self._keep()

    def _renew(self) -> KeptState:
        return KeptState(self._show, self._fault)


@dataclass(frozen=True, slots=True)
class SourceFollower:
    """Which source the performer wants: one that fails at the start is still wanted, another stands in for it.

    Attributes:
        before: what was wanted before this one was asked for, "" at the start.
        live: it has come.
    """

    wanted: str
    before: str = ""
    live: bool = False

    def after(self, event: SourceChanged) -> "SourceFollower":
        """After an event of a source."""
        match event.state:
            case SourceState.OPENING if event.spec != self.wanted:
                return SourceFollower(event.spec, self.wanted if self.live else "")
            case SourceState.LIVE if event.spec == self.wanted:
                return replace(self, live=True)
            case SourceState.FAILED if event.spec == self.wanted and self.before and not self.live:
                return SourceFollower(self.before, live=True)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class EmergencyFollower:
    """Which emergency picture the performer wants: a clip is decoded first, and another is told until it is there.

    Attributes:
        wanted: "" until one is told; before: what was told in its place, "" for nothing yet.
        chosen: what is wanted has been told.
    """

    wanted: str
    before: str = ""
    chosen: bool = False

    def after(self, told: str) -> "EmergencyFollower":
        """After the output has told what it would show."""
        if self.wanted and not self.chosen and told != self.wanted and self.before in ("", told):
            return replace(self, before=told)
        return EmergencyFollower(told, chosen=True)


def after(show: Show, item: Event | ControlState) -> Show:
    """The show after what an event or the front tells, as far as no file is needed for it."""
    playing, sent = show.playing, show.sent
    match item:
        case Committed():
            values = {key: value for key, value in item.targets.items() if key not in OUTPUT_PARAMETERS}
            values |= {key: value for key, value in playing.values.items() if key in MAP_PARAMETERS}
            return replace(show, playing=replace(playing, scene=item.scene, prompt=item.prompt, values=values))
        case GeneratorChanged(state=ComponentState.READY):
            name = playing.generator if item.detail else item.name  # with a detail it stands in for another
            return replace(show, playing=replace(playing, generator=name, format=item.format))
        case MapChanged():
            return replace(show, playing=replace(playing, depth=item.name, values={**playing.values, **item.values}))
        case ModulationChanged():
            moved = replace(playing, modulated=item.on, modulation=item.scene, everywhere=item.everywhere)
            return replace(show, playing=moved)
        case QualityChanged():
            rules = {one.step.id: one.rule for one in item.steps if one.rule is not QualityRule.AUTO}
            return replace(show, playing=replace(playing, quality=rules))
        case ReferenceChanged(file=str()):
            return replace(show, playing=replace(playing, reference=item.file or ""))
        case OutputChanged(state=ComponentState.READY) if item.width and item.fps_denominator:
            rate = Fraction(item.fps_numerator, item.fps_denominator)
            out = replace(
                sent,
                sinks=tuple(one.sink for one in item.sinks if one.id not in (RECORDER, STILL)),
                width=item.width,
                height=item.height,
                fps=rate,
                fit=item.fit,
                upscale=item.upscale,
                interpolation=item.interpolation,
                alpha=item.alpha,
                logo=item.logo,
                logo_on=item.logo_on,
                values=item.values,
                shapes={key: str(replace(one, pattern=False)) for key, one in item.shapes.items()},
            )
            return replace(show, sent=out)
        case ScenesChanged(renamed=(old, new)) if playing.scene == old:
            return replace(show, playing=replace(playing, scene=new))
        case TempoChanged():
            return replace(show, beat=replace(show.beat, bpm=item.bpm))
        case ControlState():
            front = Front(
                pads=item.pads,
                scenes=tuple(sorted(item.scenes)),
                bank=item.pad_bank,
                page=item.knob_page,
                macros_shown=item.macros_shown,
                soft=item.soft,
                launch=item.launch,
                morph_seconds=item.morph_seconds,
                auto=item.auto,
            )
            return replace(show, front=front, beat=Beat(bpm=show.beat.bpm, source=tempo_source(item.link)))
        case _:
            return show


def _text_of(path: str) -> str:
    """What a list's file holds; "" where that is too much to keep, or cannot be read."""
    try:
        text = read_text(Path(path), _LIST)
    except EngineError as error:
        _LOG.info("%s", error)
        return ""
    return text if len(text) <= LARGEST_TEXT else ""
