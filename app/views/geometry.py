"""Where everything lies in a window of a given size: pure arithmetic on an eight-pixel grid."""

from dataclasses import dataclass
from typing import Final, NamedTuple

PADS: Final = 16
KNOBS: Final = 8
COLUMNS: Final = 4
TARGET: Final = 44
SMALLEST: Final = (1024, 700)


class Box(NamedTuple):
    """A rectangle in logical pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """Every part's place.

    Attributes:
        unit: the scale of type and gaps.
        arrows: centres of the arrowheads between the chips.
        playlist, cues: empty where no list is loaded.
    """

    unit: float
    mark: Box
    chips: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]
    midi: Box
    osc_key: Box
    screen_key: Box
    help_key: Box
    lamp: Box
    input: Box
    depth: Box
    now: Box
    programme: Box
    knobs: tuple[Box, ...]
    knob_pages: Box
    pads: tuple[Box, ...]
    banks: Box
    mode: Box
    launch: Box
    cancel: Box
    playlist: Box
    cues: Box
    prompt: Box
    morph: Box
    tempo: Box
    tap: Box
    master: Box
    freeze: Box
    blackout: Box
    panic: Box
    traces: tuple[Box, ...]
    figures: tuple[Box, ...]
    event: Box
    reset: Box
    backend: Box


def arrange(width: int, height: int, unit: float, figures: int, *, lists: bool = False) -> Geometry:
    """Lay the window out.

    Args:
        width, height: of the window's inside.
        unit: from theme.unit_for.
        figures: how many counters the strip has.
        lists: a playlist or a cue list is loaded; the picture makes room for its line.
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
    list_height = max(TARGET, round(48 * unit)) if lists else 0
    list_top = play_top - gap - list_height if lists else play_top
    middle_height = list_top - round(12 * unit) - middle_top

    # The picture comes first: the side column gives way before it does.
    panel_least = COLUMNS * round(80 * unit) + COLUMNS * gap + key
    room = width - 2 * margin - 2 * wide - panel_least
    side = round(min(max(room - middle_height, 112 * unit), 0.26 * middle_height, 300 * unit))
    programme = min(middle_height, room - side)
    picture = Box(margin + side + wide, middle_top, programme, programme)
    panel_x = picture.x + programme + wide
    panel_width = width - margin - panel_x

    top = _top(width, margin, gap, key, top_height, unit)
    left = _left(margin, middle_top, side, middle_height, unit)
    panel = _panel(panel_x, middle_top, panel_width, middle_height, gap, key, unit)
    play = _play(width, margin, play_top, play_height, gap, unit)
    strip = _strip(width, margin, strip_top, gap, figures, unit)
    half = (width - 2 * margin - wide) // 2 if lists else 0
    return Geometry(
        unit=unit,
        mark=top.mark,
        chips=top.chips,
        arrows=top.arrows,
        midi=top.midi,
        osc_key=top.osc,
        screen_key=top.screen,
        help_key=top.help,
        lamp=left[0],
        input=left[1],
        depth=left[2],
        now=left[3],
        programme=picture,
        knobs=panel.knobs,
        knob_pages=panel.pages,
        pads=panel.pads,
        banks=panel.banks,
        mode=panel.mode,
        launch=panel.launch,
        cancel=panel.cancel,
        playlist=Box(margin, list_top, half, list_height),
        cues=Box(margin + half + wide, list_top, half, list_height),
        prompt=play[0],
        morph=play[1],
        tempo=play[2],
        tap=play[3],
        master=play[4],
        freeze=play[5],
        blackout=play[6],
        panic=play[7],
        traces=strip.traces,
        figures=strip.figures,
        event=strip.event,
        reset=strip.reset,
        backend=strip.backend,
    )


class _Top(NamedTuple):
    mark: Box
    chips: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]
    midi: Box
    osc: Box
    screen: Box
    help: Box


def _top(width: int, margin: int, gap: int, key: int, height: int, unit: float) -> _Top:
    y = margin
    mark = Box(margin, y, round(112 * unit) if width >= 1200 else 0, height)
    help_key = Box(width - margin - key, y, key, height)
    screen = Box(help_key.x - gap - key, y, key, height)
    midi_width = round(132 * unit)
    osc = Box(screen.x - gap - key, y, key, height)
    midi = Box(osc.x - gap - midi_width, y, midi_width, height)
    left = mark.x + mark.width + (gap if mark.width else 0)
    between = round(20 * unit)
    room = midi.x - round(24 * unit) - left - 3 * between
    chips, arrows = [], []
    for index in range(4):
        start = left + room * index // 4 + between * index
        end = left + room * (index + 1) // 4 + between * index
        chips.append(Box(start, y, end - start, height))
        if index < 3:
            arrows.append((end + between // 2, y + height // 2))
    return _Top(mark, tuple(chips), tuple(arrows), midi, osc, screen, help_key)


def _left(x: int, y: int, width: int, height: int, unit: float) -> tuple[Box, Box, Box, Box]:
    lamp = Box(x, y, width, round(40 * unit))
    thumb = width + round(20 * unit)
    first = Box(x, lamp.y + lamp.height + round(12 * unit), width, thumb)
    second = Box(x, first.y + thumb + round(12 * unit), width, thumb)
    now_top = second.y + thumb + round(14 * unit)
    return lamp, first, second, Box(x, now_top, width, y + height - now_top)


class _Panel(NamedTuple):
    knobs: tuple[Box, ...]
    pages: Box
    pads: tuple[Box, ...]
    banks: Box
    mode: Box
    launch: Box
    cancel: Box


def _panel(x: int, y: int, width: int, height: int, gap: int, key: int, unit: float) -> _Panel:
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
    return _Panel(
        knobs=tuple(column(i % COLUMNS, y + (i // COLUMNS) * (knob_height + gap), knob_height) for i in range(KNOBS)),
        pages=Box(rail, y, key, knobs_height),
        pads=tuple(
            column(i % COLUMNS, rows[i // COLUMNS][0], rows[i // COLUMNS][1] - rows[i // COLUMNS][0])
            for i in range(PADS)
        ),
        banks=Box(rail, pads_top, key, pads_height),
        mode=Box(x, launch_top, third, launch_height),
        launch=Box(x + third + gap, launch_top, grid - third - gap, launch_height),
        cancel=Box(rail, launch_top, key, launch_height),
    )


def _play(width: int, margin: int, y: int, height: int, gap: int, unit: float) -> tuple[Box, ...]:
    fixed = [round(size * unit) for size in (140, 88, 68, 128, 84, 100, 84)]
    wide = round(16 * unit)
    gaps = [gap, wide, gap, wide, gap, gap, gap]
    prompt_width = width - 2 * margin - sum(fixed) - sum(gaps)
    boxes = [Box(margin, y, prompt_width, height)]
    x = margin + prompt_width
    for space, size in zip(gaps, fixed, strict=True):
        x += space
        boxes.append(Box(x, y, size, height))
        x += size
    return tuple(boxes)


class _Strip(NamedTuple):
    traces: tuple[Box, ...]
    figures: tuple[Box, ...]
    event: Box
    reset: Box
    backend: Box


def _strip(width: int, margin: int, y: int, gap: int, figures: int, unit: float) -> _Strip:
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
    return _Strip(
        traces,
        places,
        Box(margin, row, first, lower),
        Box(margin + first + gap, row, second - gap, lower),
        Box(margin + first + second + gap, row, room - first - second - gap, lower),
    )
