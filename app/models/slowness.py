"""Why pictures come too slowly, in a sentence with what to do about it."""

from dataclasses import dataclass
from typing import Final

from app.models import text as words
from app.models.chain import ChainModel
from app.models.signal import Signal
from app.models.stats import StatsModel
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.events import ComponentState, SourceState
from engine.messages.stats import Stats

SLOW_SHARE: Final = 0.8
"""Of the output's rate: below it the eye sees repeated pictures."""
SPARSE_SHARE: Final = 0.6
"""The same of a source: film at 24 of 30 is none."""
HOLD_NS: Final = 3 * NS_PER_SECOND
"""How long it must be slow before it is told, and well before it is no longer told."""
LOOK_NS: Final = 10 * NS_PER_SECOND
"""How often the machine is looked at while it is slow."""
BUSY_SHARE: Final = 0.25
"""Of the machine's threads: what other programs keep busy is felt from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLoad:
    """What the machine does beside the show.

    Attributes:
        threads: those that this process may use; other_cores: mean number that others keep busy.
        unused_gpu: a GPU that the installed torch cannot use, "" where there is none.
    """

    threads: int
    other_cores: float
    on_battery: bool = False
    unused_gpu: str = ""


class Slowness:
    """Observes the figures and the chain.

    Attributes:
        text: why it is slow; "" while it is not.
    """

    def __init__(self, stats: StatsModel, chain: ChainModel) -> None:
        self.changed = Signal()
        self.text = ""
        self._stats = stats
        self._chain = chain
        self._load: MachineLoad | None = None
        self._slow = False
        self._since_ns: int | None = None
        self._looked_ns: int | None = None
        stats.changed.connect(self._follow)

    def take_load(self, load: MachineLoad) -> None:
        """Take what the machine does beside the show."""
        self._load = load
        self._tell()

    def wants_load(self, now_ns: int) -> bool:
        """The machine is to be looked at now; true once in LOOK_NS while it is slow."""
        if not self._slow or (self._looked_ns is not None and now_ns - self._looked_ns < LOOK_NS):
            return False
        self._looked_ns = now_ns
        return True

    def _follow(self) -> None:
        last = self._stats.last
        if last is None:
            return
        slow = self._is_slow(last) or self._is_sparse(last)
        if slow is self._slow:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = last.at_ns
        elif last.at_ns - self._since_ns >= HOLD_NS:
            self._slow, self._since_ns = slow, None
        self._tell()

    @property
    def _wanted_fps(self) -> float:
        output = self._chain.output
        return output.fps_numerator / output.fps_denominator if output is not None else 0.0

    def _is_slow(self, stats: Stats) -> bool:
        generator = self._chain.generator
        ready = generator is not None and generator.state is ComponentState.READY
        return ready and stats.pipeline_fps < SLOW_SHARE * self._wanted_fps

    def _is_sparse(self, stats: Stats) -> bool:
        source = self._chain.source
        live = source is not None and source.state is SourceState.LIVE
        quality = self._chain.quality
        if source is not None and source.spec.startswith("stage") and quality is not None and quality.taken:
            return False  # it is drawn here, at a lower rate because the picture is simplified
        return live and 0.0 < stats.input_fps < SPARSE_SHARE * self._wanted_fps

    def _tell(self) -> None:
        stats = self._stats.last
        if self._slow and stats is not None and not (self._is_slow(stats) or self._is_sparse(stats)):
            return  # it recovers: what was told stands until that has lasted
        text = self._reason(stats) if self._slow and stats is not None else ""
        if text != self.text:
            self.text = text
            self.changed.emit()

    def _reason(self, stats: Stats) -> str:
        wanted = self._wanted_fps
        if not self._is_slow(stats):
            source = self._chain.source
            name = words.source_label(source.spec) if source is not None else "The source"
            return f"{name} delivers {stats.input_fps:.0f} of {wanted:.0f} pictures a second. Look at its settings."
        begin = f"Slow, {stats.pipeline_fps:.0f} of {wanted:.0f} FPS:"
        load = self._load
        if self._chain.shared_gpus:
            return f"{begin} another program computes on the GPU. Close it."
        if load is not None and load.unused_gpu:
            return f"{begin} this torch cannot use the {load.unused_gpu}. Run hardcut doctor: it says what to install."
        if load is not None and load.other_cores > BUSY_SHARE * load.threads:
            return (
                f"{begin} other programs keep {load.other_cores:.1f} of {load.threads} cores busy. "
                "Close what the show does not need."
            )
        if load is not None and load.on_battery:
            return f"{begin} the machine runs on battery. Plug the mains in."
        generator = self._chain.generator
        name = generator.name.capitalize() if generator is not None else "The generator"
        frames = stats.frames / stats.chunks if stats.chunks else 0.0
        if not frames or not stats.chunk_ns:
            return f"{begin} {name} is too slow for this machine. Try a smaller generator."
        room = frames / wanted * NS_PER_SECOND / NS_PER_MS
        took = stats.chunk_ns / NS_PER_MS
        return f"{begin} {name} takes {took:.0f} ms for what plays {room:.0f} ms here. Try a smaller generator."
