"""A show recorded by version 0.1.0 plays again: what was decided then is decided today.

`recorded/` holds ten gestures over a still picture, with their inputs: cuts, a soft cut, a morph, glides, a snapshot
stored and recalled, taps, a cut that waits for its beat, a panic and a parameter that does not exist.
"""

from pathlib import Path
from typing import Final

import torch

from engine.generators.field import PARAMETERS, make_field
from engine.metrics.machine import describe_machine
from engine.session.reader import Session
from engine.session.replay import Part, Replay
from tests.session.shows import replay

RECORDED: Final = Path(__file__).parent / "recorded" / "show-0.1.0.session"
RECORDED_ON: Final = ("Intel(R) Xeon(R) Processor", "AVX512")
"""Another processor rounds differently, so pictures are compared only on this one."""


def test_a_show_of_before_commits_as_it_did() -> None:
    result = Replay(Session(RECORDED), PARAMETERS, None, None, lambda chunk: None).run()
    assert (result.first, result.chunks, result.abandoned) == (None, 16, 1)


def test_a_show_of_before_has_its_inputs_and_its_pictures() -> None:
    field = make_field(device="cpu", threads=1)
    try:
        for _ in field.warm_up():
            continue
        result, ending = replay(RECORDED, field)
    finally:
        field.close()
    assert ending == ""
    if (describe_machine().cpu, torch.backends.cpu.get_cpu_capability()) == RECORDED_ON:
        assert (result.first, result.identical) == (None, result.chunks)
    else:
        assert result.first is None or result.first.part is Part.OUTPUT
