"""`hardcut osc bench` for real, as short as it goes."""

import pytest

from bench.osc import run_bench
from engine.generators.field import PARAMETERS
from engine.messages.parameters import OUTPUT_PARAMETERS


def test_hostile_datagrams_are_read_and_raise_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench(2000, PARAMETERS.joined(OUTPUT_PARAMETERS)) == 0
    told = capsys.readouterr().out
    assert told.startswith("2000 datagrams in ") and "nothing raised" in told and "flat" in told
