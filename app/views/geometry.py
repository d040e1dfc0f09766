"""Where everything lies in a window of a given size: pure arithmetic on an eight-pixel grid."""

from dataclasses import dataclass
from typing import Final, NamedTuple

PADS: Final = 16
KNOBS: Final = 8
COLUMNS: Final = 4
TARGET: Final = 44
SMALLEST: Final = (1024, 700)
SIDE_LEAST: Final = 140
SIDE_MOST: Final = 300
PANEL_LEAST: Final = 396
PANEL_WANTED: Final = 440
"""Widths of the side column and of the panel of knobs and pads, at 1280x800."""


CHIP_EDGES: Final = (0, 15, 29, 46, 62)
"""How the stages share the line at the top: the generator's title is the longest."""


class Box(NamedTuple):
    """A rectangle in logical pixels."""

    x: int
    y: int
    width: int
    height: int


class ChainBoxes(NamedTuple):
    """The line at the top; arrows: centres of the arrowheads between the chips; mark: a key where it is narrow."""

    mark: Box
    chips: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]
    sound: Box
    controllers: Box
    osc: Box
    record: Box
    full_screen: Box
    help: Box


class PictureBoxes(NamedTuple):
    """The side column and the programme."""

    lamp: Box
    input: Box
    depth: Box
    now: Box
    programme: Box


class KnobBoxes(NamedTuple):
    """The eight knobs, the rail of their pages, and the key of modulation."""

    knobs: tuple[Box, ...]
    pages: Box
    modulation: Box


class PadBoxes(NamedTuple):
    """The sixteen pads, the rail of their banks, and how they act."""

    pads: tuple[Box, ...]
    banks: Box
    mode: Box
    launch: Box
    cancel: Box


class ListBoxes(NamedTuple):
    """The playlist and the cues."""

    playlist: Box
    cues: Box


class TransportBoxes(NamedTuple):
    """The line that is played by hand."""

    prompt: Box
    morph: Box
    tempo: Box
    tap: Box
    auto: Box
    master: Box
    freeze: Box
    blackout: Box
    emergency: Box
    panic: Box


class StripBoxes(NamedTuple):
    """The figures and the lines of words at the foot."""

    traces: tuple[Box, ...]
    figures: tuple[Box, ...]
    event: Box
    reset: Box
    backend: Box


@dataclass(frozen=True, slots=True)
class Geometry:
    """Every part's place, in the window's coordinates; unit: the scale of type and gaps."""

    unit: float
    chain: ChainBoxes
    pictures: PictureBoxes
    knobs: KnobBoxes
    pads: PadBoxes
    lists: ListBoxes
    transport: TransportBoxes
    strip: StripBoxes


def arrange(width: int, height: int, unit: float, figures: int, aspect: float = 1.0) -> Geometry:
    """Lay the window out. Nothing that is loaded or told moves anything: only the size and the programme's shape count.

    Args:
        width, height: of the window's inside.
        unit: from theme.unit_for.
        figures: how many counters the strip has.
        aspect: width by height of the programme; the place of one that is no wider than high is square.
    """
    margin = round(12 * unit)
    gap = round(8 * unit)
    wide = round(16 * unit)
    key = max(TARGET, round(44 * unit))
    top_height = max(TARGET, round(54 * unit))
    play_height = max(TARGET, round(56 * unit))
    strip_height = round(76 * unit)

    strip_top = height - margin - strip_height + round(6 * unit)
    play_top = strip_top - gap - play_height
    middle_top = margin + top_height + round(12 * unit)
    middle_height = play_top - round(12 * unit) - middle_top

    # The picture comes first; then knobs and pads get what they need, and the side column what is left.
    panel_least = COLUMNS * round(80 * unit) + COLUMNS * gap + key
    room = width - 2 * margin - 2 * wide - panel_least
    most = room - round(SIDE_LEAST * unit)
    programme = min(round(middle_height * max(aspect, 1.0)), most)
    tall = min(middle_height, programme)
    spare = room - programme - round((PANEL_WANTED - PANEL_LEAST) * unit)
    side = round(min(max(spare, SIDE_LEAST * unit), SIDE_MOST * unit))
    picture = Box(margin + side + wide, middle_top, programme, tall)
    panel_x = picture.x + programme + wide
    panel_width = width - margin - panel_x
    lamp, first, second, now, lists = _side(margin, middle_top, side, middle_height, gap, unit)

    knobs, pads = _panel(panel_x, middle_top, panel_width, middle_height, gap, key, unit)
    return Geometry(
        unit=unit,
        chain=_chain(width, margin, gap, key, top_height, unit),
        pictures=PictureBoxes(lamp, first, second, now, picture),
        knobs=knobs,
        pads=pads,
        lists=lists,
        transport=_transport(width, margin, play_top, play_height, gap, unit),
        strip=_strip(width, margin, strip_top, gap, figures, unit),
    )


def _chain(width: int, margin: int, gap: int, key: int, height: int, unit: float) -> ChainBoxes:
    y = margin
    mark = Box(margin, y, round(112 * unit) if width >= 1200 else key, height)
    help_key = Box(width - margin - key, y, key, height)
    screen = Box(help_key.x - gap - key, y, key, height)
    midi_width = round(116 * unit)
    record = Box(screen.x - gap - key, y, key, height)
    osc = Box(record.x - gap - key, y, key, height)
    midi = Box(osc.x - gap - midi_width, y, midi_width, height)
    sound_width = round(84 * unit)
    sound = Box(midi.x - gap - sound_width, y, sound_width, height)
    left = mark.x + mark.width + gap
    between = round(16 * unit)
    room = sound.x - round(12 * unit) - left - 3 * between
    chips, arrows = [], []
    for index in range(4):
        start = left + room * CHIP_EDGES[index] // CHIP_EDGES[-1] + between * index
        end = left + room * CHIP_EDGES[index + 1] // CHIP_EDGES[-1] + between * index
        chips.append(Box(start, y, end - start, height))
        if index < 3:
            arrows.append((end + between // 2, y + height // 2))
    return ChainBoxes(mark, tuple(chips), tuple(arrows), sound, midi, osc, record, screen, help_key)


def _side(x: int, y: int, width: int, height: int, gap: int, unit: float) -> tuple[Box, Box, Box, Box, ListBoxes]:
    """From the top: the lamp, input beside depth, what plays now, the playlist, the cues."""
    lamp = Box(x, y, width, round(40 * unit))
    half = (width - gap) // 2
    tall = half + round(20 * unit)
    top = lamp.y + lamp.height + round(12 * unit)
    first, second = Box(x, top, half, tall), Box(x + half + gap, top, half, tall)
    card = max(TARGET, round(44 * unit)) + round(66 * unit)
    cues = Box(x, y + height - card, width, card)
    playlist = Box(x, cues.y - gap - card, width, card)
    now_top = top + tall + round(14 * unit)
    now = Box(x, now_top, width, playlist.y - round(10 * unit) - now_top)
    return lamp, first, second, now, ListBoxes(playlist, cues)


def _panel(x: int, y: int, width: int, height: int, gap: int, key: int, unit: float) -> tuple[KnobBoxes, PadBoxes]:
    grid = width - key - gap

    def column(index: int, top: int, tall: int) -> Box:
        start = x + (grid + gap) * index // COLUMNS
        end = x + (grid + gap) * (index + 1) // COLUMNS - gap
        return Box(start, top, end - start, tall)

    launch_height = key
    knob_height = min(max(round(0.165 * height), round(80 * unit)), round(120 * unit))
    knobs_height = 2 * knob_height + gap
    pads_top = y + knobs_height + round(14 * unit)
    pads_height = y + height - launch_height - round(10 * unit) - pads_top
    rows = [
        (pads_top + (pads_height + gap) * row // 4, pads_top + (pads_height + gap) * (row + 1) // 4 - gap)
        for row in range(4)
    ]
    rail = x + width - key
    launch_top = y + height - launch_height
    third = (grid - gap) // 3
    knobs = KnobBoxes(
        tuple(column(i % COLUMNS, y + (i // COLUMNS) * (knob_height + gap), knob_height) for i in range(KNOBS)),
        pages=Box(rail, y, key, knobs_height - key - gap),
        modulation=Box(rail, y + knobs_height - key, key, key),
    )
    pads = PadBoxes(
        tuple(
            column(i % COLUMNS, rows[i // COLUMNS][0], rows[i // COLUMNS][1] - rows[i // COLUMNS][0])
            for i in range(PADS)
        ),
        banks=Box(rail, pads_top, key, pads_height),
        mode=Box(x, launch_top, third, launch_height),
        launch=Box(x + third + gap, launch_top, grid - third - gap, launch_height),
        cancel=Box(rail, launch_top, key, launch_height),
    )
    return knobs, pads


def _transport(width: int, margin: int, y: int, height: int, gap: int, unit: float) -> TransportBoxes:
    fixed = [round(size * unit) for size in (136, 84, 66, 72, 120, 76, 92, 104, 76)]
    wide = round(16 * unit)
    gaps = [gap, wide, gap, gap, wide, gap, gap, gap, gap]
    prompt_width = width - 2 * margin - sum(fixed) - sum(gaps)
    boxes = [Box(margin, y, prompt_width, height)]
    x = margin + prompt_width
    for space, size in zip(gaps, fixed, strict=True):
        x += space
        boxes.append(Box(x, y, size, height))
        x += size
    return TransportBoxes(*boxes)


def _strip(width: int, margin: int, y: int, gap: int, figures: int, unit: float) -> StripBoxes:
    upper = round(48 * unit)
    lower = round(24 * unit)
    wide = round(20 * unit)
    room = width - 2 * margin
    figure = round(min(max(room * 0.062, 70 * unit), 104 * unit))
    trace = (room - figures * figure - 3 * wide) // 3
    traces = tuple(Box(margin + index * (trace + wide), y, trace, upper) for index in range(3))
    start = margin + 3 * (trace + wide)
    last = start + figures * figure
    spread = (width - margin - last) // max(1, figures)
    places = tuple(Box(start + index * (figure + spread), y, figure - gap // 2, upper) for index in range(figures))
    row = y + upper + round(2 * unit)
    first = round(room * 0.46)
    second = round(room * 0.24)
    return StripBoxes(
        traces,
        places,
        Box(margin, row, first, lower),
        Box(margin + first + gap, row, second - gap, lower),
        Box(margin + first + second + gap, row, room - first - second - gap, lower),
    )
