"""Faces as pictures, in the window's colours and type, without a window."""

import io
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.control.show import PadState
from app.streamdeck.key_images import DialFace, FunctionFace, PadFace
from app.streamdeck.panel import Function
from app.streamdeck.scene_pictures import KeyScenePictures
from app.streamdeck.system import Picture, Rgb

GROUND: Final[Rgb] = (11, 11, 12)
PANEL: Final[Rgb] = (19, 19, 21)
TRACK: Final[Rgb] = (51, 51, 56)
TEXT: Final[Rgb] = (238, 238, 240)
SOFT: Final[Rgb] = (210, 210, 213)
DIM: Final[Rgb] = (163, 163, 171)
ACCENT: Final[Rgb] = (79, 221, 226)
AMBER: Final[Rgb] = (255, 176, 46)
RED: Final[Rgb] = (255, 69, 60)
INK: Final[Rgb] = (6, 6, 7)

_LIT: Final = {Function.FREEZE: ACCENT, Function.BLACKOUT: RED, Function.CANCEL: AMBER}
_EDGE: Final = {PadState.PLAYING: ACCENT, PadState.QUEUED: AMBER}
_LINES: Final = 2


@lru_cache(maxsize=32)
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    file = resources.files("app.widgets") / "fonts" / "HardcutInter-SemiBold.otf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), pixels)


def draw(face: PadFace | FunctionFace | DialFace, size: tuple[int, int], pictures: KeyScenePictures) -> Picture:
    """A face as a picture of this width and height in pixels."""
    match face:
        case PadFace():
            image = _pad(face, size, pictures)
        case FunctionFace():
            image = _function(face, size)
        case DialFace():
            image = _dial(face, size)
    return np.asarray(image)


def _pad(face: PadFace, size: tuple[int, int], pictures: KeyScenePictures) -> Image.Image:
    width, height = size
    if face.state is PadState.EMPTY:
        image = Image.new("RGB", size, PANEL)
        ImageDraw.Draw(image).rectangle((0, 0, width - 1, height - 1), outline=TRACK)
        return image
    image = pictures.picture(face.scene, width, height)
    foot = np.clip((np.arange(height) / height - 0.35) / 0.65, 0.0, 1.0) * 0.72
    shade = 0.28 if face.state is PadState.LOADED or not face.bright else 0.0
    dark = (255 * (1.0 - (1.0 - foot) * (1.0 - shade))).round().astype(np.uint8)
    image.paste(Image.new("RGB", size, GROUND), mask=Image.fromarray(np.repeat(dark[:, None], width, axis=1)))
    brush = ImageDraw.Draw(image)
    room = width - 2 * _margin(height)
    font = _fitted(max(face.scene.split(), key=len, default=""), height * 15 // 100, room)
    line = font.size * 1.15
    rows = _wrapped(face.scene, font, room)
    ink = SOFT if face.state is PadState.LOADED else TEXT
    for number, row in enumerate(rows):
        at = _margin(height), height - _margin(height) - line * (len(rows) - number)
        brush.text((at[0], at[1] + 1), row, font=font, fill=GROUND)
        brush.text(at, row, font=font, fill=ink)
    edge = _EDGE.get(face.state)
    if edge is not None and face.bright:
        brush.rounded_rectangle((0, 0, width - 1, height - 1), radius=height // 12, outline=edge, width=height // 18)
    _badge(brush, face, width, height)
    return image


def _badge(brush: ImageDraw.ImageDraw, face: PadFace, width: int, height: int) -> None:
    """Shape tells what colour tells: a triangle plays, a dot is ready or waits."""
    x, y, reach = width - height * 0.2, height * 0.2, height * 0.075
    if face.state is PadState.PLAYING:
        brush.polygon([(x - reach, y - reach), (x + reach, y), (x - reach, y + reach)], fill=ACCENT, outline=GROUND)
    elif face.state is PadState.ARMED or (face.state is PadState.QUEUED and face.bright):
        brush.ellipse((x - reach, y - reach, x + reach, y + reach), fill=AMBER, outline=GROUND)


def _function(face: FunctionFace, size: tuple[int, int]) -> Image.Image:
    lit = _LIT.get(face.function, ACCENT) if face.on else None
    image = Image.new("RGB", size, lit or PANEL)
    brush = ImageDraw.Draw(image)
    width, height = size
    font = _fitted(face.function.value, height * 20 // 100, width - 8)
    middle = height * (0.42 if face.note else 0.5)
    brush.text((width / 2, middle), face.function.value, font=font, fill=INK if lit else TEXT, anchor="mm")
    if face.note:
        font = _font(max(9, height * 15 // 100))
        brush.text((width / 2, height * 0.68), face.note, font=font, fill=INK if lit else DIM, anchor="mm")
    return image


def _dial(face: DialFace, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, GROUND)
    brush = ImageDraw.Draw(image)
    width, height = size
    side = width // 16
    font = _font(height * 20 // 100)
    if face.label:
        room = width - 2 * side - font.getlength(face.value) - side
        label = _fitted(face.label, int(font.size), room)
        brush.text((side, height * 0.22), face.label, font=label, fill=TEXT, anchor="lm")
        brush.text((width - side, height * 0.22), face.value, font=font, fill=DIM, anchor="rm")
        top, foot = height * 0.44, height * 0.54
        brush.rectangle((side, top, width - side, foot), fill=TRACK)
        brush.rectangle((side, top, side + (width - 2 * side) * face.percent / 100, foot), fill=ACCENT)
    lit = _LIT.get(face.push, ACCENT) if face.on else None
    if lit is not None:
        brush.rectangle((0, height * 0.66, width, height), fill=lit)
    font = _font(height * 17 // 100)
    brush.text((width / 2, height * 0.83), face.push.value, font=font, fill=INK if lit else DIM, anchor="mm")
    return image


def _margin(height: int) -> int:
    return max(4, height // 12)


def _fitted(text: str, pixels: int, room: float) -> ImageFont.FreeTypeFont:
    while pixels > 9 and _font(pixels).getlength(text) > room:
        pixels -= 1
    return _font(max(9, pixels))


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """The text in at most two lines, the last cut short where it has to be."""
    rows: list[str] = []
    for word in text.split():
        if rows and font.getlength(f"{rows[-1]} {word}") <= room:
            rows[-1] = f"{rows[-1]} {word}"
        else:
            rows.append(word)
    rows = [*rows[: _LINES - 1], " ".join(rows[_LINES - 1 :])] if len(rows) > _LINES else rows
    return [_cut(row, font, room) for row in rows]


def _cut(row: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    if font.getlength(row) <= room:
        return row
    while len(row) > 1 and font.getlength(f"{row}…") > room:
        row = row[:-1]
    return f"{row.rstrip()}…"
