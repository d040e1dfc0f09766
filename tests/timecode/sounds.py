"""Timecode as it is sent: bits and sound of LTC, messages of MIDI timecode; made from the standards."""

import numpy as np
import numpy.typing as npt

from engine.messages.timecode import TimecodeRate, label_of

SYNC = [0, 0, *[1] * 12, 0, 1]
CODES = {TimecodeRate.FILM: 0, TimecodeRate.EBU: 1, TimecodeRate.DROP: 2, TimecodeRate.NTSC: 3}


def bits_of(frame: int, rate: TimecodeRate) -> list[int]:
    """The 80 bits of a frame in the order in which they are sent (SMPTE ST 12-1)."""
    label = label_of(frame, rate)
    bits = [0] * 64
    for number, unit, ten, width in (
        (label.frames, 0, 8, 2),
        (label.seconds, 16, 24, 3),
        (label.minutes, 32, 40, 3),
        (label.hours, 48, 56, 2),
    ):
        for place in range(4):
            bits[unit + place] = number % 10 >> place & 1
        for place in range(width):
            bits[ten + place] = number // 10 >> place & 1
    bits[10] = int(rate is TimecodeRate.DROP)
    bits[4:8] = [frame & 1, 1, 0, 1]  # what users write there does not matter
    return bits + SYNC


def sound_of(
    first: int,
    count: int,
    rate: TimecodeRate,
    *,
    speed: float = 1.0,
    samples: float = 48_000.0,
    rise: float = 1.5,
    backwards: bool = False,
) -> npt.NDArray[np.float64]:
    """So many frames of LTC as samples; rise: of an edge, in samples."""
    frames = [bits_of(frame, rate) for frame in range(first, first + count)]
    bits = [bit for frame in frames for bit in frame]
    if backwards:
        bits.reverse()
    halves: list[int] = []
    level = 1
    for bit in bits:
        level = -level
        halves.append(level)
        level = -level if bit else level
        halves.append(level)
    per_half = samples / (float(rate.per_second) * speed * 160)
    at = np.arange(int(len(halves) * per_half)) / per_half
    square = np.array(halves, np.float64)[np.minimum(at.astype(int), len(halves) - 1)]
    width = max(int(4 * rise) | 1, 3)
    kernel = np.hanning(width + 2)[1:-1]
    return np.convolve(square, kernel / kernel.sum(), "same")


def quarter_frames(first: int, count: int, rate: TimecodeRate, *, backwards: bool = False) -> list[tuple[float, int]]:
    """The data bytes of so many pairs of frames from a frame on, each with its place in frames (RP004)."""
    sent = []
    for group in range(count):
        frame = first + 2 * group
        label = label_of(frame, rate)
        hours = label.hours | CODES[rate] << 5
        whole = [label.frames, label.seconds, label.minutes, hours]
        for piece in range(8):
            half = whole[piece // 2] >> 4 * (piece % 2) & 0x0F
            sent.append((frame + piece / 4, piece << 4 | half))
    return sent[::-1] if backwards else sent
