"""`python -m bench.audio.film`: the film in docs/ that shows the built-in generator answering to sound, made anew.

A drum loop is synthesised and analysed; a show is played to it on a clock of its own, chunk by chunk, with what is
heard at the very frames at which it sounds, and recorded as any session is. `hardcut render` makes the film of it,
under which the sound is drawn here, and to which it is added.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
import numpy.typing as npt

from app.commands.render import run_render
from bench.audio.tracks import RATE, Track, drum_loop
from engine.audio.analysis import Analyser
from engine.audio.track import resample, split
from engine.clock import NS_PER_SECOND, ManualClock
from engine.generators.registry import build_generator, find_generator
from engine.loop.ports import Interrupt, RunnerPorts, RunnerProgress
from engine.loop.runner import Runner
from engine.mailbox import Latest, Mailbox
from engine.messages.audio import AudioFeatures, FeatureTrack
from engine.messages.commands import Command, HardCut, SetTempo
from engine.messages.frame import ControlMap, InputFrame, OutputFrame
from engine.messages.modulation import AudioFollower, Modulator
from engine.messages.modulation_commands import SetModulator
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import load_library
from engine.preprocess.motion import MotionTracker, enlarged, work_luma
from engine.scheduling.chunk_pacing import ChunkPacing, QueueState
from engine.scheduling.commit_scheduler import CommitScheduler
from engine.session.opening import open_header
from engine.session.recorder import SessionConfig, SessionRecorder
from engine.sources.stage import StageRenderer

FILM: Final = Path(__file__).resolve().parents[2] / "docs" / "sound.mp4"
MOST_BYTES: Final = 2 << 20
GENERATOR: Final = "field"
FPS: Final = 30
PERIOD_NS: Final = NS_PER_SECOND // FPS
BPM: Final = 124.0
FIRST_BAR: Final = 6
"""By then tempo and beat have been found."""
BARS: Final = 4
SCENES: Final = ("Neon Rain", "Lava Heart", "Acid Mandala", "Op Art")
SIDE: Final = 432
STRIP: Final = 64
"""Height of the drawn sound."""
AHEAD_S: Final = 1.0
"""Sound that the strip shows on either side of now."""

ANSWERS: Final = {
    "field.scale": Modulator(source=AudioFollower(feature="kick", attack_s=0.0, release_s=0.18), depth=0.35),
    "field.glow": Modulator(source=AudioFollower(feature="snare", attack_s=0.0, release_s=0.15), depth=0.6),
    "field.edges": Modulator(source=AudioFollower(feature="hat", attack_s=0.0, release_s=0.1), depth=0.5),
}
"""Beside what the scenes have of their own, so that it is seen in a small film."""

Image = npt.NDArray[np.uint8]


class Heard:
    """The features of a track, given for the very frames at which they sound."""

    def __init__(self, track: Track, begin_ns: int) -> None:
        analyser = Analyser(RATE)
        self._features: list[AudioFeatures] = []
        for at in range(0, len(track.sound), 512):
            block = track.sound[at : at + 512]
            self._features += analyser.push(block, begin_ns + round((at + len(block)) / RATE * 1e9))

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:
        """Return what sounds while a chunk that begins now is seen."""
        edges = split(now_ns, now_ns + len(shown_ns) * PERIOD_NS, len(shown_ns))
        near = [one for one in self._features if now_ns - NS_PER_SECOND < one.at_ns <= edges[-1]]
        return resample(near, edges, edges[1:])


class Stage:
    """The built-in stage with its true depth and the motion of its pictures, frame by frame."""

    def __init__(self, begin_ns: int) -> None:
        self._begin_ns = begin_ns
        self._renderer = StageRenderer(1)
        self._motion = MotionTracker()
        self._map: ControlMap | None = None
        self._last: InputFrame | None = None

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """Return the frames that are due, and know the map of the last."""
        return tuple(self._frame(max(0, (one - self._begin_ns) // PERIOD_NS)) for one in targets_ns)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """Return the same; nothing is counted here."""
        return self.frames(targets_ns)

    def newest(self) -> ControlMap | None:
        """Return the newest map."""
        return self._map

    def awaited(self, frame_id: int) -> ControlMap | None:  # noqa: ARG002 - it is there already
        """Return the newest map."""
        return self._map

    def _frame(self, number: int) -> InputFrame:
        if self._last is not None and self._last.frame_id == number:
            return self._last
        at_ns = self._begin_ns + number * PERIOD_NS
        image, depth = self._renderer.render(number / FPS)
        motion = self._motion.track(work_luma(image), number, at_ns)
        self._map = ControlMap(number, at_ns, at_ns, depth, enlarged(motion.flow, depth.shape))
        self._last = InputFrame(number, at_ns, PERIOD_NS, image)
        return self._last


class Nowhere:
    """An output that always wants more: the session is all that is made."""

    slots: Final = 32
    period_ns: Final = PERIOD_NS

    def queue_state(self) -> QueueState:
        """Return that nothing waits."""
        return QueueState(0, 0)

    def free_slots(self) -> int:
        """Return that there is room."""
        return self.slots

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        """Let it go."""


def _nothing(_what: object) -> None:
    """Nobody listens."""


def _none_other(_command: Command) -> bool:
    return False


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def record(session: Path, track: Track, seconds: tuple[float, float]) -> None:
    """Play the show to a stretch of a track and record it with its inputs."""
    entry = find_generator(GENERATOR)
    spec = entry.describe()
    scenes = load_library(GENERATOR, spec.parameters)
    clock = ManualClock(NS_PER_SECOND)
    begin_ns = NS_PER_SECOND - round(seconds[0] * 1e9)  # of the track: the film begins later in it
    config = SessionConfig(path=session, keep_inputs=True)
    recorder = SessionRecorder(config, clock, _nothing, whole_steps=1_000_000)
    stage, commands = Stage(clock.now_ns()), Mailbox[Command]()
    ports = RunnerPorts(
        clock=clock,
        commands=commands,
        interrupt=Interrupt(),
        source=stage,
        depth=stage,
        output=Nowhere(),
        emit=_nothing,
        on_cut=_nothing,
        progress=Latest[RunnerProgress](),
        recorder=recorder,
        sound=Heard(track, begin_ns),
    )
    generator = build_generator(entry)
    scheduler = CommitScheduler(spec.parameters, scenes, SCENES[0], first_epoch=1, seed=1)
    pacing = ChunkPacing(spec.chunk_frames, PERIOD_NS, Nowhere.slots)
    header = open_header(
        config, spec, scenes, scene=SCENES[0], first_epoch=1, seed=1, rate=Fraction(FPS), now_ns=clock.now_ns()
    )
    recorder.start(header)
    try:
        for _ in generator.warm_up():
            continue
        recorder.record_start(generator.backends(), spec.name, PictureFormat.SQUARE)
        runner = Runner(ports, generator, scheduler, pacing, 1, RunnerProgress())
        commands.put(SetTempo(stamp_ns=clock.now_ns(), bpm=BPM))
        for target, modulator in ANSWERS.items():
            commands.put(SetModulator(stamp_ns=0, target=target, place=1, modulator=modulator, everywhere=True))
        bar_ns = round(4 * 60e9 / BPM)
        end_ns = clock.now_ns() + round((seconds[1] - seconds[0]) * 1e9)
        cuts = {NS_PER_SECOND + number * bar_ns: scene for number, scene in enumerate(SCENES) if number}
        while clock.now_ns() < end_ns:
            for at_ns in [one for one in cuts if one <= clock.now_ns() + PERIOD_NS]:
                commands.put(HardCut(stamp_ns=at_ns, scene=cuts.pop(at_ns)))
            runner.step(_none_other)
            clock.advance(spec.chunk_frames * PERIOD_NS)
    finally:
        recorder.close()
        generator.close()


def strip(sound: npt.NDArray[np.float32], at_s: float, width: int) -> Image:
    """Return a strip [STRIP, width, 3] with the sound around an instant, which is its middle."""
    image: Image = np.full((STRIP, width, 3), 14, np.uint8)
    edges = ((at_s + AHEAD_S * (2 * np.arange(width + 1) / width - 1)) * RATE).astype(int)
    for x, (first, end) in enumerate(pairwise(edges)):
        piece = sound[max(0, first) : max(0, end)]
        tall = int(np.abs(piece).max() * STRIP * 0.46) if len(piece) else 0
        colour = (255, 176, 64) if x < width // 2 else (110, 100, 90)
        image[STRIP // 2 - tall : STRIP // 2 + tall + 1, x] = colour
    image[:, width // 2] = 255
    return image


def write(rendered: Path, track: Track, seconds: tuple[float, float], film: Path, crf: int) -> None:
    """Write the film with the sound below and in it, at a quality."""
    sound = track.sound[round(seconds[0] * RATE) : round(seconds[1] * RATE)]
    with av.open(str(rendered)) as source, av.open(str(film), "w", options={"movflags": "faststart"}) as target:
        video = target.add_stream("libx264", rate=FPS, options={"crf": str(crf), "preset": "slow"})
        video.width, video.height, video.pix_fmt = SIDE, SIDE + STRIP, "yuv420p"
        audio = target.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 96_000
        for number, frame in enumerate(source.decode(video=0)):
            if number >= round((seconds[1] - seconds[0]) * FPS):
                break
            picture = cv2.resize(frame.to_ndarray(format="rgb24"), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            below = strip(track.sound, seconds[0] + number / FPS, SIDE)
            whole = np.concatenate((np.asarray(picture, np.uint8), below))
            target.mux(video.encode(av.VideoFrame.from_ndarray(whole, format="rgb24")))
        target.mux(video.encode(None))
        heard = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        heard.sample_rate = RATE
        target.mux(audio.encode(heard))
        target.mux(audio.encode(None))


def make(film: Path, tell: Callable[[str], None]) -> None:
    """Make the film, as good as its size allows.

    Raises:
        RuntimeError: it is too large at any quality.
    """
    track = drum_loop(11, "house", (BPM,), seconds=24.0, bass=True)
    begin = float(track.beats[4 * FIRST_BAR])
    seconds = begin, begin + BARS * 4 * 60 / BPM
    with tempfile.TemporaryDirectory() as folder:
        session, rendered = Path(folder) / "sound.session", Path(folder) / "sound.mp4"
        record(session, track, seconds)
        run_render([str(session), "--to", str(rendered), "--canvas", "448x448"], tell)
        for crf in range(24, 44, 2):
            write(rendered, track, seconds, film, crf)
            if film.stat().st_size <= MOST_BYTES:
                tell(f"{film}: {film.stat().st_size / 2**20:.2f} MiB at quality {crf}")
                return
    raise RuntimeError(f"the film is larger than {MOST_BYTES} bytes")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.audio.film", description="Make the film of docs/audio.md anew.")
    parser.add_argument("--to", type=Path, default=FILM)
    make(parser.parse_args().to, _tell)
    return 0


if __name__ == "__main__":
    sys.exit(main())
