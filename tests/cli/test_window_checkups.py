"""The preflight inside a running show."""

import pytest

from app.arguments import Options
from app.commands.doctor import window
from app.commands.doctor.checks import CHECKS
from app.commands.doctor.finding import Finding, State
from app.models.checkup import Lamp


def test_the_ports_that_the_show_holds_are_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for anew, the show's own OSC would be "taken"."""
    alike = {name: lambda: iter((Finding(State.NOTE, "taken", ""),)) for name in CHECKS}
    monkeypatch.setattr(window, "CHECKS", alike)
    monkeypatch.setattr(window, "check_outputs", lambda _: iter(()))
    monkeypatch.setattr(window, "check_gpus", lambda _: iter(()))
    lines = list(window.WindowCheckups(Options()).look())
    assert {"osc", "dmx"}.isdisjoint(one.subject for one in lines)
    assert "receivers" in {one.subject for one in lines} and {one.lamp for one in lines} == {Lamp.WATCH}
