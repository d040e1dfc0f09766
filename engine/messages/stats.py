"""What is measured while it runs: the figures of the last second, other programs on the GPU."""

from dataclasses import dataclass
from typing import ClassVar

from engine.messages.events import Event


@dataclass(frozen=True, slots=True)
class SharedGpu:
    """An accelerator that we compute on and others use.

    Attributes:
        others: how many processes; bytes: memory they hold, as far as the driver tells.
        busy: share of the time in which they computed, 0..1; None if the driver does not tell.
    """

    name: str
    others: int
    bytes: int
    busy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuShared(Event):
    """Other programs have come to our accelerators, or have gone; () once nobody is left."""

    gpus: tuple[SharedGpu, ...]

    def sentence(self) -> str:
        """Who else is there, in words."""
        if not self.gpus:
            return "No other program uses the GPU any more."
        told = []
        for gpu in self.gpus:
            details = [f"{gpu.bytes / (1 << 30):.1f} GiB"] if gpu.bytes else []
            if gpu.busy is not None:
                details.append(f"{100 * gpu.busy:.0f} % of its time")
            who = "another program" if gpu.others == 1 else f"{gpu.others} other programs"
            told.append(f"{gpu.name}: {who}" + f" ({', '.join(details)})" * bool(details))
        return f"The GPU is shared. {'; '.join(told)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats(Event):
    """The figures of the last second (rates, times) and since this engine began (counts).

    Attributes:
        input_fps, pipeline_fps, output_fps: the three rates.
        lagged: output deadlines missed; repeated: output frames shown again for want of a new one;
        skipped: generated frames that were never shown though their epoch was current;
        discarded: generated frames thrown away because a cut made them stale;
        dropped: input frames that no chunk used.
        latency_ns: capture of an input to its frame's deadline on the output, median.
        cut_latency_ns: pad to photon of the last cut, 0 before the first.
        chunk_ns: time the generator took for a chunk, median.
        depth_age_ns: age of the newest depth map when a chunk used it.
        deadline_error_ns: 99th percentile of |sent - deadline| on the output.
        frames: generated frames published; output_frames: frames the output has sent;
        softened: output frames whose flashing was softened;
        held: output frames that show a picture again by design, the content rate being lower.
        first_frame_ns: when the first generated frame was on the output, 0 before.
        between: output frames that showed a picture between two generated ones; blended: of these, those that were
        blended because motion was not ready in time; interpolation_ns: by how much later than without interpolation
        generated frames are shown now, at most; it is part of latency_ns.
    """

    standing: ClassVar[bool] = True

    input_fps: float
    pipeline_fps: float
    output_fps: float
    lagged: int
    repeated: int
    skipped: int
    discarded: int
    dropped: int
    latency_ns: int
    cut_latency_ns: int
    chunk_ns: int
    depth_age_ns: int
    deadline_error_ns: int
    chunks: int
    epoch: int
    cache_resets: int
    memory_bytes: int
    output_frames: int
    frames: int = 0
    held: int = 0
    first_frame_ns: int = 0
    between: int = 0
    blended: int = 0
    interpolation_ns: int = 0
    softened: int = 0
