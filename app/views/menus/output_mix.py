"""The page of the output's menu where input and dream are mixed, and for the alpha."""

from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from app.views.menus.output_page import OutputPage
from app.widgets.popover import Choice
from engine.messages.alpha import AlphaOut
from engine.messages.mix import PRESETS
from engine.messages.parameters import MIX_BY_MAP, MIX_DRY, MIX_GROUND, MIX_PERSON

ALPHAS: Final = {
    AlphaOut.OFF: "None",
    AlphaOut.UYVA: "UYVA",
    AlphaOut.UYVA_PREMULTIPLIED: "UYVA, multiplied",
    AlphaOut.BGRA: "BGRA",
    AlphaOut.BGRA_PREMULTIPLIED: "BGRA, multiplied",
}


class MixPage(OutputPage):
    """Dry and wet, person and ground, and the alpha that NDI carries."""

    title = "Mix and key"

    @property
    def words(self) -> str:
        name = next((name for name in PRESETS if self._is(name)), "")
        shares = (self._target(key) for key in (MIX_DRY, MIX_PERSON, MIX_GROUND))
        mixed = name or "{:.0%} dry, person {:.0%}, ground {:.0%}".format(*shares)
        carries = self.output is not None and self.output.alpha is not AlphaOut.OFF
        return f"{mixed}, alpha" if carries else mixed

    def fill(self, owner: QWidget) -> None:  # noqa: ARG002
        popover, console = self.popover, self.console
        popover.add_grid(
            [
                self.choice(Choice(name, current=self._is(name)), partial(console.output.mix, PRESETS[name]))
                for name in PRESETS
            ],
            2,
        )
        self.add_tracks(MIX_DRY, MIX_PERSON, MIX_GROUND)
        popover.add_heading("The person is found")
        by_map = self._target(MIX_BY_MAP) >= 0.5
        popover.add_grid(
            [
                self.choice(
                    Choice(text, current=by_map is on), partial(console.output.turn_desk, MIX_BY_MAP, float(on))
                )
                for text, on in (("In the picture", False), ("Bright in the map", True))
            ],
            2,
        )
        popover.add_heading("Alpha by NDI")
        alpha = self.output.alpha if self.output is not None else AlphaOut.OFF
        popover.add_grid(
            [
                self.choice(Choice(text, current=alpha is mode), partial(console.output.set_alpha, mode))
                for mode, text in ALPHAS.items()
            ],
            2,
        )

    def _target(self, key: str) -> float:
        knob = self.models.knobs.knobs.get(key)
        return knob.target if knob is not None else 0.0

    def _is(self, name: str) -> bool:
        return all(abs(self._target(key) - value) < 0.005 for key, value in PRESETS[name].items())
