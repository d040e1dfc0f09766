"""A timecode beside the music of a played file, through the audio process to the line that the engine follows."""

import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from app.timecode.service import TimecodeService
from engine.audio.listener import AudioListener
from engine.audio.wire import Coded, read_word, word_line
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.messages.commands import Command
from engine.messages.events import SourceChanged, SourceState
from engine.messages.input_commands import SelectAudio
from engine.messages.list_commands import FollowTimecode
from engine.messages.timecode import TimecodeRate, TimecodeReading
from tests.timecode.sounds import sound_of

FIRST = 90_000


def test_readings_cross_to_the_program() -> None:
    word = Coded(2, (TimecodeReading(FIRST, TimecodeRate.DROP, 5), TimecodeReading(FIRST + 1, TimecodeRate.EBU, 9)))
    assert read_word(word_line(word)) == word


def test_a_code_in_the_sound_of_a_file_is_followed(tmp_path: Path) -> None:
    code = sound_of(FIRST, 150, TimecodeRate.EBU) * 0.4
    music = np.random.default_rng(1).normal(0.0, 0.02, len(code))
    file = tmp_path / "song.wav"
    with wave.open(str(file), "wb") as written:
        written.setnchannels(2)
        written.setsampwidth(2)
        written.setframerate(48_000)
        written.writeframes((np.stack([music, code], axis=1) * 32_000).astype("<i2").tobytes())
    lines: list[FollowTimecode] = []
    changed = threading.Condition()

    def post(command: Command) -> None:
        with changed:
            assert isinstance(command, FollowTimecode)
            lines.append(command)
            changed.notify_all()

    clock = SystemClock()
    service = TimecodeService(post, clock)
    listener = AudioListener(clock, service.hear)
    service.start()
    try:
        listener.apply(SelectAudio(stamp_ns=0, name="source"))
        began_ns = clock.now_ns()
        listener.hear(SourceChanged(at_ns=began_ns, spec=f"file:{file}", state=SourceState.LIVE))
        with changed:
            assert changed.wait_for(lambda: bool(lines), 20.0)
    finally:
        listener.close()
        service.close()
    line = lines[0]
    assert line.source == "LTC, source, channel 1"  # of a file that is played, both channels are heard as one
    assert line.speed == pytest.approx(1.0, abs=0.02)
    start_ns = FIRST // 25 * NS_PER_SECOND
    assert line.position_ns - start_ns == pytest.approx(line.stamp_ns - began_ns, abs=60 * NS_PER_MS)
