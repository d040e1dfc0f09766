"""The MIDI system where its library cannot be loaded."""

import sys

import pytest

from app.errors import MidiError
from app.midi.ports.system import open_system


def test_a_missing_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without ALSA's library, as containers and servers are: the program starts all the same."""
    monkeypatch.delitem(sys.modules, "app.midi.ports.rtmidi_system", raising=False)
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(MidiError, match=r"MIDI cannot be loaded.*Install what it names"):
        open_system()
