"""A show recorded by version 0.1.0 plays again: what was decided then is decided today, from the same inputs.

`recorded/` holds ten gestures over a still picture, with their inputs: cuts, a soft cut, a morph, glides, a snapshot
stored and recalled, taps, a cut that waits for its beat, a panic and a parameter that does not exist.
"""

from pathlib import Path
from typing import Final

from engine.generators.field import PARAMETERS, make_field
from engine.session.reader import Session
from engine.session.replay import Part, Replay
from tests.session.shows import replay

RECORDED: Final = Path(__file__).parent / "recorded" / "show-0.1.0.session"


def test_a_show_of_before_commits_as_it_did() -> None:
    result = Replay(Session(RECORDED), PARAMETERS, None, None, lambda chunk: None).run()
    assert (result.first, result.chunks, result.abandoned) == (None, 16, 1)


def test_a_show_of_before_has_its_inputs() -> None:
    session = Session(RECORDED)
    field = make_field(device="cpu", threads=1, chunk_frames=session.header.chunk_frames)
    try:
        for _ in field.warm_up():
            continue
        result, ending = replay(RECORDED, field)
    finally:
        field.close()
    assert ending == ""
    assert result.first is None or result.first.part is Part.OUTPUT  # the field has painted otherwise since
