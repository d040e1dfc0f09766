"""The engine's side of the output: feed, query, control, replace and end its process."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import OutputError
from engine.messages.frame import OutputFrame
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.sinks import SinkReport
from engine.output.attaching import Attacher
from engine.output.controls import Controls, read_controls, write_controls, write_video
from engine.output.emergency_controls import EmergencyControls, read_emergency, write_emergency
from engine.output.host import LINGER_S
from engine.output.inheritance import Inheritance
from engine.output.layout import SLOTS, Word
from engine.output.link import Link
from engine.output.reshape import black
from engine.output.ring import Preview
from engine.output.running import RunningOutput, running_outputs
from engine.output.settings import NDI_SINK, NULL_SINK, OutputConfig, SinkSpec, check_sinks
from engine.output.sink_records import SinkWishes, fits, joined, read_reports, read_wishes, write_wishes
from engine.output.status import OutputStatus, as_ended, read_status

__all__ = [
    "NDI_SINK",
    "NULL_SINK",
    "OutputClient",
    "OutputConfig",
    "OutputStatus",
    "RunningOutput",
    "SinkSpec",
    "running_outputs",
]

OVERDUE_NS = 250 * NS_PER_MS
"""An output that is so late with a frame sends none: its figures are no longer true."""


class OutputClient:
    """The one writer of one output process, and of those that take its place.

    `publish` and `publish_chunk` belong to one thread; `renew`, `keep_files` and `keep_spare` to another (see
    engine.output.keeper); everything else may be called from any. Made by `connect`.

    Between the death of a process and the start of the next there is none: what is published then is let go, there is
    room for nothing, and controls are kept for the process to come.
    """

    def __init__(self, config: OutputConfig, clock: Clock, linger_ns: int) -> None:
        self._config = config
        self._clock = clock
        self._attacher = Attacher(config.name, linger_ns)
        self._controls = Controls()
        self._emergency = EmergencyControls()
        self._wishes = SinkWishes(config.sinks)
        self._reports: tuple[SinkReport, ...] = ()
        self._closed = False
        self._met = False
        self._last = OutputStatus(alive=False)
        self._inheritance = Inheritance()
        self._last_picture: npt.NDArray[np.uint8] = black()
        self._last_sequence = 0
        self._guard = threading.Lock()
        self._link: Link | None = None
        self._attach()

    @classmethod
    def connect(
        cls, config: OutputConfig, clock: Clock, *, linger_ns: int = LINGER_S * NS_PER_SECOND
    ) -> "OutputClient":
        """Attach to the running output of that name, or start one.

        A running output goes on with its picture, its controls and the sinks that are switched on there, to which
        those of config are added; canvas, rate and interpolation follow config.

        Args:
            linger_ns: how long a newly started output goes on without an engine.

        Raises:
            OutputError: if another engine feeds it, it is of another version, or it does not start within 10 s.
        """
        return cls(config, clock, linger_ns)

    @property
    def attached(self) -> bool:
        """Return whether the output was found already running."""
        link = self._link
        return link is not None and link.process is None

    @property
    def last_epoch(self) -> int:
        """Return the newest epoch ever published to this output; a new engine's epochs must start above it."""
        with self._guard:
            return self._link.writer.last_epoch if self._link is not None else self._inheritance.last_epoch

    @property
    def pid(self) -> int:
        """Return the process id of the output; 0 while there is none."""
        link = self._link
        return link.note.pid if link is not None else 0

    def publish(self, frame: OutputFrame) -> None:
        """Copy one frame into the ring. Never blocks; OutputError if the ring is full."""
        self.publish_chunk((frame,))

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        """Copy frames into the ring; the output sees all of them at once. OutputError if they do not fit."""
        with self._guard:
            self._require_open()
            if self._link is not None:
                self._link.writer.publish(frames, self._clock.now_ns())

    @property
    def slots(self) -> int:
        """Return the ring's capacity in frames."""
        return SLOTS

    def free_slots(self) -> int:
        """Return how many frames can be published now."""
        return SLOTS - self.queued() if self._link is not None else 0

    def queued(self) -> int:
        """Return how many published frames have not been shown yet."""
        with self._guard:
            return self._link.writer.queued if self._link is not None and not self._closed else 0

    def set_strobe(self, on: bool) -> None:
        """Let the picture flash as it comes, or soften what flashes too fast."""
        self._control(lambda controls: replace(controls, strobe=on))

    def set_freeze(self, on: bool) -> None:
        """Hold or release the picture on air, at the next output frame."""
        self._control(lambda controls: replace(controls, freeze=on))

    def set_blackout(self, on: bool) -> None:
        """Set blackout, at the next output frame."""
        self._control(lambda controls: replace(controls, blackout=on))

    def set_level(self, value: float) -> None:
        """Set the master level, 0..1, at the next output frame."""
        if not 0.0 <= value <= 1.0:
            raise OutputError(f"The master level cannot be {value:g}", remedy="Choose a value from 0 to 1.")
        self._control(lambda controls: replace(controls, level=value))

    def set_emergency(self, controls: EmergencyControls) -> None:
        """Choose what is shown while nothing comes, or show it now, from the next output frame on."""
        with self._guard:
            self._require_open()
            self._emergency = controls
            if self._link is not None:
                write_emergency(self._link.memory, controls)

    @property
    def emergency(self) -> EmergencyControls:
        """Return what was chosen last, perhaps by the engine before."""
        return self._emergency

    def set_interpolation(self, mode: Interpolation) -> None:
        """Choose how output frames between two generated ones are made, from the next of them on."""
        self._control(lambda controls: replace(controls, interpolation=mode))

    def set_canvas(self, width: int, height: int) -> None:
        """Change the size of the sent picture within the running sender.

        Raises:
            OutputError: if the size is odd or out of range; nothing changes then.
        """
        self._set_video(replace(self._config, width=width, height=height))

    @property
    def placement(self) -> tuple[Fit, Upscale]:
        """Return how the picture meets the canvas, and how it is enlarged."""
        return self._config.fit, self._config.upscale

    def set_placement(self, fit: Fit | None, upscale: Upscale | None) -> None:
        """Change how the picture meets the canvas, and how it is enlarged; None: as before."""
        fit, upscale = fit or self._config.fit, upscale or self._config.upscale
        self._set_video(replace(self._config, fit=fit, upscale=upscale))

    @property
    def canvas(self) -> tuple[int, int]:
        """Return the last requested width and height of the sent picture."""
        return self._config.width, self._config.height

    @property
    def rate(self) -> Fraction:
        """Return the last requested rate in frames per second."""
        return self._config.fps

    def set_rate(self, rate: Fraction) -> None:
        """Change how many frames a second are sent, within the running sender.

        Raises:
            OutputError: if it is out of range; nothing changes then.
        """
        self._set_video(replace(self._config, fps=rate))

    def switch_sink(self, spec: SinkSpec, on: bool) -> None:
        """Switch a sink on or off, at the next output frame; the others go on undisturbed.

        Switching on one that is on changes nothing, but one that has ended begins anew.

        Raises:
            OutputError: there would be too many; nothing changes then.
        """
        with self._guard:
            self._require_open()
            others = tuple(one for one in self._wishes.on if one != spec)
            if on and spec not in self._wishes.on:
                others = (*others, spec)
            elif on:
                others = self._wishes.on
            check_sinks(others)
            self._wish(replace(self._wishes, on=others, switched=str(spec) if on else ""))

    def take_still(self, path: str = "") -> None:
        """Write the next output frame as a PNG.

        Args:
            path: of the file, or of a folder; "": a name by the date in the user's folder of pictures.
        """
        with self._guard:
            self._require_open()
            self._wish(replace(self._wishes, switched="", stills=self._wishes.stills + 1, still=path))

    def sinks(self) -> tuple[SinkReport, ...]:
        """Return the newest report of every sink that is switched on, and of stills once there was one."""
        with self._guard:
            if self._link is not None and not self._closed:
                self._reports = read_reports(self._link.memory) or self._reports
            return self._reports

    def status(self) -> OutputStatus:
        """Return the output's status as of its last frame; if it has died, its last status with alive False."""
        with self._guard:
            link = self._link
            if link is not None and not self._closed:
                self._last = read_status(link.memory) or self._last
            last = self._last
            if link is None or self._closed or not link.lives():
                return as_ended(last)
        if self._clock.now_ns() - last.next_deadline_ns > OVERDUE_NS + 2 * last.period_ns:
            return replace(last, output_fps=0.0)
        return last

    def preview(self, out: npt.NDArray[np.uint8] | None = None) -> tuple[int, npt.NDArray[np.uint8]]:
        """Return what viewers see now: a number that grows with every change, and a copy.

        Args:
            out: where to copy it, if it is uint8 of its shape [h, w, 4]; else a new one is made.
        """
        with self._guard:
            self._require_open()
            if self._link is not None:
                sequence, picture = Preview(self._link.memory).read(out)
                return self._last_sequence + sequence, picture
            if out is None or out.shape != self._last_picture.shape:
                return self._last_sequence, self._last_picture.copy()
            np.copyto(out, self._last_picture)
            return self._last_sequence, out

    def alive(self) -> bool:
        """Return whether the output process exists. It may hang: see engine.output.keeper."""
        with self._guard:
            return not self._closed and self._link is not None and self._link.lives()

    def renew(self) -> None:
        """Replace a process that has died or hangs, which is killed.

        The new one begins with the picture that was on air and the controls as they stand. The old one's memory is let
        go before, so that there is room. After an error there is no process: call it again.

        Raises:
            OutputError: if the old one cannot be ended, or the new one does not start.
        """
        with self._guard:
            self._require_open()
            link = self._link
        if link is not None:
            self._bury(link)
        with self._guard:
            self._inheritance = replace(
                self._inheritance, controls=self._controls, wishes=self._wishes, emergency=self._emergency
            )
        self._attach()

    def keep_files(self) -> None:
        """Recreate this side's file if it has been deleted, and know the receivers; call about once a second.

        Raises:
            OutputError: it cannot be made, or another engine has taken the place meanwhile.
        """
        if self._closed:
            return
        if self._link is not None:
            self._link.connections.refresh()
        self._attacher.keep_lock()

    def keep_spare(self) -> None:
        """Start a spare process, loaded and waiting: it replaces a dead one several times faster.

        Raises:
            OutputError: the system starts no process.
        """
        self._attacher.keep_spare(self._config)

    def close(self, *, end_output: bool = True) -> None:
        """Detach from the output, and end its process if end_output. Idempotent.

        Waits until the process has gone; as a last resort it is killed.
        """
        with self._guard:
            if self._closed:
                return
            self._closed = True
            link = self._link
            if link is not None:
                self._last = as_ended(self._last)
                if end_output:
                    link.memory.words[Word.QUIT] = 1
                link.memory.close()
        self._attacher.close()
        if link is not None:
            if end_output:
                link.await_end()
                self._attacher.clear()
            link.connections.close()
            link.presence.close()

    def _set_video(self, config: OutputConfig) -> None:
        with self._guard:
            self._require_open()
            self._config = config
            if self._link is not None:
                write_video(self._link.memory, config.video())

    def _control(self, change: Callable[[Controls], Controls]) -> None:
        with self._guard:
            self._require_open()
            self._controls = change(self._controls)
            if self._link is not None:
                write_controls(self._link.memory, self._controls)

    def _wish(self, wishes: SinkWishes) -> None:
        if not fits(wishes):
            raise OutputError(
                "The sinks' addresses are too long", where=self._config.name, remedy="Choose shorter paths."
            )
        self._wishes = wishes
        if self._link is not None:
            write_wishes(self._link.memory, wishes)

    def _require_open(self) -> None:
        if self._closed:
            raise OutputError("The output is closed", where=self._config.name)

    def _attach(self) -> None:
        """Find or start the process, and write to it from now on."""
        link = self._attacher.attach(self._config, self._inheritance)
        with self._guard:
            write_video(link.memory, self._config.video())
            if not self._met:  # a running output's controls outlive their engine; afterwards they are ours
                self._met = True
                self._controls = replace(read_controls(link.memory), interpolation=self._config.interpolation)
                self._wishes = joined(self._wishes, read_wishes(link.memory))
                self._emergency = read_emergency(link.memory)
            write_controls(link.memory, self._controls)
            write_wishes(link.memory, self._wishes)
            write_emergency(link.memory, self._emergency)
            self._link = link

    def _bury(self, link: Link) -> None:
        """Kill a process, take what it leaves and remove the rest."""
        link.kill()
        with self._guard:
            self._last = as_ended(read_status(link.memory) or self._last)
            self._inheritance = Inheritance.of(link.memory, self._controls)
            sequence, self._last_picture = Preview(link.memory).read()
            self._last_sequence += sequence + 1
            self._link = None
            link.memory.close()
        link.presence.close()
        link.remove_ring()
