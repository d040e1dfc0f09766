"""`hardcut doctor` on sound: what can be heard."""

from collections.abc import Iterator

from app.commands.doctor.finding import Finding, State
from engine.audio.devices import Devices
from engine.audio.spec import AudioError


def check_sound() -> Iterator[Finding]:
    """List the sound inputs; having none is no fault."""
    try:
        inputs = Devices().list(again=False)
    except AudioError as error:
        yield Finding(State.NOTE, f"Nothing can be heard: {error.what}.", error.remedy)
        return
    if not inputs:
        yield Finding(State.OK, "There is no sound input here; --audio source hears a file that plays.")
    for one in inputs:
        kind = ", what an output plays" if one.monitor else ""
        yield Finding(State.OK, f"{one.name} ({one.api}, {one.channels} channels, {one.rate} Hz{kind})")
