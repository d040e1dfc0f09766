"""What is asked of an output: kept for every process that takes its place, and written to the one that runs."""

import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from engine.errors import OutputError
from engine.messages.alpha import AlphaOut
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.shape import DisplayShape, parse_shape
from engine.output.controls import Controls, read_controls, write_controls, write_video
from engine.output.emergency_controls import EmergencyControls, read_emergency, write_emergency
from engine.output.inheritance import Inheritance
from engine.output.layout import SharedMemory
from engine.output.logo_controls import LogoControls, read_logo, write_logo
from engine.output.settings import OutputConfig, SinkSpec, check_sinks
from engine.output.sink_records import SinkWishes, fits, joined, read_wishes, write_wishes


class Steering:
    """The controls, video, sinks, emergency and logo that an output is asked for. Any thread may call it.

    While there is no process, nothing is written and nothing is lost: `meet` writes all of it to the next one.
    """

    def __init__(self, config: OutputConfig) -> None:
        self._config = config
        self._controls = Controls()
        self._emergency = EmergencyControls()
        self._logo = LogoControls()
        self._wishes = SinkWishes(config.sinks)
        self._met = False
        self._closed = False
        self._memory: SharedMemory | None = None
        self._guard = threading.Lock()

    @property
    def config(self) -> OutputConfig:
        """Return the configuration with the video that was asked for last."""
        return self._config

    @property
    def controls(self) -> Controls:
        """Return the controls as they stand."""
        return self._controls

    def meet(self, memory: SharedMemory) -> None:
        """Write everything to the memory of a process, and what changes from now on.

        The first one may have run under another engine: its controls, emergency and logo are taken over, and its sinks
        are added.
        """
        with self._guard:
            write_video(memory, self._config.video())
            if not self._met:  # a running output's controls outlive their engine; afterwards they are ours
                self._met = True
                self._controls = replace(read_controls(memory), interpolation=self._config.interpolation)
                self._wishes = joined(self._wishes, read_wishes(memory))
                self._emergency = read_emergency(memory)
                self._logo = read_logo(memory)
            write_controls(memory, self._controls)
            write_wishes(memory, self._wishes)
            write_emergency(memory, self._emergency)
            write_logo(memory, self._logo)
            self._memory = memory

    def part(self) -> None:
        """Write no more to the memory of the process that has gone."""
        with self._guard:
            self._memory = None

    def close(self) -> None:
        """Write nothing any more; whatever is asked from now on raises OutputError. Idempotent."""
        with self._guard:
            self._closed = True
            self._memory = None

    def inherit(self, left: Inheritance) -> Inheritance:
        """Return what a process has left, with what is asked for now in the place of what it knew of that."""
        with self._guard:
            return replace(
                left, controls=self._controls, wishes=self._wishes, emergency=self._emergency, logo=self._logo
            )

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

    def set_fade(self, seconds: float) -> None:
        """Set how long blackout and freeze take from now on, in seconds; 0: no time."""
        self._control(lambda controls: replace(controls, fade_s=seconds))

    @property
    def fade_s(self) -> float:
        """Return how long blackout and freeze take, in seconds."""
        return self._controls.fade_s

    def jump(self) -> None:
        """Let blackout and freeze be at once where they are going."""
        self._control(lambda controls: replace(controls, jumps=controls.jumps + 1))

    def set_alpha(self, alpha: AlphaOut) -> None:
        """Let the matte go along as an alpha, or not, within the running sender."""
        self._set_video(replace(self._config, alpha=alpha))

    def set_logo(self, controls: LogoControls) -> None:
        """Choose the logo, where it stands and whether it is shown.

        Raises:
            OutputError: its path is too long.
        """
        with self._guard:
            self._require_open()
            self._logo = controls
            if self._memory is not None:
                write_logo(self._memory, controls)

    @property
    def logo(self) -> LogoControls:
        """Return what was chosen last, perhaps by the engine before."""
        return self._logo

    def set_emergency(self, controls: EmergencyControls) -> None:
        """Choose what is shown while nothing comes, or show it now, from the next output frame on."""
        with self._guard:
            self._require_open()
            self._emergency = controls
            if self._memory is not None:
                write_emergency(self._memory, controls)

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

    @property
    def sinks(self) -> tuple[SinkSpec, ...]:
        """Return those that are asked for now, perhaps by the engine before."""
        return self._wishes.on

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

    def shape_display(self, spec: SinkSpec, shape: DisplayShape) -> None:
        """Say how the picture lies on a display, whether it is on or not.

        Raises:
            OutputError: there would be too many shapes; nothing changes then.
        """
        with self._guard:
            self._require_open()
            shapes = {key: one for key, one in self._wishes.shapes.items() if key != str(spec)}
            if not shape.usual:
                shapes[str(spec)] = str(shape)
            self._wish(replace(self._wishes, shapes=shapes, switched=""))

    @property
    def shapes(self) -> dict[str, DisplayShape]:
        """Return how the picture lies on displays, by their sinks."""
        return {key: parse_shape(text) for key, text in self._wishes.shapes.items()}

    def take_still(self, path: str = "") -> None:
        """Write the next output frame as a PNG.

        Args:
            path: of the file, or of a folder; "": a name by the date in the user's folder of pictures.
        """
        with self._guard:
            self._require_open()
            self._wish(replace(self._wishes, switched="", stills=self._wishes.stills + 1, still=path))

    def _set_video(self, config: OutputConfig) -> None:
        with self._guard:
            self._require_open()
            self._config = config
            if self._memory is not None:
                write_video(self._memory, config.video())

    def _control(self, change: Callable[[Controls], Controls]) -> None:
        with self._guard:
            self._require_open()
            self._controls = change(self._controls)
            if self._memory is not None:
                write_controls(self._memory, self._controls)

    def _wish(self, wishes: SinkWishes) -> None:
        if not fits(wishes):
            raise OutputError(
                "The sinks' addresses are too long", where=self._config.name, remedy="Choose shorter paths."
            )
        self._wishes = wishes
        if self._memory is not None:
            write_wishes(self._memory, wishes)

    def _require_open(self) -> None:
        if self._closed:
            raise OutputError("The output is closed", where=self._config.name)
