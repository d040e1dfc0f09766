"""How the auto-pilot is set, and the flight that the engine is asked for. Pure."""

from dataclasses import dataclass

from engine.messages.autopilot import AutoPilot, AutoPilotTime, AutoPilotWay


@dataclass(frozen=True, slots=True)
class AutoSettings:
    """Whether it flies, and how; prompts: through the playlist, else through the bank in front."""

    on: bool = False
    bars: int = 8
    time: AutoPilotTime = AutoPilotTime.BARS
    way: AutoPilotWay = AutoPilotWay.CUT
    prompts: bool = False

    def plan(self, scenes: tuple[str, ...], morph_chunks: int, seed: int) -> AutoPilot | None:
        """What the engine is asked; None: nothing. A scene that lies on two pads comes twice as often."""
        if not self.on or not (scenes or self.prompts):
            return None
        return AutoPilot(
            scenes=() if self.prompts else tuple((scene, 1.0) for scene in scenes),
            prompts=self.prompts,
            bars=self.bars,
            time=self.time,
            way=self.way,
            morph_chunks=morph_chunks,
            seed=seed,
        )
