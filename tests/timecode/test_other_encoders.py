"""What other people's encoders make is read as they meant it: libltc 1.3.2, and the Python package timecode 1.5.1."""

import numpy as np
import pytest

from app.timecode.mtc import MtcReader
from engine.audio.ltc import LtcReader
from engine.clock import NS_PER_SECOND
from engine.messages.timecode import Timecode, TimecodeRate, label_of

LTC: dict[TimecodeRate, tuple[Timecode, str]] = {
    TimecodeRate.FILM: (
        Timecode(1, 2, 3, 22),
        "0202030802000100fcbf 0302030002000100fcbf 0000040002000100fcbf 0100040802000100fcbf 0200040802000100fcbf",
    ),
    TimecodeRate.EBU: (
        Timecode(23, 59, 59, 22),
        "0202090509050302fcbf 030209050905030afcbf 0402090509050302fcbf 0000000000000008fcbf 0100000000000000fcbf",
    ),
    TimecodeRate.DROP: (
        Timecode(10, 8, 59, 27),
        "0706090508000001fcbf 0806090508000001fcbf 0906090d08000001fcbf 0204000009000001fcbf 0304000809000001fcbf",
    ),
    TimecodeRate.NTSC: (
        Timecode(12, 34, 56, 28),
        "0802060504030201fcbf 0902060d04030201fcbf 0000070d04030201fcbf 0100070504030201fcbf 0200070504030201fcbf",
    ),
}
"""By rate the first label, and five frames of libltc's from there on, over a new second."""

LABELS: dict[TimecodeRate, dict[int, str]] = {
    TimecodeRate.FILM: {1799: "00:01:14:23", 782_891: "09:03:40:11", 2_073_599: "23:59:59:23"},
    TimecodeRate.EBU: {1800: "00:01:12:00", 1_120_442: "12:26:57:17", 2_159_999: "23:59:59:24"},
    TimecodeRate.DROP: {
        1799: "00:00:59:29",
        1800: "00:01:00:02",
        17_981: "00:09:59:29",
        17_982: "00:10:00:00",
        1_419_040: "13:09:08:22",
        2_589_407: "23:59:59:29",
    },
    TimecodeRate.NTSC: {1800: "00:01:00:00", 1_944_989: "18:00:32:29", 2_591_999: "23:59:59:29"},
}
"""Of the package timecode, by the number of the frame."""

SAMPLES = 48_000


def sound(frames: list[bytes], rate: TimecodeRate) -> np.ndarray:
    """The frames as biphase mark, bit by bit with the lowest of each byte first."""
    halves: list[int] = []
    level = 1
    for bit in (byte >> place & 1 for frame in frames for byte in frame for place in range(8)):
        level = -level
        halves.append(level)
        level = -level if bit else level
        halves.append(level)
    at = np.arange(int(len(halves) * SAMPLES / (float(rate.per_second) * 160)))
    return np.array(halves, np.float32)[(at * float(rate.per_second) * 160 / SAMPLES).astype(int)] * 0.5


@pytest.mark.parametrize("rate", LTC)
def test_ltc_of_libltc(rate: TimecodeRate) -> None:
    first, text = LTC[rate]
    samples = sound([bytes.fromhex(one) for one in text.split()], rate)
    reader, readings = LtcReader(), []
    for at in range(0, len(samples), 800):
        readings += reader.push(samples[at : at + 800], SAMPLES, round(at * NS_PER_SECOND / SAMPLES))
    assert len(readings) == 4  # the last frame ends with the sound
    begin = first.frame(rate)
    for number, reading in enumerate(readings, 1):
        assert (reading.frame % rate.day_frames, reading.rate) == ((begin + number) % rate.day_frames, rate)  # its end
        assert reading.at_ns == pytest.approx(number / float(rate.per_second) * NS_PER_SECOND, abs=50_000)


@pytest.mark.parametrize(("rate", "frame"), [(rate, frame) for rate, labels in LABELS.items() for frame in labels])
def test_labels_and_quarter_frames_of_timecode(rate: TimecodeRate, frame: int) -> None:
    hours, minutes, seconds, frames = map(int, LABELS[rate][frame].split(":"))
    label = Timecode(hours, minutes, seconds, frames)
    assert (label_of(frame, rate), label.frame(rate)) == (label, frame)
    code = list(TimecodeRate).index(rate)
    pieces = [frames & 15, frames >> 4, seconds & 15, seconds >> 4, minutes & 15, minutes >> 4]
    pieces += [hours & 15, hours >> 4 | code << 1]
    reader = MtcReader()
    told = [reader.quarter_frame(number << 4 | piece, number) for number, piece in enumerate(pieces)]
    assert told[:7] == [None] * 7
    assert told[7] is not None
    assert (told[7].frame, told[7].rate) == (frame + 7 / 4, rate)
