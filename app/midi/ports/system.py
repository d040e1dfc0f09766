"""The machine's MIDI system, opened: where its library cannot even be loaded, that is a sentence too."""

from app.errors import MidiError
from app.midi.ports.port import MidiSystem


def open_system() -> MidiSystem:
    """Open the machine's MIDI system.

    Raises:
        MidiError: there is none, or python-rtmidi lacks a library of the system.
    """
    try:
        from app.midi.ports.rtmidi_system import RtMidiSystem, find_api
    except ImportError as error:
        remedy = "Install what it names (on Debian and Ubuntu: apt install libasound2), or play on without MIDI."
        raise MidiError("MIDI cannot be loaded", where=str(error), remedy=remedy) from error
    return RtMidiSystem(find_api())
