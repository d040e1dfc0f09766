"""The page of the output's menu for the picture: format, canvas, rate, what comes between two pictures, flashing."""

from fractions import Fraction
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from app.views.labels import between_words
from app.views.menus.output_page import OutputPage
from app.widgets.popover import Choice
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import USUAL_RATES, rate_text

ENLARGED: Final = ((Upscale.SMOOTH, "Smooth"), (Upscale.EDGES, "Clean edges"))
FORMATS: Final = (
    (PictureFormat.SQUARE, "Square"),
    (PictureFormat.WIDE, "Wide 16:9"),
    (PictureFormat.TALL, "Tall 9:16"),
)
CANVASES: Final = {
    PictureFormat.SQUARE: ((896, 896), (1080, 1080), (1280, 720), (1920, 1080)),
    PictureFormat.WIDE: ((1280, 720), (1600, 900), (1920, 1080), (2560, 1440)),
    PictureFormat.TALL: ((720, 1280), (900, 1600), (1080, 1920), (1440, 2560)),
}


class PicturePage(OutputPage):
    """Canvas, rate, pictures between, flashing."""

    title = "Picture"

    @property
    def words(self) -> str:
        output = self.output
        if output is None or not output.fps_denominator:
            return ""
        rate = rate_text(Fraction(output.fps_numerator, output.fps_denominator))
        return f"{output.width} × {output.height}, {rate} fps"

    def fill(self, owner: QWidget) -> None:  # noqa: ARG002
        output, popover, console = self.output, self.popover, self.console
        generator = self.models.chain.generator
        playing = generator.format if generator is not None else PictureFormat.SQUARE
        popover.add_grid(
            [
                self.choice(Choice(label, current=one is playing), partial(console.select_format, one))
                for one, label in FORMATS
            ],
            3,
        )
        popover.add_heading("Canvas")
        canvases = []
        for width, height in CANVASES[playing]:
            current = output is not None and (output.width, output.height) == (width, height)
            choice = Choice(f"{width} × {height}", current=current)
            canvases.append(self.choice(choice, partial(console.output.set_canvas, width, height)))
        popover.add_grid(canvases, 2)
        popover.add_heading("On the canvas")
        fits = []
        for fit in Fit:
            choice = Choice(fit.value.capitalize(), current=output is not None and output.fit is fit)
            fits.append(self.choice(choice, partial(console.output.set_fit, fit)))
        popover.add_grid(fits, 4)
        popover.add_heading("Enlarged")
        ways = []
        for way, label in ENLARGED:
            choice = Choice(label, current=output is not None and output.upscale is way)
            ways.append(self.choice(choice, partial(console.output.set_upscale, way)))
        popover.add_grid(ways, 2)
        popover.add_heading("Frames a second")
        rates = []
        for rate in USUAL_RATES:
            current = output is not None and Fraction(output.fps_numerator, output.fps_denominator) == rate
            rates.append(
                self.choice(Choice(rate_text(rate), current=current), partial(console.output.set_output_rate, rate))
            )
        popover.add_grid(rates, 6)
        popover.add_heading("Between pictures")
        modes = []
        for mode in Interpolation:
            choice = Choice(mode.value.capitalize(), current=output is not None and output.interpolation is mode)
            modes.append(self.choice(choice, partial(console.output.set_interpolation, mode)))
        popover.add_grid(modes, 3)
        if words := between_words(output, self.models.stats.last):
            popover.add_words(words)
        popover.add_heading("Flashes, more than three a second")
        strobe = output is not None and output.strobe
        popover.add_grid(
            [
                self.choice(Choice(text, current=strobe is on), partial(console.output.set_strobe, on))
                for text, on in (("Softened", False), ("Strobe", True))
            ],
            2,
        )
