"""What the window needs of the engine, and nothing more."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.messages.audio import AudioFeatures
from engine.messages.commands import Command
from engine.messages.events import Event
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.offers import GeneratorOffer, SourceOffer
from engine.messages.parameters import ParameterTable
from engine.messages.scenes import SceneLibrary


class EnginePort(Protocol):
    """The engine as the window sees it. Every call returns at once, except those for a worker."""

    def post(self, command: Command) -> None:
        """Hand over a command."""
        ...

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call listener with every event, on engine threads; the returned function unsubscribes."""
        ...

    def preview(self) -> tuple[int, npt.NDArray[np.uint8]]:
        """What viewers see: a sequence number that differs for each picture, and an RgbxImage."""
        ...

    def input_frame(self) -> InputFrame | None:
        """The newest picture of the source."""
        ...

    def control_map(self) -> ControlMap | None:
        """The newest depth."""
        ...

    def sound(self) -> AudioFeatures | None:
        """The newest features of the sound; None where nothing is heard."""
        ...

    def list_audio_inputs(self) -> tuple[str, ...]:
        """The names of the sound inputs there are. May take seconds: call it on a worker."""
        ...

    @property
    def parameters(self) -> ParameterTable:
        """The generator's parameters and the output's, in display order."""
        ...

    @property
    def scenes(self) -> SceneLibrary:
        """The scenes of the generator in use."""
        ...

    def generator_offers(self) -> tuple[GeneratorOffer, ...]:
        """Every generator, and what would come of choosing it now. May take seconds: call it on a worker."""
        ...

    def source_offers(self) -> tuple[SourceOffer, ...]:
        """Sources that can be found now. May take seconds: call it on a worker."""
        ...

    def now_ns(self) -> int:
        """The shared monotonic clock."""
        ...
